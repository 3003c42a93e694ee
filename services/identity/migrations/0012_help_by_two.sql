-- Help with a lost password or factor of somebody with a leading role takes two people.

CREATE TABLE identity.help_request (
    tenant_id  uuid NOT NULL,
    user_id    uuid NOT NULL,
    asked_by   uuid NOT NULL,
    asked_at   timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES identity.user_account (tenant_id, id),
    FOREIGN KEY (tenant_id, asked_by) REFERENCES identity.user_account (tenant_id, id)
);
COMMENT ON TABLE identity.help_request IS 'A link that was asked for and awaits a second person. The newest takes the place of the one before.';

SELECT platform.protect('identity.help_request'::regclass);
