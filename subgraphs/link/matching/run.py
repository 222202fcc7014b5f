"""An authority → what its next people to judge will find in their queue: read, compare, keep.

Only children with whom the authority has live work are looked at, and each only as far as the graph shows it to the
authority for this purpose. Adopted, sealed and very restricted children are not looked at: a likeness between an old
identity and a new one is what nobody may learn. Broken off at any point, a run leaves nothing; the next does it all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from subgraphs.link.decide import VERIFIED
from subgraphs.link.keys import KeyRing, Keys
from subgraphs.link.matching.conflicts import Conflict, Held, Node, Source, conflicts, shared
from subgraphs.link.matching.findings import Connection, Duplicate, Found, keep
from subgraphs.link.matching.forgetting import against_seals, forget
from subgraphs.link.matching.installed import Likely, installed
from subgraphs.link.matching.records import Record, records_of
from subgraphs.link.matching.sealing import Seal

PURPOSE = "LINK_MAINTENANCE"
WORK = "live_case_of_caller"
AT_ONCE = 50
"""Children in one question to the graph, which takes a hundred."""

Ask = Callable[[Sequence[UUID]], Awaitable[Sequence[Mapping[str, Any] | None]]]
"""Children → what the graph says of each, in order. Raises what it likes: the run ends, and keeps nothing."""
Tell = Callable[[str, int, int], None]
"""What is being done, how much of it is, and of how much."""


class Busy(Exception):
    """Another process compares the records of the same authority."""


@dataclass(frozen=True, slots=True)
class Counts:
    """All that is said of a run."""

    children: int
    records: int
    duplicates: int
    conflicts: int
    new: int


@dataclass(frozen=True, slots=True)
class Run:
    """One authority's."""

    connections: asyncpg.Pool
    keys: KeyRing | Keys
    seal: Seal
    authority: str

    async def run(self, ask: Ask, tell: Tell) -> Counts:
        """Raises Busy, MatchingNotInstalled, and whatever `ask` raises."""
        likely, model = installed()
        async with self.connections.acquire() as connection:
            if not await connection.fetchval(_HOLD, self.authority):
                raise Busy
            try:
                began = datetime.now(UTC)
                read = [each async for each in self._read(connection, ask, tell)]
                tell("comparing", 0, 0)
                duplicates = await asyncio.to_thread(_duplicates, read, likely)
                elsewhere, others = await self._elsewhere(connection, [node for node, _ in read])
                found = Found(
                    authority=self.authority,
                    model=model,
                    began=began,
                    children=len(read),
                    records=sum(len(records) for _, records in read),
                    duplicates=duplicates,
                    conflicts=[*conflicts(read), *elsewhere],
                )
                seen = [*(node.child for node, _ in read), *others]
                new = await self._keep(connection, found, seen)
            finally:
                await connection.execute(_LET_GO, self.authority)
        return Counts(found.children, found.records, len(duplicates), len(found.conflicts), new)

    async def _read(
        self, connection: Connection, ask: Ask, tell: Tell
    ) -> AsyncIterator[tuple[Node, Sequence[Record]]]:
        children = [row["child"] for row in await connection.fetch(_CHILDREN, *self._scope())]
        for start in range(0, len(children), AT_ONCE):
            tell("reading", start, len(children))
            some = children[start : start + AT_ONCE]
            nodes = await self._nodes(connection, some)
            answers = await ask(some)
            for child, answer in zip(some, answers, strict=True):
                if child in nodes:
                    yield nodes[child], list(records_of(answer))
        tell("reading", len(children), len(children))

    async def _nodes(self, connection: Connection, children: Sequence[UUID]) -> dict[UUID, Node]:
        rows: dict[UUID, list[Any]] = {}
        for row in await connection.fetch(_NUMBERS, children):
            rows.setdefault(row["child"], []).append(row)
        return {child: self._node(some) for child, some in rows.items()}

    def _node(self, rows: Sequence[Any]) -> Node:
        first, numbers = rows[0], tuple(self._held(row) for row in rows)
        return Node(first["child"], first["birth_date"], first["status"] == VERIFIED, numbers)

    async def _keep(self, connection: Connection, found: Found, seen: Sequence[UUID]) -> int:
        """How many are new. Of whom was sealed since they were read nothing is kept."""
        async with connection.transaction():
            await against_seals(connection)
            new = await keep(connection, self.seal, found)
            gone = await connection.fetch(_GONE, seen)
            await forget(
                connection, self.seal, [(one.kind, one.text) for one in map(self._held, gone)]
            )
        return new

    async def _elsewhere(
        self, connection: Connection, nodes: Sequence[Node]
    ) -> tuple[list[Conflict], list[UUID]]:
        """Numbers that stand for a child whom this authority does not work with, too: who keeps that record is said.

        And those children.
        """
        here = {node.child: node for node in nodes}
        rows = await connection.fetch(_ELSEWHERE, list(here))
        rows = [row for row in rows if row["other"] not in here]
        found = [shared(here[row["child"]], self._held(row), row["elsewhere"]) for row in rows]
        return found, [row["other"] for row in rows]

    def _held(self, row: Any) -> Held:
        text = self.keys.now().unsealed(row["kind"], row["cipher"])
        return Held(row["kind"], text, row["custodian"], row["former"])

    def _scope(self) -> tuple[str, str, date]:
        return self.authority, WORK, datetime.now(UTC).date()


def _duplicates(read: Sequence[tuple[Node, Sequence[Record]]], likely: Likely) -> list[Duplicate]:
    """Records of one child are one already, and are not compared."""
    records = [(record, str(node.child)) for node, some in read for record in some]
    keepers = {(held.kind, held.text): held.custodian for node, _ in read for held in node.numbers}

    def source(place: int) -> Source:
        record = records[place][0]
        return Source(record.kind, record.number, keepers.get(record.key))

    return [
        Duplicate((source(pair.one), source(pair.other)), pair.weight, pair.evidence)
        for pair in likely(records)
    ]


_HOLD = "select pg_try_advisory_lock(hashtextextended('causeway match ' || $1, 0))"
_LET_GO = "select pg_advisory_unlock(hashtextextended('causeway match ' || $1, 0))"
_CHILDREN = """
    select c.child from link.child c
    where c.sealed_at is null and not (c.adopted or c.canary) and c.restriction <> 'V' and c.died_on is null and exists (
        select from link.relationship r
        where r.child = c.child and r.organisation = $1 and r.kind = $2 and r.actor is null
            and r.opened_on <= $3 and (r.closed_on is null or r.closed_on > $3)
    )
    order by c.child
"""
_NUMBERS = """
    select c.child, c.birth_date, c.status, i.kind, i.cipher, i.custodian, i.former
    from link.child c join link.identifier i using (child)
    where c.child = any ($1::uuid[]) order by c.child, i.kind, i.custodian
"""
_GONE = """
    select i.kind, i.cipher, i.custodian, i.former from link.child c join link.identifier i using (child)
    where c.child = any ($1::uuid[]) and c.sealed_at is not null
"""
_ELSEWHERE = """
    select i.child, i.kind, i.cipher, i.custodian, i.former, o.child as other, o.custodian as elsewhere
    from link.identifier i
    join link.identifier o on o.kind = i.kind and o.index = i.index and o.child <> i.child
    join link.child c on c.child = o.child and c.sealed_at is null and not c.adopted and c.restriction <> 'V'
    where i.child = any ($1::uuid[]) and i.kind <> 'CHB'
"""
