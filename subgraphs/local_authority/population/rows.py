"""A synthetic child → rows of one authority: what every module of this folder writes with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from gateway.identifiers import LaChildId
from subgraphs.population import Child

SOURCE = "synthetic"
Written = tuple[str, dict[str, Any]]  # table, columns
Rows = Iterator[Written]


@dataclass(frozen=True, slots=True)
class File:
    """One child's file at the authority responsible for it."""

    child: Child
    known_as: LaChildId
    dice: Random

    @property
    def today(self) -> date:
        return self.child.today

    def row(self, table: str, **columns: Any) -> Written:
        """A row of the child, as of today."""
        return table, {
            "source": SOURCE,
            "as_at": self.today,
            "la_code": str(self.known_as.la_code),
            "local_child_id": str(self.known_as.local_child_id),
            **columns,
        }

    def ago(self, days: int) -> date:
        """So many days before today, or the day of birth when that is later."""
        return max(self.child.birth_date, self.today - timedelta(days=days))

    def after(self, start: date, days: int) -> date | None:
        """So many days after, or None when that is not yet."""
        day = start + timedelta(days=days)
        return day if day <= self.today else None


def of_case(case_ref: str, table: str, **columns: Any) -> Written:
    """A row of an EHC case."""
    return table, {"source": SOURCE, "case_ref": case_ref, **columns}
