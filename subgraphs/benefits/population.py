"""The synthetic population → claims, checks and codes: every outcome the engine can give, and no amount."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from random import Random
from typing import Any

import asyncpg

from subgraphs.population import Child, Circumstance
from subgraphs.postgres import copy_rows

SOURCE = "synthetic"
_TABLES = (
    "claimant",
    "child_benefit_claim",
    "claim_child",
    "eligibility_check",
    "working_families_code",
)
_FROM_UNIVERSAL_CREDIT_ALONE = date(
    2026, 9, 1
)  # free school meals for every family on Universal Credit
Written = tuple[str, dict[str, Any]]


async def load_population(connection: asyncpg.Connection, children: Iterable[Child]) -> int:
    """Replaces every synthetic row; answers how many there are now."""
    by_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for table, columns in chain.from_iterable(map(_of, children)):
        by_table[table].append({"source": SOURCE, **columns})
    async with connection.transaction():
        for table in reversed(_TABLES):
            await connection.execute(f"DELETE FROM benefits.{table} WHERE source = $1", SOURCE)
        for table in _TABLES:
            await copy_rows(connection, f"benefits.{table}", by_table[table])
    return sum(len(each) for each in by_table.values())


def _of(child: Child) -> Iterator[Written]:
    if not child.numbers.child_benefit:
        return
    dice = child.random("benefits")
    number, claimant = str(child.numbers.child_benefit), f"claimant {child.number}"
    by_nass = child.number % 40 == 39
    yield (
        "claimant",
        {
            "custodian": "DWP",
            "claimant": claimant,
            "national_insurance_number": None if by_nass else str(child.parent_nino),
            "nass_number": f"2501{child.number:05}" if by_nass else None,
            "last_name": child.parent_surname,
            "date_of_birth": date(1985, 1, 1) + timedelta(days=dice.randrange(4000)),
        },
    )
    opted_out = dice.random() < 0.08
    yield (
        "child_benefit_claim",
        {
            "as_at": child.today,
            "custodian": "HMRC",
            "child_benefit_number": number,
            "claimant": claimant,
            "payment_status": "notInPayment"
            if opted_out
            else "ended"
            if child.age >= 20
            else "inPayment",
            "opted_out_hicbc": opted_out,
        },
    )
    yield from _children(child, number)
    yield from _checks(child, {"child_benefit_number": number, "claimant": claimant}, dice)
    if child.has(Circumstance.WORKING_FAMILY):
        yield _code(child, {"child_benefit_number": number, "claimant": claimant}, dice)


def _children(child: Child, number: str) -> Iterator[Written]:
    disabled = child.has(Circumstance.DISABILITY_LIVING_ALLOWANCE)
    yield (
        "claim_child",
        {
            "child_benefit_number": number,
            "surname": child.surname,
            "forename": child.forename,
            "date_of_birth": child.birth_date,
            "child_school_urn": str(child.school.urn) if child.school else None,
            "claimant_relation": "parent",
            "dla_in_payment": disabled and child.age < 16,
            "pip_in_payment": disabled and child.age >= 16,
            "nino_notified": child.age >= 16,
            "ni_record_exists": child.age >= 16,
        },
    )
    if not child.story and child.number % 11 == 0:
        # A second child on the claim, who is nobody else in the population.
        yield (
            "claim_child",
            {
                "child_benefit_number": number,
                "surname": child.surname,
                "forename": "Sibling",
                "claimant_relation": "parent",
            },
        )


def _checks(child: Child, of: dict[str, str], dice: Random) -> Iterator[Written]:
    meals = child.has(Circumstance.FREE_SCHOOL_MEALS)
    if child.school:
        yield _check(child, of, "FreeSchoolMeals", _meals_outcome(child, dice))
    if child.has(Circumstance.EARLY_YEARS):
        poor = not child.has(Circumstance.WORKING_FAMILY)
        status = "eligible" if poor and not meals else "notEligible"
        yield _check(child, of, "EarlyYearPupilPremium", {"check_eligibility_status": status})
        yield _check(child, of, "TwoYearOffer", {"check_eligibility_status": status})
    if child.has(Circumstance.WORKING_FAMILY):
        yield _check(child, of, "WorkingFamilies", {"check_eligibility_status": "eligible"})


def _meals_outcome(child: Child, dice: Random) -> dict[str, Any]:
    if child.has(Circumstance.FREE_SCHOOL_MEALS):
        expanded = child.today >= _FROM_UNIVERSAL_CREDIT_ALONE and dice.random() < 0.4
        return {
            "check_eligibility_status": "eligible",
            "eligibility_tier": "expanded" if expanded else "targeted",
            "eligibility_end_date": child.today + timedelta(days=200),
        }
    statuses = (
        "notEligible",
        "notEligible",
        "notEligible",
        "parentNotFound",
        "queuedForProcessing",
        "error",
    )
    return {"check_eligibility_status": dice.choice(statuses)}


def _check(child: Child, of: dict[str, str], kind: str, outcome: dict[str, Any]) -> Written:
    asked = child.today - timedelta(days=30)
    return "eligibility_check", {
        **of,
        "custodian": "DWP",
        "check_id": f"{kind}-{child.number:06}",
        "check_eligibility_type": kind,
        "checked_at": datetime.combine(asked, time(9, 30), UTC),
        "requested_by_organisation": str(child.authority),
        "requested_by_organisation_type": "localAuthority",
        **outcome,
    }


def _code(child: Child, of: dict[str, str], dice: Random) -> Written:
    start = child.today - timedelta(days=dice.randrange(20, 100))
    end = start + timedelta(days=91)
    return "working_families_code", {
        **of,
        "custodian": "HMRC",
        "eligibility_code": f"5{child.number:010}",
        "validity_start_date": start,
        "validity_end_date": end,
        "grace_period_end_date": end + timedelta(days=60),
        "reconfirmation_status": "NotDueYet" if end - child.today > timedelta(days=28) else "Due"
        if end >= child.today else "Overdue",
    }  # fmt: skip
