-- An allocation may end by itself, for instance a co-facilitator's: messages are then seen no longer, with no further event.

alter table notification.case_reader add column until timestamptz;
comment on column notification.case_reader.until is 'from that instant on the allocation gives nothing; null where it lasts';
