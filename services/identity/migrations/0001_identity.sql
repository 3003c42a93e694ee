-- Tenants, their tree, users and factors, roles, sessions and partner systems.
-- Personal data stands only in c_<class> columns, sealed under the user's own key.

CREATE SCHEMA identity;

CREATE TABLE identity.tenant (
    tenant_id             uuid PRIMARY KEY,
    slug                  text NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$'),
    name                  text NOT NULL,
    colour                text NOT NULL CHECK (colour ~ '^#[0-9a-f]{6}$'),
    kind                  smallint NOT NULL CHECK (kind IN (1, 2)),
    demonstration         boolean NOT NULL,
    suppression_threshold integer NOT NULL,
    idle_minutes          integer NOT NULL,
    version               bigint NOT NULL,
    created_at            timestamptz NOT NULL
);
COMMENT ON COLUMN identity.tenant.slug IS 'Word in the address. Unique over all tenants: create_tenant looks under a lock, for a unique index would not begin with tenant_id.';
COMMENT ON COLUMN identity.tenant.suppression_threshold IS '0: the default of 5.';
COMMENT ON COLUMN identity.tenant.idle_minutes IS '0: the default of 20.';

CREATE TABLE identity.node (
    tenant_id   uuid NOT NULL REFERENCES identity.tenant (tenant_id),
    id          uuid NOT NULL,
    parent_id   uuid,
    name        text NOT NULL,
    kind        smallint NOT NULL CHECK (kind IN (1, 2, 3)),
    agency_kind text NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, parent_id) REFERENCES identity.node (tenant_id, id)
);
COMMENT ON COLUMN identity.node.kind IS 'accord.authz.v1.NodeKind: 1 partnership, 2 agency, 3 team.';
COMMENT ON COLUMN identity.node.agency_kind IS 'Code of list agency_kind; empty for partnership and team.';
CREATE UNIQUE INDEX node_root ON identity.node (tenant_id) WHERE parent_id IS NULL;
CREATE UNIQUE INDEX node_sibling ON identity.node (tenant_id, parent_id, lower(name)) WHERE parent_id IS NOT NULL;

CREATE TABLE identity.role (
    tenant_id  uuid NOT NULL REFERENCES identity.tenant (tenant_id),
    id         uuid NOT NULL,
    name       text NOT NULL,
    built_in   text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
COMMENT ON COLUMN identity.role.built_in IS 'Stable word of a built-in role; empty for a tenant''s own.';
CREATE UNIQUE INDEX role_built_in ON identity.role (tenant_id, built_in) WHERE built_in <> '';

CREATE TABLE identity.role_grant (
    tenant_id     uuid NOT NULL,
    role_id       uuid NOT NULL,
    place         smallint NOT NULL,
    resource      smallint NOT NULL,
    scope         smallint NOT NULL,
    actions       bigint NOT NULL,
    read_classes  bigint NOT NULL,
    write_classes bigint NOT NULL,
    PRIMARY KEY (tenant_id, role_id, place),
    FOREIGN KEY (tenant_id, role_id) REFERENCES identity.role (tenant_id, id)
);
COMMENT ON COLUMN identity.role_grant.actions IS 'Bit n is action n of accord.Action; the classes likewise.';

CREATE TABLE identity.user_account (
    tenant_id         uuid NOT NULL REFERENCES identity.tenant (tenant_id),
    id                uuid NOT NULL,
    node_id           uuid NOT NULL,
    state             smallint NOT NULL CHECK (state IN (1, 2, 3)),
    email_token       bigint NOT NULL,
    c_identity        bytea NOT NULL,
    c_contact         bytea NOT NULL,
    last_signed_in_at timestamptz,
    created_by        uuid,
    created_at        timestamptz NOT NULL,
    version           bigint NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, node_id) REFERENCES identity.node (tenant_id, id)
);
COMMENT ON COLUMN identity.user_account.state IS 'accord.identity.v1.UserState: 1 invited, 2 active, 3 disabled.';
COMMENT ON COLUMN identity.user_account.email_token IS 'Blind token of the address under the tenant''s index key: found by sign-in, unique in the tenant.';
CREATE UNIQUE INDEX user_account_email ON identity.user_account (tenant_id, email_token);
CREATE INDEX user_account_node ON identity.user_account (tenant_id, node_id, id);

CREATE TABLE identity.assignment (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    user_id    uuid NOT NULL,
    role_id    uuid NOT NULL,
    node_id    uuid NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to   timestamptz,
    ended_at   timestamptz,
    given_by   uuid,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES identity.user_account (tenant_id, id),
    FOREIGN KEY (tenant_id, role_id) REFERENCES identity.role (tenant_id, id),
    FOREIGN KEY (tenant_id, node_id) REFERENCES identity.node (tenant_id, id)
);
COMMENT ON COLUMN identity.assignment.ended_at IS 'Taken away by a person; the row stays as history.';
CREATE UNIQUE INDEX assignment_held ON identity.assignment (tenant_id, user_id, role_id, node_id) WHERE ended_at IS NULL;

CREATE TABLE identity.factor (
    tenant_id  uuid NOT NULL,
    user_id    uuid NOT NULL,
    c_staff_hr bytea NOT NULL,
    last_step  bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES identity.user_account (tenant_id, id)
);
COMMENT ON COLUMN identity.factor.c_staff_hr IS 'Password hash (argon2id) and authenticator secret, both sealed.';
COMMENT ON COLUMN identity.factor.last_step IS 'Last 30-second step whose code was taken: a code is good once.';

CREATE TABLE identity.enrolment (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    user_id     uuid NOT NULL,
    secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
    c_staff_hr  bytea,
    created_by  uuid,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES identity.user_account (tenant_id, id)
);
COMMENT ON COLUMN identity.enrolment.c_staff_hr IS 'Authenticator secret shown by the page, sealed; none until the page was opened.';
COMMENT ON COLUMN identity.enrolment.ended_at IS 'Used, or replaced by a newer link.';
CREATE UNIQUE INDEX enrolment_secret ON identity.enrolment (tenant_id, secret_hash);
CREATE UNIQUE INDEX enrolment_open ON identity.enrolment (tenant_id, user_id) WHERE ended_at IS NULL;

CREATE TABLE identity.challenge (
    tenant_id      uuid NOT NULL REFERENCES identity.tenant (tenant_id),
    id             uuid NOT NULL,
    secret_hash    bytea NOT NULL CHECK (length(secret_hash) = 32),
    user_id        uuid,
    password_right boolean NOT NULL,
    account_key    bigint NOT NULL,
    tries          smallint NOT NULL,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    ended_at       timestamptz,
    PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE identity.challenge IS 'First half of a sign-in. A row is made for unknown addresses and wrong passwords too, so that nobody can tell.';
CREATE UNIQUE INDEX challenge_secret ON identity.challenge (tenant_id, secret_hash);
CREATE INDEX challenge_expires ON identity.challenge (tenant_id, expires_at);

CREATE TABLE identity.session (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    user_id      uuid NOT NULL,
    secret_hash  bytea NOT NULL CHECK (length(secret_hash) = 32),
    created_at   timestamptz NOT NULL,
    idle_ends_at timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    ended_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES identity.user_account (tenant_id, id)
);
CREATE UNIQUE INDEX session_secret ON identity.session (tenant_id, secret_hash);
CREATE INDEX session_live ON identity.session (tenant_id, user_id) WHERE ended_at IS NULL;

CREATE TABLE identity.throttle (
    tenant_id  uuid NOT NULL REFERENCES identity.tenant (tenant_id),
    key        text NOT NULL,
    guesses    timestamptz[] NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
COMMENT ON COLUMN identity.throttle.key IS 'Keyed hashes of account and source, never an address.';
CREATE INDEX throttle_expires ON identity.throttle (tenant_id, expires_at);

CREATE TABLE identity.service_account (
    tenant_id    uuid NOT NULL REFERENCES identity.tenant (tenant_id),
    id           uuid NOT NULL,
    name         text NOT NULL,
    node_id      uuid NOT NULL,
    role_id      uuid NOT NULL,
    fingerprint  bytea NOT NULL CHECK (length(fingerprint) = 32),
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    created_by   uuid,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, node_id) REFERENCES identity.node (tenant_id, id),
    FOREIGN KEY (tenant_id, role_id) REFERENCES identity.role (tenant_id, id)
);
COMMENT ON COLUMN identity.service_account.fingerprint IS 'SHA-256 of the partner''s certificate.';
CREATE UNIQUE INDEX service_account_live ON identity.service_account (tenant_id, fingerprint) WHERE revoked_at IS NULL;
CREATE INDEX service_account_fingerprint ON identity.service_account USING hash (fingerprint);

CREATE TABLE identity.epoch_delivery (
    tenant_id uuid NOT NULL REFERENCES identity.tenant (tenant_id),
    service   text NOT NULL,
    wanted    bigint NOT NULL,
    answered  bigint NOT NULL,
    PRIMARY KEY (tenant_id, service)
);
COMMENT ON TABLE identity.epoch_delivery IS 'Which epoch each service has confirmed; the job sends again while it is behind.';
CREATE INDEX epoch_delivery_behind ON identity.epoch_delivery (tenant_id) WHERE answered < wanted;

SELECT platform.protect(t) FROM unnest(ARRAY[
    'identity.tenant', 'identity.node', 'identity.role', 'identity.role_grant', 'identity.user_account',
    'identity.assignment', 'identity.factor', 'identity.enrolment', 'identity.challenge', 'identity.session',
    'identity.throttle', 'identity.service_account', 'identity.epoch_delivery']::regclass[]) AS t;

-- What must be found before a tenant is known. Ids only; each hit is then worked in a transaction of its tenant.
SELECT platform.let_owner_find(t) FROM unnest(ARRAY[
    'identity.tenant', 'identity.service_account', 'identity.epoch_delivery']::regclass[]) AS t;

CREATE FUNCTION identity.tenant_by_slug(wanted text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT t.tenant_id FROM identity.tenant t WHERE t.slug = wanted
$$;

-- A certificate acts for one tenant: the one that named it first. So nobody can take over another's partner by naming
-- its certificate later.
CREATE FUNCTION identity.account_by_fingerprint(wanted bytea, at timestamptz) RETURNS TABLE (tenant_id uuid, id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT a.tenant_id, a.id FROM identity.service_account a
    WHERE a.fingerprint = wanted AND a.revoked_at IS NULL AND a.expires_at > at
    ORDER BY a.created_at, a.id LIMIT 1
$$;

CREATE FUNCTION identity.due_epochs(at timestamptz, most bigint) RETURNS TABLE (tenant_id uuid, id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT DISTINCT d.tenant_id, d.tenant_id FROM identity.epoch_delivery d WHERE d.answered < d.wanted LIMIT most
$$;
