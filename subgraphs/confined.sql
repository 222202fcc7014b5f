-- What the islands' policies are written with. Whatever is not set shows nothing.
create schema if not exists causeway;
grant usage on schema causeway to public;

-- Sets what a statement is asked for, until the end of its transaction: that statement.
create or replace function causeway.asked(keys text[], organisation text, family text) returns text
language sql volatile parallel unsafe as $$
    select set_config('causeway.keys', keys::text, true) || set_config('causeway.organisation', organisation, true)
        || set_config('causeway.family', family, true)
$$;

-- The keys that the request names.
create or replace function causeway.named() returns text[] language sql stable parallel safe as $$
    select coalesce(nullif(current_setting('causeway.keys', true), '')::text[], '{}')
$$;

-- The code of the organisation that asks, if it is of this kind; null otherwise.
create or replace function causeway.asker(kind text) returns text language sql stable parallel safe as $$
    select case when starts_with(current_setting('causeway.organisation', true), kind || ':')
        then nullif(substr(current_setting('causeway.organisation', true), length(kind) + 2), '') end
$$;

-- The family of the purpose that the request is for.
create or replace function causeway.family() returns text language sql stable parallel safe as $$
    select nullif(current_setting('causeway.family', true), '')
$$;

-- An island's role: it logs in, reads, and owns nothing.
create or replace function causeway.reader(role name, of_schema name) returns void language plpgsql as $$
begin
    begin
        execute format('create role %I login', role);
    exception when duplicate_object or unique_violation then
        null;
    end;
    execute format('grant usage on schema %I to %I', of_schema, role);
end
$$;

-- Shows a table's rows to an island's role under a rule. Left alone where the rule is as it was.
create or replace function causeway.confine(held regclass, role name, rule text) returns void language plpgsql as $$
begin
    if exists (
        select from pg_policy p where p.polrelid = held and obj_description(p.oid, 'pg_policy') = rule
    ) then
        return;
    end if;
    execute format('alter table %s enable row level security', held);
    execute format('drop policy if exists asked on %s', held);
    execute format('create policy asked on %s for select to %I using (%s)', held, role, rule);
    execute format('comment on policy asked on %s is %L', held, rule);
    execute format('grant select on %s to %I', held, role);
end
$$;

-- Shows whole tables that say nothing of a person; one that this database does not have yet is passed over.
create or replace function causeway.publish(role name, held text[]) returns void language plpgsql as $$
declare
    one text;
begin
    foreach one in array held loop
        if to_regclass(one) is not null then
            execute format('grant select on %s to %I', one, role);
        end if;
    end loop;
end
$$;
