"""A quarter of the ledger → figures that may be published: counts only, small ones suppressed, the rest rounded.

From 1 to 7 a count is not given, every other is rounded to the nearest 5 (NHS England's rule for
sub-national counts). Totals are made from the true counts and rounded themselves, so nothing can be taken apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.ledger.integrate import Connection

FEW = 7
NEAREST = 5
SUPPRESSED = "*"
MONTHS = 3

Count = int | str
"""A rounded count, or `*` for one that is too small to give."""


def shown(count: int) -> Count:
    """A count as it may be published."""
    if 1 <= count <= FEW:
        return SUPPRESSED
    return NEAREST * ((2 * count + NEAREST) // (2 * NEAREST))


@dataclass(frozen=True, slots=True)
class Quarter:
    """Three months of a calendar year, counted from 1."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Reads `2026-Q4`; raises ValueError."""
        year, _, number = text.partition("-Q")
        found = cls(int(year), int(number))
        if not 1 <= found.number <= 12 // MONTHS:
            raise ValueError(f"{text}: a quarter is written 2026-Q4")
        return found

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Its first moment, and the first after it."""
        first = datetime(self.year, MONTHS * (self.number - 1) + 1, 1, tzinfo=UTC)
        if self.number == 12 // MONTHS:
            return first, datetime(self.year + 1, 1, 1, tzinfo=UTC)
        return first, first.replace(month=first.month + MONTHS)


async def figures(connection: Connection, quarter: Quarter) -> dict[str, Any]:
    """Decisions by purpose, kind of organisation and outcome; emergencies and their reviews."""
    return {
        "quarter": f"{quarter.year}-Q{quarter.number}",
        "note": f"{SUPPRESSED} stands for 1 to {FEW}; other counts are rounded to {NEAREST}",
        **{
            name: {
                row["name"]: shown(row["count"])
                for row in await connection.fetch(query, *quarter.bounds)
            }
            for name, query in QUERIES.items()
        },
    }


_OF_QUARTER = "from ledger.reading where at >= $1 and at < $2"
_BY = f"select %s as name, count(*) as count {_OF_QUARTER} and %s group by 1 order by 1"
QUERIES = {
    "decisions": _BY % ("'all'", "reviews is null"),
    "by_purpose": _BY % ("coalesce(purpose, 'none')", "reviews is null"),
    "by_organisation_kind": _BY
    % ("coalesce(nullif(split_part(org, ':', 1), ''), 'none')", "reviews is null"),
    "by_outcome": _BY % ("outcome", "reviews is null"),
    "emergencies_by_ground": _BY % ("emergency", "emergency is not null"),
    "reviews_by_outcome": _BY % ("verdict", "reviews is not null"),
}
