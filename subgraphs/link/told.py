"""What is kept of where a child's numbers come from → what of it this caller is told.

Told is less than is kept. Only of numbers that lead somewhere the caller may go: of the others it would tell that there
are such. A number that the National Back Office gave is told of like one that was traced: new numbers at once are what an
adoption looks like. And an organisation is named to nobody but itself: that it works with the child is not for others
to learn.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Any

import strawberry

from subgraphs.codes import code, coded
from subgraphs.labels import fact
from subgraphs.link.loaders import Known, Reads
from subgraphs.link.provenance import (
    BACK_OFFICE,
    BIRTH_NOTIFICATION,
    BY_JUDGEMENT,
    BY_TRACE,
    NHS,
    NumberCheck,
)

STATUS = "N.STATUS"


@strawberry.enum(description="Whose number a number is.")
class NumberKind(Enum):
    NHS = code("NHS", "NHS number")
    LA = code("LA", "An authority's own")
    UPN = code("UPN", "Unique Pupil Number")
    ULN = code("ULN", "Unique Learner Number")
    CHB = code("CHB", "Child Benefit number, of a claim")


@strawberry.enum(description="Who said that a number is the child's.")
class NumberOrigin(Enum):
    NHS = code("NHS", "The NHS, which issued it or was asked about it")
    AGENCY = code("AGENCY", "An agency, whose record of the child has it")


_OF_EARLIER_WORDS = {
    BY_TRACE: NumberCheck.TRACED,
    BY_JUDGEMENT: NumberCheck.JUDGED,
    BIRTH_NOTIFICATION: NumberCheck.NOTIFIED,
}
"""What rows say that were written before it was kept how a number was made sure of."""


@strawberry.type(
    description="Where one of the child's numbers comes from, which is in use and leads where this caller may go. Never the number."
)
class NumberProvenance:
    kind: NumberKind | None = fact(STATUS, about="Whose number.")
    origin: NumberOrigin | None = fact(STATUS, about="Who said that it is the child's. Null: it was not kept.")  # fmt: skip
    check: NumberCheck | None = fact(STATUS, about="How it was made sure of. Null: it was not kept.")  # fmt: skip
    recorded_on: date | None = fact(STATUS, about="The day of that. Null: it was not kept.")
    recorded_by: str | None = fact(
        STATUS, about="NHS, or the caller's own organisation, as `LA:838`; null for every other."
    )

    @classmethod
    def of(cls, row: Any, own: str) -> NumberProvenance:
        """`own`: the caller's organisation, as it is written beside a number."""
        check = _check(row)
        return cls(
            kind=coded(NumberKind, row["kind"]),
            origin=_origin(row, check),
            check=check,
            recorded_on=row["checked_on"],
            recorded_by=row["checked_by"] if row["checked_by"] in (NHS, own) else None,
        )


def _check(row: Any) -> NumberCheck | None:
    said = row["provenance"]
    if row["checked"]:
        return coded(NumberCheck, row["checked"])
    if said == BACK_OFFICE and row["kind"] == NumberKind.NHS.value:
        return NumberCheck.TRACED
    return _OF_EARLIER_WORDS.get(said, NumberCheck.NOT_CHECKED) if said else None


def _origin(row: Any, check: NumberCheck | None) -> NumberOrigin | None:
    if check is None:
        return None
    return NumberOrigin.AGENCY if check is NumberCheck.NOT_CHECKED else NumberOrigin.NHS


async def provenance_of(reads: Reads, known: Known) -> list[NumberProvenance]:
    """Of a child's numbers in use that lead where the asker may go."""
    own = f"{reads.asker.kind}:{reads.asker.organisation}"
    leading = {(one.kind, one.text) for one in known.numbers if one.text and one.open.mask}
    rows = await reads.provenances.load(known.child)
    return [
        NumberProvenance.of(row, own)
        for row in rows
        if (row["kind"], reads.text_of(row["kind"], row["cipher"])) in leading
    ]


def source_of(known: Known) -> str | None:
    """Who the child's status comes from."""
    kept: str | None = known.row["verified_by"]
    return BY_TRACE if kept == BACK_OFFICE else kept
