-- What DWP and HMRC answer about a family: outcomes of entitlement checks, never an amount. There is no column
-- for money in this schema, so none can be asked for. custodian is the department that answers for the row.
create schema if not exists benefits;

-- A parent or carer: known by National Insurance number or by NASS number, never by both.
create table if not exists benefits.claimant (
    source text not null,
    custodian text not null,
    claimant text primary key,
    national_insurance_number text unique,
    nass_number text unique,
    last_name text not null,
    date_of_birth date not null,
    check (num_nonnulls(national_insurance_number, nass_number) = 1)
);
-- A number is the same person's whatever its suffix, so it is read by its first eight characters.
create index if not exists claimant_nino on benefits.claimant (left(national_insurance_number, 8));
create index if not exists claimant_source on benefits.claimant (source);

-- A Child Benefit claim: one number, one claimant, one child or several.
create table if not exists benefits.child_benefit_claim (
    source text not null,
    as_at date not null,
    custodian text not null,
    child_benefit_number text primary key,
    claimant text references benefits.claimant,
    payment_status text not null,
    opted_out_hicbc boolean not null
);
create index if not exists child_benefit_claim_source on benefits.child_benefit_claim (source);

create table if not exists benefits.claim_child (
    source text not null,
    child_benefit_number text not null,
    surname text,
    forename text,
    date_of_birth date,
    child_school_urn text,
    claimant_relation text,
    dla_in_payment boolean,
    pip_in_payment boolean,
    nino_notified boolean,
    ni_record_exists boolean
);
create index if not exists claim_child_number on benefits.claim_child (child_benefit_number);
create index if not exists claim_child_source on benefits.claim_child (source);

-- One answer of the eligibility checking engine.
create table if not exists benefits.eligibility_check (
    source text not null,
    custodian text not null,
    check_id text primary key,
    child_benefit_number text,
    claimant text references benefits.claimant,
    check_eligibility_type text not null,
    check_eligibility_status text not null,
    eligibility_tier text,
    eligibility_end_date date,
    checked_at timestamptz not null,
    requested_by_organisation text,
    requested_by_organisation_type text
);
create index if not exists eligibility_check_number on benefits.eligibility_check (child_benefit_number);
create index if not exists eligibility_check_claimant on benefits.eligibility_check (claimant);
create index if not exists eligibility_check_source on benefits.eligibility_check (source);

-- The eleven-digit code a working family gives its childcare provider.
create table if not exists benefits.working_families_code (
    source text not null,
    custodian text not null,
    eligibility_code text primary key,
    child_benefit_number text,
    claimant text references benefits.claimant,
    validity_start_date date not null,
    discretionary_validity_start_date date,
    validity_end_date date not null,
    grace_period_end_date date,
    reconfirmation_status text not null
);
create index if not exists working_families_code_number on benefits.working_families_code (child_benefit_number);
create index if not exists working_families_code_source on benefits.working_families_code (source);
