"""An adoption → a new child with new numbers, and no way from the old one to it; in one transaction (ACA 2002 s.77–79).

A change of gender, and a new identity for somebody who is protected, bring new numbers too, and are sealed alike.

The old numbers stay as they are, of a child that is sealed: looked up they take the path and the time of a number never
issued. What they were, and whose they were, is kept under a key of its own that only access to adoption records
turns, with two people (`sealed_records`). What matching found of the child goes in the same transaction, and what its traces say. Superseding is
something else: a pointer from old to new is what the law forbids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from subgraphs.link.keys import KeyRing, Keys
from subgraphs.link.matching.forgetting import against_runs, forget
from subgraphs.link.matching.sealing import Seal
from subgraphs.link.matching.sealing import seal_in as matching_seal
from subgraphs.link.numbers import Entry, add, taken
from subgraphs.link.provenance import BACK_OFFICE, NHS, Check, NumberCheck
from subgraphs.link.sealed_records import Number, Records, records_in
from subgraphs.link.tracing.forgetting import forget as forget_traces
from subgraphs.link.tracing.sealing import Seal as TraceSeal
from subgraphs.link.tracing.sealing import seal_in as tracing_seal

Held = KeyRing | Keys


@dataclass(frozen=True, slots=True)
class Agency:
    """Whose case it is, which, and on what ground: ADOPTION, GENDER or PROTECTED_PERSON."""

    organisation: str
    case: str | None
    ground: str


@dataclass(frozen=True, slots=True)
class SealedStore:
    """Seals children, and keeps what the adoption records authority alone can read.

    `judged` and `traced`: with which matching's queue and trace jobs are written.
    """

    keys: Held
    records: Records
    judged: Seal
    traced: TraceSeal

    async def seal(
        self,
        connections: asyncpg.Pool,
        child: UUID,
        renewed: Sequence[Number],
        agency: Agency,
    ) -> UUID | None:
        """The new child; None when one of the new numbers is somebody's already."""
        new = uuid4()
        async with connections.acquire() as connection, connection.transaction():
            if await taken(connection, self.keys, renewed):
                return None
            await against_runs(connection)
            await connection.execute(_SEAL, child)
            old = await _numbers_of(connection, self.keys, child)
            await forget(connection, self.judged, old)
            await forget_traces(connection, self.traced, child)
            await connection.execute(
                _NEW, new, child, _numbered(renewed), BACK_OFFICE, agency.ground
            )
            for table in ("cpis_plan", "cpis_access", "adviser", "approval"):
                await connection.execute(f"delete from link.{table} where child = $1", child)
            for number in renewed:
                await add(connection, self.keys, _entry(new, number))
            await self.records.keep(connection, new, old)
            await connection.execute(_CASE, new, agency.organisation, agency.case)
        return new

    async def numbers_before(
        self, connections: asyncpg.Pool, child: UUID
    ) -> tuple[list[Number], datetime] | None:
        """What was sealed when this child was adopted, and when."""
        return await self.records.of(connections, child)


async def _numbers_of(connection: Any, ring: Held, child: UUID) -> list[Number]:
    rows = await connection.fetch(
        "select kind, cipher from link.identifier where child = $1", child
    )
    keys = ring.now()  # after the rows: what they are under is known by now
    return [(row["kind"], keys.unsealed(row["kind"], row["cipher"])) for row in rows]


def _numbered(renewed: Sequence[Number]) -> bool:
    return any(kind == "NHS" for kind, _ in renewed)


def _entry(child: UUID, number: Number) -> Entry:
    kind, text = number
    custodian = text.partition(":")[0] if kind == "LA" else None
    check = Check(NumberCheck.TRACED, NHS) if kind == "NHS" else None
    return Entry(child, kind, text, custodian, BACK_OFFICE, check)


def sealed_store(keys: Held, folder: Path) -> SealedStore:
    """The store under the keys kept in `folder`, in files apart from the link node's other keys."""
    return SealedStore(keys, records_in(folder), matching_seal(folder), tracing_seal(folder))


_SEAL = "update link.child set sealed_at = now() where child = $1"
_NEW = """
    insert into link.child (child, status, verified_on, verified_by, birth_date, restriction, adopted)
    select $1, case when $3 then '01' else '03' end, case when $3 then current_date end, case when $3 then $4 end, birth_date,
        case when $5 = 'PROTECTED_PERSON' and restriction = 'U' then 'R' else restriction end,
        adopted or $5 = 'ADOPTION'
    from link.child where child = $2
"""
_CASE = """
    insert into link.relationship (child, organisation, kind, case_digest, opened_on)
    values ($1, $2, 'agency_case', $3, current_date)
"""
