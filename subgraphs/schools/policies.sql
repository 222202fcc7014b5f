-- Which rows the schools island's role sees: of the pupils that the request names, and of the asking school's own.
-- Schools, whom to ring there, and counts as they may be published are no child's.
select causeway.reader('causeway_schools', 'schools');
select causeway.publish('causeway_schools', array[
    'schools.school', 'schools.contact', 'schools.counted', 'schools.count_shown'
]);
alter view schools.current_pupil set (security_invoker = true);
grant select on schools.current_pupil to causeway_schools;

create index if not exists pupil_school on schools.pupil (urn);

-- Pupils of the asking school, wherever else they are on a roll: the newest return decides where a pupil is.
create or replace function schools.of_asker() returns setof text
language sql stable security definer set search_path = schools, pg_temp as $$
    select upn from schools.pupil where urn = causeway.asker('SCHOOL') and upn is not null
$$;

select causeway.confine('schools.pupil', 'causeway_schools', $$
    upn in (select unnest(causeway.named())) or upn in (select schools.of_asker())
$$);

-- Looked up once for a statement, not once for a row.
select causeway.confine(format('schools.%I', held)::regclass, 'causeway_schools', $$
    (source, record) in (
        select p.source, p.record from schools.pupil p where p.upn = any ((select causeway.named())::text[]))
    or (source, record) in (
        select p.source, p.record from schools.pupil p where p.upn in (select schools.of_asker()))
$$)
from unnest(array[
    'sen_need', 'session_detail', 'exclusion', 'fsm_period', 'ap_placement', 'stage_assessment', 'learning_aim',
    'learner_support', 'parental_contact', 'medical_need'
]) held;
