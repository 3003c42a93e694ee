-- Mail about a user's own account: the link that lets them in, and what happened to it.

alter table notification.message add column enrolment_id uuid;
comment on column notification.message.enrolment_id is 'the enrolment whose link is sent; identity makes the link when it is asked';
alter table notification.message add column notice text not null default '';
comment on column notification.message.notice is 'what happened to the account, a code; empty for other messages';
