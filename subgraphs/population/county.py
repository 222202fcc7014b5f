"""An authority's worth of invented rows to count: enough people for a table, none of whom anybody can ask for.

They stand in the islands alone. The link node has never heard of them, so nothing crosses to them, and their
authority has no other child in the demonstration. Beside them: whose records are kept out of every count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain
from random import Random
from typing import Any

import asyncpg
from stdnum.gb import upn as upn_sum

from subgraphs.population.child import SEED, Child, Restriction
from subgraphs.population.numbers import uln
from subgraphs.postgres import copy_rows

COUNTY = "845"
"""East Sussex. No invented child with a story lives there."""
SOURCE = "county"
FIRST = 200_000
PEOPLE = 1_200
_SCHOOLS = tuple(str(991_000 + place) for place in range(8))
_NEEDS = ("ASD",) * 9 + ("SEMH",) * 6 + ("SLCN",) * 6 + ("MLD",) * 3 + ("SLD", "PD", "HI")
_DOING = ("IN_LEARNING",) * 22 + ("EMPLOYED_WITH_TRAINING",) * 2 + ("NEET_AVAILABLE", "NOT_KNOWN")
_ISLANDS = {
    "local_authority": ("child", "ehc_case", "ehc_need", "ehc_placement", "left_out"),
    "schools": ("school", "pupil", "left_out"),
    "learners": ("participation", "left_out"),
}

Rows = Iterator[tuple[str, dict[str, Any]]]


async def load_county(
    connection: asyncpg.Connection, children: Iterable[Child], today: date
) -> None:
    """Replaces the county's rows in all islands, whole or not at all; keeps restricted `children` out of counts."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for table, row in chain(_rows(today), _left_out(children)):
        rows.setdefault(table, []).append({"source": SOURCE, **row})
    async with connection.transaction():
        for island, tables in _ISLANDS.items():
            for table in tables:
                place = f"{island}.{table}"
                await connection.execute(f"DELETE FROM {place} WHERE source = $1", SOURCE)
                await copy_rows(connection, place, rows.get(place, []))


def _rows(today: date) -> Rows:
    for urn in _SCHOOLS:
        yield "schools.school", {"urn": urn, "la_code": COUNTY, "name": f"County School {urn}"}
    for number in range(FIRST, FIRST + PEOPLE):
        dice = Random(f"{SEED}:county:{number}")
        year = dice.randrange(14)
        yield from _at_school(number, year, today) if year < 12 else _tracked(number, today)
        if number % 12 == 0:
            yield from _with_plan(number, today)


def _left_out(children: Iterable[Child]) -> Rows:
    for child in children:
        if child.restriction is Restriction.UNRESTRICTED:
            continue
        numbers = child.numbers
        for known in numbers.local_authority:
            place = {"la_code": str(known.la_code), "local_child_id": str(known.local_child_id)}
            yield "local_authority.left_out", place
        if numbers.upn:
            yield "schools.left_out", {"upn": str(numbers.upn)}
        if numbers.uln:
            yield "learners.left_out", {"uln": str(numbers.uln)}


def _upn(number: int, entered: int) -> str:
    body = f"{COUNTY}99{number // 1000 % 100:02}{entered % 100:02}{number % 1000:03}"
    return f"{upn_sum.calc_check_digit(body)}{body}"


def _at_school(number: int, year: int, today: date) -> Rows:
    dice = Random(f"{SEED}:county school:{number}")
    yield (
        "schools.pupil",
        {
            "record": str(number),
            "as_at": today,
            "on_roll": True,
            "urn": dice.choice(_SCHOOLS),
            "upn": _upn(number, today.year - year),
            "nc_year_actual": str(year) if year else "R",
            "sen_provision": "E" if number % 12 == 0 else dice.choice("KNNNNN"),
        },
    )


def _tracked(number: int, today: date) -> Rows:
    status = Random(f"{SEED}:county participation:{number}").choice(_DOING)
    yield (
        "learners.participation",
        {
            "as_at": today,
            "uln": str(uln(number)),
            "la_code": COUNTY,
            "activity_status": status,
        },
    )


def _with_plan(number: int, today: date) -> Rows:
    dice = Random(f"{SEED}:county plan:{number}")
    case = {"case_ref": f"EHC-{COUNTY}-{number}"}
    child = {"as_at": today, "la_code": COUNTY, "local_child_id": f"C{number}"}
    issued = date(today.year - 1, 11, 2)
    told = {"author_role": "educational psychologist", "recorded_on": issued, "basis": "assessment"}
    yield "local_authority.child", child
    yield (
        "local_authority.ehc_case",
        {
            **case,
            **child,
            "coordinator": "County team",
            "received_date": date(today.year - 1, 6, 15),
            "start_date": issued,
        },
    )
    yield (
        "local_authority.ehc_need",
        {**case, **told, "sen_type": dice.choice(_NEEDS), "sen_type_rank": 1},
    )
    yield (
        "local_authority.ehc_placement",
        {**case, "named": True, "urn": dice.choice(_SCHOOLS), "placement_rank": 1},
    )
