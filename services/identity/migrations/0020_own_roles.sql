-- Roles of a tenant's own can be described, changed and taken out of use.

ALTER TABLE identity.role
    ADD COLUMN description text NOT NULL DEFAULT '',
    ADD COLUMN version     bigint NOT NULL DEFAULT 1,
    ADD COLUMN changed_at  timestamptz,
    ADD COLUMN changed_by  uuid,
    ADD COLUMN retired_at  timestamptz;
COMMENT ON COLUMN identity.role.version IS 'Grows with each change; the etag.';
COMMENT ON COLUMN identity.role.changed_by IS 'User who changed it last; none for the operator.';
COMMENT ON COLUMN identity.role.retired_at IS 'Out of use: given to nobody and in no snapshot. The row stays for the history of assignments.';
-- Two roles in use are never mistaken for one another.
CREATE UNIQUE INDEX role_name ON identity.role (tenant_id, lower(name)) WHERE retired_at IS NULL;

CREATE INDEX assignment_ends ON identity.assignment (tenant_id, valid_to) WHERE ended_at IS NULL AND valid_to IS NOT NULL;
CREATE INDEX assignment_role ON identity.assignment (tenant_id, role_id) WHERE ended_at IS NULL;
