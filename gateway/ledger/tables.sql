-- The ledger: streams of hash-chained entries. Append only by the database's own rights: the gateway's
-- role may execute ledger.open and ledger.append and nothing else.
create schema if not exists ledger;

create table if not exists ledger.stream (
    stream bigint generated always as identity primary key,
    gateway text not null,
    opened timestamptz not null default clock_timestamp(),
    seq bigint not null default 0,
    chain bytea not null default '\x0000000000000000000000000000000000000000000000000000000000000000'
);

create table if not exists ledger.entry (
    stream bigint not null references ledger.stream,
    seq bigint not null,
    id uuid not null,
    written timestamptz not null default clock_timestamp(),
    body bytea not null,
    leaf bytea not null,
    chain bytea not null,
    primary key (stream, seq)
);
create unique index if not exists entry_id on ledger.entry (id);

-- A new stream for one gateway process.
create or replace function ledger.open(gateway text) returns bigint
language sql security definer set search_path = ledger, pg_temp
as $$ insert into ledger.stream (gateway) values (gateway) returning stream $$;

-- Appends a batch in order and answers each entry's place. An id already kept is answered as it stands,
-- so a batch whose commit was in doubt can be sent again.
create or replace function ledger.append(into_stream bigint, ids uuid[], bodies bytea[])
returns table (entry_stream bigint, entry_seq bigint, entry_chain bytea)
language plpgsql security definer set search_path = ledger, pg_temp
as $$
declare
    head ledger.stream%rowtype;
    kept ledger.entry%rowtype;
    hash bytea;
begin
    select * into strict head from ledger.stream s where s.stream = into_stream for update;
    for i in 1 .. cardinality(ids) loop
        select * into kept from ledger.entry e where e.id = ids[i];
        if not found then
            hash := sha256('\x00'::bytea || bodies[i]);
            head.seq := head.seq + 1;
            head.chain := sha256(head.chain || hash);
            insert into ledger.entry (stream, seq, id, body, leaf, chain)
            values (into_stream, head.seq, ids[i], bodies[i], hash, head.chain)
            returning * into kept;
        end if;
        entry_stream := kept.stream;
        entry_seq := kept.seq;
        entry_chain := kept.chain;
        return next;
    end loop;
    update ledger.stream s set seq = head.seq, chain = head.chain where s.stream = into_stream;
end $$;

revoke all on function ledger.open(text), ledger.append(bigint, uuid[], bytea[]) from public;

do $$ begin
    create role causeway_gateway login;
exception when duplicate_object then null;
end $$;
alter role causeway_gateway set synchronous_commit = on;
alter role causeway_gateway set statement_timeout = '5s';
grant usage on schema ledger to causeway_gateway;
grant execute on function ledger.open(text), ledger.append(bigint, uuid[], bytea[]) to causeway_gateway;

-- The tree over all streams. The integrator reads entries and writes these; it can change no entry.
create table if not exists ledger.integrated (
    stream bigint primary key references ledger.stream,
    seq bigint not null
);
create table if not exists ledger.position (
    index bigint primary key,
    stream bigint not null,
    seq bigint not null,
    unique (stream, seq)
);
create table if not exists ledger.tile (
    level integer not null,
    number bigint not null,
    hashes bytea not null,
    primary key (level, number)
);
create table if not exists ledger.checkpoint (
    size bigint primary key,
    at timestamptz not null default clock_timestamp(),
    note text not null,
    witnesses integer not null
);

do $$ begin
    create role causeway_integrator login;
exception when duplicate_object then null;
end $$;
grant usage on schema ledger to causeway_integrator;
grant select on ledger.stream, ledger.entry to causeway_integrator;
grant select, insert on ledger.position, ledger.checkpoint to causeway_integrator;
grant select, insert, update on ledger.integrated, ledger.tile to causeway_integrator;

-- An auditor reads everything and changes nothing.
do $$ begin
    create role causeway_auditor login;
exception when duplicate_object then null;
end $$;
grant usage on schema ledger to causeway_auditor;
grant select on all tables in schema ledger to causeway_auditor;
