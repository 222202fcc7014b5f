"""Every read of the benefits service: one query for many keys. Loaders live for one request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

from aiodataloader import DataLoader

from subgraphs.by_key import all_each, one_each
from subgraphs.confined import Rows
from subgraphs.service import Place

Row = Mapping[str, Any]

_CLAIMS = "SELECT * FROM benefits.child_benefit_claim WHERE child_benefit_number = ANY($1::text[])"
_CLAIMANTS = "SELECT * FROM benefits.claimant WHERE claimant = ANY($1::text[])"
_BY_NINO = """
SELECT left(national_insurance_number, 8) AS stem, * FROM benefits.claimant
WHERE left(national_insurance_number, 8) = ANY($1::text[])
"""
_CHILDREN = "SELECT * FROM benefits.claim_child WHERE child_benefit_number = ANY($1::text[])"
_CHECKS = "SELECT * FROM benefits.eligibility_check WHERE {key} = ANY($1::text[]) ORDER BY checked_at DESC, check_id"
_CODES = (
    "SELECT * FROM benefits.working_families_code WHERE {key} = ANY($1::text[])"
    " ORDER BY validity_start_date DESC, eligibility_code"
)
# list → the column it is read by, its query
_LISTS = {
    "children": ("child_benefit_number", _CHILDREN),
    "checks": ("child_benefit_number", _CHECKS.format(key="child_benefit_number")),
    "codes": ("child_benefit_number", _CODES.format(key="child_benefit_number")),
    "checks of claimant": ("claimant", _CHECKS.format(key="claimant")),
    "codes of claimant": ("claimant", _CODES.format(key="claimant")),
}
_STEM = 8  # characters of a National Insurance number without its suffix


class Loaders:
    """The reads of one request."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._lists: dict[str, DataLoader[str, list[Row]]] = {}
        self.claimant: DataLoader[str, Row | None] = DataLoader(self._claimants)

    async def claims(self, numbers: Sequence[str]) -> list[Row | None]:
        """Claims by Child Benefit number."""
        return await self._one(_CLAIMS, "child_benefit_number", numbers)

    async def claimants_by_nino(self, numbers: Sequence[str]) -> list[Row | None]:
        """Claimants by National Insurance number, whatever its suffix."""
        return await self._one(_BY_NINO, "stem", [number[:_STEM] for number in numbers])

    def many(self, what: str) -> DataLoader[str, list[Row]]:
        """A list by Child Benefit number, or by claimant."""
        if what not in self._lists:
            self._lists[what] = DataLoader(partial(self._grouped, *_LISTS[what]))
        return self._lists[what]

    async def _claimants(self, claimants: Sequence[str]) -> list[Row | None]:
        return await self._one(_CLAIMANTS, "claimant", claimants)

    async def _one(self, query: str, column: str, keys: Sequence[str]) -> list[Row | None]:
        return one_each(keys, await self._fetch(query, keys), itemgetter(column))

    async def _grouped(self, column: str, query: str, keys: Sequence[str]) -> list[list[Row]]:
        return all_each(keys, await self._fetch(query, keys), itemgetter(column))

    async def _fetch(self, query: str, keys: Sequence[str]) -> list[Row]:
        found: list[Any] = await self._rows.fetch(query, keys)
        return found


def loaders(place: Place) -> Callable[[], Loaders]:
    return partial(Loaders, place.rows)
