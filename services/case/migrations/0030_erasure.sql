-- Erasure of a person: which parties of referrals they are, what holds an erasure back, the request and its certificate.

ALTER TABLE people.person ADD COLUMN erased_at timestamptz;
COMMENT ON COLUMN people.person.erased_at IS 'when their data key was destroyed: no blob of theirs opens any more';

CREATE TABLE people.party (
    tenant_id uuid NOT NULL,
    party_id  uuid NOT NULL,
    person_id uuid NOT NULL,
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, party_id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people.person (tenant_id, id)
);
CREATE INDEX party_person ON people.party (tenant_id, person_id);
COMMENT ON TABLE people.party IS 'which person a party of a referral became: whose keys the referral service destroys with theirs';

CREATE TABLE people.hold (
    tenant_id uuid NOT NULL,
    id        uuid NOT NULL,
    person_id uuid NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('LEGAL_HOLD', 'RETENTION')),
    until     date,
    set_at    timestamptz NOT NULL,
    set_by    uuid NOT NULL,
    lifted_at timestamptz,
    lifted_by uuid,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people.person (tenant_id, id),
    CHECK (kind = 'LEGAL_HOLD' OR until IS NOT NULL),
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL))
);
CREATE INDEX hold_person ON people.hold (tenant_id, person_id) WHERE lifted_at IS NULL;
COMMENT ON TABLE people.hold IS 'what forbids to erase a person: proceedings, or a duty to keep';
COMMENT ON COLUMN people.hold.until IS 'last local date on which it holds; null holds until it is lifted';

CREATE TABLE people.erasure (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    person_id    uuid NOT NULL,
    state        text NOT NULL CHECK (state IN ('REQUESTED', 'RUNNING', 'COMPLETED', 'CANCELLED')),
    version      bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    reason       text NOT NULL,
    requested_by uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    approved_by  uuid,
    approved_at  timestamptz,
    completed_at timestamptz,
    certificate  text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people.person (tenant_id, id),
    CHECK (approved_by IS NULL OR approved_by <> requested_by),
    CHECK ((state IN ('RUNNING', 'COMPLETED')) = (approved_by IS NOT NULL)),
    CHECK ((state = 'COMPLETED') = (certificate IS NOT NULL))
);
CREATE UNIQUE INDEX erasure_open ON people.erasure (tenant_id, person_id) WHERE state IN ('REQUESTED', 'RUNNING');
CREATE INDEX erasure_person ON people.erasure (tenant_id, person_id, requested_at DESC);
COMMENT ON TABLE people.erasure IS 'requests for erasure; one that is completed is its own certificate';
COMMENT ON COLUMN people.erasure.certificate IS 'keyed hash of the request, the approval and every confirmation, hexadecimal';

CREATE TABLE people.erasure_confirmation (
    tenant_id    uuid NOT NULL,
    erasure_id   uuid NOT NULL,
    service      text NOT NULL,
    keys         integer NOT NULL CHECK (keys >= 0),
    confirmed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, erasure_id, service),
    FOREIGN KEY (tenant_id, erasure_id) REFERENCES people.erasure (tenant_id, id)
);
COMMENT ON TABLE people.erasure_confirmation IS 'services that destroyed what they held of the person, and how many keys';

SELECT platform.protect(t) FROM unnest(ARRAY['people.party', 'people.hold', 'people.erasure', 'people.erasure_confirmation']::regclass[]) AS t;
