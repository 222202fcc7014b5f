-- What schools return about their pupils (school census, COLLECT) and pass on when a pupil moves (CTF), and
-- the register of schools (GIAS). Columns carry the statutory names in snake_case and hold the codes as sent.
-- source names the return a row came from: loading that return again replaces its rows. record is the row's
-- own id within it, and (source, record) ties a pupil's needs, sessions and exclusions to the pupil.
-- as_at is the day a return speaks of. A upn that fails its check is null, kept in upn_as_filed with FAILED beside it.
create schema if not exists schools;

create table if not exists schools.school (
    source text not null,
    urn text primary key,
    la_code text,
    establishment_number text,
    name text,
    type_of_establishment text,
    phase_of_education text,
    establishment_status text,
    statutory_low_age integer,
    statutory_high_age integer,
    ukprn text,
    open_date date,
    close_date date,
    street text,
    town text,
    post_code text,
    telephone text,
    website text
);
create index if not exists school_source on schools.school (source);

-- Whom to ring: the designated safeguarding lead (DSL) and the SENCO. Not in any census; from the school's own system.
create table if not exists schools.contact (
    source text not null,
    urn text not null,
    role text not null,
    name text not null,
    telephone text,
    email text,
    primary key (urn, role, source)
);

-- PupilOnRoll and PupilNoLongerOnRoll: one row per pupil, school and return.
create table if not exists schools.pupil (
    source text not null,
    record text not null,
    as_at date not null,
    on_roll boolean not null,
    urn text,
    native_id text,
    upn text,
    upn_as_filed text,
    upn_check text,
    former_upn text,
    former_upn_as_filed text,
    former_upn_check text,
    unique_learner_number text,
    unique_learner_number_as_filed text,
    unique_learner_number_check text,
    surname text,
    forename text,
    middle_names text,
    preferred_surname text,
    former_surname text,
    birth_date date,
    sex text,
    sex_as_filed text,
    ethnicity text,
    language text,
    service_child text,
    young_carer text,
    plaa text,
    entry_date date,
    leaving_date date,
    enrol_status text,
    nc_year_actual text,
    class_type text,
    part_time boolean,
    boarder text,
    hours_at_setting numeric,
    sen_provision text,
    sen_unit_indicator boolean,
    resourced_provision_indicator boolean,
    termly_sessions_possible integer,
    eyppr text,
    eyppbf text,
    daf_indicator boolean,
    funded_hours numeric,
    extended_hours numeric,
    eligibility_code text,
    school_lunch_taken boolean,
    top_up_funding boolean,
    unit_contact_time numeric,
    address text,
    post_code text,
    safeguarding_file_held boolean,
    primary key (source, record)
);
create index if not exists pupil_upn on schools.pupil (upn, as_at desc);
create index if not exists pupil_urn on schools.pupil (urn) where on_roll;

-- The newest word on each pupil; of two schools that say so on one day, the main one of a dual registration's.
create or replace view schools.current_pupil as
select distinct on (upn) * from schools.pupil
where upn is not null
order by upn, as_at desc, on_roll desc, enrol_status is not distinct from 'S', source, record;

-- SENneeds. The census says only type and rank; who judged so, when and on what comes from the school's own system.
create table if not exists schools.sen_need (
    source text not null,
    record text not null,
    sen_type_rank integer,
    sen_type text,
    author_role text,
    recorded_on date,
    basis text
);
create index if not exists sen_need_record on schools.sen_need (source, record);

-- TermlySessionDetails: how many sessions of the term before carry each attendance code.
create table if not exists schools.session_detail (
    source text not null,
    record text not null,
    attendance_reason text not null,
    sessions integer not null
);
create index if not exists session_detail_record on schools.session_detail (source, record);

-- TermlyExclusions.
create table if not exists schools.exclusion (
    source text not null,
    record text not null,
    start_date date,
    sessions integer,
    category text,
    reason1 text,
    reason2 text,
    reason3 text,
    sen_provision text
);
create index if not exists exclusion_record on schools.exclusion (source, record);

-- FSMperiods.
create table if not exists schools.fsm_period (
    source text not null,
    record text not null,
    fsm_start_date date,
    fsm_end_date date,
    uk_country text
);
create index if not exists fsm_period_record on schools.fsm_period (source, record);

-- Alternative provision placements.
create table if not exists schools.ap_placement (
    source text not null,
    record text not null,
    entry_date date not null,
    leaving_date date,
    reason text,
    attendance_pattern text,
    sessions_per_week integer
);
create index if not exists ap_placement_record on schools.ap_placement (source, record);

-- CTF StageAssessment: TA a teacher's judgement, TT a test or task.
create table if not exists schools.stage_assessment (
    source text not null,
    record text not null,
    stage text not null,
    locale text,
    year integer,
    subject text not null,
    method text not null,
    component text,
    result_status text,
    result text not null,
    result_date date
);
create index if not exists stage_assessment_record on schools.stage_assessment (source, record);

-- Post-16 learning aims of school sixth forms.
create table if not exists schools.learning_aim (
    source text not null,
    record text not null,
    qan text not null,
    start_date date,
    planned_end_date date,
    actual_end_date date,
    status text
);
create index if not exists learning_aim_record on schools.learning_aim (source, record);

create table if not exists schools.learner_support (
    source text not null,
    record text not null,
    learner_fam_type text not null
);
create index if not exists learner_support_record on schools.learner_support (source, record);

-- CTF Contact: the adults to turn to, first the first to be called.
create table if not exists schools.parental_contact (
    source text not null,
    record text not null,
    priority integer not null,
    surname text not null,
    forename text,
    relationship text,
    parental_responsibility boolean,
    telephone text,
    address text,
    post_code text
);
create index if not exists parental_contact_record on schools.parental_contact (source, record);

-- What the school does about a medical condition (Children and Families Act 2014 s.100). Not in any census.
create table if not exists schools.medical_need (
    source text not null,
    record text not null,
    need text not null,
    individual_healthcare_plan boolean,
    author_role text,
    recorded_on date,
    basis text
);
create index if not exists medical_need_record on schools.medical_need (source, record);

-- Whom the custodian keeps out of every count: a restricted record, or somebody who objects.
create table if not exists schools.left_out (
    source text not null,
    upn text primary key
);
