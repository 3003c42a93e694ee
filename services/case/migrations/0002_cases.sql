-- Case files: stages, allocations, notes, meetings, outcomes and what happened when. Columns named `c_<class>` hold one
-- blob for a field class, sealed with the data key of the case's text, whose subject is the case.

CREATE SCHEMA cases;

CREATE TABLE cases.case_file (
    tenant_id             uuid NOT NULL,
    id                    uuid NOT NULL,
    reference             text NOT NULL,
    kind                  text NOT NULL CHECK (kind IN ('RESTORATIVE_JUSTICE', 'VICTIM_CARE', 'DOMESTIC_ABUSE')),
    stage                 text NOT NULL,
    stage_since           timestamptz NOT NULL,
    on_hold               boolean NOT NULL DEFAULT false,
    hold_review_on        date,
    owner_node_id         uuid NOT NULL,
    opened_at             timestamptz NOT NULL,
    closed_at             timestamptz,
    close_reason          text,
    last_activity_at      timestamptz NOT NULL,
    next_meeting_at       timestamptz,
    version               bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    complex_or_sensitive  boolean NOT NULL DEFAULT false,
    referral_source       text NOT NULL,
    reopened              integer NOT NULL DEFAULT 0 CHECK (reopened >= 0),
    first_allocated_at    timestamptz,
    first_contact_at      timestamptz,
    first_intervention_at timestamptz,
    c_offence             bytea NOT NULL,
    c_risk                bytea,
    c_external_ids        bytea,
    c_harm_location       bytea,
    c_notes               bytea,
    PRIMARY KEY (tenant_id, id),
    CHECK ((closed_at IS NULL) = (close_reason IS NULL)),
    CHECK ((closed_at IS NOT NULL) = (stage = 'CLOSED')),
    CHECK (on_hold = (hold_review_on IS NOT NULL))
);
CREATE UNIQUE INDEX case_file_reference ON cases.case_file (tenant_id, reference text_pattern_ops);
CREATE INDEX case_file_activity ON cases.case_file (tenant_id, last_activity_at DESC, id DESC);
CREATE INDEX case_file_open ON cases.case_file (tenant_id, stage_since, id) WHERE closed_at IS NULL;
CREATE INDEX case_file_opened ON cases.case_file (tenant_id, opened_at DESC, id DESC);
CREATE INDEX case_file_owner ON cases.case_file (tenant_id, owner_node_id, last_activity_at DESC);
COMMENT ON TABLE cases.case_file IS 'a case; what is personal in it is sealed under a data key of its own';
COMMENT ON COLUMN cases.case_file.reference IS 'what people read, say and type: RJ-XXXX-XXXX-C';
COMMENT ON COLUMN cases.case_file.stage IS 'code of the kind''s lifecycle (domain.md 2.4)';
COMMENT ON COLUMN cases.case_file.hold_review_on IS 'local date by which the hold is looked at again';
COMMENT ON COLUMN cases.case_file.owner_node_id IS 'agency or team whose staff work it';
COMMENT ON COLUMN cases.case_file.close_reason IS 'code of list close_reason; null while open';
COMMENT ON COLUMN cases.case_file.last_activity_at IS 'when something was last done in it; no change of the version';
COMMENT ON COLUMN cases.case_file.next_meeting_at IS 'start of the next scheduled meeting; no change of the version';
COMMENT ON COLUMN cases.case_file.version IS 'etag; grows with each change of a column that a fact or a form holds';
COMMENT ON COLUMN cases.case_file.complex_or_sensitive IS 'asks for an advanced practitioner and supervision';
COMMENT ON COLUMN cases.case_file.referral_source IS 'code of list referral_source of the first referral';
COMMENT ON COLUMN cases.case_file.reopened IS 'how often it was reopened';
COMMENT ON COLUMN cases.case_file.first_intervention_at IS 'when the first direct or indirect intervention was held';
COMMENT ON COLUMN cases.case_file.c_notes IS 'sealed: why it is on hold';

CREATE TABLE cases.case_referral (
    tenant_id   uuid NOT NULL,
    case_id     uuid NOT NULL,
    referral_id uuid NOT NULL,
    joined_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, case_id, referral_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases.case_file (tenant_id, id)
);
CREATE UNIQUE INDEX case_referral_once ON cases.case_referral (tenant_id, referral_id);
COMMENT ON TABLE cases.case_referral IS 'referrals that opened or joined a case; each belongs to one case';

CREATE TABLE cases.allocation (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    case_id    uuid NOT NULL,
    user_id    uuid NOT NULL,
    side       text NOT NULL CHECK (side IN ('BOTH', 'HARMED', 'HARMER')),
    lead       boolean NOT NULL DEFAULT false,
    from_at    timestamptz NOT NULL,
    to_at      timestamptz,
    end_reason text CHECK (end_reason IN ('REALLOCATED', 'HANDED_OVER', 'LEFT', 'CONFLICT', 'CASE_CLOSED', 'OTHER')),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases.case_file (tenant_id, id),
    CHECK ((to_at IS NULL) = (end_reason IS NULL))
);
CREATE UNIQUE INDEX allocation_current ON cases.allocation (tenant_id, case_id, user_id, side) WHERE to_at IS NULL;
CREATE INDEX allocation_of_user ON cases.allocation (tenant_id, user_id, case_id) WHERE to_at IS NULL;
CREATE INDEX allocation_history ON cases.allocation (tenant_id, case_id, from_at);
COMMENT ON TABLE cases.allocation IS 'a period in which somebody works a case; access to it lasts as long';
COMMENT ON COLUMN cases.allocation.side IS 'whose side: people and notes of the other side are not shown';

CREATE TABLE cases.stage_entry (
    tenant_id uuid NOT NULL,
    id        uuid NOT NULL,
    case_id   uuid NOT NULL,
    stage     text NOT NULL,
    from_at   timestamptz NOT NULL,
    to_at     timestamptz,
    by_label  text NOT NULL,
    c_notes   bytea,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases.case_file (tenant_id, id)
);
CREATE UNIQUE INDEX stage_entry_current ON cases.stage_entry (tenant_id, case_id) WHERE to_at IS NULL;
CREATE INDEX stage_entry_case ON cases.stage_entry (tenant_id, case_id, from_at);
COMMENT ON TABLE cases.stage_entry IS 'how long a case stood in which stage';
COMMENT ON COLUMN cases.stage_entry.by_label IS 'who moved it: user:<id>, account:<id> or workload:<service>';
COMMENT ON COLUMN cases.stage_entry.c_notes IS 'sealed: the reason in words, of closing the closing note';

CREATE TABLE cases.note (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    case_id         uuid NOT NULL,
    side            text NOT NULL CHECK (side IN ('BOTH', 'HARMED', 'HARMER')),
    readers         text NOT NULL CHECK (readers IN ('EVERYONE', 'SUPERVISORS')),
    kind            text NOT NULL,
    participant_id  uuid,
    happened_at     timestamptz NOT NULL,
    recorded_at     timestamptz NOT NULL,
    recorded_by     text NOT NULL,
    made_by         uuid,
    corrects_id     uuid,
    corrected_by_id uuid,
    c_notes         bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases.case_file (tenant_id, id),
    FOREIGN KEY (tenant_id, corrects_id) REFERENCES cases.note (tenant_id, id),
    FOREIGN KEY (tenant_id, corrected_by_id) REFERENCES cases.note (tenant_id, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX note_corrects ON cases.note (tenant_id, corrects_id) WHERE corrects_id IS NOT NULL;
CREATE INDEX note_case ON cases.note (tenant_id, case_id, recorded_at DESC, id DESC);
COMMENT ON TABLE cases.note IS 'only ever added to; a mistaken note is corrected by a new one that names it';
COMMENT ON COLUMN cases.note.readers IS 'SUPERVISORS: only who may read the class supervisor-only knows that it is there';
COMMENT ON COLUMN cases.note.made_by IS 'user who wrote it';
COMMENT ON COLUMN cases.note.c_notes IS 'sealed: text and, of a correction, its reason';

-- A note stays as it was written. The one thing that may change, once, is that a later note corrects it.
CREATE FUNCTION cases.note_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.corrected_by_id IS NULL AND NEW.corrected_by_id IS NOT NULL
       AND to_jsonb(OLD) - 'corrected_by_id' = to_jsonb(NEW) - 'corrected_by_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a note is neither changed nor deleted' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER note_stays BEFORE UPDATE OR DELETE ON cases.note FOR EACH ROW EXECUTE FUNCTION cases.note_stays();

CREATE TABLE cases.meeting (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    case_id       uuid NOT NULL,
    side          text NOT NULL CHECK (side IN ('BOTH', 'HARMED', 'HARMER')),
    kind          text NOT NULL,
    starts_at     timestamptz NOT NULL,
    minutes       integer NOT NULL CHECK (minutes BETWEEN 5 AND 1440),
    mode          text NOT NULL CHECK (mode IN ('IN_PERSON', 'PHONE', 'VIDEO')),
    state         text NOT NULL CHECK (state IN ('SCHEDULED', 'CANCELLED', 'HELD', 'NOT_HELD')),
    cancel_reason text,
    result        text,
    result_reason text,
    scheduled_by  text NOT NULL,
    made_by       uuid,
    version       bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    c_contact     bytea,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases.case_file (tenant_id, id),
    CHECK ((state = 'CANCELLED') = (cancel_reason IS NOT NULL)),
    CHECK ((state IN ('HELD', 'NOT_HELD')) = (result IS NOT NULL))
);
CREATE INDEX meeting_case ON cases.meeting (tenant_id, case_id, starts_at, id);
CREATE INDEX meeting_time ON cases.meeting (tenant_id, starts_at, id);
COMMENT ON COLUMN cases.meeting.side IS 'side of all who are asked to it; BOTH where they are of more than one';
COMMENT ON COLUMN cases.meeting.kind IS 'code of list intervention, or PREPARATION';
COMMENT ON COLUMN cases.meeting.cancel_reason IS 'code of list session_reason, or OTHER';
COMMENT ON COLUMN cases.meeting.result IS 'code of list session_result';
COMMENT ON COLUMN cases.meeting.version IS 'etag; grows with each change, also in the notices';
COMMENT ON COLUMN cases.meeting.c_contact IS 'sealed: the place, which may be somebody''s home';

CREATE TABLE cases.meeting_attendee (
    tenant_id       uuid NOT NULL,
    meeting_id      uuid NOT NULL,
    participant_id  uuid NOT NULL,
    remind_by_text  boolean NOT NULL,
    remind_by_email boolean NOT NULL,
    attendance      text NOT NULL DEFAULT 'UNKNOWN' CHECK (attendance IN ('UNKNOWN', 'CAME', 'DID_NOT_COME')),
    PRIMARY KEY (tenant_id, meeting_id, participant_id),
    FOREIGN KEY (tenant_id, meeting_id) REFERENCES cases.meeting (tenant_id, id)
);
COMMENT ON TABLE cases.meeting_attendee IS 'participants of the case who are asked to a meeting';

CREATE TABLE cases.outcome (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    case_id     uuid NOT NULL,
    meeting_id  uuid,
    delivered   boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    version     bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    c_notes     bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases.case_file (tenant_id, id),
    FOREIGN KEY (tenant_id, meeting_id) REFERENCES cases.meeting (tenant_id, id)
);
CREATE INDEX outcome_case ON cases.outcome (tenant_id, case_id, recorded_at);
COMMENT ON TABLE cases.outcome IS 'an intervention and what came of it; only ever added to';
COMMENT ON COLUMN cases.outcome.delivered IS 'a direct or indirect intervention was held: what moves the stage';
COMMENT ON COLUMN cases.outcome.c_notes IS 'sealed: intervention, date, result, outcomes and summary';

CREATE TABLE cases.timeline (
    tenant_id      uuid NOT NULL,
    id             uuid NOT NULL,
    case_id        uuid NOT NULL,
    at             timestamptz NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('OPENED', 'STAGE', 'ALLOCATED', 'ALLOCATION_ENDED', 'NOTE', 'CONTACT', 'CONSENT',
                       'MEETING', 'OUTCOME', 'CLOSED', 'REOPENED', 'HOLD', 'PARTICIPANT', 'MESSAGE')),
    by_label       text NOT NULL,
    codes          text[] NOT NULL,
    record_id      uuid,
    participant_id uuid,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases.case_file (tenant_id, id)
);
CREATE INDEX timeline_case ON cases.timeline (tenant_id, case_id, at DESC, id DESC);
COMMENT ON TABLE cases.timeline IS 'what happened in a case: codes of class reference and ids, never words';
COMMENT ON COLUMN cases.timeline.record_id IS 'the note, meeting, outcome, allocation, consent, message ... that it tells of';
COMMENT ON COLUMN cases.timeline.participant_id IS 'the participant it is about; who may not see them does not see the entry';

SELECT platform.protect(t) FROM unnest(ARRAY[
    'cases.case_file', 'cases.case_referral', 'cases.allocation', 'cases.stage_entry', 'cases.note', 'cases.meeting',
    'cases.meeting_attendee', 'cases.outcome', 'cases.timeline']::regclass[]) AS t;
