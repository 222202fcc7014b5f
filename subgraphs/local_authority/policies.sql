-- Which rows the authorities' role sees: of the children and cases that the request names, and of the asking authority's
-- own. What an adoption leaves is shown to purposes of the sealed family alone, whoever asks.
select causeway.reader('causeway_local_authority', 'local_authority');
select causeway.publish('causeway_local_authority', array['local_authority.counted', 'local_authority.count_shown']);

select causeway.confine(format('local_authority.%I', held)::regclass, 'causeway_local_authority', $$
    la_code = (select causeway.asker('LA'))
    or la_code || ':' || local_child_id in (select unnest(causeway.named()))
$$)
from unnest(array[
    'child', 'key_worker', 'cin_details', 'assessment', 'cin_plan_dates', 'section47', 'child_protection_plan',
    'pre_proceedings', 'episode', 'review', 'missing', 'oc2', 'oc3', 'uasc', 'sw_episode', 'dolo', 'early_years',
    'early_years_review'
]) held;

select causeway.confine(format('local_authority.%I', held)::regclass, 'causeway_local_authority', $$
    (select causeway.family()) = 'sealed' and (
        la_code = (select causeway.asker('LA'))
        or la_code || ':' || local_child_id in (select unnest(causeway.named())))
$$)
from unnest(array['ad1', 'placed_for_adoption', 'previous_permanence']) held;

select causeway.confine('local_authority.ehc_case', 'causeway_local_authority', $$
    la_code = (select causeway.asker('LA'))
    or la_code || ':' || local_child_id in (select unnest(causeway.named()))
    or case_ref in (select unnest(causeway.named()))
$$);

select causeway.confine(format('local_authority.%I', held)::regclass, 'causeway_local_authority', format($$
    exists (select from local_authority.ehc_case c where c.case_ref = %1$I.case_ref)
$$, held))
from unnest(array['ehc_need', 'ehc_placement', 'ehc_review', 'ehc_section', 'ehc_advice', 'ehc_consultation']) held;
