"""Invented children → the rows that schools would hold about them, written by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import asyncpg

from subgraphs.population import SCHOOLS, Child, Circumstance, School, school_year
from subgraphs.postgres import copy_rows

SOURCE = "demonstration"

Rows = dict[str, list[dict[str, Any]]]


async def load_population(connection: asyncpg.Connection, children: Sequence[Child]) -> None:
    """Replaces what was loaded before, whole or not at all."""
    rows: Rows = {"school": [], "contact": []}
    for school in SCHOOLS:
        rows["school"].append(_school(school))
        rows["contact"].extend(_contacts(school))
    for child in children:
        if child.numbers.upn:
            for table, row in _of_child(child):
                rows.setdefault(table, []).append(row)
    async with connection.transaction():
        for table in (*rows, *_TABLES - rows.keys()):
            await connection.execute(
                f"DELETE FROM schools.{table} WHERE starts_with(source, $1)", SOURCE
            )
        for table, some in rows.items():
            await copy_rows(connection, f"schools.{table}", some)


_TABLES = frozenset({
    "school", "contact", "pupil", "sen_need", "session_detail", "exclusion", "fsm_period", "ap_placement",
    "stage_assessment", "learning_aim", "learner_support", "parental_contact", "medical_need",
})  # fmt: skip


def _school(school: School) -> dict[str, Any]:
    secondary = school.phase == "Secondary"
    return {
        "source": SOURCE,
        "urn": str(school.urn),
        "la_code": str(school.authority),
        "establishment_number": school.establishment_number,
        "name": school.name,
        "type_of_establishment": "Community school",
        "phase_of_education": school.phase,
        "establishment_status": "Open",
        "statutory_low_age": 11 if secondary else 4,
        "statutory_high_age": 18 if secondary else 11,
        "open_date": date(1996, 9, 1),
        "town": school.name.split()[0],
        "post_code": f"ZZ{school.establishment_number[2:]} 9ZZ",
        "telephone": f"01632 960{school.establishment_number[1:]}",
    }


def _contacts(school: School) -> Iterator[dict[str, Any]]:
    for place, (role, name) in enumerate((("DSL", "Mr A. Whitlock"), ("SENCO", "Ms R. Osei"))):
        yield {
            "source": SOURCE,
            "urn": str(school.urn),
            "role": role,
            "name": name,
            "telephone": f"01632 961{school.establishment_number[2:]}{place}",
            "email": f"{role.lower()}.{school.urn}@school.example",
        }


def _of_child(child: Child) -> Iterator[tuple[str, dict[str, Any]]]:
    """Three termly returns, and what hangs off the newest of them."""
    returns = [day for day in _census_days(child.today) if day > child.birth_date]
    for day in returns:
        own = {"source": f"{SOURCE} {day}", "record": str(child.number)}
        yield "pupil", own | _pupil(child, day)
        for termly in (_sessions, _exclusions):
            yield from _under(own, termly(child, day))
    newest = {"source": f"{SOURCE} {returns[-1]}", "record": str(child.number)}
    for part in (_needs, _meals, _placements, _results, _aims, _adults, _medical):
        yield from _under(newest, part(child, returns[-1]))


Part = Iterable[tuple[str, dict[str, Any]]]


def _under(own: dict[str, Any], part: Part) -> Part:
    return ((table, own | row) for table, row in part)


def _census_days(today: date) -> list[date]:
    """The last three census days: third Thursdays, near enough, of January, May and October."""
    years = (today.year - 1, today.year)
    days = [date(year, month, 16) for year in years for month in (1, 5, 10)]
    return [day for day in days if day <= today][-3:]


def _pupil(child: Child, day: date) -> dict[str, Any]:
    dice = child.random("schools")
    school = child.school or _last_school(child)
    entered = date(school_year(child.birth_date) + (12 if school.phase == "Secondary" else 5), 9, 4)
    left = None if child.school else date(school_year(child.birth_date) + 17, 7, 19)
    needs = child.has(Circumstance.SEN_SUPPORT) or child.has(Circumstance.EHC_REQUESTED)
    return {
        "as_at": day,
        "on_roll": left is None or day < left,
        "urn": str(school.urn),
        "upn": str(child.numbers.upn),
        "upn_as_filed": str(child.numbers.upn),
        "upn_check": "PASSED",
        "unique_learner_number": str(child.numbers.uln) if child.numbers.uln else None,
        "surname": child.surname,
        "forename": child.forename,
        "birth_date": child.birth_date,
        "sex": child.sex,
        "ethnicity": dice.choice(("WENG", "WBRI", "AIND", "BNGN", "MWBC", "WEEU", "NOBT")),
        "language": dice.choice(("ENG", "ENG", "ENG", "POL", "URD", "YOR")),
        "service_child": dice.choice(("N", "N", "N", "Y", "U")),
        "young_carer": "P" if child.has(Circumstance.YOUNG_CARER) else "N",
        "plaa": "A" if child.before_adoption else "N",
        "entry_date": entered,
        "leaving_date": left,
        "enrol_status": "C",
        "nc_year_actual": _year_group(child, day),
        "part_time": False,
        "boarder": "N",
        "sen_provision": "E" if child.has(Circumstance.EHC_PLAN) else "K" if needs else "N",
        "sen_unit_indicator": False,
        "resourced_provision_indicator": False,
        "termly_sessions_possible": 120,
        "address": f"{dice.randrange(1, 90)} {dice.choice(('Elm', 'Mill', 'Station', 'Church'))} Road",
        "post_code": f"ZZ9{child.number % 10} 1ZZ",
        "safeguarding_file_held": child.has(Circumstance.CHILD_IN_NEED)
        or child.has(Circumstance.CHILD_PROTECTION_PLAN),
    }


def _last_school(child: Child) -> School:
    return next(
        school
        for school in SCHOOLS
        if school.authority == child.authority and school.phase == "Secondary"
    )


def _year_group(child: Child, day: date) -> str:
    years = school_year(day) - school_year(child.birth_date) - 5
    return "N2" if years < 0 else "R" if years == 0 else str(min(years, 14))


def _sessions(child: Child, day: date) -> Part:
    dice = Random(f"{child.number} {day}")
    often = child.has(Circumstance.OFTEN_ABSENT)
    counts = {"I": dice.randrange(8, 20) if often else dice.randrange(6), "M": dice.randrange(3)}
    counts["O"] = dice.randrange(6, 22) if often else dice.randrange(2)
    counts["E"] = 5 if _suspended(child, day) else 0
    for reason, sessions in counts.items():
        if sessions:
            yield "session_detail", {"attendance_reason": reason, "sessions": sessions}


def _suspended(child: Child, day: date) -> bool:
    return child.has(Circumstance.SUSPENDED) and day.month != 5


def _exclusions(child: Child, day: date) -> Part:
    if _suspended(child, day):
        yield (
            "exclusion",
            {
                "start_date": day - timedelta(days=40),
                "sessions": 5,
                "category": "SUSP",
                "reason1": "DB",
                "reason2": "VA" if day.month == 10 else None,
                "sen_provision": "K",
            },
        )


def _needs(child: Child, day: date) -> Part:
    kinds = child.random("schools needs").sample(("SLCN", "SEMH", "ASD", "SPLD", "MLD", "HI"), 2)
    has_needs = any(
        child.has(one)
        for one in (Circumstance.SEN_SUPPORT, Circumstance.EHC_REQUESTED, Circumstance.EHC_PLAN)
    )
    for rank, kind in enumerate(kinds, start=1):
        if has_needs:
            yield (
                "sen_need",
                {
                    "sen_type_rank": rank,
                    "sen_type": kind,
                    "author_role": "SENCO",
                    "recorded_on": day - timedelta(days=200 + 30 * rank),
                    "basis": "observation in class and a screening"
                    if rank == 1
                    else "teacher's report",
                },
            )


def _meals(child: Child, day: date) -> Part:
    if child.has(Circumstance.FREE_SCHOOL_MEALS):
        yield "fsm_period", {"fsm_start_date": day - timedelta(days=500), "uk_country": "ENG"}


def _placements(child: Child, day: date) -> Part:
    if child.has(Circumstance.SUSPENDED) and child.year_group >= 9:
        yield (
            "ap_placement",
            {
                "entry_date": day - timedelta(days=25),
                "reason": "BHS",
                "attendance_pattern": "PT",
                "sessions_per_week": 2,
            },
        )


def _results(child: Child, _: date) -> Part:
    dice = child.random("schools attainment")
    for stage, year_group, subjects in (
        ("KS1", 2, ("REA", "MAT")),
        ("KS2", 6, ("REA", "GPS", "MAT")),
    ):
        year = school_year(child.birth_date) + 6 + year_group
        for subject in subjects if child.year_group > year_group else ():
            test = stage == "KS2"
            yield (
                "stage_assessment",
                {
                    "stage": stage,
                    "locale": "ENG",
                    "year": year,
                    "subject": subject,
                    "method": "TT" if test else "TA",
                    "component": "SCS" if test else "SUB",
                    "result_status": "R",
                    "result": str(dice.randrange(80, 121))
                    if test
                    else dice.choice(("WTS", "EXS", "GDS")),
                    "result_date": date(year, 7, 7),
                },
            )


def _aims(child: Child, day: date) -> Part:
    if child.school and child.year_group >= 12:
        yield (
            "learning_aim",
            {
                "qan": "60149967",
                "start_date": date(school_year(day), 9, 4),
                "planned_end_date": date(school_year(day) + 1, 6, 30),
                "status": "1",
            },
        )


def _adults(child: Child, _: date) -> Part:
    looked_after = child.has(Circumstance.LOOKED_AFTER)
    yield (
        "parental_contact",
        {
            "priority": 1,
            "surname": "Okafor" if looked_after else child.parent_surname,
            "forename": child.random("schools adults").choice(("Ada", "Joan", "Martin", "Sunil")),
            "relationship": "FOS" if looked_after else "PAR",
            "parental_responsibility": not looked_after,
            "telephone": f"07700 900{child.number % 1000:03}",
        },
    )


def _medical(child: Child, day: date) -> Part:
    if child.has(Circumstance.MEDICAL_NEEDS):
        yield (
            "medical_need",
            {
                "need": "asthma: reliever inhaler kept in the office and in the PE bag",
                "individual_healthcare_plan": True,
                "author_role": "school nurse",
                "recorded_on": day - timedelta(days=120),
                "basis": "letter from the practice",
            },
        )
