-- Which numbers are one child, and what is so about that child when somebody asks.
-- Only numbers whose NHS number status is 01 share a child: one that is not verified stands alone, so that no
-- query can join through it. Numbers are held as a keyed index and a keyed cipher; the keys are not in this database.
-- A sealed child answers as one that never was. Nothing here says what any island holds.
create schema if not exists link;

create table if not exists link.child (
    child uuid primary key,
    status text not null check (status in ('01', '02', '03', '04', '05', '06', '07', '08')),
    verified_on date,
    verified_by text,
    birth_date date,
    restriction text not null default 'U' check (restriction in ('U', 'R', 'V')),
    adopted boolean not null default false,
    gp_practice text,
    sealed_at timestamptz
);

-- A canary is nobody's child: whoever looks it up was going through numbers (canary.py).
alter table link.child add column if not exists canary boolean not null default false;

-- kind: NHS, LA, UPN, ULN, CHB. custodian: the organisation that keeps the record under this number.
-- A Child Benefit number covers all children of a claim: one that stands for two children leads to neither.
create table if not exists link.identifier (
    kind text not null,
    index bytea not null,
    child uuid not null references link.child,
    cipher bytea not null,
    custodian text,
    provenance text,
    primary key (kind, index, child) include (custodian)
);

-- Data-sharing agreements: from whom (null: every custodian of the island) to whom, for what, when.
create table if not exists link.agreement (
    agreement text primary key,
    island text not null,
    source text,
    recipient_kind text not null,
    recipient text,
    purposes text[] not null,
    categories text[] not null,
    valid_from date not null,
    valid_until date not null,
    revoked_on date
);
drop index if exists link.agreement_recipient;
create index if not exists agreement_to on link.agreement (recipient_kind, recipient);

-- Live work with a child: the register names the kind that a purpose needs. actor: this person alone (null: whoever
-- of the organisation may declare the purpose); one's own record is always one person's.
create table if not exists link.relationship (
    child uuid not null references link.child,
    organisation text not null,
    kind text not null,
    actor text,
    case_digest text,
    opened_on date not null,
    closed_on date
);
create index if not exists relationship_child on link.relationship (child, organisation, kind);
create index if not exists relationship_actor on link.relationship (actor) where actor is not null;

-- The team that a restricted record is restricted to: one case of one organisation's work of this kind, or where none was
-- named one person in that work. Without a row here a restricted record has no team, and is open to nobody. Whom earlier
-- databases let count as the team, everyone of the organisation with any work, is forgotten: the team restricts it anew.
create table if not exists link.holder (
    child uuid primary key references link.child,
    organisation text not null,
    kind text not null,
    case_digest text,
    actor text,
    check (num_nonnulls(case_digest, actor) = 1)
);
alter table link.relationship drop column if exists holds_restricted;

-- Whether the work that a record is restricted to is still live.
create or replace function link.is_held(of_child uuid, today date) returns boolean language sql stable as $$
    select exists (
        select from link.holder h join link.relationship l using (child, organisation, kind)
        where h.child = of_child and l.opened_on <= today and (l.closed_on is null or l.closed_on > today)
            and (l.actor is null or l.actor = h.actor)
            and (l.case_digest is null or h.case_digest is null or l.case_digest = h.case_digest)
    )
$$;

-- What the family or the young person agreed to, or what stands in for it. kind: CONSENT, EXPLICIT_PARENTAL,
-- EXPLICIT_YOUNG_PERSON, PARENT_AGREES, APPLICATION, NECESSITY_OPINION, REASON_WITHOUT_CONSENT, BEST_INTERESTS.
-- capacity: in what capacity it was given; of a word that never stood, which was withdrawn as it was recorded, why not.
create table if not exists link.consent (
    child uuid not null references link.child,
    kind text not null,
    purpose text not null,
    categories text[] not null,
    given_by text not null,
    capacity text not null,
    form text not null check (form in ('WRITTEN', 'VERBAL', 'DIGITAL')),
    recorded_by text not null,
    given_on date not null,
    refresh_by date not null,
    withdrawn_on date
);
create index if not exists consent_child on link.consent (child);

-- What closes: DISSENT (refusal, objection), DETRIMENT (CA 2004 s.16LA(3)), SERIOUS_HARM, THIRD_PARTY (DPA 2018 Sch 3).
create table if not exists link.objection (
    child uuid not null references link.child,
    kind text not null check (kind in ('DISSENT', 'DETRIMENT', 'SERIOUS_HARM', 'THIRD_PARTY')),
    purpose text,
    categories text[] not null,
    recorded_by text not null,
    recorded_on date not null,
    lifted_on date
);
create index if not exists objection_child on link.objection (child);

-- What callers name a row by; earlier databases did not have it.
alter table link.relationship add column if not exists relationship uuid not null default gen_random_uuid();
alter table link.consent add column if not exists consent uuid not null default gen_random_uuid();
alter table link.objection add column if not exists objection uuid not null default gen_random_uuid();
create unique index if not exists relationship_reference on link.relationship (relationship);
create unique index if not exists consent_reference on link.consent (consent);
create unique index if not exists objection_reference on link.objection (objection);

-- Health professionals to turn to: designated officer, health visitor, school or looked-after nurse.
create table if not exists link.adviser (
    child uuid not null references link.child,
    role text not null,
    name text not null,
    organisation text not null,
    telephone text,
    since date
);
create index if not exists adviser_child on link.adviser (child);

-- CP-IS: CPP, UCPP (unborn, held under the mother) or LAC; shown until twelve months after its end.
create table if not exists link.cpis_plan (
    child uuid not null references link.child,
    plan_type text not null check (plan_type in ('CPP', 'UCPP', 'LAC')),
    start_date date not null,
    end_date date,
    la_code text not null,
    contact_telephone text not null
);
create index if not exists cpis_plan_child on link.cpis_plan (child);

-- Who opened the flag; one row for each encounter. Readers are shown the last 25.
create table if not exists link.cpis_access (
    child uuid not null references link.child,
    organisation text not null,
    encounter text not null,
    accessed_at timestamptz not null default now(),
    primary key (child, organisation, encounter)
);

-- What is so about a child for one caller; with link.agreed, all that the conditions of the register are judged on.
create or replace function link.facts(
    of_child uuid, to_organisation text, for_purpose text, by_relationship text, in_case text, today date,
    by_actor text
) returns table (related boolean, personal boolean, holds_restricted boolean, consents jsonb, objections jsonb)
language sql stable as $$
    select
        r.related,
        coalesce(r.personal, false),
        r.related and exists (
            select from link.holder h
            where h.child = of_child and h.organisation = to_organisation and h.kind = by_relationship
                and (h.case_digest = in_case or h.actor = by_actor)
        ),
        (
            select jsonb_agg(jsonb_build_array(c.kind, to_jsonb(c.categories))) from link.consent c
            where c.child = of_child and c.purpose = for_purpose
                and c.given_on <= today and c.refresh_by > today
                and (c.withdrawn_on is null or c.withdrawn_on > today)
        ),
        (
            select jsonb_agg(jsonb_build_array(o.kind, to_jsonb(o.categories))) from link.objection o
            where o.child = of_child and (o.purpose is null or o.purpose = for_purpose)
                and (o.lifted_on is null or o.lifted_on > today)
        )
    from (
        select count(*) > 0 as related, bool_or(l.actor is not null) as personal
        from link.relationship l
        where l.child = of_child and l.organisation = to_organisation and l.kind = by_relationship
            and l.opened_on <= today and (l.closed_on is null or l.closed_on > today)
            and (l.actor is null or l.actor = by_actor)
            and (in_case is null or l.case_digest is null or l.case_digest = in_case)
    ) r
$$;

-- The categories that live agreements let one recipient have, by island and source (null: of every custodian).
create or replace function link.agreed(
    to_kind text, to_organisation text, for_purpose text, today date
) returns table (island text, source text, codes text[])
language sql stable as $$
    select a.island, a.source, array_agg(distinct code)
    from link.agreement a, unnest(a.categories) code
    where a.recipient_kind = to_kind
        and (a.recipient is null or a.recipient = to_organisation)
        and (for_purpose = any (a.purposes) or '*' = any (a.purposes))
        and today between a.valid_from and a.valid_until
        and (a.revoked_on is null or a.revoked_on > today)
    group by a.island, a.source
$$;

-- Broken glass: for one child, by one person, for an hour; refused attempts too. It waits here for the Caldicott
-- Guardian until `reviewed_on`; until then nobody breaks it a second time for the same child.
create table if not exists link.emergency (
    emergency uuid primary key default gen_random_uuid(),
    child uuid references link.child,
    actor text not null,
    organisation text not null,
    purpose text not null,
    ground text not null,
    opened_at timestamptz not null default now(),
    refused text,
    reviewed_on date
);
create index if not exists emergency_actor on link.emergency (actor, opened_at);

-- Whether the glass is broken for this child: as it was within the hour, or now, if this person still may.
-- One child at a time, at most three in a day; alerts whoever listens on `link_alerts`, of refusals too.
create or replace function link.break_glass(
    of_child uuid, by_actor text, of_organisation text, for_purpose text, on_ground text, minutes int
) returns boolean language plpgsql as $$
declare
    why text;
begin
    perform pg_advisory_xact_lock(hashtextextended(by_actor, 4250002));
    if exists (
        select from link.emergency e
        where e.actor = by_actor and e.child = of_child and e.purpose = for_purpose and e.refused is null
            and e.opened_at > now() - make_interval(mins => minutes) and e.reviewed_on is null
    ) then
        return true;
    end if;
    select case
        when bool_or(e.child = of_child and e.reviewed_on is null) then 'NOT_YET_REVIEWED'
        when bool_or(e.opened_at > now() - make_interval(mins => minutes)) then 'ONE_CHILD_AT_A_TIME'
        when count(*) >= 3 then 'TOO_MANY_IN_A_DAY'
    end into why
    from link.emergency e
    where e.actor = by_actor and e.refused is null
        and (e.opened_at > now() - interval '1 day' or (e.child = of_child and e.reviewed_on is null));
    insert into link.emergency (child, actor, organisation, purpose, ground, refused)
    values (of_child, by_actor, of_organisation, for_purpose, on_ground, why);
    perform pg_notify('link_alerts', json_build_object('alert', 'BREAK_GLASS', 'organisation', of_organisation,
        'purpose', for_purpose, 'refused', why)::text);
    return why is null;
end
$$;

-- A second person's approval of what a colleague may see of a child for a purpose; good for an hour.
create table if not exists link.approval (
    child uuid not null references link.child,
    organisation text not null,
    purpose text not null,
    approver text not null,
    approved_at timestamptz not null default now()
);
create index if not exists approval_child on link.approval (child, organisation, purpose);

-- What an adoption sealed: numbers under a key that this process does not use for anything else, in a place that
-- only that key finds. No column leads from an old child to a new one.
create table if not exists link.sealed (
    place bytea primary key,
    cipher bytea not null,
    sealed_at timestamptz not null default now()
);

-- Why somebody opened the CP-IS record and whom to ring there, where they said so. Settings of phase 2 that a young
-- person goes to in confidence are not named to families.
create table if not exists link.sensitive_setting (organisation text primary key);
alter table link.cpis_access add column if not exists access uuid not null default gen_random_uuid();
alter table link.cpis_access add column if not exists reason text;
alter table link.cpis_access add column if not exists concern text;
alter table link.cpis_access add column if not exists contact_role text;
alter table link.cpis_access add column if not exists contact_telephone text;
alter table link.cpis_access add column if not exists follow_up boolean not null default false;
alter table link.cpis_access add column if not exists sensitive boolean not null default false;
create unique index if not exists cpis_access_reference on link.cpis_access (access);
create unique index if not exists cpis_plan_once on link.cpis_plan (child, plan_type, la_code, start_date);

-- Keeps an access, once for each encounter, and tells of it once; the ring holds the last 25.
create or replace function link.keep_access(
    of_child uuid, by_organisation text, in_encounter text, for_reason text, of_concern text,
    to_role text, at_telephone text, to_follow_up boolean
) returns void language plpgsql as $$
declare
    kept uuid;
    is_new boolean;
begin
    insert into link.cpis_access as a (child, organisation, encounter, reason, concern, contact_role,
        contact_telephone, follow_up, sensitive)
    values (of_child, by_organisation, in_encounter, for_reason, of_concern, to_role, at_telephone,
        coalesce(to_follow_up, false),
        exists (select from link.sensitive_setting s where s.organisation = by_organisation))
    on conflict (child, organisation, encounter) do update set
        reason = coalesce(excluded.reason, a.reason), concern = coalesce(excluded.concern, a.concern),
        contact_role = coalesce(excluded.contact_role, a.contact_role),
        contact_telephone = coalesce(excluded.contact_telephone, a.contact_telephone),
        follow_up = excluded.follow_up or a.follow_up
    returning access, xmax = 0 into kept, is_new;
    if is_new then
        delete from link.cpis_access where child = of_child and access in (
            select access from link.cpis_access where child = of_child
            order by accessed_at desc, access = kept desc offset 25
        );
        perform pg_notify('link_cpis', kept::text);
    end if;
end
$$;

-- The life of an identity. former: a number that still finds the child and is no longer shown (superseded, an earlier
-- UPN). merged_into: two records were one child all along; never used for adoption.
alter table link.identifier add column if not exists former boolean not null default false;
-- All that is asked of a child's numbers lies in one place: of twelve million children each number would be a page of its own.
-- An older database with numbers in it keeps the indexes that it has, and answers slower: made here, new ones would hold
-- up everybody who writes. `causeway upgrade` brings it to these two while everybody goes on (upgrading.py).
do $$ begin
    if not exists (select from link.identifier) then
        drop index if exists link.identifier_child;
        create index if not exists identifier_of_child on link.identifier (child)
            include (kind, index, cipher, custodian, former);
    end if;
end $$;
-- How a number was made sure of, by which organisation, and when: beside `provenance`, who said that it is the child's.
alter table link.identifier add column if not exists checked text;
alter table link.identifier add column if not exists checked_by text;
alter table link.identifier add column if not exists checked_on date;
alter table link.child add column if not exists merged_into uuid references link.child;
alter table link.child add column if not exists died_on date;

-- A move from one authority to another, until the other has confirmed that it is the same child.
create table if not exists link.transfer (
    transfer uuid primary key default gen_random_uuid(),
    child uuid not null references link.child,
    from_la text not null,
    to_la text not null,
    relationship text not null,
    offered_on date not null,
    confirmed_on date
);
create index if not exists transfer_child on link.transfer (child);

-- Two records become one: everything that is known of the first is of the second from now on, the stricter
-- restriction holds, and a word taken back stays taken back. Where both have a number of a kind the second's is in use,
-- but for authorities' own: of those a child has as many as authorities know it.
create or replace function link.merge(gone uuid, stays uuid) returns void language plpgsql as $$
begin
    update link.identifier i set child = stays, former = i.former or (i.kind <> 'LA' and exists (
            select from link.identifier k where k.child = stays and k.kind = i.kind and not k.former))
        where i.child = gone and not exists (
            select from link.identifier j where j.child = stays and j.kind = i.kind and j.index = i.index);
    delete from link.identifier where child = gone;
    update link.relationship set child = stays where child = gone;
    update link.consent set child = stays where child = gone;
    update link.objection set child = stays where child = gone;
    update link.adviser set child = stays where child = gone;
    update link.transfer set child = stays where child = gone;
    -- The stricter record's team holds what they become; of two alike, that of the record that stays.
    delete from link.holder h using link.child g, link.child c
        where g.child = gone and c.child = stays and (
            h.child = stays and strpos('URV', g.restriction) > strpos('URV', c.restriction)
            or h.child = gone and strpos('URV', g.restriction) < strpos('URV', c.restriction)
            or h.child = gone and g.restriction = c.restriction
                and exists (select from link.holder k where k.child = stays));
    update link.holder set child = stays where child = gone;
    update link.cpis_plan p set child = stays where p.child = gone and not exists (
        select from link.cpis_plan q where q.child = stays and q.plan_type = p.plan_type
            and q.la_code = p.la_code and q.start_date = p.start_date);
    update link.cpis_access a set child = stays where a.child = gone and not exists (
        select from link.cpis_access b where b.child = stays and b.organisation = a.organisation
            and b.encounter = a.encounter);
    update link.child c set restriction = case
            when 'V' in (c.restriction, g.restriction) then 'V'
            when 'R' in (c.restriction, g.restriction) then 'R' else 'U' end
        from link.child g where c.child = stays and g.child = gone;
    update link.child set merged_into = stays, sealed_at = now() where child = gone or merged_into = gone;
end
$$;

-- The version of the keys of each kind of number that a process must know to read here; the first byte of a cipher is
-- the version that it is under. Before there was more than one version it was not written.
do $$ begin
    if to_regclass('link.key_version') is null then
        create table link.key_version (kind text primary key, version int not null);
        insert into link.key_version select unnest(array['NHS', 'LA', 'UPN', 'ULN', 'CHB']), 1;
        update link.identifier set cipher = '\x01'::bytea || cipher;
    end if;
end $$;

-- What was sealed has a key of its own beside it, under the store's; earlier databases had the store's key alone, and
-- have it still until the first rotation. Its first byte is the version that it is under.
alter table link.sealed add column if not exists wrapped bytea;
insert into link.key_version values ('SEALED', 1) on conflict do nothing;

-- Puts numbers under new keys, and gives how many they were: every row of a number at once, so that what stands for
-- two children still does. A number that somebody is changing is left for the next time, so that nobody waits for another.
create or replace function link.rekey(
    of_kind text, olds bytea[], news bytea[], ciphers bytea[]
) returns int language plpgsql as $$
declare
    free bytea[];
begin
    select array_agg(l.index) into free from (
        select l.index from (
            select i.index from link.identifier i where i.kind = of_kind and i.index = any (olds) for update skip locked
        ) l group by l.index
        having count(*) = (select count(*) from link.identifier t where t.kind = of_kind and t.index = l.index)
    ) l;
    delete from link.identifier i using unnest(olds, news) u (old, new), link.identifier j
        where i.kind = of_kind and i.index = u.old and u.old = any (free)
            and j.kind = of_kind and j.index = u.new and j.child = i.child;
    update link.identifier i set index = u.new, cipher = u.cipher
        from unnest(olds, news, ciphers) u (old, new, cipher)
        where i.kind = of_kind and i.index = u.old and u.old = any (free);
    return coalesce(cardinality(free), 0);
end
$$;

-- Whoever is telling somebody of a child decides anew when a fact is changed. Says nothing of what, or about whom.
create or replace function link.told_of_change() returns trigger language plpgsql as $$
begin
    perform pg_notify('link_changed', '');
    return null;
end
$$;
do $$
declare
    held text;
begin
    foreach held in array array['child', 'agreement', 'relationship', 'holder', 'consent', 'objection', 'emergency', 'approval'] loop
        if not exists (
            select from pg_trigger where tgname = 'told_of_change' and tgrelid = format('link.%I', held)::regclass
        ) then
            execute format('create trigger told_of_change after insert or update or delete on link.%I'
                ' for each statement execute function link.told_of_change()', held);
        end if;
    end loop;
end $$;
