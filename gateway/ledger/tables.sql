-- The ledger: streams of hash-chained entries. Append only by the database's own rights: the gateway's
-- role may execute a handful of functions (open, keys, append, places, state, stop) and nothing else.
create schema if not exists ledger;

create table if not exists ledger.stream (
    stream bigint generated always as identity primary key,
    gateway text not null,
    opened timestamptz not null default clock_timestamp(),
    seq bigint not null default 0,
    chain bytea not null default '\x0000000000000000000000000000000000000000000000000000000000000000'
);

-- By month of the id: a UUID version 7 begins with the time. A month is exported and dropped as a whole.
create table if not exists ledger.entry (
    stream bigint not null references ledger.stream,
    seq bigint not null,
    id uuid not null,
    written timestamptz not null default clock_timestamp(),
    subject text,
    body bytea not null,
    leaf bytea not null,
    chain bytea not null,
    primary key (stream, seq, id)
) partition by range (id);
create table if not exists ledger.entry_other partition of ledger.entry default;
create unique index if not exists entry_id on ledger.entry (id);
create index if not exists entry_subject on ledger.entry (subject, written) where subject is not null;

-- The least id of a moment.
create or replace function ledger.first_id(moment timestamptz) returns uuid
language sql immutable
as $$
    select (lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Makes the table of a month ready; what came before it was ready stays in entry_other.
create or replace function ledger.ready_month(moment timestamptz) returns void
language plpgsql security definer set search_path = ledger, pg_temp
as $$
declare
    first timestamptz := date_trunc('month', moment, 'UTC');
begin
    execute format(
        'create table if not exists ledger.%I partition of ledger.entry for values from (%L) to (%L)',
        to_char(first at time zone 'UTC', '"entry_"YYYY_MM'),
        ledger.first_id(first), ledger.first_id(first + interval '1 month')
    );
exception when check_violation then null;
end $$;
revoke all on function ledger.ready_month(timestamptz) from public;
select ledger.ready_month(now()), ledger.ready_month(now() + interval '1 month');

-- Data keys, wrapped by the audit key. Destroying a row shreds what it sealed.
create table if not exists ledger.data_key (
    id uuid primary key,
    subject text not null,
    year integer not null,
    wrapped bytea not null,
    unique (subject, year)
);

-- A new stream for one gateway process.
create or replace function ledger.open(gateway text) returns bigint
language sql security definer set search_path = ledger, pg_temp
as $$ insert into ledger.stream (gateway) values (gateway) returning stream $$;

-- The data keys of these subjects for these years; those that are missing are taken from what is offered.
create or replace function ledger.keys(subjects text[], years integer[], ids uuid[], offered bytea[])
returns table (key_subject text, key_year integer, key_id uuid, key_wrapped bytea)
language sql security definer set search_path = ledger, pg_temp
as $$
    insert into ledger.data_key (subject, year, id, wrapped)
    select * from unnest(subjects, years, ids, offered)
    on conflict (subject, year) do nothing;
    select k.subject, k.year, k.id, k.wrapped from ledger.data_key k
    join unnest(subjects, years) w(subject, year) on w.subject = k.subject and w.year = k.year;
$$;

-- Each time that the ledger was found not to be what was promised of it. Streams opened before are never written again;
-- others only once the owner has lifted it. Whoever runs may stop the ledger; nobody who runs can lift that.
create table if not exists ledger.freeze (
    at timestamptz primary key default clock_timestamp(),
    found_by text not null,
    why text not null,
    lifted timestamptz,
    because text
);
create or replace function ledger.stop(why text) returns void
language sql security definer set search_path = ledger, pg_temp
as $$
    insert into ledger.freeze (found_by, why) select session_user, why
    where not exists (select from ledger.freeze f where f.lifted is null)
$$;
revoke all on function ledger.stop(text) from public;

-- In an earlier version a row came back for each entry. What was written for that fails with this one, and appends nothing.
do $$ begin
    if (select proretset from pg_proc where oid = to_regprocedure('ledger.append(bigint, uuid[], text[], bytea[])')) then
        drop function ledger.append(bigint, uuid[], text[], bytea[]);
    end if;
end $$;

-- Appends a batch in order, and answers the stream's end after it. An id already kept is left as it stands and answered
-- as `known`, so a batch whose commit was in doubt can be sent again.
create or replace function ledger.append(
    into_stream bigint, ids uuid[], subjects text[], bodies bytea[],
    out last_seq bigint, out last_chain bytea, out known uuid[]
)
language plpgsql security definer set search_path = ledger, pg_temp
as $$
declare
    head ledger.stream%rowtype;
    hash bytea;
    leaves bytea[] := '{}';
    chains bytea[] := '{}';
    fresh integer[] := '{}';
begin
    if (cardinality(subjects), cardinality(bodies)) is distinct from (cardinality(ids), cardinality(ids)) then
        raise exception 'not as many subjects or bodies as ids' using errcode = 'array_subscript_error';
    end if;
    select * into strict head from ledger.stream s where s.stream = into_stream for update;
    if exists (select from ledger.freeze f where f.lifted is null or f.at > head.opened) then
        raise exception 'this stream is frozen' using errcode = 'object_not_in_prerequisite_state';
    end if;
    known := array(select e.id from ledger.entry e where e.id = any(ids));
    last_seq := head.seq;
    last_chain := head.chain;
    for i in 1 .. cardinality(ids) loop
        continue when ids[i] = any(known);
        hash := sha256('\x00'::bytea || bodies[i]);
        last_seq := last_seq + 1;
        last_chain := sha256(last_chain || hash);
        fresh := fresh || i;
        leaves := leaves || hash;
        chains := chains || last_chain;
    end loop;
    insert into ledger.entry (stream, seq, id, subject, body, leaf, chain)
    select into_stream, head.seq + n, ids[i], subjects[i], bodies[i], h, c
    from unnest(fresh, leaves, chains) with ordinality as new(i, h, c, n);
    update ledger.stream s set seq = last_seq, chain = last_chain where s.stream = into_stream;
end $$;

-- Where entries stand that were kept before.
create or replace function ledger.places(ids uuid[])
returns table (entry_id uuid, entry_stream bigint, entry_seq bigint, entry_leaf bytea, entry_chain bytea)
language sql stable security definer set search_path = ledger, pg_temp
as $$ select e.id, e.stream, e.seq, e.leaf, e.chain from ledger.entry e where e.id = any(ids) $$;

revoke all on function ledger.open(text), ledger.append(bigint, uuid[], text[], bytea[]),
    ledger.places(uuid[]), ledger.keys(text[], integer[], uuid[], bytea[]) from public;

do $$ begin
    create role causeway_gateway login;
exception when duplicate_object then null;
end $$;
alter role causeway_gateway set synchronous_commit = on;
alter role causeway_gateway set statement_timeout = '5s';
grant usage on schema ledger to causeway_gateway;
grant execute on function ledger.open(text), ledger.append(bigint, uuid[], text[], bytea[]),
    ledger.places(uuid[]), ledger.keys(text[], integer[], uuid[], bytea[]) to causeway_gateway;

-- What is left of an entry when its time was over: enough to prove all that came after it.
create table if not exists ledger.retired (
    stream bigint not null,
    seq bigint not null,
    id uuid not null,
    leaf bytea not null,
    chain bytea not null,
    primary key (stream, seq)
);

-- What entries are found by, a moment after they were written. Proves nothing: the entry does.
create table if not exists ledger.reading (
    id uuid primary key,
    at timestamptz not null,
    purpose text,
    org text,
    role text,
    island text,
    outcome text not null,
    reasons text[] not null,
    emergency text,
    reviews uuid,
    verdict text
);
alter table ledger.reading add column if not exists alert text;
create index if not exists reading_at on ledger.reading (at);
create index if not exists reading_purpose on ledger.reading (purpose, at);
create index if not exists reading_org on ledger.reading (org, at);
create index if not exists reading_emergency on ledger.reading (at) where emergency is not null;
create index if not exists reading_alert on ledger.reading (at) where alert is not null;
create index if not exists reading_reviews on ledger.reading (reviews) where reviews is not null;

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
grant select, insert, update (note, witnesses, at) on ledger.checkpoint to causeway_integrator;
grant select, insert on ledger.position, ledger.reading to causeway_integrator;
grant select on ledger.freeze to causeway_integrator;
grant execute on function ledger.stop(text) to causeway_integrator, causeway_gateway;
grant execute on function ledger.ready_month(timestamptz) to causeway_integrator;
grant select, insert, update on ledger.integrated, ledger.tile to causeway_integrator;

-- The time, and for how many seconds the oldest entry has waited for a checkpoint that `quorum` witnesses cosigned:
-- the first in the tree that none covers, or the first of a stream that has no place in the tree yet. Then how large the
-- largest checkpoint is, and why the ledger is frozen, if it is.
drop function if exists ledger.state(integer);
create function ledger.state(quorum integer)
returns table (now_at double precision, waiting double precision, size bigint, frozen text)
language sql security definer set search_path = ledger, pg_temp
as $$
    select extract(epoch from clock_timestamp())::double precision,
        coalesce(extract(epoch from clock_timestamp() - least(
            (
                select e.written from ledger.position p join ledger.entry e using (stream, seq)
                where p.index = seen.size
            ),
            (
                select min(e.written) from ledger.stream s left join ledger.integrated i using (stream)
                join ledger.entry e on e.stream = s.stream and e.seq = coalesce(i.seq, 0) + 1
                where s.seq > coalesce(i.seq, 0)
            )
        ))::double precision, 0),
        (select coalesce(max(c.size), 0) from ledger.checkpoint c),
        (select f.why from ledger.freeze f where f.lifted is null order by f.at desc limit 1)
    from (
        select coalesce(max(c.size), 0) as size from ledger.checkpoint c where c.witnesses >= quorum
    ) seen
$$;
revoke all on function ledger.state(integer) from public;
grant execute on function ledger.state(integer) to causeway_gateway;

-- An auditor reads everything and changes nothing.
do $$ begin
    create role causeway_auditor login;
exception when duplicate_object then null;
end $$;
grant usage on schema ledger to causeway_auditor;
grant select on all tables in schema ledger to causeway_auditor;

-- Shredding: the child's data keys and pseudonym go, the entries and their hashes stay. Owner only.
create or replace function ledger.shred(gone text) returns void
language sql set search_path = ledger, pg_temp
as $$
    delete from ledger.data_key where subject = gone;
    update ledger.entry set subject = null where subject = gone;
$$;
revoke all on function ledger.shred(text) from public;
