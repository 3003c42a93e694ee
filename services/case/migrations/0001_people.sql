-- The people register: persons, how to reach them safely, who they are. Columns named `c_<class>` hold one blob for a field
-- class, sealed with the person's own data key.

CREATE SCHEMA people;
CREATE SCHEMA search;

CREATE TABLE people.person (
    tenant_id          uuid NOT NULL,
    id                 uuid NOT NULL,
    reference          text NOT NULL,
    version            bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at         timestamptz NOT NULL,
    c_identity         bytea NOT NULL,
    c_date_of_birth    bytea,
    c_special_category bytea,
    c_needs            bytea,
    c_contact          bytea,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX person_reference ON people.person (tenant_id, reference);
COMMENT ON COLUMN people.person.reference IS 'what people read, say and type; tells nothing of the person';
COMMENT ON COLUMN people.person.version IS 'etag; counts changes of the person, their contact points and their demographics';
COMMENT ON COLUMN people.person.c_special_category IS 'the equality answers of the newest revision';
COMMENT ON COLUMN people.person.c_contact IS 'address and postcode; numbers and e-mail addresses are contact points';

CREATE TABLE people.contact_point (
    tenant_id           uuid NOT NULL,
    id                  uuid NOT NULL,
    person_id           uuid NOT NULL,
    kind                text NOT NULL,
    c_contact           bytea NOT NULL,
    safety              text NOT NULL DEFAULT 'UNKNOWN' CHECK (safety IN ('SAFE', 'SAFE_WITH_LIMITS', 'UNSAFE', 'UNKNOWN')),
    may_text            boolean NOT NULL DEFAULT false,
    may_leave_voicemail boolean NOT NULL DEFAULT false,
    may_write           boolean NOT NULL DEFAULT false,
    safe_from           time,
    safe_to             time,
    limits_in_words     boolean NOT NULL DEFAULT false,
    verified_at         timestamptz,
    review_on           date,
    created_at          timestamptz NOT NULL,
    version             bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people.person (tenant_id, id)
);
CREATE INDEX contact_point_person ON people.contact_point (tenant_id, person_id, created_at);
COMMENT ON COLUMN people.contact_point.kind IS 'code of list contact_kind';
COMMENT ON COLUMN people.contact_point.safety IS 'code of list contact_safety; UNKNOWN means that nothing is sent (domain.md 2.2)';
COMMENT ON COLUMN people.contact_point.safe_from IS 'local time of day from which it is safe; null for any';
COMMENT ON COLUMN people.contact_point.limits_in_words IS 'the person gave limits that no machine can keep: nothing is sent until somebody sets them';
COMMENT ON COLUMN people.contact_point.verified_at IS 'when the person themself confirmed it; null means that nothing is sent';
COMMENT ON COLUMN people.contact_point.review_on IS 'local date after which it counts as unknown again';

CREATE TABLE people.demographics_revision (
    tenant_id          uuid NOT NULL,
    id                 uuid NOT NULL,
    person_id          uuid NOT NULL,
    asked_at           timestamptz NOT NULL,
    recorded_by        text NOT NULL,
    c_special_category bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people.person (tenant_id, id)
);
CREATE INDEX demographics_revision_person ON people.demographics_revision (tenant_id, person_id, asked_at);
COMMENT ON TABLE people.demographics_revision IS 'every set of answers ever given; the newest is copied to the person';

-- Keyed blind tokens (security.md 3.4). In a schema and a table of their own: the owner's function reads them across the
-- tenant policy, which is opened for this table and for no other.
CREATE TABLE search.person_token (
    tenant_id uuid NOT NULL,
    person_id uuid NOT NULL,
    tok       bigint[] NOT NULL,
    PRIMARY KEY (tenant_id, person_id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people.person (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX person_token_tok ON search.person_token USING gin (tok) WITH (fastupdate = off);
COMMENT ON COLUMN search.person_token.tok IS 'first 64 bits of HMACs under the tenant''s index key; never of class special category, offence, risk or notes';

SELECT platform.protect(t) FROM unnest(ARRAY[
    'people.person', 'people.contact_point', 'people.demographics_revision', 'search.person_token']::regclass[]) AS t;
SELECT platform.let_owner_find('search.person_token'::regclass);

-- People of the transaction's tenant who share a token with each group that is asked for; null groups are not asked for.
-- The overlap operator is not leakproof, so under the tenant policy no index would be used; here it is, and ids alone leave.
-- A null group repeats the first one, whose entries the index scan shares: every condition stays an index condition.
CREATE FUNCTION search.candidates(a bigint[], b bigint[], c bigint[], d bigint[], most integer)
RETURNS TABLE (person_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
    SELECT t.person_id
    FROM search.person_token t
    WHERE t.tenant_id = nullif(current_setting('app.tenant', true), '')::uuid
      AND t.tok && a AND t.tok && coalesce(b, a) AND t.tok && coalesce(c, a) AND t.tok && coalesce(d, a)
    LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION search.candidates(bigint[], bigint[], bigint[], bigint[], integer) FROM PUBLIC;
