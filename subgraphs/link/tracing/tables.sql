-- Trace jobs: what was handed in, what became of each row, and whose turn it is to ask the NHS.
-- What a row says of a child, and the number found, are AES-SIV under a key of the link node's own.
create schema if not exists tracing;

create table if not exists tracing.batch (
    id          uuid primary key,
    digest      bytea not null unique,  -- keyed: the same file under the same strategy is the same job
    name        text not null,          -- the file's; no path
    form        text not null,
    strategy    text not null,
    owner       text not null,          -- the organisation that handed it in
    rows        int not null,
    submitted   timestamptz not null default clock_timestamp()
);

create table if not exists tracing.row (
    batch       uuid not null references tracing.batch on delete cascade,
    position    int not null,           -- line of the file, or place in what was handed in
    told        bytea not null,         -- as the row had it; only the sender's reference once a number is verified
    status      text,                   -- null: waiting
    score       real,
    rule        text,
    number      bytea,                  -- whom the trace found
    judged      boolean not null default false,  -- a person decides before it is used
    indicator   char(2) not null default '06',
    source      text,
    fault       text,
    quality     jsonb,
    attempts    int not null default 0,
    traced      timestamptz,
    primary key (batch, position)
);
create index if not exists row_waiting on tracing.row (batch, position) where status is null;
create index if not exists row_judged on tracing.row (batch, position) where judged;

create table if not exists tracing.pace (
    application text primary key,
    next        timestamptz not null
);

-- What one asker has asked of the NHS one at a time, and what came of it: a guesser is stopped.
create table if not exists tracing.asked (
    id          bigint generated always as identity primary key,
    who         text not null,          -- organisation and actor, as the assertion names them
    began       timestamptz not null default clock_timestamp(),
    miss        boolean                 -- null: not answered yet
);
create index if not exists asked_who on tracing.asked (who, began);

-- Why a row waits for a person, what it did to the link node, and which child there it is about; earlier databases had none.
alter table tracing.row add column if not exists conflict text;
alter table tracing.row add column if not exists link text;
alter table tracing.row add column if not exists child uuid;
create index if not exists row_child on tracing.row (child) where child is not null;
-- trace, or reconcile: what is asked of each row; and of a row that was reconciled, names of fields and no more.
alter table tracing.batch add column if not exists task text not null default 'trace';
alter table tracing.row add column if not exists reconciled jsonb;

-- What a person decided of a row that waited for one. Nothing here is ever changed.
create table if not exists tracing.judgement (
    batch       uuid not null,
    position    int not null,
    conflict    text not null,          -- what they were asked
    same_person boolean not null,
    why         bytea not null,         -- AES-SIV, as the row's own particulars
    judged_by   text not null,          -- as the ledger names them
    role        text not null,
    judged_at   timestamptz not null default clock_timestamp(),
    foreign key (batch, position) references tracing.row on delete cascade
);
create index if not exists judgement_row on tracing.judgement (batch, position, judged_at);

-- The version of the jobs' key that a process must know to work here; the first byte of a cipher and of a digest is
-- the version that it is under. Before there was more than one version it was not written.
do $$ begin
    if to_regclass('tracing.key_version') is null then
        create table tracing.key_version (version int not null);
        insert into tracing.key_version values (1);
        update tracing.batch set digest = '\x01'::bytea || digest;
        update tracing.row set told = '\x01'::bytea || told, number = '\x01'::bytea || number;
        update tracing.judgement set why = '\x01'::bytea || why;
    end if;
end $$;
