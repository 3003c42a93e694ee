-- Whose side a message to a participant belongs to, and which side somebody works: an allocation never reaches the other
-- side. What came before has no side, and is then reached through a role at the owner only: unknown is not permitted.

alter table notification.message add column side text not null default '' check (side in ('', 'BOTH', 'HARMED', 'HARMER'));
comment on column notification.message.side is 'side of the participant that it is for; empty where it is for none, or not known';

alter table notification.case_reader add column side text not null default '' check (side in ('', 'BOTH', 'HARMED', 'HARMER'));
comment on column notification.case_reader.side is 'side that the user works; empty where only the end of the allocation is known';
