-- What one local authority holds about the children it knows. Columns carry the names of the statutory
-- collections (CIN census, SSDA903, Early Years Census, SEN2) in snake_case, and hold their codes as sent.
-- Every row says which return or system it came from (source: loading that return again replaces its rows)
-- and of which day it speaks (as_at). A child is known by (la_code, local_child_id), never by one alone.
create schema if not exists local_authority;

-- CIN ChildIdentifiers and ChildCharacteristics; 903 header. One row per return: readers merge, newest first.
create table if not exists local_authority.child (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    surname text,
    forename text,
    person_birth_date date,
    expected_person_birth_date date,
    person_death_date date,
    sex text,
    ethnicity text,
    disabilities text[],
    upn text,
    upn_as_filed text,            -- a UPN that cannot be one stays here, and upn_check says FAILED
    upn_check text,
    former_upn text,
    former_upn_as_filed text,
    former_upn_check text,
    upn_unknown text,
    unique_learner_number text,
    address text,
    post_code text,
    mother boolean,
    mc_dob date,
    primary key (la_code, local_child_id, source)
);
create index if not exists child_source on local_authority.child (source);

-- Who at the authority works with the child, and whom to ring when that person is away.
create table if not exists local_authority.key_worker (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    worker_role text not null,
    worker_name text not null,
    team text not null,
    telephone text,
    duty_telephone text,
    start_date date not null,
    end_date date
);
create index if not exists key_worker_child on local_authority.key_worker (la_code, local_child_id);
create index if not exists key_worker_source on local_authority.key_worker (source);

-- CIN CINdetails: one referral and what came of it. sequence counts the child's referrals within one return.
create table if not exists local_authority.cin_details (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    sequence integer not null,
    cin_referral_date date not null,
    referral_source text,
    referral_nfa boolean,
    primary_need_code text,
    cin_closure_date date,
    reason_for_closure text,
    date_of_initial_cpc date,
    primary key (la_code, local_child_id, source, sequence)
);
create index if not exists cin_details_source on local_authority.cin_details (source);

-- referral in the four tables below is cin_details.sequence of the same return and child.
create table if not exists local_authority.assessment (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    referral integer not null,
    assessment_actual_start_date date not null,
    assessment_internal_review_date date,
    assessment_authorisation_date date,
    assessment_factors text[]
);
create index if not exists assessment_child on local_authority.assessment (la_code, local_child_id);
create index if not exists assessment_source on local_authority.assessment (source);

create table if not exists local_authority.cin_plan_dates (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    referral integer not null,
    cin_plan_start_date date not null,
    cin_plan_end_date date
);
create index if not exists cin_plan_dates_child on local_authority.cin_plan_dates (la_code, local_child_id);
create index if not exists cin_plan_dates_source on local_authority.cin_plan_dates (source);

create table if not exists local_authority.section47 (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    referral integer not null,
    s47_actual_start_date date not null,
    initial_cpc_target date,
    date_of_initial_cpc date,
    icpc_not_required boolean
);
create index if not exists section47_child on local_authority.section47 (la_code, local_child_id);
create index if not exists section47_source on local_authority.section47 (source);

create table if not exists local_authority.child_protection_plan (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    referral integer not null,
    cpp_start_date date not null,
    cpp_end_date date,
    initial_category_of_abuse text,
    latest_category_of_abuse text,
    number_of_previous_cpp integer,
    cpp_review_dates date[]
);
create index if not exists child_protection_plan_child on local_authority.child_protection_plan (la_code, local_child_id);
create index if not exists child_protection_plan_source on local_authority.child_protection_plan (source);

-- Pre-proceedings (Public Law Outline): collected from 2026.
create table if not exists local_authority.pre_proceedings (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    pp_start_date date not null,
    lbp_sent_date date,
    fgdm_meeting_offer boolean,
    pp_outcome text,
    court_app_date date
);
create index if not exists pre_proceedings_child on local_authority.pre_proceedings (la_code, local_child_id);
create index if not exists pre_proceedings_source on local_authority.pre_proceedings (source);

-- SSDA903 episodes. placement_la is the DfE code of the authority the placement lies in, when known.
create table if not exists local_authority.episode (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    decom date not null,
    rne text,
    ls text,
    cin text,
    place text,
    place_provider text,
    "dec" date,
    rec text,
    reason_place_change text,
    home_post text,
    pl_post text,
    urn text,
    placement_la text,
    placement_address text
);
create index if not exists episode_child on local_authority.episode (la_code, local_child_id);
create index if not exists episode_source on local_authority.episode (source);

-- SSDA903 reviews.
create table if not exists local_authority.review (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    review date not null,
    review_code text
);
create index if not exists review_child on local_authority.review (la_code, local_child_id);
create index if not exists review_source on local_authority.review (source);

-- SSDA903 missing: M missing, A away without authorisation.
create table if not exists local_authority.missing (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    missing text,
    mis_start date not null,
    mis_end date
);
create index if not exists missing_child on local_authority.missing (la_code, local_child_id);
create index if not exists missing_source on local_authority.missing (source);

-- SSDA903 OC2: outcomes for children looked after for twelve months at as_at.
create table if not exists local_authority.oc2 (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    sdq_score integer,
    sdq_reason text,
    convicted boolean,
    health_check boolean,
    immunisations boolean,
    teeth_check boolean,
    health_assessment boolean,
    substance_misuse boolean,
    intervention_received boolean,
    intervention_offered boolean
);
create index if not exists oc2_child on local_authority.oc2 (la_code, local_child_id);
create index if not exists oc2_source on local_authority.oc2 (source);

-- SSDA903 OC3: care leavers around their 17th to 21st birthdays.
create table if not exists local_authority.oc3 (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    in_touch text,
    activ text,
    accom text
);
create index if not exists oc3_child on local_authority.oc3 (la_code, local_child_id);
create index if not exists oc3_source on local_authority.oc3 (source);

-- SSDA903 AD1 and PLACED_FOR_ADOPTION. Sealed: read for the adoption records officer only.
create table if not exists local_authority.ad1 (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    date_int date,
    date_match date,
    foster_care boolean,
    nb_adoptr integer,
    sex_adoptr text,
    ls_adoptr text
);
create index if not exists ad1_child on local_authority.ad1 (la_code, local_child_id);
create index if not exists ad1_source on local_authority.ad1 (source);

create table if not exists local_authority.placed_for_adoption (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    date_placed date not null,
    date_placed_ceased date,
    reason_placed_ceased text
);
create index if not exists placed_for_adoption_child on local_authority.placed_for_adoption (la_code, local_child_id);
create index if not exists placed_for_adoption_source on local_authority.placed_for_adoption (source);

-- SSDA903 PREVIOUS_PERMANENCE: P1 discloses an adoption, so the table is sealed like the two above.
create table if not exists local_authority.previous_permanence (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    prev_perm text,
    la_perm text,
    date_perm text                -- zz/mm/yyyy is allowed when the day or month is not known
);
create index if not exists previous_permanence_child on local_authority.previous_permanence (la_code, local_child_id);
create index if not exists previous_permanence_source on local_authority.previous_permanence (source);

-- SSDA903 UASC: unaccompanied asylum-seeking children; duc is the date that status ceases.
create table if not exists local_authority.uasc (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    sex text,
    duc date
);
create index if not exists uasc_child on local_authority.uasc (la_code, local_child_id);
create index if not exists uasc_source on local_authority.uasc (source);

-- SSDA903 SW_EPISODES (from 2024) and the deprivation-of-liberty list.
create table if not exists local_authority.sw_episode (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    sw_id text not null,
    sw_decom date not null,
    sw_dec date,
    sw_reason text
);
create index if not exists sw_episode_child on local_authority.sw_episode (la_code, local_child_id);
create index if not exists sw_episode_source on local_authority.sw_episode (source);

create table if not exists local_authority.dolo (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    dolo_start date not null,
    dolo_end date
);
create index if not exists dolo_child on local_authority.dolo (la_code, local_child_id);
create index if not exists dolo_source on local_authority.dolo (source);

-- Early Years Census: funded early education.
create table if not exists local_authority.early_years (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    setting_urn text,
    setting_name text,
    funded_hours numeric(4, 1),
    extended_hours numeric(4, 1),
    hours_at_setting numeric(4, 1),
    eyppr boolean,
    eyppbf text,
    daf_indicator boolean,
    eligibility_code text
);
create index if not exists early_years_child on local_authority.early_years (la_code, local_child_id);
create index if not exists early_years_source on local_authority.early_years (source);

-- The progress check at two (EYFS) and the health visitor's review (ASQ-3): two opinions, kept apart.
create table if not exists local_authority.early_years_review (
    source text not null,
    as_at date not null,
    la_code text not null,
    local_child_id text not null,
    instrument text not null,
    area text not null,
    outcome text not null,
    score integer,
    author_role text not null,
    recorded_on date not null,
    basis text not null
);
create index if not exists early_years_review_child on local_authority.early_years_review (la_code, local_child_id);
create index if not exists early_years_review_source on local_authority.early_years_review (source);

-- SEN2 modules 2 to 4a, with the working dates of the case: one row per request (CFA 2014 s.36).
create table if not exists local_authority.ehc_case (
    source text not null,
    as_at date not null,
    case_ref text primary key,
    la_code text not null,
    local_child_id text not null,
    coordinator text not null,
    team text,
    telephone text,
    received_date date not null,
    request_source text,
    rya boolean,
    request_outcome_date date,
    request_outcome text,
    request_mediation boolean,
    request_tribunal boolean,
    exported text,
    assessment_outcome text,
    assessment_outcome_date date,
    assessment_mediation boolean,
    assessment_tribunal boolean,
    other_mediation boolean,
    other_tribunal boolean,
    week20 boolean,               -- an exception to the twenty weeks applied
    exception text,               -- which: a code of clock.py
    draft_sent_on date,
    start_date date,              -- the final plan
    plan_res text,
    plan_wbp boolean,
    pb boolean,
    oa boolean,
    dp boolean,
    cease_date date,
    cease_reason text,
    phase_transfer text,          -- which transfer the plan next goes through
    phase_transfer_due_date date,
    phase_transfer_final_date date,
    transfer_la text,
    moved_in_on date              -- the day this authority became responsible (reg 15)
);
create index if not exists ehc_case_child on local_authority.ehc_case (la_code, local_child_id);
create index if not exists ehc_case_source on local_authority.ehc_case (source);

create table if not exists local_authority.ehc_need (
    source text not null,
    case_ref text not null,
    sen_type text not null,
    sen_type_rank integer not null,
    author_role text not null,
    recorded_on date not null,
    basis text not null
);
create index if not exists ehc_need_case on local_authority.ehc_need (case_ref);
create index if not exists ehc_need_source on local_authority.ehc_need (source);

-- SEN2 4b PlanDetail and 5b PlacementDetail: named says the plan's section I names it.
create table if not exists local_authority.ehc_placement (
    source text not null,
    case_ref text not null,
    named boolean not null,
    urn text,
    ukprn text,
    sen_setting text,
    sen_setting_other text,
    placement_rank integer not null,
    sen_unit_indicator boolean,
    resourced_provision_indicator boolean,
    entry_date date,
    leaving_date date
);
create index if not exists ehc_placement_case on local_authority.ehc_placement (case_ref);
create index if not exists ehc_placement_source on local_authority.ehc_placement (source);

-- SEN2 5a: each annual review.
create table if not exists local_authority.ehc_review (
    source text not null,
    case_ref text not null,
    review_meeting date not null,
    review_outcome text,
    review_outcome_date date,
    review_draft date,
    review_final date
);
create index if not exists ehc_review_case on local_authority.ehc_review (case_ref);
create index if not exists ehc_review_source on local_authority.ehc_review (source);

-- Sections A to K of the plan as issued (reg 12), each with its author.
create table if not exists local_authority.ehc_section (
    source text not null,
    as_at date not null,
    case_ref text not null,
    section text not null,
    content text not null,
    author_role text not null,
    recorded_on date not null,
    basis text not null
);
create index if not exists ehc_section_case on local_authority.ehc_section (case_ref);
create index if not exists ehc_section_source on local_authority.ehc_section (source);

-- Advice asked for and given (reg 6). The three dates say when each party agreed that it is sufficient (reg 6(4)).
create table if not exists local_authority.ehc_advice (
    source text not null,
    case_ref text not null,
    advice_kind text not null,
    adviser_role text not null,
    adviser_organisation text not null,
    requested_on date not null,
    received_on date,
    summary text,
    recorded_on date,
    basis text,
    sufficient_for_provider date,
    sufficient_for_la date,
    sufficient_for_parent date
);
create index if not exists ehc_advice_case on local_authority.ehc_advice (case_ref);
create index if not exists ehc_advice_source on local_authority.ehc_advice (source);

-- Settings consulted on a draft (CFA 2014 s.38; Code 9.83).
create table if not exists local_authority.ehc_consultation (
    source text not null,
    case_ref text not null,
    urn text,
    ukprn text,
    sent_on date not null,
    replied_on date,
    reply text
);
create index if not exists ehc_consultation_case on local_authority.ehc_consultation (case_ref);
create index if not exists ehc_consultation_source on local_authority.ehc_consultation (source);

-- Whom the custodian keeps out of every count: a restricted record, or somebody who objects.
create table if not exists local_authority.left_out (
    source text not null,
    la_code text not null,
    local_child_id text not null,
    primary key (la_code, local_child_id)
);
