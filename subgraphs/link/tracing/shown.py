"""Verdicts and outcomes of jobs → what the graph shows of them. The number is a category of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

import strawberry

from gateway.identifiers import NhsNumber
from subgraphs.codes import code, coded
from subgraphs.labels import fact
from subgraphs.link.parts import NhsNumberStatus
from subgraphs.link.tracing.asking import NUMBER, STATUS
from subgraphs.link.tracing.demographics import FIELDS
from subgraphs.link.tracing.joining import Joined
from subgraphs.link.tracing.matching import MatchStatus
from subgraphs.link.tracing.node import Traced
from subgraphs.link.tracing.outcomes import Outcome
from subgraphs.link.tracing.settling import Settled
from subgraphs.link.tracing.status import Source


@strawberry.enum(description="What could be made of one item of a row.")
class DataQuality(Enum):
    VALID = "valid"
    INVALID = "invalid"
    NOT_PROVIDED = "notProvided"


@strawberry.enum(description="What a trace did to the child that it was about.")
class TraceLink(Enum):
    CONFIRMED = code("CONFIRMED", "The child had the number; it is verified now")
    LINKED = code("LINKED", "The child has the number now: status 01")
    SUPERSEDED = code("SUPERSEDED", "It took the place of the number that the child had")
    JOINED = code("JOINED", "Another record had it, of the same child: they are one now")
    TO_BE_JUDGED = code("TO_BE_JUDGED", "Nothing, until a person has looked")
    NOT_LINKED = code("NOT_LINKED", "Nothing: no number to rely on was found")
    NOT_NOW = code("NOT_NOW", "Nothing, for the NHS could not be asked: ask again")


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
    link: TraceLink | None = fact(STATUS, about="What it did to the child that it was about; null where none was named.")  # fmt: skip


@strawberry.type(description="What a person decided, who it was, and why.")
class Judgement:
    same_person: bool = fact(NUMBER, about="Whether whom the NHS has is whom the row is about.")
    why: str = fact(NUMBER, about="In their own words: an opinion.")
    judged_by: str = fact(NUMBER, about="Who it was, as the ledger names them.")
    role: str = fact(NUMBER, about="In which role.")
    judged_at: datetime = fact(NUMBER, about="When.")


@strawberry.type(description="What became of one person of a job.")
class TraceOutcome:
    position: int = fact(STATUS, about="Place in what was handed in, from 1.")
    reference: str = fact(STATUS, about="The asker's own for the row.")
    trace: Trace | None = fact(STATUS, about="Null: waiting.")
    judgement: Judgement | None = fact(NUMBER, about="The last one, where a person has looked.")


def shown_link(joined: Joined) -> TraceLink:
    if joined.decided is None:
        return TraceLink.NOT_LINKED if joined.fault == "NOT_IN_FORCE" else TraceLink.NOT_NOW
    if isinstance(joined.decided, Settled):
        return TraceLink[joined.decided.name]
    return TraceLink.TO_BE_JUDGED


def shown_trace(found: Traced, link: TraceLink | None = None) -> Trace:
    verdict, worth = found.verdict, found.worth
    waits = link is TraceLink.TO_BE_JUDGED
    return Trace(
        status=verdict.status,
        score=verdict.score or None,
        number_status=coded(NhsNumberStatus, worth.status.value),
        source=worth.source,
        to_be_judged=waits or (verdict.number is not None and not worth.status.joins),
        quality=_quality(found.quality),
        fault=verdict.fault or None,
        nhs_number=verdict.number if worth.status.joins else None,
        link=link,
    )


def shown_outcome(each: Outcome) -> TraceOutcome:
    judgement = Judgement(**each.judgement) if each.judgement else None
    trace = _trace_of(each) if each.status else None
    return TraceOutcome(
        position=each.position, reference=each.reference, trace=trace, judgement=judgement
    )


def _trace_of(each: Outcome) -> Trace:
    assert each.status is not None, "the row waits"
    return Trace(
        status=each.status,
        score=each.score,
        number_status=coded(NhsNumberStatus, each.indicator.value),
        source=Source(each.source),
        to_be_judged=each.judged,
        quality=_quality(each.quality),
        fault=each.fault or None,
        nhs_number=each.number,
        link=TraceLink[each.link] if each.link else None,
    )


def _quality(quality: Mapping[str, str]) -> list[ItemQuality]:
    return [ItemQuality(item=item, quality=DataQuality(said)) for item, said in quality.items()]
