-- Sealing of the audit trail (architecture 9): each second the events that were committed are bound, per tenant, into a batch
-- with an RFC 6962 Merkle root, chained to the batch before and signed. All of it is only ever added, like the events.

ALTER TABLE platform.audit_event
    ADD COLUMN xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
    ADD COLUMN on_behalf text CHECK (on_behalf <> ''),
    ADD COLUMN terms     bytea CHECK (length(terms) = 32),
    ADD COLUMN why       text CHECK (why ~ '^[A-Za-z][A-Za-z0-9_.]{0,63}$'),
    ADD COLUMN why_text  bytea,
    ADD COLUMN apart     integer NOT NULL DEFAULT 0 CHECK (apart >= 0);
COMMENT ON COLUMN platform.audit_event.xid IS 'the transaction that wrote it: how the sealer finds what is new without trusting the order of sequences';
COMMENT ON COLUMN platform.audit_event.on_behalf IS 'whom the actor acted for, like actor: user:<id>, account:<id>';
COMMENT ON COLUMN platform.audit_event.terms IS 'HMAC-SHA-256 of what was searched for, under a key of the tenant; equal searches are seen as equal';
COMMENT ON COLUMN platform.audit_event.why IS 'code of the reason that the caller gave, where one is asked for';
COMMENT ON COLUMN platform.audit_event.why_text IS 'the reason in words, sealed under a key of the tenant';
COMMENT ON COLUMN platform.audit_event.apart IS 'of record_ids, how many the actor had no link of their own with: neither allocated nor made by them';
COMMENT ON COLUMN platform.audit_event.reason IS 'stable code of why the call was refused';
CREATE INDEX audit_event_xid ON platform.audit_event (xid);
CREATE INDEX audit_event_actor ON platform.audit_event (tenant_id, actor, sequence);
CREATE INDEX audit_event_on_behalf ON platform.audit_event (tenant_id, on_behalf, sequence) WHERE on_behalf IS NOT NULL;

-- A sealed batch of one tenant's events. `signature` is over the canonical bytes of the other columns and the service's name.
CREATE TABLE platform.audit_batch (
    tenant_id      uuid NOT NULL,
    number         bigint NOT NULL CHECK (number > 0),
    first_sequence bigint NOT NULL,
    last_sequence  bigint NOT NULL,
    count          integer NOT NULL CHECK (count > 0),
    root           bytea NOT NULL CHECK (length(root) = 32),
    previous       bytea NOT NULL CHECK (length(previous) = 32),
    sealed_at      timestamptz NOT NULL,
    key_id         text NOT NULL,
    signature      bytea NOT NULL,
    PRIMARY KEY (tenant_id, number)
);
COMMENT ON COLUMN platform.audit_batch.previous IS 'hash of the batch before; 32 zero bytes for the first';

-- Which batch holds an event, and where in it.
CREATE TABLE platform.audit_member (
    tenant_id uuid NOT NULL,
    sequence  bigint NOT NULL,
    batch     bigint NOT NULL,
    place     integer NOT NULL CHECK (place >= 0),
    leaf      bytea NOT NULL CHECK (length(leaf) = 32),
    PRIMARY KEY (tenant_id, sequence)
);
CREATE UNIQUE INDEX audit_member_place ON platform.audit_member (tenant_id, batch, place);
COMMENT ON COLUMN platform.audit_member.leaf IS 'leaf hash of the event as it was sealed: tells which event of a batch was altered';

-- The end of each tenant's chain, so that a seal reads one row. Nothing is proved from it; `accord audit verify` computes it anew.
CREATE TABLE platform.audit_head (
    tenant_id  uuid PRIMARY KEY,
    number     bigint NOT NULL,
    events     bigint NOT NULL,
    hash       bytea NOT NULL CHECK (length(hash) = 32),
    peaks      bytea NOT NULL,
    written    bigint NOT NULL DEFAULT 0,
    told       bigint NOT NULL DEFAULT 0,
    told_on    date
);
COMMENT ON COLUMN platform.audit_head.peaks IS 'peaks of the Merkle tree over all batches, 32 bytes each';
COMMENT ON COLUMN platform.audit_head.written IS 'number of the newest batch that a checkpoint outside covers';
COMMENT ON COLUMN platform.audit_head.told IS 'number of the newest batch whose checkpoint was sent to the data protection officers';

-- Every event of a transaction below `up_to` is sealed. One row; belongs to no tenant.
CREATE TABLE platform.audit_cursor (
    id    boolean PRIMARY KEY DEFAULT true CHECK (id),
    up_to xid8 NOT NULL DEFAULT '0'
);
INSERT INTO platform.audit_cursor DEFAULT VALUES;

CREATE TRIGGER audit_batch_is_final BEFORE UPDATE OR DELETE ON platform.audit_batch
    FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
CREATE TRIGGER audit_batch_is_kept BEFORE TRUNCATE ON platform.audit_batch
    FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
CREATE TRIGGER audit_member_is_final BEFORE UPDATE OR DELETE ON platform.audit_member
    FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
CREATE TRIGGER audit_member_is_kept BEFORE TRUNCATE ON platform.audit_member
    FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();

SELECT platform.protect(t) FROM unnest(ARRAY['platform.audit_batch', 'platform.audit_member', 'platform.audit_head']::regclass[]) AS t;
