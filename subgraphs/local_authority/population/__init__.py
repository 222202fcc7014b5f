"""The synthetic population → the authority's tables: the same rows every time, copied in one go per table.

A child has a file at the responsible authority, and a bare record at any other that knows it: the one
a looked-after child lives in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain
from typing import Any

import asyncpg

from subgraphs.local_authority.population import (
    early_years,
    looked_after,
    person,
    send,
    social_care,
)
from subgraphs.local_authority.population.rows import SOURCE, File, Rows, Written
from subgraphs.population import Child, Circumstance
from subgraphs.postgres import copy_rows

_TABLES = (
    "child", "key_worker", "cin_details", "assessment", "cin_plan_dates", "section47", "child_protection_plan",
    "pre_proceedings", "episode", "review", "missing", "oc2", "oc3", "ad1", "placed_for_adoption", "early_years",
    "early_years_review", "ehc_case", "ehc_need", "ehc_placement", "ehc_review", "ehc_section", "ehc_advice",
    "ehc_consultation",
)  # fmt: skip


async def load_population(connection: asyncpg.Connection, children: Iterable[Child]) -> int:
    """Replaces every synthetic row; answers how many there are now."""
    written = 0
    by_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for table, columns in rows(children):
        by_table[table].append(columns)
        written += 1
    async with connection.transaction():
        for table in _TABLES:
            await connection.execute(
                f"DELETE FROM local_authority.{table} WHERE source = $1", SOURCE
            )
            await copy_rows(connection, f"local_authority.{table}", by_table.pop(table, []))
    assert not by_table, "a table is missing from the list"
    return written


def rows(children: Iterable[Child]) -> Rows:
    """Every row of every child. The stages of EHC cases are dealt in turn, so none is missing."""
    requested = planned = 0
    for child in children:
        yield from _records(child)
        if not child.numbers.local_authority:
            continue
        file = File(child, child.numbers.local_authority[0], child.random("local_authority"))
        yield from chain(early_years.rows(file), social_care.rows(file), looked_after.rows(file))
        if child.has(Circumstance.EHC_REQUESTED):
            yield from send.requested(file, requested)
            requested += 1
        elif child.has(Circumstance.EHC_PLAN):
            yield from send.planned(file, planned)
            planned += 1


def _records(child: Child) -> Iterable[Written]:
    for known_as in child.numbers.local_authority:
        file = File(child, known_as, child.random("local_authority person"))
        yield from person.rows(file)
