"""Every read the authority's service makes: one query for many keys.

A child's rows come by (la_code, local_child_id), a case's by case_ref. Several returns may speak of the same
referral or episode: the newest to do so is believed. Loaders live for one request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from operator import itemgetter
from typing import Any

from aiodataloader import DataLoader

from subgraphs.by_key import all_each, one_each
from subgraphs.confined import Rows
from subgraphs.cubes import Cube, Table, table
from subgraphs.service import Place

Row = Mapping[str, Any]  # an asyncpg.Record, or several merged
ChildKey = tuple[str, str]

# table → what makes two rows of a child speak of the same thing; the order too, the newest first
_OF_CHILD = {
    "key_worker": ("start_date", "worker_role", "worker_name"),
    "cin_details": ("cin_referral_date",),
    "assessment": ("assessment_actual_start_date",),
    "cin_plan_dates": ("cin_plan_start_date",),
    "section47": ("s47_actual_start_date",),
    "child_protection_plan": ("cpp_start_date",),
    "pre_proceedings": ("pp_start_date",),
    "episode": ("decom",),
    "review": ("review",),
    "missing": ("mis_start", "missing"),
    "oc2": ("as_at",),
    "oc3": ("as_at",),
    "ad1": ("as_at",),
    "placed_for_adoption": ("date_placed",),
    "early_years": ("as_at", "setting_name"),
    "early_years_review": ("recorded_on", "instrument", "area"),
    "ehc_case": ("received_date", "case_ref"),
}
_OF_CASE = {
    "ehc_need": "sen_type_rank",
    "ehc_placement": "placement_rank, entry_date DESC NULLS LAST",
    "ehc_review": "review_meeting",
    "ehc_section": "section",
    "ehc_advice": "requested_on, advice_kind",
    "ehc_consultation": "sent_on",
}

_CHILD = """
SELECT child.* FROM local_authority.child
JOIN unnest($1::text[], $2::text[]) AS asked (la_code, local_child_id) USING (la_code, local_child_id)
ORDER BY as_at DESC, source
"""
_ROWS_OF_CHILD = """
SELECT * FROM (
    SELECT found.*, rank() OVER (
        PARTITION BY la_code, local_child_id, {same} ORDER BY as_at DESC, source
    ) AS age
    FROM local_authority.{table} AS found
    JOIN unnest($1::text[], $2::text[]) AS asked (la_code, local_child_id) USING (la_code, local_child_id)
) AS held WHERE age = 1 ORDER BY {order}
"""
_CASE = "SELECT * FROM local_authority.ehc_case WHERE case_ref = ANY($1::text[])"
_ROWS_OF_CASE = (
    "SELECT * FROM local_authority.{table} WHERE case_ref = ANY($1::text[]) ORDER BY {order}"
)
_OPEN_CASES = """
SELECT * FROM local_authority.ehc_case
WHERE la_code = $1 AND ($2::text IS NULL OR coordinator = $2) AND cease_date IS NULL
  AND coalesce(request_outcome, 'Y') = 'Y' AND coalesce(assessment_outcome, 'Y') = 'Y'
"""


class Loaders:
    """The reads of one request."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._lists: dict[str, DataLoader[Any, list[Row]]] = {}
        self.child: DataLoader[ChildKey, Row | None] = DataLoader(self.children)
        self.case: DataLoader[str, Row | None] = DataLoader(self.cases)

    def of_child(self, table: str) -> DataLoader[ChildKey, list[Row]]:
        """A child's rows of one table."""
        first, *others = same = _OF_CHILD[table]
        order = ", ".join([f"{first} DESC", *others])
        query = _ROWS_OF_CHILD.format(table=table, same=", ".join(same), order=order)
        return self._list(table, partial(self._by_child, query))

    def of_case(self, table: str) -> DataLoader[str, list[Row]]:
        """A case's rows of one table."""
        query = _ROWS_OF_CASE.format(table=table, order=_OF_CASE[table])
        return self._list(table, partial(self._by_case, query))

    async def children(self, keys: Sequence[ChildKey]) -> list[Row | None]:
        """Each child as its newest return has it, older ones filling what it leaves out."""
        return [merged(rows) for rows in await self._by_child(_CHILD, keys)]

    async def open_cases(self, la_code: str, coordinator: str | None) -> list[Row]:
        """The authority's cases that are neither refused nor ceased."""
        return await self._fetch(_OPEN_CASES, la_code, coordinator)

    async def counted(self, cube: Cube, area: str, month: date | None) -> Table | None:
        """A month's counts of an area, as they may be published."""
        return await table(self._rows, cube, area, month)

    def _list(self, table: str, load: Callable[..., Any]) -> DataLoader[Any, list[Row]]:
        if table not in self._lists:
            self._lists[table] = DataLoader(load)
        return self._lists[table]

    async def _by_child(self, query: str, keys: Sequence[ChildKey]) -> list[list[Row]]:
        authorities, local_ids = zip(*keys, strict=True)
        rows = await self._fetch(query, authorities, local_ids)
        return all_each(keys, rows, itemgetter("la_code", "local_child_id"))

    async def _by_case(self, query: str, keys: Sequence[str]) -> list[list[Row]]:
        return all_each(keys, await self._fetch(query, keys), itemgetter("case_ref"))

    async def cases(self, keys: Sequence[str]) -> list[Row | None]:
        return one_each(keys, await self._fetch(_CASE, keys), itemgetter("case_ref"))

    async def _fetch(self, query: str, *given: object) -> list[Row]:
        found: list[Any] = await self._rows.fetch(query, *given)
        return found


def merged(rows: Sequence[Row]) -> Row | None:
    """Rows about one child, newest first → one, each column from the newest that has it; None for none."""
    if not rows:
        return None
    whole: dict[str, Any] = {}
    for row in rows:
        whole |= {name: value for name, value in row.items() if whole.get(name) is None}
    return whole


def loaders(place: Place) -> Callable[[], Loaders]:
    return partial(Loaders, place.rows)
