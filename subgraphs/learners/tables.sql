-- What providers of 14 to 19 education return about their learners (ILR), and what the authority knows of
-- their participation. Columns carry the ILR's names in snake_case and hold its codes as sent.
-- source names the return a row came from: loading that return again replaces its rows. as_at is the day it
-- speaks of (FilePreparationDate). A learner is known to a provider by (ukprn, learn_ref_number); uln joins
-- providers, and is null where the return says 9999999999 (none issued yet).
create schema if not exists learners;

create table if not exists learners.provider (
    source text not null,
    ukprn text primary key,
    name text,
    kind text,
    town text,
    telephone text
);
create index if not exists provider_source on learners.provider (source);

create table if not exists learners.learner (
    source text not null,
    as_at date not null,
    ukprn text not null,
    learn_ref_number text not null,
    prev_learn_ref_number text,
    prev_ukprn text,
    pmukprn text,
    camp_id text,
    uln text,
    family_name text,
    given_names text,
    date_of_birth date,
    ethnicity smallint,
    sex text,
    lldd_health_prob smallint,
    ni_number text,
    prior_attain smallint,
    accom smallint,
    als_cost integer,
    plan_learn_hours integer,
    plan_eep_hours integer,
    math_grade text,
    eng_grade text,
    postcode_prior text,
    postcode text,
    add_line1 text,
    add_line2 text,
    add_line3 text,
    add_line4 text,
    tel_no text,
    email text,
    otj_hours integer,
    learner_he jsonb,                         -- higher education, as returned; not in the graph
    provider_spec_learner_monitoring jsonb,
    primary key (ukprn, learn_ref_number, source)
);
create index if not exists learner_uln on learners.learner (uln);
create index if not exists learner_source on learners.learner (source);

-- What each provider's newest return says of a learner.
create or replace view learners.current_learner as
    select distinct on (ukprn, learn_ref_number) * from learners.learner
    order by ukprn, learn_ref_number, as_at desc, source;

create table if not exists learners.lldd (
    source text not null,
    ukprn text not null,
    learn_ref_number text not null,
    lldd_cat smallint not null,
    primary_lldd smallint
);
create index if not exists lldd_learner on learners.lldd (ukprn, learn_ref_number);
create index if not exists lldd_source on learners.lldd (source);

create table if not exists learners.contact_preference (
    source text not null,
    ukprn text not null,
    learn_ref_number text not null,
    cont_pref_type text not null,
    cont_pref_code smallint not null
);
create index if not exists contact_preference_learner on learners.contact_preference (ukprn, learn_ref_number);
create index if not exists contact_preference_source on learners.contact_preference (source);

create table if not exists learners.learner_fam (
    source text not null,
    ukprn text not null,
    learn_ref_number text not null,
    learn_fam_type text not null,
    learn_fam_code smallint not null
);
create index if not exists learner_fam_learner on learners.learner_fam (ukprn, learn_ref_number);
create index if not exists learner_fam_source on learners.learner_fam (source);

create table if not exists learners.learner_employment_status (
    source text not null,
    ukprn text not null,
    learn_ref_number text not null,
    emp_stat smallint not null,
    date_emp_stat_app date not null,
    emp_id text,
    agree_id text,
    employment_status_monitoring jsonb        -- [{"esm_type": "BSI", "esm_code": 1}, …]
);
create index if not exists learner_employment_status_learner on learners.learner_employment_status (ukprn, learn_ref_number);
create index if not exists learner_employment_status_source on learners.learner_employment_status (source);

create table if not exists learners.learning_delivery (
    source text not null,
    as_at date not null,
    ukprn text not null,
    learn_ref_number text not null,
    aim_seq_number smallint not null,
    learn_aim_ref text not null,
    aim_type smallint,
    learn_start_date date,
    orig_learn_start_date date,
    learn_plan_end_date date,
    learn_act_end_date date,
    ach_date date,
    fund_model smallint,
    prog_type smallint,
    fwork_code smallint,
    pway_code smallint,
    std_code integer,
    partner_ukprn text,
    del_loc_post_code text,
    add_hours integer,
    prior_learn_fund_adj integer,
    other_fund_adj integer,
    con_ref_number text,
    epa_org_id text,
    emp_outcome smallint,
    comp_status smallint,
    withdraw_reason smallint,
    outcome smallint,
    out_grade text,
    sw_sup_aim_id text,
    learning_delivery_fam jsonb,              -- [{"learn_del_fam_type", "learn_del_fam_code", "learn_del_fam_date_from", …}]
    learning_delivery_work_placement jsonb,   -- the four below: as returned; not in the graph
    app_fin_record jsonb,
    provider_spec_delivery_monitoring jsonb,
    learning_delivery_he jsonb,
    primary key (ukprn, learn_ref_number, aim_seq_number, source)
);
create index if not exists learning_delivery_source on learners.learning_delivery (source);

-- ILR LearnerDestinationandProgression.
create table if not exists learners.dp_outcome (
    source text not null,
    ukprn text not null,
    learn_ref_number text not null,
    uln text,
    out_type text not null,
    out_code smallint not null,
    out_start_date date not null,
    out_end_date date,
    out_coll_date date
);
create index if not exists dp_outcome_uln on learners.dp_outcome (uln);
create index if not exists dp_outcome_source on learners.dp_outcome (source);

-- Participation (NCCIS-shaped): la_code is the authority that tracks this young person (ESA 2008 s.68).
create table if not exists learners.participation (
    source text not null,
    as_at date not null,
    uln text not null,
    la_code text not null,
    family_name text,
    given_names text,
    adviser text,
    activity_status text not null,
    currency_date date,
    september_guarantee text,
    characteristics text[],
    next_contact_on date
);
create index if not exists participation_uln on learners.participation (uln);
create index if not exists participation_la on learners.participation (la_code, next_contact_on);
create index if not exists participation_source on learners.participation (source);

-- Personal Learning Record: achievements, shared only while the learner has not opted out.
create table if not exists learners.achievement (
    source text not null,
    uln text not null,
    qualification_number text not null,
    title text not null,
    grade text,
    awarded_on date,
    awarding_body text
);
create index if not exists achievement_uln on learners.achievement (uln);
create index if not exists achievement_source on learners.achievement (source);

-- Whom the custodian keeps out of every count: a restricted record, or somebody who objects.
create table if not exists learners.left_out (
    source text not null,
    uln text primary key
);
