"""An island's own records, once a month → a table of counts per area, kept as it may be published.

A cube is one breakdown of one population: the menu is fixed, its areas are local authorities, and no two cubes of
an island count the same people, so there is nothing to subtract from anything. A month is counted once, whole or not
at all, and never again: a child who joins or leaves the day after changes nothing until the next month. What is
kept is what may leave (`disclosure`); the true counts are nowhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from subgraphs.disclosure import Counted, shown

TABLES = Path(__file__).with_name("counted.sql").read_text()
"""Where an island's counts are kept; `{island}` is its schema."""

OTHER = "OTHER"
_TOTAL = ""

_COUNT = """
    with people as ({people}), told as (
        select area, person, institution, case when category = any ($1) then category else $2 end as category
        from people where area is not null
    )
    select area, case when grouping(category) = 1 then $3 else category end as category,
        count(person)::int as people, count(distinct institution)::int as institutions
    from told group by grouping sets ((area, category), (area))
"""
_BEGIN = """
    insert into {island}.counted (cube, month, counted_on) values ($1, $2, $3)
    on conflict do nothing returning true
"""
_SHOWN = """
    select counted.month, counted.counted_on, told.category, told.shown
    from (
        select * from {island}.counted where cube = $1 and month = coalesce($2::date, month)
        order by month desc limit 1
    ) counted
    left join {island}.count_shown told on told.cube = counted.cube and told.month = counted.month and told.area = $3
"""


@dataclass(frozen=True, slots=True)
class Cube:
    """One table of the menu. `people` and `areas` are SQL over the island's own tables.

    `people` gives a row per person: area, category, person, and the institution that contributes them (null
    in all rows unless `of_institutions`). `areas` gives every area that the island holds records of. Whoever is in
    none of `categories` (code → meaning) is counted as OTHER.
    """

    island: str
    name: str
    people: str
    areas: str
    categories: Mapping[str, str]
    of_institutions: bool

    @property
    def codes(self) -> tuple[str, ...]:
        """The table's rows, in order."""
        return *self.categories, OTHER


def meanings(codes: type[Enum], but: Collection[str] = ()) -> dict[str, str]:
    """The rows that a code set makes: each code with its meaning, those in `but` left to OTHER."""
    values: Sequence[Any] = codes.__strawberry_definition__.values  # type: ignore[attr-defined]
    return {one.value: one.description for one in values if one.value not in but}


@dataclass(frozen=True, slots=True)
class Table:
    """A month's table of one area as it was published. `shown` is empty where the island holds nothing of the area."""

    month: date
    counted_on: date
    shown: Mapping[str, int | None]

    @property
    def total(self) -> int | None:
        return self.shown.get(_TOTAL)


async def count(connection: Any, cube: Cube, today: date) -> bool:
    """Counts the month of `today`; False when it has been counted before, by whomever.

    One transaction: who is interrupted leaves nothing behind, and two at once are one.
    """
    month = today.replace(day=1)
    async with connection.transaction():
        begin = _BEGIN.format(island=cube.island)
        if not await connection.fetchval(begin, cube.name, month, today):
            return False
        statement = _COUNT.format(people=cube.people)
        rows = await connection.fetch(statement, [*cube.categories], OTHER, _TOTAL)
        areas = [row["area"] for row in await connection.fetch(cube.areas)]
        await connection.copy_records_to_table(
            "count_shown",
            schema_name=cube.island,
            columns=("cube", "month", "area", "category", "shown"),
            records=[(cube.name, month, *row) for row in _published(cube, areas, rows)],
        )
    return True


async def table(rows: Any, cube: Cube, area: str, month: date | None) -> Table | None:
    """The table of a month, else of the newest that was counted; None when it has not been."""
    begins = month and month.replace(day=1)
    found = await rows.fetch(_SHOWN.format(island=cube.island), cube.name, begins, area)
    if not found:
        return None
    shown_ = {row["category"]: row["shown"] for row in found if row["category"] is not None}
    return Table(found[0]["month"], found[0]["counted_on"], shown_)


def _published(
    cube: Cube, areas: Sequence[str], rows: Sequence[Any]
) -> Iterator[tuple[str, str, int | None]]:
    nobody = Counted(0, 0)
    found: dict[str, dict[str, Counted]] = defaultdict(dict, {area: {} for area in areas})
    for row in rows:
        institutions = row["institutions"] if cube.of_institutions else None
        found[row["area"]][row["category"]] = Counted(row["people"], institutions)
    for area, counted in found.items():
        cells = {code: counted.get(code, nobody) for code in cube.codes}
        public = shown(counted.get(_TOTAL, nobody), cells)
        yield area, _TOTAL, public.total
        for code, people in public.cells.items():
            yield area, code, people
