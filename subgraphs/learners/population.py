"""The synthetic population → the learners' tables: who is at a college, what they study there, and who is not participating."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import asyncpg
import orjson

from subgraphs.population import PROVIDERS, Child, Circumstance, Provider, school_year
from subgraphs.postgres import copy_rows

SOURCE = "synthetic"
_TABLES = (
    "provider", "learner", "lldd", "contact_preference", "learner_fam", "learner_employment_status",
    "learning_delivery", "dp_outcome", "participation", "achievement",
)  # fmt: skip
_AIMS = ("60325661", "60174457", "50115893", "60147752")
_ADVISERS = ("Chris Oyelaran", "Beth Langley")
Written = tuple[str, dict[str, Any]]


async def load_population(connection: asyncpg.Connection, children: Iterable[Child]) -> int:
    """Replaces every synthetic row; answers how many there are now."""
    by_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for table, columns in rows(children):
        by_table[table].append({"source": SOURCE, **columns})
    async with connection.transaction():
        for table in _TABLES:
            await connection.execute(f"DELETE FROM learners.{table} WHERE source = $1", SOURCE)
            await copy_rows(connection, f"learners.{table}", by_table[table])
    return sum(len(each) for each in by_table.values())


def rows(children: Iterable[Child]) -> Iterator[Written]:
    """Every row: the colleges, and each child that has a ULN."""
    for provider in PROVIDERS:
        yield (
            "provider",
            {
                "ukprn": str(provider.ukprn),
                "name": provider.name,
                "kind": "General further education college",
                "telephone": f"01632 960{provider.authority}",
            },
        )
    for child in children:
        if child.numbers.uln:
            yield from _of(child)


def _of(child: Child) -> Iterator[Written]:
    college = child.provider or _taster(child)
    if college:
        yield from _at(college, child)
    if child.year_group >= 11:
        yield _tracked(child)
        yield (
            "achievement",
            {
                "uln": str(child.numbers.uln),
                "qualification_number": "60142308",
                "title": "GCSE (9-1) Mathematics",
                "grade": str(child.random("achievement").randrange(2, 9)),
                "awarded_on": date(school_year(child.today), 8, 20),
                "awarding_body": "Example Awarding Body",
            },
        )


def _taster(child: Child) -> Provider | None:
    """A pupil still on a school roll who spends a day a week at the college nearby."""
    if not child.has(Circumstance.COLLEGE_TASTER):
        return None
    return next(each for each in PROVIDERS if each.authority == child.lives_in)


def _at(college: Provider, child: Child) -> Iterator[Written]:
    dice = child.random("learners")
    known = {"ukprn": str(college.ukprn), "learn_ref_number": f"L{child.number:07}"}
    disabled = child.has(Circumstance.EHC_PLAN) or child.has(Circumstance.SEN_SUPPORT)
    left = child.today - timedelta(days=70) if child.has(Circumstance.NOT_PARTICIPATING) else None
    yield (
        "learner",
        {
            **known,
            "as_at": child.today,
            "uln": str(child.numbers.uln),
            "family_name": child.surname,
            "given_names": child.forename,
            "date_of_birth": child.birth_date,
            "sex": child.sex,
            "ethnicity": dice.choice((31, 31, 31, 34, 35, 37, 39, 40, 44, 99)),
            "lldd_health_prob": 1 if disabled else 2,
            "prior_attain": dice.choice((1, 2, 9)),
            "math_grade": dice.choice(("3", "4", "5", "NONE")),
            "eng_grade": dice.choice(("3", "4", "5", "NONE")),
            "plan_learn_hours": 36 if child.has(Circumstance.COLLEGE_TASTER) else 540,
            "plan_eep_hours": 0 if child.has(Circumstance.COLLEGE_TASTER) else 60,
            "postcode": "ZZ9 9ZZ",
            "postcode_prior": "ZZ9 9ZZ",
            "add_line1": f"{dice.randrange(1, 90)} Foundry Yard",
            # 01632 960 and example.org are set aside for fiction.
            "tel_no": f"01632960{child.number % 1000:03}",
            "email": f"learner{child.number}@example.org",
        },
    )
    yield from _monitored(child, known, disabled=disabled)
    yield from _studies(child, known, left)


def _monitored(child: Child, known: dict[str, str], *, disabled: bool) -> Iterator[Written]:
    dice = child.random("learners monitoring")
    if disabled:
        yield "lldd", {**known, "lldd_cat": dice.choice((9, 12, 14, 17)), "primary_lldd": 1}
    if child.has(Circumstance.EHC_PLAN):
        yield "learner_fam", {**known, "learn_fam_type": "EHC", "learn_fam_code": 1}
        yield "learner_fam", {**known, "learn_fam_type": "HNS", "learn_fam_code": 1}
    if child.has(Circumstance.FREE_SCHOOL_MEALS):
        yield "learner_fam", {**known, "learn_fam_type": "FME", "learn_fam_code": 2}
    yield (
        "contact_preference",
        {**known, "cont_pref_type": "PMC", "cont_pref_code": dice.randrange(1, 4)},
    )
    working = child.age >= 17 and dice.random() < 0.3
    yield (
        "learner_employment_status",
        {
            **known,
            "emp_stat": 10 if working else 12,
            "date_emp_stat_app": date(school_year(child.today), 9, 1),
            "employment_status_monitoring": orjson.dumps(
                [{"esm_type": "EII", "esm_code": 6}] if working else []
            ).decode(),
        },
    )


def _studies(child: Child, known: dict[str, str], left: date | None) -> Iterator[Written]:
    dice = child.random("learners aims")
    start = date(school_year(child.today), 9, 8)
    for place, aim in enumerate(dice.sample(_AIMS, 2), start=1):
        yield (
            "learning_delivery",
            {
                **known,
                "as_at": child.today,
                "aim_seq_number": place,
                "learn_aim_ref": aim,
                "aim_type": 5 if place == 1 else 4,
                "learn_start_date": start,
                "learn_plan_end_date": start.replace(year=start.year + 1, month=7, day=3),
                "learn_act_end_date": left and max(left, start),
                "fund_model": 25,
                "comp_status": 3 if left else 1,
                "outcome": 3 if left else None,
                "withdraw_reason": 98 if left else None,
                "del_loc_post_code": "ZZ9 9ZY",
            },
        )
    if left:
        yield (
            "dp_outcome",
            {
                **known,
                "uln": str(child.numbers.uln),
                "out_type": "NPE",
                "out_code": 1,
                "out_start_date": left,
                "out_coll_date": child.today - timedelta(days=20),
            },
        )


def _tracked(child: Child) -> Written:
    dice = child.random("participation")
    neet = child.has(Circumstance.NOT_PARTICIPATING)
    status = "NEET_AVAILABLE" if neet else dice.choice(("IN_LEARNING",) * 8 + ("NOT_KNOWN",))
    leaver = child.has(Circumstance.CARE_LEAVER)
    return "participation", {
        "as_at": child.today,
        "uln": str(child.numbers.uln),
        "la_code": str(child.lives_in),
        "family_name": child.surname,
        "given_names": child.forename,
        "adviser": _ADVISERS[child.number % 2],
        "activity_status": status,
        "currency_date": child.today + timedelta(days=30 if neet else 180),
        "september_guarantee": "Offer made, accepted" if child.year_group == 11 else None,
        "characteristics": ["CARE_LEAVER"] if leaver else [],
        "next_contact_on": child.today + timedelta(days=dice.randrange(2, 14) if neet else 90),
    }
