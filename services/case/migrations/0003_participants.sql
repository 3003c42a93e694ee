-- The people concerned in a case: role and status, consents, attempts to reach them, warnings. What is personal is sealed
-- with the person's own data key.

CREATE TABLE cases.participant (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    case_id      uuid NOT NULL,
    person_id    uuid NOT NULL,
    role         text NOT NULL,
    side         text NOT NULL CHECK (side IN ('BOTH', 'HARMED', 'HARMER')),
    status       text NOT NULL,
    status_since timestamptz NOT NULL,
    version      bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at   timestamptz NOT NULL,
    c_notes      bytea,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases.case_file (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people.person (tenant_id, id)
);
CREATE UNIQUE INDEX participant_role ON cases.participant (tenant_id, case_id, person_id, role);
CREATE INDEX participant_person ON cases.participant (tenant_id, person_id);
COMMENT ON COLUMN cases.participant.role IS 'code of list participant_role';
COMMENT ON COLUMN cases.participant.side IS 'whose side the role belongs to: an allocation to the other side does not show the participant';
COMMENT ON COLUMN cases.participant.status IS 'code of list participation_status';
COMMENT ON COLUMN cases.participant.version IS 'etag; counts changes of the participant, its consents, attempts and flags';
COMMENT ON COLUMN cases.participant.c_notes IS 'the reason of the present status, in words';

CREATE TABLE cases.consent (
    tenant_id      uuid NOT NULL,
    id             uuid NOT NULL,
    participant_id uuid NOT NULL,
    purpose        text NOT NULL,
    state          text NOT NULL,
    how            text NOT NULL,
    at             timestamptz NOT NULL,
    recorded_by    text NOT NULL,
    recorded_at    timestamptz NOT NULL,
    sequence       bigint GENERATED ALWAYS AS IDENTITY,
    c_notes        bytea,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, participant_id) REFERENCES cases.participant (tenant_id, id)
);
CREATE INDEX consent_participant ON cases.consent (tenant_id, participant_id, purpose, sequence DESC);
COMMENT ON TABLE cases.consent IS 'only ever added to; the row of a purpose that was recorded last is its state';
COMMENT ON COLUMN cases.consent.sequence IS 'the order of recording: entries of a participant are made one after another, under its lock';
COMMENT ON COLUMN cases.consent.at IS 'when the person said so, which may be before it was recorded';

CREATE TABLE cases.contact_attempt (
    tenant_id      uuid NOT NULL,
    id             uuid NOT NULL,
    participant_id uuid NOT NULL,
    at             timestamptz NOT NULL,
    recorded_by    text NOT NULL,
    recorded_at    timestamptz NOT NULL,
    c_contact      bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, participant_id) REFERENCES cases.participant (tenant_id, id)
);
CREATE INDEX contact_attempt_participant ON cases.contact_attempt (tenant_id, participant_id, at DESC);
COMMENT ON COLUMN cases.contact_attempt.c_contact IS 'channel, result and note';

CREATE TABLE cases.flag (
    tenant_id      uuid NOT NULL,
    id             uuid NOT NULL,
    participant_id uuid NOT NULL,
    set_at         timestamptz NOT NULL,
    set_by         text NOT NULL,
    cleared_at     timestamptz,
    cleared_by     text,
    c_risk         bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, participant_id) REFERENCES cases.participant (tenant_id, id),
    CHECK ((cleared_at IS NULL) = (cleared_by IS NULL))
);
CREATE INDEX flag_participant ON cases.flag (tenant_id, participant_id) WHERE cleared_at IS NULL;
COMMENT ON COLUMN cases.flag.c_risk IS 'code and words of the warning: which one it is tells of a risk';

SELECT platform.protect(t) FROM unnest(ARRAY[
    'cases.participant', 'cases.consent', 'cases.contact_attempt', 'cases.flag']::regclass[]) AS t;
