-- Which rows the learners' role sees: of the learners that the request names, what the asking provider returned, and
-- the young people whom the asking authority tracks. Providers, and counts as they may be published, are no learner's.
select causeway.reader('causeway_learners', 'learners');
select causeway.publish('causeway_learners', array[
    'learners.provider', 'learners.counted', 'learners.count_shown'
]);
alter view learners.current_learner set (security_invoker = true);
grant select on learners.current_learner to causeway_learners;

create or replace function learners.asker() returns text language sql stable parallel safe as $$
    select coalesce(causeway.asker('FE_COLLEGE'), causeway.asker('SPI'), causeway.asker('SCHOOL'))
$$;

select causeway.confine(held, 'causeway_learners', $$
    uln in (select unnest(causeway.named())) or ukprn = (select learners.asker())
$$)
from unnest(array['learners.learner', 'learners.dp_outcome']::regclass[]) held;

select causeway.confine('learners.participation', 'causeway_learners', $$
    uln in (select unnest(causeway.named())) or la_code = (select causeway.asker('LA'))
$$);

select causeway.confine('learners.achievement', 'causeway_learners', $$
    uln in (select unnest(causeway.named()))
$$);

select causeway.confine(format('learners.%I', held)::regclass, 'causeway_learners', $$
    ukprn = (select learners.asker()) or (ukprn, learn_ref_number, source) in (
        select l.ukprn, l.learn_ref_number, l.source from learners.learner l
        where l.uln = any ((select causeway.named())::text[]))
$$)
from unnest(array[
    'lldd', 'contact_preference', 'learner_fam', 'learner_employment_status', 'learning_delivery'
]) held;
