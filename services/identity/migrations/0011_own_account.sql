-- Devices, recovery codes, passkeys, fresh proofs and the absolute end of sessions.

ALTER TABLE identity.tenant ADD COLUMN absolute_hours integer NOT NULL DEFAULT 0 CHECK (absolute_hours BETWEEN 0 AND 12);
COMMENT ON COLUMN identity.tenant.absolute_hours IS '0: the default of 12.';

ALTER TABLE identity.user_account ADD COLUMN case_mail boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN identity.user_account.case_mail IS 'Mail about allocations is wanted; mail about the account itself always comes.';

ALTER TABLE identity.factor ADD COLUMN password_changed_at timestamptz, ADD COLUMN authenticator_changed_at timestamptz;
COMMENT ON COLUMN identity.factor.password_changed_at IS 'None: both came at changed_at.';

CREATE TABLE identity.device (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    user_id      uuid NOT NULL,
    secret_hash  bytea NOT NULL CHECK (length(secret_hash) = 32),
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES identity.user_account (tenant_id, id)
);
COMMENT ON TABLE identity.device IS 'Browsers that somebody has signed in with: known again by a cookie, so that guesses of others do not slow them down and their owner hears of new ones.';
CREATE UNIQUE INDEX device_secret ON identity.device (tenant_id, user_id, secret_hash);

-- The defaults let the release before go on while this one starts: its sessions count as proved long ago.
ALTER TABLE identity.session
    ADD COLUMN auth_at timestamptz NOT NULL DEFAULT 'epoch',
    ADD COLUMN last_used_at timestamptz NOT NULL DEFAULT 'epoch',
    ADD COLUMN agent text NOT NULL DEFAULT '' CHECK (length(agent) <= 80);
UPDATE identity.session SET auth_at = created_at, last_used_at = created_at;
COMMENT ON COLUMN identity.session.auth_at IS 'Last time that all factors were proved in it.';
COMMENT ON COLUMN identity.session.agent IS 'Browser and system in words of a closed list; empty where not known.';

CREATE TABLE identity.recovery_code (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    user_id    uuid NOT NULL,
    code_hash  bytea NOT NULL CHECK (length(code_hash) = 32),
    created_at timestamptz NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES identity.user_account (tenant_id, id)
);
COMMENT ON COLUMN identity.recovery_code.code_hash IS 'SHA-256 of 80 random bits: too many to try.';
CREATE UNIQUE INDEX recovery_code_hash ON identity.recovery_code (tenant_id, user_id, code_hash);

CREATE TABLE identity.passkey (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    user_id         uuid NOT NULL,
    credential_hash bytea NOT NULL CHECK (length(credential_hash) = 32),
    c_staff_hr      bytea NOT NULL,
    created_at      timestamptz NOT NULL,
    last_used_at    timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES identity.user_account (tenant_id, id)
);
COMMENT ON COLUMN identity.passkey.credential_hash IS 'SHA-256 of the credential''s id, by which a sign-in finds it.';
COMMENT ON COLUMN identity.passkey.c_staff_hr IS 'Public key, counter and the name that its owner gave it, sealed.';
CREATE UNIQUE INDEX passkey_credential ON identity.passkey (tenant_id, credential_hash);
CREATE INDEX passkey_user ON identity.passkey (tenant_id, user_id);

CREATE TABLE identity.ceremony (
    tenant_id   uuid NOT NULL REFERENCES identity.tenant (tenant_id),
    id          uuid NOT NULL,
    kind        smallint NOT NULL CHECK (kind IN (1, 2, 3)),
    secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
    user_id     uuid,
    challenge   bytea NOT NULL,
    c_staff_hr  bytea,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
COMMENT ON COLUMN identity.ceremony.kind IS '1 new authenticator, 2 new passkey, 3 sign-in or fresh proof by passkey.';
COMMENT ON COLUMN identity.ceremony.challenge IS 'What the passkey signs; empty for an authenticator.';
COMMENT ON COLUMN identity.ceremony.c_staff_hr IS 'Secret of the new authenticator, sealed under its user''s key.';
CREATE UNIQUE INDEX ceremony_secret ON identity.ceremony (tenant_id, secret_hash);
CREATE INDEX ceremony_expires ON identity.ceremony (tenant_id, expires_at);

SELECT platform.protect(t) FROM unnest(ARRAY[
    'identity.device', 'identity.recovery_code', 'identity.passkey', 'identity.ceremony']::regclass[]) AS t;
