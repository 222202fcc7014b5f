"""An island ↔ the kind of number it knows a child by, the prefix of its categories, the kind of organisation that keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Island:
    """`key` are the fields of its entity's key, in the order that the number is written in."""

    name: str
    number: str
    key: tuple[str, ...]
    prefix: str
    custodians: frozenset[str]

    def key_of(self, number: str) -> dict[str, str]:
        """A number as the key of an entity."""
        return dict(zip(self.key, number.split(":", len(self.key) - 1), strict=True))

    def number_in(self, key: str) -> str | None:
        """An entity's key, as JSON, as one number; None when it is no key of this island."""
        try:
            fields = orjson.loads(key)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(fields, dict):
            return None
        parts = [fields[name] for name in self.key if isinstance(fields.get(name), str)]
        return ":".join(parts) if len(parts) == len(self.key) else None


LOCAL_AUTHORITY = Island(
    "local_authority", "LA", ("laCode", "localChildId"), "LA.", frozenset({"LA"})
)
SCHOOLS = Island("schools", "UPN", ("upn",), "SC.", frozenset({"SCHOOL"}))
LEARNERS = Island("learners", "ULN", ("uln",), "L.", frozenset({"FE_COLLEGE", "SPI", "SCHOOL"}))
BENEFITS = Island("benefits", "CHB", ("childBenefitNumber",), "D.", frozenset({"DWP"}))
LINK = Island("link", "NHS", (), "N.", frozenset())
LEDGER = Island("ledger", "", ("id",), "R.", frozenset())
"""No island of records: it knows a child by the id that the asker was given."""

ISLANDS: Mapping[str, Island] = {
    island.name: island for island in (LOCAL_AUTHORITY, SCHOOLS, LEARNERS, BENEFITS)
}
CROSSED: Mapping[str, Island] = {**ISLANDS, LEDGER.name: LEDGER}
"""Where a crossing may lead."""
BY_NUMBER: Mapping[str, Island] = {island.number: island for island in ISLANDS.values()}
