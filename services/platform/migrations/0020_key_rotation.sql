-- Versions of tenant keys that go out of use, and the number of each destruction on the shred list.

ALTER TABLE keys.tenant_key ALTER COLUMN wrapped DROP NOT NULL;
ALTER TABLE keys.tenant_key ADD COLUMN retired_at timestamptz;
ALTER TABLE keys.tenant_key ADD CONSTRAINT tenant_key_retired CHECK ((wrapped IS NULL) = (retired_at IS NOT NULL));
COMMENT ON COLUMN keys.tenant_key.wrapped IS 'wrapped by the root key; gone when nothing lies under this version any more';

ALTER TABLE keys.subject_key ADD COLUMN shred_entry bigint;
ALTER TABLE keys.subject_key ADD CONSTRAINT subject_key_shredded CHECK (shred_entry IS NULL OR destroyed_at IS NOT NULL);
COMMENT ON COLUMN keys.subject_key.shred_entry IS 'entry of the shred list that tells of the destruction; null for what needs none, as an expired draft';

-- What waits to be wrapped by the newest version, and whether anything lies under an old one.
CREATE INDEX subject_key_live ON keys.subject_key (tenant_id, tenant_key_version, subject_id) WHERE wrapped IS NOT NULL;

SELECT platform.let_owner_find('keys.tenant_key'::regclass);

-- Tenants with more than one version in use, of every tenant: they have keys to wrap again, or a version to retire.
CREATE FUNCTION platform.due_rewrap(now timestamptz, most bigint) RETURNS TABLE (tenant_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.tenant_id, k.tenant_id FROM keys.tenant_key k
    WHERE k.retired_at IS NULL GROUP BY k.tenant_id HAVING count(*) > 1 ORDER BY k.tenant_id LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION platform.due_rewrap(timestamptz, bigint) FROM PUBLIC;
