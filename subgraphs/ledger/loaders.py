"""Every read of the ledger for people. Entries are found by their index and read from themselves.

Nothing here opens a sealed part: who the child is and who acted stay closed to every reader.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from aiodataloader import DataLoader

from gateway.register import Register
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
    which="r.emergency is not null and v.verdict is null", order="r.at", limit="$1"
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

    async def unreviewed(self, limit: int) -> list[Row]:
        """Emergencies that nobody has reviewed, the oldest first."""
        return list(await self._connections.fetch(_UNREVIEWED, limit))

    async def sample(self, since: datetime, draw: tuple[str, int], limit: int) -> list[Row]:
        """A random part of the decisions since then; the same draw gives the same part."""
        seed, percent = draw
        return list(await self._connections.fetch(_SAMPLE, limit, since, seed, percent))

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
