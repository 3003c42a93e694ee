-- Messages to people and staff: what is to be sent, and what became of it. No address and no text is ever stored: both
-- are had at the moment of sending, the address from the safety gate and the text from a template.

create schema notification;

create table notification.message (
    tenant_id      uuid not null,
    id             uuid not null,
    template       text not null,
    channel        text not null check (channel in ('EMAIL', 'SMS')),
    state          text not null check (state in
        ('QUEUED', 'WAITING', 'SENDING', 'SENT', 'DELIVERED', 'NOT_SENT', 'CANCELLED', 'FAILED', 'UNKNOWN')),
    reason         text not null default '',
    due_at         timestamptz not null,
    expires_at     timestamptz not null,
    state_since    timestamptz not null,
    created_at     timestamptz not null,
    about          uuid not null,
    case_id        uuid,
    referral_id    uuid,
    meeting_id     uuid,
    participant_id uuid,
    user_id        uuid,
    recipient      uuid not null,
    event_id       uuid not null,
    attempts       integer not null default 0,
    version        bigint not null default 1,
    provider_ref   text,
    parts          smallint,
    starts_at      timestamptz,
    case_reference text not null default '',
    accepted       boolean,
    superseded     boolean not null default false,
    primary key (tenant_id, id)
);
comment on column notification.message.reason is 'why it is in its state: a code of the safety gate, of the provider or of ours';
comment on column notification.message.expires_at is 'from then on it is not sent any more';
comment on column notification.message.about is 'the case or the referral; whose owner may see the message is told by notification.subject';
comment on column notification.message.recipient is 'participant, user or, for who sent a referral, the referral';
comment on column notification.message.event_id is 'the event that asked for it, named as the cause where the safety gate is asked';
comment on column notification.message.provider_ref is 'the provider''s own id of the message';
comment on column notification.message.parts is 'parts that the text message was charged as';
comment on column notification.message.starts_at is 'start of the meeting that the message tells of';
comment on column notification.message.accepted is 'the decision that referral_decision tells';
comment on column notification.message.superseded is 'another message took its place: the meeting moved after this one was sent';

-- One event asks for a message to one recipient on one channel once.
create unique index message_event on notification.message (tenant_id, event_id, template, recipient, channel);
-- One reminder of a meeting for one participant on one channel.
create unique index message_reminder on notification.message (tenant_id, template, meeting_id, participant_id, channel)
    where meeting_id is not null and participant_id is not null and not superseded;
create index message_due on notification.message (due_at) where state in ('QUEUED', 'WAITING', 'SENDING', 'UNKNOWN');
create index message_case on notification.message (tenant_id, case_id, id) where case_id is not null;
create index message_referral on notification.message (tenant_id, referral_id, id) where referral_id is not null;

-- Cases and referrals as far as they decide who may see a message about them.
create table notification.subject (
    tenant_id     uuid not null,
    id            uuid not null,
    owner_node_id uuid not null,
    version       bigint not null,
    primary key (tenant_id, id)
);
comment on column notification.subject.version is 'version of the case or referral that told the owner; an older event changes nothing';

-- To whom a case is allocated. An allocation that is known to have ended stays, since events come in any order.
create table notification.case_reader (
    tenant_id      uuid not null,
    allocation_id  uuid not null,
    case_id        uuid not null,
    user_id        uuid not null,
    case_reference text not null,
    ended          boolean not null,
    primary key (tenant_id, allocation_id)
);
create index case_reader_case on notification.case_reader (tenant_id, case_id, user_id) where not ended;

-- Newest known version of each meeting.
create table notification.meeting (
    tenant_id uuid not null,
    id        uuid not null,
    version   bigint not null,
    primary key (tenant_id, id)
);

select platform.protect(t) from unnest(array[
    'notification.message', 'notification.subject', 'notification.case_reader', 'notification.meeting']::regclass[]) as t;
select platform.let_owner_find('notification.message');

-- Messages to be sent, those whose sending was broken off, and those of which the provider is to be asked.
create function notification.due_messages(at timestamptz, most bigint) returns table (tenant_id uuid, id uuid)
language sql stable security definer set search_path = pg_catalog as $$
    select m.tenant_id, m.id from notification.message m
    where m.state in ('QUEUED', 'WAITING', 'SENDING', 'UNKNOWN')
      and (m.state in ('QUEUED', 'WAITING') and m.due_at <= at
           or m.state = 'SENDING' and m.state_since <= at - interval '60 seconds'
           or m.state = 'UNKNOWN' and m.due_at <= at and m.expires_at > at - interval '1 day')
    order by m.due_at limit most
$$;
