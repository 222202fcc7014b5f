"""Every read of the ledger for people. Entries are found by their index and read from themselves.

Of what is sealed nothing is shown but the reason that was given for an emergency: who the child is and who acted
stay closed to every reader.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from aiodataloader import DataLoader

from gateway.register import Register
from subgraphs.ledger.ranking import Reason, Seen, points, standing_out
from subgraphs.ledger.reviews import Reviews
from subgraphs.ledger.words import MAY_BE_SHOWN, Entry

Row = asyncpg.Record

LOOKED_THROUGH = 2_000
"""Entries of one child that a view is made of, the newest."""

_OF_SUBJECTS = f"""
    select s.subject, e.id, e.body, exists (
        select from ledger.reading r where r.reviews = e.id and r.verdict = '{MAY_BE_SHOWN}'
    ) as cleared
    from unnest($1::text[]) s (subject) cross join lateral (
        select id, body from ledger.entry where subject = s.subject order by written desc limit {LOOKED_THROUGH}
    ) e
"""
_DECISIONS = """
    select r.id, e.body, v.at as reviewed_at, v.verdict
    from ledger.reading r join ledger.entry e using (id)
    left join lateral (
        select at, verdict from ledger.reading where reviews = r.id order by at desc limit 1
    ) v on true
    where r.reviews is null and {which} order by {order} limit {limit}
"""
_UNREVIEWED = _DECISIONS.format(
    which="(r.emergency is not null or r.alert is not null) and v.verdict is null",
    order="r.at",
    limit="$1",
)
_SAMPLE = _DECISIONS.format(
    which="r.at >= $2 and ('x' || left(md5(r.id::text || $3), 4))::bit(16)::int < 655.36 * $4",
    order="md5(r.id::text || $3)",
    limit="$1",
)
_FOUND = _DECISIONS.format(
    which="""r.at >= $2 and r.at < $3 and ($4::text is null or r.purpose = $4)
        and ($5::text is null or r.org = $5) and ($6::text is null or $6 = any (r.reasons))""",
    order="r.at desc",
    limit="$1",
)
_COMPARED_WITH = 20_000
"""Decisions that are looked through for those that stand out, the newest."""
_COMPARED = f"""
    with newest as (
        select * from ledger.reading where at >= $1 and reviews is null order by at desc limit {_COMPARED_WITH}
    ), days as (
        select org, purpose, date_trunc('day', at) as day, count(*) as n from newest group by 1, 2, 3
    ), usual as (
        select org, purpose, percentile_cont(0.5) within group (order by n) as n from days group by 1, 2
    ), vain as (
        select org, date_trunc('hour', at) as hour, count(*) as n from newest
        where reasons && array['no_child', 'no_record', 'no_crossing'] group by 1, 2
    )
    select r.id, r.at, r.org, r.purpose, r.reasons, r.emergency, r.alert, d.n as that_day, u.n as usual_day,
        coalesce(v.n, 0) as in_vain,
        not exists (
            select from ledger.reading b where b.org = r.org and b.purpose = r.purpose and b.at < r.at
        ) as first_of_purpose,
        e.subject is not null and not exists (
            select from ledger.entry b join ledger.reading o using (id)
            where b.subject = e.subject and o.org = r.org and b.written < e.written
                and o.at < r.at
        ) as first_about_child
    from newest r join ledger.entry e using (id)
    join days d on d.org is not distinct from r.org and d.purpose is not distinct from r.purpose
        and d.day = date_trunc('day', r.at)
    join usual u on u.org is not distinct from r.org and u.purpose is not distinct from r.purpose
    left join vain v on v.org is not distinct from r.org and v.hour = date_trunc('hour', r.at)
"""
_THESE = _DECISIONS.format(which="r.id = any($2::uuid[])", order="r.at desc", limit="$1")


@dataclass(frozen=True, slots=True)
class Search:
    """Which decisions: of a purpose, of an organisation, with something withheld for a reason, in a time."""

    since: datetime
    until: datetime
    purpose: str | None
    organisation: str | None
    reason: str | None


class Loaders:
    """The reads of one request."""

    def __init__(self, connections: asyncpg.Pool, register: Register, reviews: Reviews) -> None:
        self.register = register
        self.reviews = reviews
        self._connections = connections
        self.entries: DataLoader[str, list[Entry]] = DataLoader(self._entries)
        self.reasons: DataLoader[UUID, str | None] = DataLoader(reviews.reasons)

    async def unreviewed(self, limit: int) -> list[Row]:
        """Emergencies that nobody has reviewed, the oldest first."""
        return list(await self._connections.fetch(_UNREVIEWED, limit))

    async def sample(self, since: datetime, draw: tuple[str, int], limit: int) -> list[Row]:
        """A random part of the decisions since then; the same draw gives the same part."""
        seed, percent = draw
        return list(await self._connections.fetch(_SAMPLE, limit, since, seed, percent))

    async def standing_out(
        self, since: datetime, limit: int
    ) -> list[tuple[Row, tuple[Reason, ...]]]:
        """Those of the newest decisions for which most speaks, each with why; of equals the newer first."""
        told = [
            (points(reasons), row["at"], row["id"], reasons)
            for row in await self._connections.fetch(_COMPARED, since)
            if (reasons := standing_out(_seen(row)))
        ]
        told = sorted(told, key=lambda one: one[:2], reverse=True)[:limit]
        rows = await self._connections.fetch(_THESE, limit, [one[2] for one in told])
        by_id = {row["id"]: row for row in rows}
        return [(by_id[id_], reasons) for _, _, id_, reasons in told if id_ in by_id]

    async def found(self, search: Search, limit: int) -> list[Row]:
        """The newest decisions that a search finds."""
        wanted = (search.purpose, search.organisation, search.reason)
        return list(
            await self._connections.fetch(_FOUND, limit, search.since, search.until, *wanted)
        )

    async def _entries(self, subjects: Sequence[str]) -> list[list[Entry]]:
        found: dict[str, list[Entry]] = {subject: [] for subject in subjects}
        for row in await self._connections.fetch(_OF_SUBJECTS, subjects):
            body = json.loads(row["body"])
            found[row["subject"]].append(Entry(str(row["id"]), body, row["cleared"]))
        return [found[subject] for subject in subjects]


def _seen(row: Row) -> Seen:
    return Seen(
        at=row["at"],
        organisation=row["org"],
        purpose=row["purpose"],
        reasons=frozenset(row["reasons"]),
        emergency=row["emergency"],
        alert=row["alert"],
        first_of_purpose=row["first_of_purpose"],
        first_about_child=row["first_about_child"],
        that_day=row["that_day"],
        usual_day=row["usual_day"],
        in_vain=row["in_vain"],
    )
