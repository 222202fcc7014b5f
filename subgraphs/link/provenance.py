"""Where a number comes from → the words and codes that are kept beside it: who said so, how it was made sure of, by whom."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import strawberry

from subgraphs.codes import code

BY_TRACE, BY_JUDGEMENT = "PDS trace", "PDS trace, judged by a person"
BIRTH_NOTIFICATION = "birth notification"
BACK_OFFICE = "National Back Office"
NHS = "NHS"


@strawberry.enum(description="How it was made sure that a number is the child's.")
class NumberCheck(Enum):
    TRACED = code("TRACED", "Traced with the NHS, without doubt")
    JUDGED = code("JUDGED", "Traced with the NHS, and judged by a person")
    NOTIFIED = code("NOTIFIED", "Notified by whoever issued it")
    NOT_CHECKED = code("NOT_CHECKED", "Not made sure: as it was handed in")


@dataclass(frozen=True, slots=True)
class Check:
    """How a number was made sure of, and by which organisation: `LA:838`, or `NHS`."""

    how: NumberCheck
    by: str
