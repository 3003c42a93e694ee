-- Who may see one case, beside owner and allocation: locks, restrictions, conflicts of interest, shares under written
-- agreements, break-glass (domain.md I8, I9, I17). Rows of this database, so that each read looks at them in its own
-- transaction and a revocation holds from its commit on.

ALTER TABLE cases.case_file ADD COLUMN locked boolean NOT NULL DEFAULT false;
ALTER TABLE cases.case_file ADD COLUMN restricted boolean NOT NULL DEFAULT false;
ALTER TABLE people.person ADD COLUMN restricted boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN cases.case_file.locked IS 'a lock is on it: only its people see it; changed with the row of the lock and by nothing else';
COMMENT ON COLUMN cases.case_file.restricted IS 'processing is restricted to storage (UK GDPR article 18): nobody sees it';
COMMENT ON COLUMN people.person.restricted IS 'processing is restricted to storage (UK GDPR article 18): nobody sees the person';

ALTER TABLE cases.allocation ADD COLUMN until timestamptz;
ALTER TABLE cases.allocation DROP CONSTRAINT allocation_end_reason_check;
ALTER TABLE cases.allocation ADD CONSTRAINT allocation_end_reason_check
    CHECK (end_reason IN ('REALLOCATED', 'HANDED_OVER', 'LEFT', 'CONFLICT', 'CASE_CLOSED', 'EXPIRED', 'OTHER'));
COMMENT ON COLUMN cases.allocation.until IS 'when it ends by itself: from that instant on it gives nothing; null where it lasts';

ALTER TABLE cases.timeline DROP CONSTRAINT timeline_kind_check;
ALTER TABLE cases.timeline ADD CONSTRAINT timeline_kind_check
    CHECK (kind IN ('OPENED', 'STAGE', 'ALLOCATED', 'ALLOCATION_ENDED', 'NOTE', 'CONTACT', 'CONSENT', 'MEETING', 'OUTCOME', 'CLOSED',
                    'REOPENED', 'HOLD', 'PARTICIPANT', 'MESSAGE', 'ACCESS'));

CREATE TABLE cases.case_lock (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    case_id     uuid NOT NULL,
    members     uuid[] NOT NULL CHECK (cardinality(members) BETWEEN 1 AND 20),
    locked_at   timestamptz NOT NULL,
    locked_by   text NOT NULL,
    c_notes     bytea NOT NULL,
    released_at timestamptz,
    released_by text,
    c_release   bytea,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases.case_file (tenant_id, id),
    CHECK ((released_at IS NULL) = (released_by IS NULL))
);
CREATE UNIQUE INDEX case_lock_current ON cases.case_lock (tenant_id, case_id) WHERE released_at IS NULL;
CREATE INDEX case_lock_time ON cases.case_lock (tenant_id, locked_at DESC, id DESC) WHERE released_at IS NULL;
COMMENT ON TABLE cases.case_lock IS 'a case is locked to named people; a change of them is a new row';
COMMENT ON COLUMN cases.case_lock.c_notes IS 'sealed under the case''s key: why it is locked';
COMMENT ON COLUMN cases.case_lock.c_release IS 'sealed under the case''s key: why the lock was taken off';

CREATE TABLE cases.conflict (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    user_id     uuid NOT NULL,
    case_id     uuid,
    person_id   uuid,
    declared_at timestamptz NOT NULL,
    declared_by text NOT NULL,
    c_notes     bytea NOT NULL,
    ended_at    timestamptz,
    ended_by    text,
    c_end       bytea,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases.case_file (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people.person (tenant_id, id),
    CHECK (num_nonnulls(case_id, person_id) = 1),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE UNIQUE INDEX conflict_case ON cases.conflict (tenant_id, user_id, case_id) WHERE ended_at IS NULL AND case_id IS NOT NULL;
CREATE UNIQUE INDEX conflict_person ON cases.conflict (tenant_id, user_id, person_id) WHERE ended_at IS NULL AND person_id IS NOT NULL;
CREATE INDEX conflict_of_case ON cases.conflict (tenant_id, case_id) WHERE ended_at IS NULL;
CREATE INDEX conflict_of_person ON cases.conflict (tenant_id, person_id) WHERE ended_at IS NULL;
CREATE INDEX conflict_time ON cases.conflict (tenant_id, declared_at DESC, id DESC) WHERE ended_at IS NULL;
COMMENT ON TABLE cases.conflict IS 'somebody must neither work nor see a case: it itself, or every case that a person is concerned in';
COMMENT ON COLUMN cases.conflict.c_notes IS 'sealed under the key of the case or the person: why';

CREATE TABLE cases.restriction (
    tenant_id uuid NOT NULL,
    id        uuid NOT NULL,
    case_id   uuid,
    person_id uuid,
    set_at    timestamptz NOT NULL,
    set_by    text NOT NULL,
    c_notes   bytea NOT NULL,
    lifted_at timestamptz,
    lifted_by text,
    c_lift    bytea,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases.case_file (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people.person (tenant_id, id),
    CHECK (num_nonnulls(case_id, person_id) = 1),
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL))
);
CREATE UNIQUE INDEX restriction_case ON cases.restriction (tenant_id, case_id) WHERE lifted_at IS NULL AND case_id IS NOT NULL;
CREATE UNIQUE INDEX restriction_person ON cases.restriction (tenant_id, person_id) WHERE lifted_at IS NULL AND person_id IS NOT NULL;
CREATE INDEX restriction_time ON cases.restriction (tenant_id, set_at DESC, id DESC) WHERE lifted_at IS NULL;
COMMENT ON TABLE cases.restriction IS 'restrictions of processing; the flag on the case or the person is what reads look at';

CREATE TABLE cases.agreement (
    tenant_id uuid NOT NULL,
    id        uuid NOT NULL,
    name      text NOT NULL,
    purpose   text NOT NULL,
    parties   uuid[] NOT NULL CHECK (cardinality(parties) BETWEEN 2 AND 50),
    classes   bigint NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL,
    made_at   timestamptz NOT NULL,
    made_by   text NOT NULL,
    ended_by  text,
    PRIMARY KEY (tenant_id, id),
    CHECK (ended_by IS NOT NULL OR starts_at < ends_at)
);
CREATE INDEX agreement_time ON cases.agreement (tenant_id, made_at DESC, id DESC);
COMMENT ON TABLE cases.agreement IS 'a written sharing agreement; names nobody, and changes only by ending early';
COMMENT ON COLUMN cases.agreement.classes IS 'field classes as bits: the most that is read under it';
COMMENT ON COLUMN cases.agreement.ends_at IS 'from that instant on nothing is shared under it';

CREATE TABLE cases.share (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    case_id      uuid NOT NULL,
    agreement_id uuid NOT NULL,
    node_id      uuid NOT NULL,
    classes      bigint NOT NULL,
    from_at      timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    shared_by    text NOT NULL,
    ended_by     text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases.case_file (tenant_id, id),
    FOREIGN KEY (tenant_id, agreement_id) REFERENCES cases.agreement (tenant_id, id)
);
CREATE INDEX share_case ON cases.share (tenant_id, case_id, ends_at);
CREATE INDEX share_node ON cases.share (tenant_id, node_id, ends_at, case_id);
CREATE INDEX share_agreement ON cases.share (tenant_id, agreement_id, ends_at);
COMMENT ON TABLE cases.share IS 'a case is shared with a node under an agreement, until that ends at the latest';
COMMENT ON COLUMN cases.share.classes IS 'those of the agreement';
COMMENT ON COLUMN cases.share.ends_at IS 'never after the agreement''s end; from that instant on it gives nothing';

CREATE TABLE cases.break_glass (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    case_id     uuid NOT NULL,
    user_id     uuid NOT NULL,
    broken_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    c_notes     bytea NOT NULL,
    reviewed_at timestamptz,
    reviewed_by uuid,
    outcome     text CHECK (outcome IN ('APPROPRIATE', 'NOT_NEEDED', 'WRONG')),
    c_review    bytea,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases.case_file (tenant_id, id),
    CHECK (num_nulls(reviewed_at, reviewed_by, outcome) IN (0, 3)),
    CHECK (reviewed_by <> user_id)
);
CREATE INDEX break_glass_user ON cases.break_glass (tenant_id, user_id, ends_at);
CREATE INDEX break_glass_case ON cases.break_glass (tenant_id, case_id, broken_at DESC);
CREATE INDEX break_glass_time ON cases.break_glass (tenant_id, broken_at DESC, id DESC);
CREATE INDEX break_glass_open ON cases.break_glass (tenant_id, broken_at DESC, id DESC) WHERE reviewed_at IS NULL;
COMMENT ON TABLE cases.break_glass IS 'somebody opened a case beyond their boundary for looking; another person closes the review';

SELECT platform.protect(t) FROM unnest(ARRAY[
    'cases.case_lock', 'cases.conflict', 'cases.restriction', 'cases.agreement', 'cases.share', 'cases.break_glass']::regclass[]) AS t;
