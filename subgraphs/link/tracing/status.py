"""A verdict → the NHS number status indicator, and where the number came from.

Codes and meanings: NHS Data Dictionary, NHS NUMBER STATUS INDICATOR CODE. Only 01 joins islands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from gateway.identifiers import NhsNumber
from subgraphs.link.tracing.matching import MatchStatus, Verdict

POSTPONED = timedelta(weeks=6)


class NumberStatus(Enum):
    """Whether a number is there, and how far it may be relied on."""

    VERIFIED = "01"
    NOT_TRACED = "02"
    TRACE_REQUIRED = "03"
    NO_OR_MANY_MATCHES = "04"
    CONFLICT = "05"
    IN_PROGRESS = "06"
    NOT_REQUIRED = "07"
    POSTPONED = "08"

    @property
    def joins(self) -> bool:
        return self is NumberStatus.VERIFIED


class Source(Enum):
    """How a number came to be known."""

    PDS_TRACE = "PDS_TRACE"  # found by the child's particulars
    PDS_VERIFIED = "PDS_VERIFIED"  # was held, and the NHS confirmed it
    SUPPLIED = "SUPPLIED"  # came with a row, from a letter, a Red Book, a parent: never joins
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a number is worth, where it came from, and when that was so."""

    status: NumberStatus
    source: Source
    on: date


def indicated(
    verdict: Verdict, supplied: NhsNumber | None, ages: tuple[date | None, date]
) -> Provenance:
    """The status after a trace. `supplied`: the number that the row came with. `ages`: born on, and today."""
    born, today = ages
    status = _STATUS[verdict.status]
    if verdict.usable:
        same = supplied in (None, verdict.number)
        source = Source.PDS_TRACE if supplied is None else Source.PDS_VERIFIED
        return Provenance(NumberStatus.VERIFIED if same else NumberStatus.CONFLICT, source, today)
    if verdict.status is MatchStatus.MATCH:
        status = NumberStatus.CONFLICT  # found, and for a person to judge
    if verdict.status is MatchStatus.ERROR and supplied:
        status = NumberStatus.NOT_TRACED
    young = born is not None and today - born < POSTPONED
    if young and verdict.status is MatchStatus.NO_MATCH and supplied is None:
        status = NumberStatus.POSTPONED
    return Provenance(status, Source.SUPPLIED if supplied else Source.NONE, today)


_STATUS = {
    MatchStatus.MATCH: NumberStatus.VERIFIED,
    MatchStatus.POTENTIAL_MATCH: NumberStatus.CONFLICT,
    MatchStatus.LOW_CONFIDENCE_MATCH: NumberStatus.CONFLICT,
    MatchStatus.MANY_MATCH: NumberStatus.NO_OR_MANY_MATCHES,
    MatchStatus.NO_MATCH: NumberStatus.NO_OR_MANY_MATCHES,
    MatchStatus.ERROR: NumberStatus.TRACE_REQUIRED,
}
