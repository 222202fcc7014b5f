"""Rows that wait for a person → what they are shown, and what their judgement does.

A row waits where the NHS was not sure, where it was found without a given name, or where the link node holds
something that contradicts it. Whoever judges says why; what they say is kept beside the row and never changed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid4

import asyncpg

from gateway.identifiers import NhsNumber
from subgraphs.link.tracing.demographics import Told
from subgraphs.link.tracing.matching import MatchStatus
from subgraphs.link.tracing.node import Traced
from subgraphs.link.tracing.sealing import Place, Seal
from subgraphs.link.tracing.settling import Conflict
from subgraphs.link.tracing.status import NumberStatus


@dataclass(frozen=True, slots=True)
class Question:
    """A row that waits for a person."""

    place: Place
    conflict: Conflict
    name: str  # of the job
    told: Told
    number: NhsNumber
    child: UUID | None
    status: MatchStatus
    score: float | None
    rule: str
    since: datetime

    @property
    def reference(self) -> str:
        return f"{self.place.batch}.{self.place.position}"

    @classmethod
    def of(cls, row: Any, seal: Seal) -> Self:
        place = Place(row["batch"], row["position"])
        return cls(
            place=place,
            conflict=_conflict(row),
            name=row["name"],
            told=seal.tell(row["told"], place),
            number=seal.open_number(row["number"], place),
            child=row["child"],
            status=MatchStatus(row["status"]),
            score=round(row["score"], 4) if row["score"] else None,
            rule=row["rule"] or "",
            since=row["traced"],
        )


def _conflict(row: Any) -> Conflict:
    """Of a row that was traced and never linked it is the match itself that needs looking at."""
    if row["conflict"]:
        return Conflict(row["conflict"])
    if row["status"] != MatchStatus.MATCH.value:
        return Conflict.POSSIBLE_MATCH
    return Conflict.WITHOUT_GIVEN_NAME if row["strategy"] == "5" else Conflict.NUMBER_DIFFERS


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement. `by`: who, as the ledger names them, and in which role."""

    same_person: bool
    why: str
    by: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Queue:
    """The rows of one organisation that wait for a person."""

    connections: asyncpg.Pool
    seal: Seal
    owner: str

    async def waiting(self, most: int) -> list[Question]:
        """The longest waiting first."""
        rows = await self.connections.fetch(_WAITING, self.owner, most)
        return [Question.of(row, self.seal) for row in rows]

    async def one(self, reference: str) -> Question | None:
        place = place_in(reference)
        if place is None:
            return None
        row = await self.connections.fetchrow(_ONE, self.owner, place.batch, place.position)
        return Question.of(row, self.seal) if row else None

    async def put(self, child: UUID, told: Told, found: tuple[Traced, Conflict | None]) -> None:
        """One child that was asked about on its own; asked about again, it is the same question anew."""
        (traced, conflict), place = found, Place(uuid4(), 1)
        verdict = traced.verdict
        assert verdict.number is not None, "without a number there is nothing to judge"
        async with self.connections.acquire() as one, one.transaction():
            await one.execute(_FORGET, self.owner, child)
            digest = self.seal.digest(place.batch.bytes)
            await one.execute(_JOB, place.batch, digest, self.owner)
            await one.execute(
                _ROW, place.batch, self.seal.told(told, place), verdict.status.value,
                verdict.score or None, verdict.rule or None, self.seal.number(verdict.number, place),
                NumberStatus.CONFLICT.value, traced.worth.source.value,
                json.dumps(traced.quality), conflict.value if conflict else None, child,
            )  # fmt: skip

    async def raise_(self, place: Place, child: UUID, conflict: Conflict) -> None:
        """A row that was verified, and that the link node contradicts."""
        await self.connections.execute(
            _RAISE, place.batch, place.position, child, conflict.value, NumberStatus.CONFLICT.value
        )

    async def settle(self, question: Question, judged: Judged) -> bool:
        """Keeps the judgement; False where somebody was quicker."""
        place = question.place
        told = Told(reference=question.told.reference) if judged.same_person else question.told
        status = NumberStatus.VERIFIED if judged.same_person else NumberStatus.NO_OR_MANY_MATCHES
        async with self.connections.acquire() as one, one.transaction():
            said = await one.execute(
                _SETTLED, place.batch, place.position, self.seal.told(told, place), status.value,
                judged.same_person,
            )  # fmt: skip
            if said == "UPDATE 1":
                why = self.seal.words(judged.why, place)
                kept = question.conflict.value, judged.same_person, why, *judged.by
                await one.execute(_JUDGED, place.batch, place.position, *kept)
        return bool(said == "UPDATE 1")

    async def linked(self, place: Place, child: UUID, link: str) -> None:
        await self.connections.execute(_LINKED, place.batch, place.position, child, link)


async def listed(connections: asyncpg.Pool, owner: str | None) -> Sequence[asyncpg.Record]:
    """Of all organisations, or one: what waits and for how long, without anything about anybody."""
    rows: Sequence[asyncpg.Record] = await connections.fetch(_LISTED, owner or None)
    return rows


def conflict_of(row: Any) -> Conflict:
    """Of a row of `listed`."""
    return _conflict(row)


def place_in(reference: str) -> Place | None:
    """None for what is no reference of a question."""
    batch, _dot, position = reference.partition(".")
    if not (position.isascii() and position.isdigit() and len(position) < 10):
        return None
    try:
        return Place(UUID(batch), int(position))
    except ValueError:
        return None


_OF = """
    select r.*, b.name, b.strategy, b.owner from tracing.row r join tracing.batch b on b.id = r.batch
    where r.judged and r.number is not null and b.owner = $1
"""
_WAITING = f"""
    {_OF} order by r.traced, r.batch, r.position limit $2
"""
_ONE = f"{_OF} and r.batch = $2 and r.position = $3"
_LISTED = """
    select b.owner, b.name, r.position, r.status, r.score, r.rule, r.conflict, b.strategy, r.traced
    from tracing.row r join tracing.batch b on b.id = r.batch
    where r.judged and r.number is not null and ($1::text is null or b.owner = $1)
    order by r.traced, r.batch, r.position
"""
_FORGET = """
    delete from tracing.batch b using tracing.row r
    where r.batch = b.id and b.form = 'single' and b.owner = $1 and r.child = $2 and r.judged
"""
_JOB = """
    insert into tracing.batch (id, digest, name, form, strategy, owner, rows) values ($1, $2, '', 'single', '4', $3, 1)
"""
_ROW = """
    insert into tracing.row (batch, position, told, status, score, rule, number, judged, indicator, source, quality,
        conflict, child, attempts, traced)
    values ($1, 1, $2, $3, $4, $5, $6, true, $7, $8, $9, $10, $11, 1, clock_timestamp())
"""
_RAISE = """
    update tracing.row set judged = true, child = $3, conflict = $4, indicator = $5, link = 'TO_BE_JUDGED'
    where batch = $1 and position = $2
"""
_SETTLED = """
    update tracing.row set judged = false, told = $3, indicator = $4, number = case when $5 then number end
    where batch = $1 and position = $2 and judged
"""
_JUDGED = """
    insert into tracing.judgement (batch, position, conflict, same_person, why, judged_by, role)
    values ($1, $2, $3, $4, $5, $6, $7)
"""
_LINKED = "update tracing.row set child = $3, link = $4 where batch = $1 and position = $2"
