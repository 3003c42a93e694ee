-- The projection that lists start from (security.md 2.6): for each node and user the cases that they reach by owning, sharing
-- or working them, newest activity first. Triggers keep it in the transaction of the change, so that no list is ever behind a
-- single read. What ends by itself stands here with its end and is compared with the clock of the read.

CREATE TABLE cases.case_access (
    tenant_id        uuid NOT NULL,
    subject          uuid NOT NULL,
    case_id          uuid NOT NULL,
    via              text NOT NULL CHECK (via IN ('OWNER', 'ALLOCATION', 'SHARE')),
    open             boolean NOT NULL,
    barred           boolean NOT NULL,
    locked           boolean NOT NULL,
    last_activity_at timestamptz NOT NULL,
    until            timestamptz,
    PRIMARY KEY (tenant_id, case_id, subject, via),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases.case_file (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX case_access_list ON cases.case_access (tenant_id, subject, via, open, last_activity_at DESC, case_id DESC);
COMMENT ON TABLE cases.case_access IS 'who reaches which case and why; a copy that triggers keep, never written by hand';
COMMENT ON COLUMN cases.case_access.subject IS 'a node for OWNER and SHARE, a user for ALLOCATION';
COMMENT ON COLUMN cases.case_access.barred IS 'processing of the case is restricted';
COMMENT ON COLUMN cases.case_access.until IS 'from that instant on the row gives nothing; null where it lasts';
SELECT platform.protect('cases.case_access');

CREATE INDEX case_file_open_activity ON cases.case_file (tenant_id, last_activity_at DESC, id DESC) WHERE closed_at IS NULL;

CREATE FUNCTION cases.access_of_case() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO cases.case_access (tenant_id, subject, case_id, via, open, barred, locked, last_activity_at)
        VALUES (NEW.tenant_id, NEW.owner_node_id, NEW.id, 'OWNER', NEW.closed_at IS NULL, NEW.restricted, NEW.locked, NEW.last_activity_at);
    ELSE
        UPDATE cases.case_access SET open = NEW.closed_at IS NULL, barred = NEW.restricted, locked = NEW.locked,
               last_activity_at = NEW.last_activity_at, subject = CASE via WHEN 'OWNER' THEN NEW.owner_node_id ELSE subject END
        WHERE tenant_id = NEW.tenant_id AND case_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER access_of_new_case AFTER INSERT ON cases.case_file FOR EACH ROW EXECUTE FUNCTION cases.access_of_case();
CREATE TRIGGER access_of_case AFTER UPDATE ON cases.case_file FOR EACH ROW
    WHEN ((OLD.owner_node_id, OLD.last_activity_at, OLD.closed_at IS NULL, OLD.locked, OLD.restricted)
          IS DISTINCT FROM (NEW.owner_node_id, NEW.last_activity_at, NEW.closed_at IS NULL, NEW.locked, NEW.restricted))
    EXECUTE FUNCTION cases.access_of_case();

-- One row for each user and case, whatever the number of their allocations to it.
CREATE FUNCTION cases.access_of_allocation() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM cases.case_access
    WHERE tenant_id = NEW.tenant_id AND case_id = NEW.case_id AND subject = NEW.user_id AND via = 'ALLOCATION';
    INSERT INTO cases.case_access (tenant_id, subject, case_id, via, open, barred, locked, last_activity_at, until)
    SELECT c.tenant_id, NEW.user_id, c.id, 'ALLOCATION', c.closed_at IS NULL, c.restricted, c.locked, c.last_activity_at,
           CASE WHEN bool_or(a.until IS NULL) THEN NULL ELSE max(a.until) END
    FROM cases.case_file c JOIN cases.allocation a ON a.tenant_id = c.tenant_id AND a.case_id = c.id
    WHERE c.tenant_id = NEW.tenant_id AND c.id = NEW.case_id AND a.user_id = NEW.user_id AND a.to_at IS NULL
    GROUP BY c.tenant_id, c.id;
    RETURN NULL;
END $$;
CREATE TRIGGER access_of_allocation AFTER INSERT OR UPDATE ON cases.allocation FOR EACH ROW EXECUTE FUNCTION cases.access_of_allocation();

CREATE FUNCTION cases.access_of_share() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM cases.case_access
    WHERE tenant_id = NEW.tenant_id AND case_id = NEW.case_id AND subject = NEW.node_id AND via = 'SHARE';
    INSERT INTO cases.case_access (tenant_id, subject, case_id, via, open, barred, locked, last_activity_at, until)
    SELECT c.tenant_id, NEW.node_id, c.id, 'SHARE', c.closed_at IS NULL, c.restricted, c.locked, c.last_activity_at, max(s.ends_at)
    FROM cases.case_file c JOIN cases.share s ON s.tenant_id = c.tenant_id AND s.case_id = c.id
    WHERE c.tenant_id = NEW.tenant_id AND c.id = NEW.case_id AND s.node_id = NEW.node_id
    GROUP BY c.tenant_id, c.id;
    RETURN NULL;
END $$;
CREATE TRIGGER access_of_share AFTER INSERT OR UPDATE ON cases.share FOR EACH ROW EXECUTE FUNCTION cases.access_of_share();

-- What is there already, of all tenants: the owner's view is opened for this transaction only.
ALTER TABLE cases.case_file NO FORCE ROW LEVEL SECURITY;
ALTER TABLE cases.allocation NO FORCE ROW LEVEL SECURITY;
ALTER TABLE cases.case_access NO FORCE ROW LEVEL SECURITY;
INSERT INTO cases.case_access (tenant_id, subject, case_id, via, open, barred, locked, last_activity_at)
SELECT c.tenant_id, c.owner_node_id, c.id, 'OWNER', c.closed_at IS NULL, c.restricted, c.locked, c.last_activity_at FROM cases.case_file c;
INSERT INTO cases.case_access (tenant_id, subject, case_id, via, open, barred, locked, last_activity_at)
SELECT DISTINCT c.tenant_id, a.user_id, c.id, 'ALLOCATION', c.closed_at IS NULL, c.restricted, c.locked, c.last_activity_at
FROM cases.allocation a JOIN cases.case_file c ON c.tenant_id = a.tenant_id AND c.id = a.case_id WHERE a.to_at IS NULL;
ALTER TABLE cases.case_file FORCE ROW LEVEL SECURITY;
ALTER TABLE cases.allocation FORCE ROW LEVEL SECURITY;
ALTER TABLE cases.case_access FORCE ROW LEVEL SECURITY;
