-- The newest checkpoint of each service's audit trail, for the daily mail to the data protection officers. Hashes and numbers
-- only; what proves anything is what has left the system, so a wrong row here shows itself in the mails.

create table notification.audit_checkpoint (
    tenant_id uuid not null,
    service   text not null,
    size      bigint not null,
    note      text not null,
    primary key (tenant_id, service)
);
comment on column notification.audit_checkpoint.size is 'batches that it covers; an older one that comes late changes nothing';

select platform.protect('notification.audit_checkpoint');
