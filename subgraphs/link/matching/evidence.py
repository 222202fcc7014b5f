"""One line of the evidence for a pair: what was compared, what was found, and what it weighs. Never what the records say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ground:
    """`weight` in bits: for one child above 0, against it below."""

    compared: str
    found: str
    weight: float
