-- What loading keeps beside the islands' own tables: which file each return came from, what was not stored
-- and why, what had no column, and the parts of a return that no island serves. Applied after the islands' tables.sql.
create schema if not exists returns;

-- One row per file that was loaded. source is what the islands' rows carry; replaced_by is the file that took its place.
create table if not exists returns.file (
    id bigint generated always as identity primary key,
    format text not null,
    source text not null,
    tables text[] not null,
    as_at date not null,
    prepared timestamptz,
    name text not null,
    digest text not null,
    heading jsonb not null,
    loaded_at timestamptz not null default now(),
    read integer not null,
    stored integer not null,
    reported integer not null,
    replaced_by bigint references returns.file,
    check (read = stored + reported)
);
create index if not exists file_in_force on returns.file (format, source) where replaced_by is null;

-- One row per fault. No value from the file is kept here, only where it stands and what is wrong with it.
create table if not exists returns.reported (
    file bigint not null references returns.file on delete cascade,
    record integer not null,
    line integer not null,
    "table" text not null,
    item text not null,
    reason text not null
);
create index if not exists reported_file on returns.reported (file, record);

-- Items that no table has a column for, as filed: {"path": ["text", …]}. Never served.
create table if not exists returns.further (
    file bigint not null references returns.file on delete cascade,
    record integer not null,
    line integer not null,
    "table" text not null,
    items jsonb not null,
    primary key (file, record)
);

-- Beside what the islands serve: numbers as they were filed with the outcome of their check (the served column holds
-- a number only when it passed), sexes as filed, and the date of birth that every 903 table repeats.
alter table local_authority.child add column if not exists sex_as_filed text;
alter table local_authority.child add column if not exists upn_as_filed text;
alter table local_authority.child add column if not exists upn_check text;
alter table local_authority.child add column if not exists former_upn_as_filed text;
alter table local_authority.child add column if not exists former_upn_check text;
alter table local_authority.uasc add column if not exists sex_as_filed text;
alter table local_authority.review add column if not exists dob date;
alter table local_authority.missing add column if not exists dob date;
alter table local_authority.oc2 add column if not exists dob date;
alter table local_authority.oc3 add column if not exists dob date;
alter table local_authority.ad1 add column if not exists dob date;
alter table local_authority.placed_for_adoption add column if not exists dob date;
alter table local_authority.previous_permanence add column if not exists dob date;
alter table local_authority.uasc add column if not exists dob date;
alter table local_authority.sw_episode add column if not exists dob date;
alter table local_authority.dolo add column if not exists dob date;
alter table learners.learner add column if not exists sex_as_filed text;
alter table learners.learner add column if not exists uln_as_filed text;
alter table learners.learner add column if not exists uln_check text;
alter table learners.learner add column if not exists ni_number_as_filed text;
alter table learners.learner add column if not exists ni_number_check text;

-- ILR LearnerDestinationandProgression: the record its outcomes hang on.
create table if not exists learners.destination_and_progression (
    source text not null,
    ukprn text not null,
    learn_ref_number text not null,
    uln text,
    uln_as_filed text,
    uln_check text,
    primary key (ukprn, learn_ref_number, source)
);

-- COLLECT's own numbers for a row, which tell two needs, periods or exclusions of one pupil apart.
alter table schools.pupil add column if not exists collect_sequence text;
alter table schools.sen_need add column if not exists collect_id text;
alter table schools.sen_need add column if not exists collect_sequence text;
alter table schools.session_detail add column if not exists collect_id text;
alter table schools.session_detail add column if not exists collect_sequence text;
alter table schools.exclusion add column if not exists collect_id text;
alter table schools.exclusion add column if not exists collect_sequence text;
alter table schools.fsm_period add column if not exists collect_id text;
alter table schools.fsm_period add column if not exists collect_sequence text;

-- GIAS: which establishment follows which, which group runs it, and the school census's SEN counts per school.
create table if not exists schools.school_link (
    source text not null, urn text not null, linkurn text not null, linkname text, linktype text not null,
    linkestablisheddate date,
    primary key (urn, linkurn, linktype)
);

create table if not exists schools.school_group (
    source text not null, urn text not null, group_uid text not null, group_id text, group_name text,
    companies_house_number text, group_type_code text, group_type text, group_status_code text,
    group_status text, open_date date, incorporated_on_open_date date, closed_date date, joined_date date,
    primary key (urn, group_uid)
);

create table if not exists schools.school_sen_count (
    source text not null, urn text not null, time_period text not null, old_la_code text, laestab text,
    school_name text, total_pupils numeric, sen_support numeric, ehc_plan numeric,
    ehc_primary_need_spld numeric, ehc_primary_need_mld numeric, ehc_primary_need_sld numeric,
    ehc_primary_need_pmld numeric, ehc_primary_need_semh numeric, ehc_primary_need_slcn numeric,
    ehc_primary_need_hi numeric, ehc_primary_need_vi numeric, ehc_primary_need_msi numeric,
    ehc_primary_need_pd numeric, ehc_primary_need_asd numeric, ehc_primary_need_oth numeric,
    ehc_primary_need_nsa numeric, sup_primary_need_spld numeric, sup_primary_need_mld numeric,
    sup_primary_need_sld numeric, sup_primary_need_pmld numeric, sup_primary_need_semh numeric,
    sup_primary_need_slcn numeric, sup_primary_need_hi numeric, sup_primary_need_vi numeric,
    sup_primary_need_msi numeric, sup_primary_need_pd numeric, sup_primary_need_asd numeric,
    sup_primary_need_oth numeric, sup_primary_need_nsa numeric, sen_unit numeric, rp_unit numeric,
    primary key (urn, time_period)
);
