"""What the link node's reads ask of the database: each for many keys at once, and each row with the facts that decide about it.

Each is planned once. Those that decide read of `link.identifier` its two covering indexes and no row.
"""

from __future__ import annotations

from subgraphs.link.finding import KEYED

ACCESSES_SHOWN = 25

# $1 the keys; then who asks: $2 kind, $3 organisation, $4 purpose, $5 relationship, $6 case, $7 today, $8 actor.
_AGREED = "with agreed as materialized (select * from link.agreed($2, $3, $4, $7))"
_AGREED_FOR = """
    left join agreed everyone on everyone.island = {island} and everyone.source is null
    left join agreed this on this.island = {island} and this.source = i.custodian
"""
_FACTS = "cross join lateral link.facts(c.child, $3, $4, $5, $6, $7, $8) f"
_CODES = "coalesce(everyone.codes, '{}') || coalesce(this.codes, '{}') as agreed"
OF_NUMBERS = f"""
    {_AGREED}
    select a.nth, i.custodian, c.*, f.*, {_CODES}, {KEYED.format(kind="$9")}
    from unnest($1::bytea[]) with ordinality a (index, nth)
    left join (
        link.identifier i join link.child c on c.child = i.child and c.sealed_at is null
    ) on i.kind = $9 and i.index = a.index
    {_FACTS.replace("c.child", "coalesce(c.child, $11)")}
    {_AGREED_FOR.format(island="$10")}
"""
STANDING_UNDER = f"""
    select a.nth, c.child, {KEYED.format(kind="$2")} from unnest($1::bytea[]) with ordinality a (index, nth)
    left join (
        link.identifier i join link.child c on c.child = i.child and c.sealed_at is null
    ) on i.kind = $2 and i.index = a.index
"""
OF_CHILDREN = f"""
    {_AGREED}
    select a.nth, i.custodian, c.*, f.*, {_CODES}
    from unnest($1::uuid[]) with ordinality a (child, nth)
    left join link.child m on m.child = a.child
    join link.child c on c.child = coalesce(m.merged_into, a.child) and c.sealed_at is null
    cross join (select null::text) i (custodian)
    {_FACTS}
    {_AGREED_FOR.format(island="'link'")}
"""
NUMBERS = f"""
    with agreed as materialized (select * from link.agreed($2, $3, $4, $5))
    select a.child, v.kind, i.cipher, i.custodian, {_CODES}, not exists (
        select from link.identifier o join link.child c on c.child = o.child and c.sealed_at is null
        where o.kind = i.kind and o.index = i.index and o.child <> i.child
    ) as alone
    from unnest($1::uuid[]) a (child)
    cross join (
        values ('LA', 'local_authority'), ('UPN', 'schools'), ('ULN', 'learners'), ('CHB', 'benefits'), ('NHS', 'link')
    ) v (kind, island)
    left join link.identifier i on i.child = a.child and i.kind = v.kind and not i.former
    {_AGREED_FOR.format(island="v.island")}
    order by a.child, v.kind, i.custodian
"""
ADVISERS = "select child as owner, * from link.adviser where child = any ($1::uuid[]) order by role"
PLANS = """
    select child as owner, * from link.cpis_plan
    where child = any ($1::uuid[]) and (end_date is null or end_date > current_date - interval '12 months')
    order by start_date desc
"""
ACCESSES = f"""
    select child as owner, * from (
        select *, row_number() over (partition by child order by accessed_at desc) as nth
        from link.cpis_access where child = any ($1::uuid[])
    ) newest where nth <= {ACCESSES_SHOWN} order by accessed_at desc
"""
PROVENANCES = """
    select child as owner, kind, cipher, provenance, checked, checked_by, checked_on from link.identifier
    where child = any ($1::uuid[]) and not former order by kind, custodian
"""
KEPT = "select kind from link.identifier where child = $1 and custodian = $2"
ACCESS = "select link.keep_access($1, $2, $3, $4, $5, $6, $7, $8)"
