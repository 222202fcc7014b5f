"""Every read the schools make: one query for many keys. Rows come out; nothing here knows GraphQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from operator import itemgetter
from typing import Any

from aiodataloader import DataLoader

from subgraphs.by_key import all_each, one_each
from subgraphs.confined import Rows
from subgraphs.cubes import Cube, Table, table

Row = Any  # an asyncpg.Record, which its stubs do not call a Mapping

_PUPILS = "SELECT * FROM schools.current_pupil WHERE upn = ANY($1)"
_SCHOOLS = "SELECT * FROM schools.school WHERE urn = ANY($1)"
_CONTACTS = "SELECT urn AS owner, * FROM schools.contact WHERE urn = ANY($1) ORDER BY role"
# A school's newest record of each pupil on its roll. A dual registration is on two rolls at once (EnrolStatus M
# and S); whoever has moved on is on the newest alone.
_AT = """
    SELECT m.* FROM (
        SELECT DISTINCT ON (upn) * FROM schools.pupil WHERE urn = $1 AND upn IS NOT NULL {these}
        ORDER BY upn, as_at DESC, on_roll DESC, source, record
    ) m CROSS JOIN LATERAL (SELECT urn, as_at FROM schools.current_pupil p WHERE p.upn = m.upn) newest
    WHERE {still} newest.urn = m.urn OR (m.on_roll AND m.enrol_status IN ('M', 'S') AND m.as_at >= newest.as_at)
"""
_OWN = _AT.format(these="AND upn = $2", still="")
_ROLL = f"{_AT.format(these='', still='m.on_roll AND (')}) ORDER BY surname, forename, upn"
_STAYS = """
    SELECT DISTINCT ON (upn, urn, entry_date) upn AS owner, *
    FROM schools.pupil WHERE upn = ANY($1)
    ORDER BY upn, urn, entry_date, as_at DESC
"""
_FORMER_UPNS = """
    SELECT DISTINCT upn AS owner, former_upn FROM schools.pupil
    WHERE upn = ANY($1) AND former_upn IS NOT NULL ORDER BY former_upn
"""
_TERMS = """
    SELECT p.upn AS owner, p.as_at, p.urn, p.termly_sessions_possible,
        array_agg(d.attendance_reason ORDER BY d.attendance_reason) FILTER (WHERE d.sessions > 0) AS reasons,
        array_agg(d.sessions ORDER BY d.attendance_reason) FILTER (WHERE d.sessions > 0) AS sessions
    FROM schools.pupil p LEFT JOIN schools.session_detail d USING (source, record)
    WHERE p.upn = ANY($1) AND p.termly_sessions_possible > 0
    GROUP BY p.upn, p.as_at, p.urn, p.termly_sessions_possible, p.source, p.record
    ORDER BY p.upn, p.as_at
"""
_EXCLUSIONS = """
    SELECT p.upn AS owner, p.as_at, e.*
    FROM schools.exclusion e JOIN schools.pupil p USING (source, record)
    WHERE p.upn = ANY($1) ORDER BY e.start_date
"""

_NEWEST = """
    SELECT p.upn AS owner, p.as_at, t.*
    FROM schools.{table} t JOIN schools.current_pupil p USING (source, record)
    WHERE p.upn = ANY($1) ORDER BY {order}
"""
_OF_PUPIL: dict[str, str] = {
    "stay": _STAYS,
    "former_upn": _FORMER_UPNS,
    "term": _TERMS,
    "exclusion": _EXCLUSIONS,
} | {
    table: _NEWEST.format(table=table, order=order)
    for table, order in (
        ("sen_need", "t.sen_type_rank"),
        ("fsm_period", "t.fsm_start_date"),
        ("ap_placement", "t.entry_date"),
        ("stage_assessment", "t.year, t.stage, t.subject, t.method"),
        ("learning_aim", "t.start_date, t.qan"),
        ("learner_support", "t.learner_fam_type"),
        ("parental_contact", "t.priority"),
        ("medical_need", "t.recorded_on"),
    )
}


class Loaders:
    """The reads of one request. Each loader keeps what it has read until the request ends."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._of_pupil: dict[str, DataLoader[str, list[Row]]] = {}
        self.school: DataLoader[str, Row | None] = DataLoader(self.schools)
        self.contacts: DataLoader[str, list[Row]] = DataLoader(partial(self._many, _CONTACTS))

    async def pupils(self, upns: Sequence[str]) -> list[Row | None]:
        """The newest record of each UPN, in order."""
        return await self._one(_PUPILS, "upn", upns)

    async def schools(self, urns: Sequence[str]) -> list[Row | None]:
        return await self._one(_SCHOOLS, "urn", urns)

    async def own(self, upn: str, urn: str) -> list[Row]:
        """A school's newest record of a pupil on its roll, one or none."""
        return list(await self._rows.fetch(_OWN, urn, upn))

    async def roll(self, urn: str) -> list[Row]:
        """Pupils whose newest record has them on this school's roll, by name."""
        return list(await self._rows.fetch(_ROLL, urn))

    async def counted(self, cube: Cube, area: str, month: date | None) -> Table | None:
        """A month's counts of an area, as they may be published."""
        return await table(self._rows, cube, area, month)

    def of_pupil(self, table: str) -> DataLoader[str, list[Row]]:
        """A pupil's rows of `table` by UPN, oldest or first in rank first."""
        if table not in self._of_pupil:
            self._of_pupil[table] = DataLoader(partial(self._many, _OF_PUPIL[table]))
        return self._of_pupil[table]

    async def _one(self, statement: str, key: str, keys: Sequence[str]) -> list[Row | None]:
        return one_each(keys, await self._rows.fetch(statement, keys), itemgetter(key))

    async def _many(self, statement: str, keys: Sequence[str]) -> list[list[Row]]:
        return all_each(keys, await self._rows.fetch(statement, keys), itemgetter("owner"))
