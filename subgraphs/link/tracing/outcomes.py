"""The rows of a job → what became of each, in the order handed in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from gateway.identifiers import NhsNumber
from subgraphs.link.tracing.matching import MatchStatus
from subgraphs.link.tracing.sealing import Place, Seal
from subgraphs.link.tracing.status import NumberStatus


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """What became of a row. The number is given only where nobody needs to look at it first."""

    position: int
    reference: str
    status: MatchStatus | None  # None: waiting
    score: float | None
    rule: str
    number: NhsNumber | None
    judged: bool
    indicator: NumberStatus
    source: str
    fault: str
    quality: dict[str, str]
    link: str = ""  # what it did to the link node
    judgement: dict[str, Any] | None = None  # the last one
    reconciled: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"Outcome({self.position}, {self.status})"


async def outcomes(connections: asyncpg.Pool, seal: Seal, batch: UUID) -> AsyncIterator[Outcome]:
    """In the order handed in."""
    async with connections.acquire() as one, one.transaction(readonly=True):
        async for row in one.cursor(_OUTCOMES, batch):
            yield _outcome(row, seal, Place(batch, row["position"]))


def _outcome(row: asyncpg.Record, seal: Seal, place: Place) -> Outcome:
    usable = row["number"] and row["indicator"] == NumberStatus.VERIFIED.value
    return Outcome(
        position=row["position"],
        reference=seal.tell(row["told"], place).reference,
        status=MatchStatus(row["status"]) if row["status"] else None,
        score=round(row["score"], 4) if row["score"] else None,
        rule=row["rule"] or "",
        number=seal.open_number(row["number"], place) if usable else None,
        judged=row["judged"],
        indicator=NumberStatus(row["indicator"]),
        source=row["source"] or "",
        fault=row["fault"] or "",
        quality=json.loads(row["quality"]) if row["quality"] else {},
        link=row["link"] or "",
        judgement=_judgement(row, seal, place) if row["judged_at"] else None,
        reconciled=json.loads(row["reconciled"]) if row["reconciled"] else None,
    )


def _judgement(row: asyncpg.Record, seal: Seal, place: Place) -> dict[str, Any]:
    kept = {name: row[name] for name in ("same_person", "judged_by", "role", "judged_at")}
    return kept | {"why": seal.open_words(row["why"], place)}


_OUTCOMES = """
    select r.*, j.same_person, j.why, j.judged_by, j.role, j.judged_at from tracing.row r
    left join lateral (
        select * from tracing.judgement j where j.batch = r.batch and j.position = r.position
        order by judged_at desc limit 1
    ) j on true
    where r.batch = $1 order by r.position
"""
