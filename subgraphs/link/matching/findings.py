"""What a run found → the queue that people judge; and what of the queue it did not find any more. One transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from subgraphs.link.matching.conflicts import Conflict, Source
from subgraphs.link.matching.evidence import Ground
from subgraphs.link.matching.sealing import Seal

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy
DUPLICATE = "DUPLICATE"
TABLES = (Path(__file__).parent / "tables.sql").read_text()


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two records that may be one child, and why."""

    sources: tuple[Source, Source]
    weight: float
    evidence: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What one run came to. `model`: what it was compared by."""

    authority: str
    model: str
    began: datetime
    children: int
    records: int
    duplicates: Sequence[Duplicate]
    conflicts: Sequence[Conflict]


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    sources: tuple[Source, ...]
    said: str | None = None
    weight: float | None = None
    grounds: str | None = None


async def keep(connection: Connection, seal: Seal, found: Found) -> int:
    """Gives how many are new. What was judged stays judged; what still waits and was not found again is forgotten."""
    async with connection.transaction():
        run = await connection.fetchval(
            _RUN, found.authority, found.model, found.began, found.children, found.records,
            len(found.duplicates), len(found.conflicts),
        )  # fmt: skip
        new = 0
        for row in _rows(found):
            new += await _kept(connection, seal, (found.authority, run), row)
        await connection.execute(_FORGET, found.authority, run)
        return new


def _rows(found: Found) -> Iterator[_Row]:
    for one in found.duplicates:
        grounds = orjson.dumps([asdict(ground) for ground in one.evidence]).decode()
        yield _Row(DUPLICATE, one.sources, weight=one.weight, grounds=grounds)
    for conflict in found.conflicts:
        yield _Row(conflict.kind, conflict.sources, said=conflict.said)


async def _kept(connection: Connection, seal: Seal, by: tuple[str, int], row: _Row) -> bool:
    digest, *older = seal.digests(row.kind, row.sources)
    if older:  # the key is being rotated: what stands under the old one is the same finding
        await connection.execute(_KNOWN, digest, older)
    kept = await connection.fetchrow(
        _FINDING, digest, *by, row.kind, row.said, row.weight, row.grounds
    )
    assert kept is not None, "an upsert gives its row"
    if kept["is_new"]:
        await connection.executemany(
            _RECORD,
            [
                (kept["finding"], place, one.kind, seal.sealed(one), one.custodian)
                for place, one in enumerate(row.sources)
            ],
        )
    return bool(kept["is_new"])


async def sources_of(
    connections: asyncpg.Pool, seal: Seal, findings: Sequence[UUID]
) -> dict[UUID, list[Source]]:
    """The records in question, in the order of their places."""
    found: dict[UUID, list[Source]] = {one: [] for one in findings}
    for row in await connections.fetch(_RECORDS, list(findings)):
        source = seal.source(row["kind"], row["cipher"], row["custodian"])
        found[row["finding"]].append(source)
    return found


_RUN = """
    insert into matching.run (authority, model, began, children, records, duplicates, conflicts)
    values ($1, $2, $3, $4, $5, $6, $7) returning run
"""
_KNOWN = "update matching.finding set digest = $1 where digest = any ($2::bytea[])"
_FINDING = """
    insert into matching.finding (digest, authority, run, kind, said, weight, grounds)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (digest) do update set
        run = excluded.run, said = excluded.said, weight = excluded.weight, grounds = excluded.grounds
    returning finding, xmax = 0 as is_new
"""
_RECORD = "insert into matching.record (finding, place, kind, cipher, custodian) values ($1, $2, $3, $4, $5)"
_FORGET = """
    delete from matching.finding where authority = $1 and run <> $2 and state in ('OPEN', 'PROPOSED')
"""
_RECORDS = "select * from matching.record where finding = any ($1::uuid[]) order by finding, place"
