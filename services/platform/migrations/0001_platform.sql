-- What every service's database holds before its own tables. Runs as the owner; grants and the policies of the role
-- `<service>_platform` are made after each migration by db/grants.rs, so no role is named here.

CREATE SCHEMA IF NOT EXISTS platform;
CREATE SCHEMA IF NOT EXISTS keys;

-- Binds a table to the tenant of the transaction: forced row-level security, so that even the owner sees nothing else.
CREATE FUNCTION platform.protect(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format(
        'CREATE POLICY tenant ON %s USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)'
        ' WITH CHECK (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', target);
END $$;

-- Lets SECURITY DEFINER functions of the owner look for rows of every tenant in a table. Only such a function, with a
-- fixed search_path and ids alone in its answer, may be how a tenant is found.
CREATE FUNCTION platform.let_owner_find(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE POLICY finder ON %s FOR SELECT TO CURRENT_USER USING (true)', target);
END $$;
REVOKE EXECUTE ON FUNCTION platform.protect(regclass), platform.let_owner_find(regclass) FROM PUBLIC;

-- The tenant's permissions as compiled by identity; a restart needs no identity.
CREATE TABLE platform.authz_epoch (
    tenant_id  uuid PRIMARY KEY,
    epoch      bigint NOT NULL CHECK (epoch > 0),
    snapshot   bytea NOT NULL,
    changed_at timestamptz NOT NULL
);

-- Events of committed changes, kept for a week after they were published.
CREATE TABLE platform.outbox (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    sequence     bigint GENERATED ALWAYS AS IDENTITY,
    bucket       smallint NOT NULL,
    type         text NOT NULL,
    subject      uuid NOT NULL,
    version      bigint NOT NULL,
    occurred_at  timestamptz NOT NULL,
    trace        text,
    exchange     text NOT NULL CHECK (exchange IN ('notices', 'facts')),
    body         bytea NOT NULL,
    published_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX outbox_waiting ON platform.outbox (bucket, sequence) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON platform.outbox (published_at) WHERE published_at IS NOT NULL;

-- Events that took effect here, so that a second delivery has none.
CREATE TABLE platform.inbox (
    tenant_id   uuid NOT NULL,
    consumer    text NOT NULL,
    event_id    uuid NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, consumer, event_id)
);
CREATE INDEX inbox_received ON platform.inbox (received_at);

-- Answers of commands, to be given again for the same key.
CREATE TABLE platform.idempotency (
    tenant_id   uuid NOT NULL,
    principal   text NOT NULL,
    method      text NOT NULL,
    key         uuid NOT NULL,
    request_mac bytea NOT NULL CHECK (length(request_mac) = 32),
    answer      bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, principal, method, key)
);
CREATE INDEX idempotency_created ON platform.idempotency (created_at);

-- Who looked at or changed what. Ids and codes only.
CREATE TABLE platform.audit_event (
    tenant_id  uuid NOT NULL,
    sequence   bigint GENERATED ALWAYS AS IDENTITY,
    id         uuid NOT NULL,
    at         timestamptz NOT NULL,
    actor      text NOT NULL,
    session    uuid,
    cause      uuid,
    request_id uuid NOT NULL,
    method     text NOT NULL,
    operation  smallint NOT NULL,
    outcome    text NOT NULL CHECK (outcome IN ('ok', 'denied', 'not_found', 'refused', 'failed')),
    resource   smallint NOT NULL,
    record_ids uuid[] NOT NULL,
    classes    bigint NOT NULL,
    reason     text,
    PRIMARY KEY (tenant_id, sequence)
);
CREATE UNIQUE INDEX audit_event_id ON platform.audit_event (tenant_id, id);
CREATE INDEX audit_event_at ON platform.audit_event (tenant_id, at);
CREATE INDEX audit_event_records ON platform.audit_event USING gin (record_ids);

CREATE FUNCTION platform.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are only ever added' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_event_is_final BEFORE UPDATE OR DELETE ON platform.audit_event
    FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
CREATE TRIGGER audit_event_is_kept BEFORE TRUNCATE ON platform.audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();

-- When each job last ran; belongs to no tenant.
CREATE TABLE platform.job_run (
    name          text PRIMARY KEY,
    last_started  timestamptz,
    last_finished timestamptz,
    last_error    text
);

-- The key under which a tenant's subject keys lie, wrapped by the root key.
CREATE TABLE keys.tenant_key (
    tenant_id  uuid NOT NULL,
    version    integer NOT NULL CHECK (version > 0),
    wrapped    bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, version)
);

-- The key of a tenant's blind search tokens, wrapped by the root key.
CREATE TABLE keys.index_key (
    tenant_id  uuid NOT NULL,
    version    integer NOT NULL CHECK (version > 0),
    wrapped    bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, version)
);

-- One data key for each person, party, case text, document or user. Erasure takes `wrapped` away for good.
CREATE TABLE keys.subject_key (
    tenant_id          uuid NOT NULL,
    subject_id         uuid NOT NULL,
    kind               text NOT NULL,
    tenant_key_version integer NOT NULL,
    wrapped            bytea,
    created_at         timestamptz NOT NULL,
    destroyed_at       timestamptz,
    PRIMARY KEY (tenant_id, subject_id),
    FOREIGN KEY (tenant_id, tenant_key_version) REFERENCES keys.tenant_key (tenant_id, version),
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

SELECT platform.protect(t) FROM unnest(ARRAY[
    'platform.authz_epoch', 'platform.outbox', 'platform.inbox', 'platform.idempotency', 'platform.audit_event',
    'keys.tenant_key', 'keys.index_key', 'keys.subject_key']::regclass[]) AS t;
