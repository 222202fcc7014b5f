"""The children of the demonstration, each with the story it is there for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from subgraphs.population.child import Child, Circumstance, Restriction, school_year
from subgraphs.population.drawn import adopted, plain
from subgraphs.population.numbers import la_child_id
from subgraphs.population.places import AUTHORITIES, SCHOOLS


def told(today: date) -> Iterator[Child]:
    """The children of the demonstration, in the order of their numbers."""
    for child in (_kai, _anne, _rowan, _marcus, _imogen, _tobias, _poppy, _jodie):
        yield child(today)


def _kai(today: date) -> Child:
    return _named(
        plain(0, _born(today, year=9), today, place=0),
        ("Kai", "Marlowe", "M"),
        "Year 9; an EHC needs assessment was asked for; a child in need before; a college taster; free school meals",
        {
            Circumstance.EHC_REQUESTED, Circumstance.CHILD_IN_NEED_BEFORE, Circumstance.SEN_SUPPORT,
            Circumstance.COLLEGE_TASTER, Circumstance.FREE_SCHOOL_MEALS, Circumstance.SUSPENDED,
            Circumstance.DISABILITY_LIVING_ALLOWANCE, Circumstance.OFTEN_ABSENT,
        },
    )  # fmt: skip


def _rowan(today: date) -> Child:
    rowan = _named(
        plain(2, _born(today, year=3), today, place=2),
        ("Rowan", "Ashdown", "F"),
        "adopted: every number is new, the old ones are sealed",
        {Circumstance.SEN_SUPPORT},
    )
    return adopted(rowan)


def _marcus(today: date) -> Child:
    marcus = _named(
        plain(3, _born(today, year=5), today, place=1),
        ("Marcus", "Delafield", "M"),
        "restricted record: nothing that tells where he is",
        {Circumstance.CHILD_IN_NEED, Circumstance.SEN_SUPPORT},
    )
    return replace(marcus, restriction=Restriction.RESTRICTED)


def _imogen(today: date) -> Child:
    imogen = _named(
        plain(4, _born(today, year=8), today, place=0),
        ("Imogen", "Fairley", "F"),
        "known to the islands, not to the link node",
        {Circumstance.CHILD_IN_NEED},
    )
    return replace(imogen, linked=False)


def _tobias(today: date) -> Child:
    tobias = _named(
        plain(5, _born(today, year=7), today, place=0),
        ("Tobias", "Wren", "M"),
        "NHS number copied from a letter, not traced: status 02",
        {Circumstance.EHC_REQUESTED},
    )
    return replace(tobias, nhs_status="02")


def _poppy(today: date) -> Child:
    return _named(
        plain(6, today - timedelta(days=26 * 30), today, place=0),
        ("Poppy", "Sands", "F"),
        "two years old: the integrated review, early years entitlements",
        {Circumstance.EARLY_YEARS, Circumstance.INTEGRATED_REVIEW, Circumstance.WORKING_FAMILY},
    )


def _jodie(today: date) -> Child:
    jodie = _named(
        plain(7, _born(today, year=13), today, place=0),
        ("Jodie", "Harbour", "F"),
        "seventeen, has an EHC plan and has left college: who has looked at her record, and is she participating",
        {Circumstance.EHC_PLAN, Circumstance.NOT_PARTICIPATING, Circumstance.CARE_LEAVER},
    )
    return replace(jodie, school=None, account="yp-1")


def _anne(today: date) -> Child:
    """Box 4.4 of DFE-RR547: looked after by Tower Hamlets, living in Hackney, her GP in Ilford (Redbridge)."""
    responsible, placed = 4, 3
    anne = _named(
        plain(1, _born(today, year=11), today, place=responsible),
        ("Anne", "Prentice", "F"),
        "looked after by one authority, placed in another, her GP in a third",
        {Circumstance.LOOKED_AFTER, Circumstance.OFTEN_ABSENT},
    )
    records = (*anne.numbers.local_authority, la_child_id(anne.number, placed))
    return replace(
        anne,
        lives_in=AUTHORITIES[placed].code,
        school=SCHOOLS[2 * placed + 1],
        gp_practice="Y95001",
        numbers=replace(anne.numbers, local_authority=records),
    )


def _named(
    child: Child, name: tuple[str, str, str], story: str, circumstances: set[Circumstance]
) -> Child:
    forename, surname, sex = name
    return replace(
        child,
        forename=forename,
        surname=surname,
        parent_surname=surname,
        sex=sex,
        story=story,
        circumstances=frozenset(circumstances),
    )


def _born(today: date, *, year: int) -> date:
    """A birth date whose child is in that year group on the day."""
    return date(school_year(today) - year - 4, 2, 11)
