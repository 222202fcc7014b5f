-- Which rows the benefits service's role sees: of the claims that the request names, of the claimants that it names or
-- who claim there, and what the asking department keeps itself.
select causeway.reader('causeway_benefits', 'benefits');

create or replace function benefits.asker() returns text language sql stable parallel safe as $$
    select case
        when causeway.asker('DWP') = 'DWP' then 'DWP'
        when causeway.asker('HMRC') = 'HMRC' then 'HMRC' end
$$;

select causeway.confine('benefits.child_benefit_claim', 'causeway_benefits', $$
    child_benefit_number in (select unnest(causeway.named())) or custodian = (select benefits.asker())
$$);

select causeway.confine('benefits.claimant', 'causeway_benefits', $$
    custodian = (select benefits.asker())
    or left(national_insurance_number, 8) in (select left(one, 8) from unnest(causeway.named()) one)
    or exists (select from benefits.child_benefit_claim c where c.claimant = claimant.claimant
        and c.child_benefit_number in (select unnest(causeway.named())))
$$);

select causeway.confine('benefits.claim_child', 'causeway_benefits', $$
    child_benefit_number in (select unnest(causeway.named())) or exists (
        select from benefits.child_benefit_claim c where c.child_benefit_number = claim_child.child_benefit_number)
$$);

select causeway.confine(format('benefits.%I', held)::regclass, 'causeway_benefits', format($$
    child_benefit_number in (select unnest(causeway.named())) or custodian = (select benefits.asker())
    or exists (select from benefits.claimant c where c.claimant = %1$I.claimant)
$$, held))
from unnest(array['eligibility_check', 'working_families_code']) held;
