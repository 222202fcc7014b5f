"""An island ↔ the kind of number it knows a child by, the prefix of its categories, the kind of organisation that keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Island:
    """`key` are the fields of its entity's key, in the order that the number is written in."""

    name: str
    number: str
    key: tuple[str, ...]
    prefix: str
    custodians: frozenset[str]

    def written(self, key: Mapping[str, str | None]) -> str | None:
        """An entity's key as one number; None when a part is missing."""
        parts = [key.get(name) for name in self.key]
        return ":".join(part for part in parts if part) if all(parts) else None


LOCAL_AUTHORITY = Island(
    "local_authority", "LA", ("laCode", "localChildId"), "LA.", frozenset({"LA"})
)
SCHOOLS = Island("schools", "UPN", ("upn",), "SC.", frozenset({"SCHOOL"}))
LEARNERS = Island("learners", "ULN", ("uln",), "L.", frozenset({"FE_COLLEGE", "SPI", "SCHOOL"}))
BENEFITS = Island("benefits", "CHB", ("childBenefitNumber",), "D.", frozenset({"DWP"}))
LINK = Island("link", "NHS", (), "N.", frozenset())

ISLANDS: Mapping[str, Island] = {
    island.name: island for island in (LOCAL_AUTHORITY, SCHOOLS, LEARNERS, BENEFITS)
}
BY_NUMBER: Mapping[str, Island] = {island.number: island for island in ISLANDS.values()}
