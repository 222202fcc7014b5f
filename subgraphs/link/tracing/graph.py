"""Tracing in the graph: one child now, many as a job, and whether a number is someone's. Under its own purpose alone.

Whoever may trace gets a status; the number itself is a category of its own. A job is its organisation's: to any
other it is as if it had never been. What a trace leads to in the link node is told for the record.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from enum import Enum
from uuid import UUID

import strawberry

from gateway.identifiers import NhsNumber
from subgraphs.codes import coded
from subgraphs.labels import fact, reads
from subgraphs.link.child import Info, reading
from subgraphs.link.loaders import Reads
from subgraphs.link.parts import NhsNumberStatus
from subgraphs.link.telling import tell
from subgraphs.link.tracing.batch import Batch, Outcome, counts, outcomes
from subgraphs.link.tracing.demographics import FIELDS, Told
from subgraphs.link.tracing.guessing import Guessing, Question, one_at_a_time
from subgraphs.link.tracing.matching import MatchStatus
from subgraphs.link.tracing.node import Means, Traced, Tracing, traced
from subgraphs.link.tracing.status import Source
from subgraphs.link.tracing.verify import Verification, verify
from subgraphs.service import Withheld

PURPOSE = "IDENTIFIER_TRACE"
MOST = 1_000
"""People in one job handed in through the graph; a file may hold more."""
SHOWN = 100
LONGEST = 200
STATUS, NUMBER = "N.STATUS", "N.NUMBER"

strawberry.enum(MatchStatus, description="As in the Department's SUI matcher. Only MATCH needs no person to look at it.")  # fmt: skip
strawberry.enum(Source, name="NhsNumberSource", description="How a number came to be known.")
strawberry.enum(Verification, description="Whether a number is this person's. NO says nothing of anybody else.")  # fmt: skip


@strawberry.enum(description="What could be made of one item of a row.")
class DataQuality(Enum):
    VALID = "valid"
    INVALID = "invalid"
    NOT_PROVIDED = "notProvided"


@strawberry.input(description="A person as a record has them, word for word: what is no good is said, not refused.")  # fmt: skip
class PersonToTraceInput:
    given_name: str = ""
    family_name: str = ""
    birth_date: str = ""
    gender: str = ""
    postcode: str = ""
    email: str = ""
    phone: str = ""
    nhs_number: str = ""
    reference: str = strawberry.field(default="", description="The asker's own for the row.")

    def told(self) -> Told:
        said = Told(
            self.given_name, self.family_name, self.birth_date, self.gender, self.postcode,
            self.email, self.phone, self.nhs_number, self.reference,
        )  # fmt: skip
        if any(len(text) > LONGEST for text in vars(self).values()):
            raise Withheld("TOO_LONG")
        return said


@strawberry.type(description="What could be made of one item.")
class ItemQuality:
    item: str = fact(STATUS, about=f"One of {', '.join(FIELDS)}.")
    quality: DataQuality = fact(STATUS, about="Whether it could be used.")


@strawberry.type(description="What a trace came to.")
class Trace:
    status: MatchStatus = fact(STATUS, about="The match.")
    score: float | None = fact(STATUS, about="How well they agree, 0 to 1; MATCH from 0.95.")
    number_status: NhsNumberStatus | None = fact(STATUS, about="NHS number status indicator.")
    source: Source = fact(STATUS, about="Where the number comes from.")
    to_be_judged: bool = fact(STATUS, about="Somebody was found, and a person decides whether it is they.")  # fmt: skip
    quality: list[ItemQuality] = fact(STATUS, about="What could be made of each item.")
    fault: str | None = fact(STATUS, about="Code of what kept it from an answer.")
    nhs_number: NhsNumber | None = fact(NUMBER, about="The number, where it is verified: status 01.")  # fmt: skip


@strawberry.type(description="What became of one person of a job.")
class TraceOutcome:
    position: int = fact(STATUS, about="Place in what was handed in, from 1.")
    reference: str = fact(STATUS, about="The asker's own for the row.")
    trace: Trace | None = fact(STATUS, about="Null: waiting.")


@strawberry.type(description="How many have a status.")
class TraceCount:
    status: MatchStatus = fact(STATUS, about="The match.")
    people: int = fact(STATUS, about="How many.")


@strawberry.type(description="A job of tracing.")
class TraceBatch:
    id: strawberry.ID = fact(STATUS, about="What it is asked for by.")
    people: int = fact(STATUS, about="How many were handed in.")
    waiting: int = fact(STATUS, about="How many have no answer yet. Ask again.")
    counts: list[TraceCount] = fact(STATUS, about="The others.")

    @reads(STATUS, about=f"In the order handed in, {SHOWN} at most, after a position.")
    async def outcomes(self, info: Info, after: int = 0) -> list[TraceOutcome]:
        means = await _means(info)
        found: list[TraceOutcome] = []
        async for each in outcomes(means.connections, means.seal, UUID(self.id)):
            if each.position > after and len(found) < SHOWN:
                found.append(_outcome(each))
        return found


@strawberry.type
class TracingQueries:
    @reads(STATUS, about="A job that this organisation handed in. Null: none. Goes on with one that was broken off.")  # fmt: skip
    async def trace_batch(self, info: Info, id: strawberry.ID) -> TraceBatch | None:  # noqa: A002
        means = await _means(info)
        known = _uuid(id)
        row = (
            await means.connections.fetchrow(_JOB, known, _owner(reading(info))) if known else None
        )
        if row is None:
            return None
        batch = Batch(row["id"], row["strategy"], row["rows"], found=True)
        shown = await _shown(means, batch)
        if shown.waiting:
            _tracing(info).go_on(means, batch)
        return shown

    @reads(STATUS, about="Whether a number is this person's. One at a time; the number that took its place is not told.")  # fmt: skip
    async def verify_nhs_number(
        self, info: Info, nhs_number: NhsNumber, family_name: str, birth_date: date
    ) -> Verification | None:
        means = await _means(info)
        async with _asking(info, means) as question:
            said = await verify(means.pds, nhs_number, family_name, birth_date)
            question.missed = said is Verification.NO
        await _record(info, nhs_number)
        return said


@strawberry.type
class TracingChanges:
    @reads(STATUS, about="Traces one child now. One at a time.")
    async def trace_child(self, info: Info, person: PersonToTraceInput) -> Trace | None:
        means = await _means(info)
        async with _asking(info, means) as question:
            found = await traced(means, person.told())
            question.missed = found.verdict.number is None and not found.verdict.fault
        await _record(info, found.verdict.number)
        return _trace(found)

    @reads(STATUS, about=f"Hands in up to {MOST} people as a job. The same people again are the same job.")  # fmt: skip
    async def submit_trace_batch(
        self, info: Info, people: list[PersonToTraceInput]
    ) -> TraceBatch | None:
        means = await _means(info)
        if not 0 < len(people) <= MOST:
            raise Withheld("TOO_MANY_PEOPLE" if people else "NOBODY_TO_TRACE")
        told = [person.told() for person in people]
        batch = await _tracing(info).hand_in(means, _owner(reading(info)), told)
        return await _shown(means, batch)


def _tracing(info: Info) -> Tracing:
    tracing: Tracing = info.context.load.tracing
    return tracing


async def _means(info: Info) -> Means:
    """Raises Withheld: another purpose, or a node that does not trace."""
    if reading(info).asker.purpose != PURPOSE:
        raise Withheld("NOT_FOR_THIS_PURPOSE")
    means = await _tracing(info).means()
    if means is None:
        raise Withheld("TRACING_NOT_CONFIGURED")
    return means


@asynccontextmanager
async def _asking(info: Info, means: Means) -> AsyncIterator[Question]:
    asker = reading(info).asker
    try:
        async with one_at_a_time(
            means.connections, f"{_owner(reading(info))} {asker.actor}"
        ) as one:
            yield one
    except Guessing as why:
        raise Withheld(str(why)) from why


def _owner(reads: Reads) -> str:
    return f"{reads.asker.kind}:{reads.asker.organisation}"


async def _record(info: Info, number: NhsNumber | None) -> None:
    """Tells for the record which child it was about, where the link node knows one."""
    if number:
        reads = reading(info)
        tell(info.context, reads, [await reads.to_act_on_number("NHS", str(number))])


async def _shown(means: Means, batch: Batch) -> TraceBatch:
    so_far = await counts(means.connections, batch.id)
    return TraceBatch(
        id=strawberry.ID(str(batch.id)),
        people=batch.rows,
        waiting=so_far["waiting"],
        counts=[
            TraceCount(status=each, people=so_far[each.value])
            for each in MatchStatus
            if so_far[each.value]
        ],
    )


def _trace(found: Traced) -> Trace:
    verdict, worth = found.verdict, found.worth
    return Trace(
        status=verdict.status,
        score=verdict.score or None,
        number_status=coded(NhsNumberStatus, worth.status.value),
        source=worth.source,
        to_be_judged=verdict.number is not None and not worth.status.joins,
        quality=_quality(found.quality),
        fault=verdict.fault or None,
        nhs_number=verdict.number if worth.status.joins else None,
    )


def _outcome(each: Outcome) -> TraceOutcome:
    if each.status is None:
        return TraceOutcome(position=each.position, reference=each.reference, trace=None)
    trace = Trace(
        status=each.status,
        score=each.score,
        number_status=coded(NhsNumberStatus, each.indicator.value),
        source=Source(each.source),
        to_be_judged=each.judged,
        quality=_quality(each.quality),
        fault=each.fault or None,
        nhs_number=each.number,
    )
    return TraceOutcome(position=each.position, reference=each.reference, trace=trace)


def _quality(quality: Mapping[str, str]) -> list[ItemQuality]:
    return [ItemQuality(item=item, quality=DataQuality(said)) for item, said in quality.items()]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


_JOB = (
    "select id, strategy, rows from tracing.batch where id = $1 and owner = $2 and form = 'graph'"
)
