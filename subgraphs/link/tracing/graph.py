"""Tracing in the graph: one child now, many as a job, and whether a number is someone's. Under its own purpose alone.

Whoever may trace gets a status; the number itself is a category of its own. A job is its organisation's: to any
other it is as if it had never been. What a trace leads to in the link node is told for the record.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import strawberry

from gateway.identifiers import NhsNumber
from subgraphs.labels import fact, reads
from subgraphs.link.acting import acting
from subgraphs.link.child import Info, reading
from subgraphs.link.identifier import IdentifierInput
from subgraphs.link.tracing.asking import (
    NUMBER,
    STATUS,
    PersonToTraceInput,
    asking,
    means_of,
    owner_of,
    record,
    tracing_of,
    uuid_in,
)
from subgraphs.link.tracing.batch import Batch, counts
from subgraphs.link.tracing.linking import JudgingQueries, LinkingChanges, link_traced
from subgraphs.link.tracing.matching import MatchStatus
from subgraphs.link.tracing.node import Means, traced
from subgraphs.link.tracing.outcomes import outcomes
from subgraphs.link.tracing.reconciling import ReconcilingQueries
from subgraphs.link.tracing.shown import Trace, TraceOutcome, shown_outcome, shown_trace
from subgraphs.link.tracing.verify import Verification, verify
from subgraphs.outward import Withheld

MOST = 1_000
"""People in one job handed in through the graph; a file may hold more."""
SHOWN = 100


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
        means = await means_of(info)
        found: list[TraceOutcome] = []
        async for each in outcomes(means.connections, means.seal, UUID(self.id)):
            if each.position > after and len(found) < SHOWN:
                found.append(shown_outcome(each))
        return found


@strawberry.type
class TracingQueries(JudgingQueries, ReconcilingQueries):
    @reads(STATUS, about="A job that this organisation handed in. Null: none. Goes on with one that was broken off.")  # fmt: skip
    async def trace_batch(self, info: Info, id: strawberry.ID) -> TraceBatch | None:  # noqa: A002
        means = await means_of(info)
        known = uuid_in(id)
        row = (
            await means.connections.fetchrow(_JOB, known, owner_of(reading(info)))
            if known
            else None
        )
        if row is None:
            return None
        batch = Batch(row["id"], row["strategy"], row["rows"], found=True)
        shown = await _shown(means, batch)
        if shown.waiting:
            tracing_of(info).go_on(means, batch)
        return shown

    @reads(STATUS, about="Whether a number is this person's. One at a time; the number that took its place is not told.")  # fmt: skip
    async def verify_nhs_number(
        self, info: Info, nhs_number: NhsNumber, family_name: str, birth_date: date
    ) -> Verification | None:
        means = await means_of(info)
        async with asking(info, means) as question:
            said = await verify(means.pds, nhs_number, family_name, birth_date)
            question.missed = said is Verification.NO
        await record(info, nhs_number)
        return said


@strawberry.type
class TracingChanges(LinkingChanges):
    @reads(STATUS, about="Traces one child now. One at a time. Where it is about a child of the link node, a verified number becomes that child's.")  # fmt: skip
    async def trace_child(
        self, info: Info, person: PersonToTraceInput, child: IdentifierInput | None = None
    ) -> Trace | None:
        means = await means_of(info)
        about, told = await acting(info, child, NUMBER) if child else None, person.told()
        async with asking(info, means) as question:
            found = await traced(means, told)
            question.missed = found.verdict.number is None and not found.verdict.fault
        link = await link_traced(info, means, (about, found, told)) if about else None
        await record(info, found.verdict.number)
        return shown_trace(found, link)

    @reads(STATUS, about=f"Hands in up to {MOST} people as a job. The same people again are the same job.")  # fmt: skip
    async def submit_trace_batch(
        self, info: Info, people: list[PersonToTraceInput]
    ) -> TraceBatch | None:
        means = await means_of(info)
        if not 0 < len(people) <= MOST:
            raise Withheld("TOO_MANY_PEOPLE" if people else "NOBODY_TO_TRACE")
        told = [person.told() for person in people]
        batch = await tracing_of(info).hand_in(means, owner_of(reading(info)), told)
        return await _shown(means, batch)


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


_JOB = (
    "select id, strategy, rows from tracing.batch where id = $1 and owner = $2 and form = 'graph'"
)
