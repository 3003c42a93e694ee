-- Referrals as submitted, their parties, what was asked of the referrer, and the drafts of the public form.

CREATE SCHEMA referral;
CREATE SCHEMA search;

CREATE TABLE referral.referrals (
    tenant_id             uuid NOT NULL,
    id                    uuid NOT NULL,
    reference             text NOT NULL,
    state                 text NOT NULL CHECK (state IN ('SUBMITTED', 'TRIAGE', 'RETURNED_FOR_INFORMATION', 'ACCEPTED',
                              'REJECTED', 'DUPLICATE', 'TRANSFERRED_OUT', 'LAPSED', 'WITHDRAWN')),
    version               bigint NOT NULL CHECK (version > 0),
    owner_node_id         uuid NOT NULL,
    made_by               uuid,
    made_by_user          boolean NOT NULL,
    initiated_by          text NOT NULL,
    submitted_by          text NOT NULL,
    source                text NOT NULL,
    case_kind             text NOT NULL,
    referrer_organisation text NOT NULL,
    agrees_to_contact     boolean NOT NULL,
    privacy_version       text NOT NULL,
    submitted_at          timestamptz NOT NULL,
    state_since           timestamptz NOT NULL,
    decided_at            timestamptz,
    decision_reason       text,
    appealed              boolean NOT NULL DEFAULT false,
    lapses_at             timestamptz,
    duplicate_of_id       uuid,
    case_id               uuid,
    joins_existing_case   boolean NOT NULL DEFAULT false,
    accepted_kind         text,
    accepted_node_id      uuid,
    handed_over_at        timestamptz,
    c_contact             bytea NOT NULL,
    c_offence             bytea NOT NULL,
    c_harm_location       bytea NOT NULL,
    c_external_ids        bytea NOT NULL,
    c_needs               bytea NOT NULL,
    c_risk                bytea NOT NULL,
    c_notes               bytea,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, duplicate_of_id) REFERENCES referral.referrals (tenant_id, id),
    CHECK ((state = 'ACCEPTED') = (case_id IS NOT NULL)),
    CHECK ((state = 'RETURNED_FOR_INFORMATION') = (lapses_at IS NOT NULL))
);
COMMENT ON TABLE referral.referrals IS 'A referral; its texts are sealed under a data key of its own.';
COMMENT ON COLUMN referral.referrals.reference IS 'What people read, say and type: RF-XXXX-XXXX-C.';
COMMENT ON COLUMN referral.referrals.version IS 'Grows with each change; the etag.';
COMMENT ON COLUMN referral.referrals.owner_node_id IS 'Node whose staff work it.';
COMMENT ON COLUMN referral.referrals.made_by IS 'User or service account that sent it; none for the public form.';
COMMENT ON COLUMN referral.referrals.made_by_user IS 'True where made_by is a user.';
COMMENT ON COLUMN referral.referrals.case_kind IS 'Kind of case that was asked for; may be empty.';
COMMENT ON COLUMN referral.referrals.referrer_organisation IS 'Organisation that refers; may be empty.';
COMMENT ON COLUMN referral.referrals.privacy_version IS 'Version of the privacy text that was shown.';
COMMENT ON COLUMN referral.referrals.state_since IS 'When it came into its present state: waiting is counted from here.';
COMMENT ON COLUMN referral.referrals.decided_at IS 'When it was accepted or ended.';
COMMENT ON COLUMN referral.referrals.decision_reason IS 'Code of list referral_reason.';
COMMENT ON COLUMN referral.referrals.appealed IS 'A rejection was appealed, which can be done once.';
COMMENT ON COLUMN referral.referrals.lapses_at IS 'When it lapses if the referrer does not answer: 20 working days.';
COMMENT ON COLUMN referral.referrals.case_id IS 'Case that it opens or joins; the id of a new case is made here.';
COMMENT ON COLUMN referral.referrals.accepted_kind IS 'Kind of the case as the coordinator decided.';
COMMENT ON COLUMN referral.referrals.accepted_node_id IS 'Agency that owns the case.';
COMMENT ON COLUMN referral.referrals.handed_over_at IS 'When the case service had opened or joined the case.';
COMMENT ON COLUMN referral.referrals.c_contact IS 'Sealed: how to reach the referrer.';
COMMENT ON COLUMN referral.referrals.c_notes IS 'Sealed: note on the decision.';
CREATE UNIQUE INDEX referrals_reference ON referral.referrals (tenant_id, reference);
CREATE INDEX referrals_waiting ON referral.referrals (tenant_id, state, state_since, id);
CREATE INDEX referrals_since ON referral.referrals (tenant_id, state_since, id);
CREATE INDEX referrals_made_by ON referral.referrals (tenant_id, made_by, state_since, id) WHERE made_by IS NOT NULL;
CREATE INDEX referrals_lapsing ON referral.referrals (lapses_at) WHERE lapses_at IS NOT NULL;

CREATE TABLE referral.parties (
    tenant_id          uuid NOT NULL,
    id                 uuid NOT NULL,
    referral_id        uuid NOT NULL,
    position           integer NOT NULL,
    role               text NOT NULL,
    language           text NOT NULL,
    decided            boolean NOT NULL DEFAULT false,
    existing_person_id uuid,
    c_identity         bytea NOT NULL,
    c_date_of_birth    bytea NOT NULL,
    c_contact          bytea NOT NULL,
    c_needs            bytea NOT NULL,
    c_special_category bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, referral_id) REFERENCES referral.referrals (tenant_id, id)
);
COMMENT ON TABLE referral.parties IS 'A person as submitted: a subject of their own with a data key of their own.';
COMMENT ON COLUMN referral.parties.position IS 'Place in the referral from 0; the first is whom it is about.';
COMMENT ON COLUMN referral.parties.role IS 'Code of list participant_role.';
COMMENT ON COLUMN referral.parties.decided IS 'The coordinator decided who this is.';
COMMENT ON COLUMN referral.parties.existing_person_id IS 'Person of the register that this is; none makes a new person.';
CREATE UNIQUE INDEX parties_position ON referral.parties (tenant_id, referral_id, position);

CREATE TABLE referral.information (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    referral_id uuid NOT NULL,
    asked_at    timestamptz NOT NULL,
    answered_at timestamptz,
    c_notes     bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, referral_id) REFERENCES referral.referrals (tenant_id, id)
);
COMMENT ON TABLE referral.information IS 'What the referrer was asked for and what they answered.';
COMMENT ON COLUMN referral.information.c_notes IS 'Sealed under the key of the referral: question and answer.';
CREATE INDEX information_referral ON referral.information (tenant_id, referral_id, asked_at);

CREATE TABLE referral.state_changes (
    tenant_id   uuid NOT NULL,
    referral_id uuid NOT NULL,
    version     bigint NOT NULL,
    state       text NOT NULL,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    reason      text,
    PRIMARY KEY (tenant_id, referral_id, version),
    FOREIGN KEY (tenant_id, referral_id) REFERENCES referral.referrals (tenant_id, id)
);
COMMENT ON TABLE referral.state_changes IS 'States that a referral went through.';
COMMENT ON COLUMN referral.state_changes.version IS 'Version of the referral that the change made.';
COMMENT ON COLUMN referral.state_changes.actor IS 'user:<id>, account:<id>, public or workload:<service>.';
COMMENT ON COLUMN referral.state_changes.reason IS 'Code of list referral_reason.';

CREATE TABLE referral.drafts (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    secret_hash     bytea NOT NULL CHECK (length(secret_hash) = 32),
    expires_at      timestamptz NOT NULL,
    c_answers       bytea,
    reference       text,
    acknowledgement boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE referral.drafts IS 'Answers given on the public form so far; a subject of their own, gone after 24 hours.';
COMMENT ON COLUMN referral.drafts.secret_hash IS 'SHA-256 of the secret and the tenant; the secret itself is only in the form.';
COMMENT ON COLUMN referral.drafts.c_answers IS 'Sealed answers; none before the first save and after submission.';
COMMENT ON COLUMN referral.drafts.reference IS 'Reference of the referral that it became.';
CREATE UNIQUE INDEX drafts_secret ON referral.drafts (tenant_id, secret_hash);
CREATE INDEX drafts_expiring ON referral.drafts (expires_at);

-- Blind tokens of the parties of open referrals, apart from everything else (security.md 3.4, 3.5).
CREATE TABLE search.party_tokens (
    tenant_id   uuid NOT NULL,
    party_id    uuid NOT NULL,
    referral_id uuid NOT NULL,
    tok         bigint[] NOT NULL,
    PRIMARY KEY (tenant_id, party_id),
    FOREIGN KEY (tenant_id, party_id) REFERENCES referral.parties (tenant_id, id)
);
COMMENT ON TABLE search.party_tokens IS 'Keyed blind tokens of parties; kept while their referral is open.';
CREATE INDEX party_tokens_tok ON search.party_tokens USING gin (tok);
CREATE INDEX party_tokens_referral ON search.party_tokens (tenant_id, referral_id);

SELECT platform.protect(t) FROM unnest(ARRAY['referral.referrals', 'referral.parties', 'referral.information',
    'referral.state_changes', 'referral.drafts', 'search.party_tokens']::regclass[]) AS t;
SELECT platform.let_owner_find(t) FROM unnest(ARRAY['referral.referrals', 'referral.drafts', 'search.party_tokens']::regclass[]) AS t;

-- Drafts whose time is over, of every tenant.
CREATE FUNCTION referral.due_drafts(now timestamptz, at_most bigint) RETURNS TABLE (tenant_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.tenant_id, d.id FROM referral.drafts d WHERE d.expires_at <= now ORDER BY d.expires_at LIMIT at_most
$$;

-- Referrals that were returned for information and not answered in time, of every tenant.
CREATE FUNCTION referral.due_lapses(now timestamptz, at_most bigint) RETURNS TABLE (tenant_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.tenant_id, r.id FROM referral.referrals r WHERE r.lapses_at <= now ORDER BY r.lapses_at LIMIT at_most
$$;

-- Parties of the transaction's tenant that share a token. The caller joins the answer to tables under row-level
-- security; in one statement with it, that security would keep PostgreSQL from using the token index.
CREATE FUNCTION search.candidates(tokens bigint[], at_most integer) RETURNS TABLE (party_id uuid, referral_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.party_id, t.referral_id FROM search.party_tokens t
    WHERE t.tenant_id = nullif(current_setting('app.tenant', true), '')::uuid AND t.tok && tokens
    LIMIT at_most
$$;
