"""Every read of the learners' service: one query for many keys, by ULN or by UKPRN. Loaders live for one request."""

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

Row = Mapping[str, Any]

_LEARNERS = """
SELECT * FROM learners.current_learner WHERE uln = ANY($1::text[]) ORDER BY as_at DESC, ukprn
"""
_PROVIDERS = "SELECT * FROM learners.provider WHERE ukprn = ANY($1::text[])"
_CASELOAD = """
SELECT * FROM learners.participation
WHERE la_code = $1 AND ($2::text IS NULL OR adviser = $2)
  AND ($3::date IS NULL OR next_contact_on <= $3)
ORDER BY next_contact_on NULLS LAST, uln
LIMIT $4
"""
_OF_NEWEST_RETURN = """
SELECT newest.uln, newest.as_at, found.*
FROM learners.{table} AS found JOIN learners.current_learner AS newest USING (source, ukprn, learn_ref_number)
WHERE newest.uln = ANY($1::text[]) ORDER BY {order}
"""
_OF_LEARNER: dict[str, str] = {
    table: _OF_NEWEST_RETURN.format(table=table, order=order)
    for table, order in (
        ("lldd", "coalesce(primary_lldd, 9), lldd_cat"),
        ("contact_preference", "cont_pref_type, cont_pref_code"),
        ("learner_fam", "learn_fam_type, learn_fam_code"),
        ("learner_employment_status", "date_emp_stat_app DESC"),
    )
} | {
    # An aim that ended in an earlier year is in that year's return alone.
    "learning_delivery": """
SELECT DISTINCT ON (aim.learn_start_date, aim.ukprn, aim.learn_ref_number, aim.aim_seq_number) learner.uln, aim.*
FROM learners.learning_delivery AS aim JOIN learners.learner USING (source, ukprn, learn_ref_number)
WHERE learner.uln = ANY($1::text[])
ORDER BY aim.learn_start_date DESC, aim.ukprn, aim.learn_ref_number, aim.aim_seq_number, aim.as_at DESC
""",
    # Each year's return may tell of a destination again.
    "dp_outcome": """
SELECT DISTINCT ON (out_start_date, uln, ukprn, out_type, out_code) * FROM learners.dp_outcome
WHERE uln = ANY($1::text[])
ORDER BY out_start_date DESC, uln, ukprn, out_type, out_code, out_coll_date DESC NULLS LAST
""",
    "participation": "SELECT * FROM learners.participation WHERE uln = ANY($1::text[]) ORDER BY as_at DESC",
    "achievement": "SELECT * FROM learners.achievement WHERE uln = ANY($1::text[]) ORDER BY awarded_on DESC, title",
}


class Loaders:
    """The reads of one request."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._lists: dict[str, DataLoader[str, list[Row]]] = {}
        self.provider: DataLoader[str, Row | None] = DataLoader(self.providers)

    async def learners(self, ulns: Sequence[str]) -> list[list[Row]]:
        """What each provider's newest return says of each ULN, the newest first."""
        return await self._grouped(_LEARNERS, ulns)

    async def providers(self, ukprns: Sequence[str]) -> list[Row | None]:
        return one_each(ukprns, await self._fetch(_PROVIDERS, ukprns), itemgetter("ukprn"))

    def of_learner(self, table: str) -> DataLoader[str, list[Row]]:
        """A learner's rows of one table, by ULN."""
        if table not in self._lists:
            self._lists[table] = DataLoader(partial(self._grouped, _OF_LEARNER[table]))
        return self._lists[table]

    async def caseload(self, la_code: str, *narrowed: object) -> list[Row]:
        """The young people one authority tracks: adviser or None, last day or None, at most how many."""
        return await self._fetch(_CASELOAD, la_code, *narrowed)

    async def counted(self, cube: Cube, area: str, month: date | None) -> Table | None:
        """A month's counts of an area, as they may be published."""
        return await table(self._rows, cube, area, month)

    async def _grouped(self, query: str, ulns: Sequence[str]) -> list[list[Row]]:
        return all_each(ulns, await self._fetch(query, ulns), itemgetter("uln"))

    async def _fetch(self, query: str, *given: object) -> list[Row]:
        found: list[Any] = await self._rows.fetch(query, *given)
        return found


def loaders(place: Place) -> Callable[[], Loaders]:
    return partial(Loaders, place.rows)
