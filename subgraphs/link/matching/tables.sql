-- What may be one child, and what disagrees about one, until somebody has judged it. No name, no date, no address: which
-- records are in question (under a key of the link node's own), what was alike in words, and what people said of it.
create schema if not exists matching;

create table if not exists matching.run (
    run         bigint generated always as identity primary key,
    authority   text not null,
    model       text not null,             -- what it was compared by
    began       timestamptz not null,
    ended       timestamptz not null default clock_timestamp(),
    children    int not null,
    records     int not null,
    duplicates  int not null,
    conflicts   int not null
);

-- state: OPEN; PROPOSED: one person has said that the two are the same; SAME; NOT_SAME, which is remembered, so that the
-- pair does not come back. What waits and is not found again by the next run is forgotten.
create table if not exists matching.finding (
    finding     uuid primary key default gen_random_uuid(),
    digest      bytea not null unique,     -- keyed: the same records in question are the same finding
    authority   text not null,             -- in whose area it was found, and whose people judge it
    kind        text not null,             -- DUPLICATE, or a kind of conflict
    said        text,
    weight      double precision,
    grounds     jsonb,
    state       text not null default 'OPEN' check (state in ('OPEN', 'PROPOSED', 'SAME', 'NOT_SAME')),
    found       date not null default current_date,
    run         bigint not null
);
create index if not exists finding_waiting on matching.finding (authority, kind, weight desc) where state in ('OPEN', 'PROPOSED');

create table if not exists matching.record (
    finding     uuid not null references matching.finding on delete cascade,
    place       int not null,
    kind        text not null,
    cipher      bytea not null,
    custodian   text,
    primary key (finding, place)
);

create table if not exists matching.verdict (
    finding     uuid not null references matching.finding on delete cascade,
    said        text not null check (said in ('SAME', 'NOT_SAME', 'CANNOT_TELL')),
    reason      text not null,
    actor       text not null,
    organisation text not null,
    at          timestamptz not null default clock_timestamp()
);
create index if not exists verdict_finding on matching.verdict (finding);

-- Whoever keeps a record is asked to look at it, and says what came of it. Nobody else changes it.
create table if not exists matching.correction (
    correction  uuid primary key default gen_random_uuid(),
    finding     uuid not null,
    place       int not null,
    about       text not null,
    custodian   text not null,
    asked_by    text not null,
    actor       text not null,
    asked_on    date not null,
    answer      text,
    answered_by text,
    answered_on date,
    foreign key (finding, place) references matching.record on delete cascade
);
create index if not exists correction_custodian on matching.correction (custodian) where answer is null;
create unique index if not exists correction_open on matching.correction (finding, place, about) where answer is null;

-- The version of the queue's key that a process must know to work here; the first byte of a cipher and of a digest is
-- the version that it is under. Before there was more than one version it was not written.
do $$ begin
    if to_regclass('matching.key_version') is null then
        create table matching.key_version (version int not null);
        insert into matching.key_version values (1);
        update matching.finding set digest = '\x01'::bytea || digest;
        update matching.record set cipher = '\x01'::bytea || cipher;
    end if;
end $$;

-- What was found of a child is forgotten by its numbers, when it is sealed.
create index if not exists record_of on matching.record (kind, cipher);
