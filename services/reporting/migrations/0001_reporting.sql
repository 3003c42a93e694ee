-- The warehouse: one row for each referral, case and intervention under a pseudonymous key. No name, no contact, no free
-- text, no id that another service knows. Rows are written by the consumer of facts only and can be thrown away: a resync
-- brings them again.

create schema reporting;

create table reporting.referral_fact (
    tenant_id       uuid not null,
    key             uuid not null,
    version         bigint not null,
    as_of           timestamptz not null,
    owner_node_id   uuid not null,
    state           text not null,
    source          text not null,
    initiated_by    text not null,
    submitted_by    text not null,
    harm_type       text not null,
    decision_reason text not null,
    submitted_at    timestamptz not null,
    decided_at      timestamptz,
    primary key (tenant_id, key)
);
comment on column reporting.referral_fact.version is 'version of the referral; of two facts the later version stays';
comment on column reporting.referral_fact.as_of is 'when the fact was told; decides between two of one version, so that a resync mends';
create index referral_fact_submitted on reporting.referral_fact (tenant_id, submitted_at);

create table reporting.case_fact (
    tenant_id             uuid not null,
    key                   uuid not null,
    version               bigint not null,
    as_of                 timestamptz not null,
    owner_node_id         uuid not null,
    kind                  text not null,
    stage                 text not null,
    harm_type             text not null,
    close_reason          text not null,
    complex_or_sensitive  boolean not null,
    opened_at             timestamptz not null,
    closed_at             timestamptz,
    first_allocated_at    timestamptz,
    first_contact_at      timestamptz,
    first_intervention_at timestamptz,
    reopened              integer not null,
    primary key (tenant_id, key)
);
create index case_fact_opened on reporting.case_fact (tenant_id, opened_at);
create index case_fact_closed on reporting.case_fact (tenant_id, closed_at) where closed_at is not null;

create table reporting.intervention_fact (
    tenant_id     uuid not null,
    key           uuid not null,
    version       bigint not null,
    as_of         timestamptz not null,
    case_key      uuid not null,
    owner_node_id uuid not null,
    intervention  text not null,
    result        text not null,
    outcomes      text[] not null,
    held_at       timestamptz,
    primary key (tenant_id, key)
);
comment on column reporting.intervention_fact.case_key is 'pseudonym of the case; its row may come later, so this is no foreign key';
create index intervention_fact_held on reporting.intervention_fact (tenant_id, held_at);

select platform.protect(t) from unnest(array[
    'reporting.referral_fact', 'reporting.case_fact', 'reporting.intervention_fact']::regclass[]) as t;
