"""The how-manieth child and a day → a child drawn by lot, the same one every time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from random import Random

from subgraphs.population.child import SEED, Child, Circumstance, Numbers, Restriction
from subgraphs.population.numbers import (
    child_benefit_number,
    la_child_id,
    nhs_number,
    nino,
    uln,
    upn,
)
from subgraphs.population.places import AUTHORITIES, PROVIDERS, SCHOOLS, place_of

TOLD = 8  # children with a story, the first of every population; the authority has a record of each
RENUMBERED = 50_000  # numbers given on adoption begin here, so a population is smaller

_FORENAMES = {
    "F": ("Amara", "Bethan", "Chidi", "Daisy", "Esme", "Fatima", "Grace", "Hana", "Isla", "Jaya",
          "Keira", "Leila", "Maya", "Nadia", "Orla", "Priya", "Rosie", "Sana", "Tilly", "Zofia"),
    "M": ("Adam", "Ben", "Callum", "Dev", "Elias", "Finn", "George", "Hamza", "Idris", "Jakub",
          "Kofi", "Leo", "Mateo", "Noah", "Omar", "Piotr", "Reuben", "Sami", "Theo", "Yusuf"),
}  # fmt: skip
_SURNAMES = (
    "Abara", "Bagshaw", "Choudhury", "Dunmore", "Eastwood", "Farrell", "Godwin", "Hargreave", "Iqbal", "Jarrett",
    "Kowalczyk", "Lockyer", "Mensah", "Northcote", "Okonjo", "Pemberley", "Quill", "Rahmani", "Stannard", "Tolpuddle",
    "Underhill", "Vasquez", "Wrexley", "Yarrow", "Zielinski",
)  # fmt: skip


def drawn(number: int, today: date) -> Child:
    dice = Random(f"{SEED}:{number}")
    age_in_days = dice.randrange(30, 19 * 365) if number % 25 else dice.randrange(1, 41)
    child = plain(number, today - timedelta(days=age_in_days), today)
    child = replace(child, circumstances=frozenset(_circumstances(child, dice)))
    return _identified(_elsewhere(child, dice), number)


def plain(number: int, birth_date: date, today: date, place: int | None = None) -> Child:
    """A child where everything is ordinary: linked, verified, living with the responsible authority."""
    dice = Random(f"{SEED}:plain:{number}")
    at = number % len(AUTHORITIES) if place is None else place
    sex = dice.choice("FM")
    surname = dice.choice(_SURNAMES)
    child = Child(
        number=number,
        surname=surname,
        forename=dice.choice(_FORENAMES[sex]),
        birth_date=birth_date,
        sex=sex,
        numbers=Numbers(nhs=nhs_number(number), child_benefit=child_benefit_number(number)),
        authority=AUTHORITIES[at].code,
        lives_in=AUTHORITIES[at].code,
        today=today,
        parent_nino=nino(number),
        parent_surname=surname,
        gp_practice=f"Y9{at}{number % 100:03}",
    )
    return _placed(child, at)


def _placed(child: Child, at: int) -> Child:
    """Onto a school roll, with a provider, and known to the authority, as its age has it."""
    years, numbers = child.year_group, child.numbers
    school = SCHOOLS[2 * at + (years >= 7)] if 0 <= years <= 13 else None
    provider = PROVIDERS[at] if years >= 12 else None
    known = child.number < TOLD or child.number % 3 != 2 or years < 0
    return replace(
        child,
        school=school if years <= 11 or child.number % 2 else None,
        provider=provider,
        numbers=replace(
            numbers,
            upn=upn(child.number, child.birth_date, at) if years >= 0 else None,
            uln=uln(child.number) if years >= 9 else None,
            local_authority=(la_child_id(child.number, at),) if known else (),
        ),
    )


# (circumstance, first and last year group, one child in how many)
_CHANCES: tuple[tuple[Circumstance, int, int, int], ...] = (
    (Circumstance.EARLY_YEARS, -3, -1, 2),
    (Circumstance.INTEGRATED_REVIEW, -2, -1, 2),
    (Circumstance.SEN_SUPPORT, 0, 13, 6),
    (Circumstance.EHC_REQUESTED, -1, 13, 7),
    (Circumstance.EHC_PLAN, 0, 18, 8),
    (Circumstance.CHILD_IN_NEED, -5, 12, 15),
    (Circumstance.CHILD_IN_NEED_BEFORE, -2, 13, 12),
    (Circumstance.CHILD_PROTECTION_PLAN, -5, 12, 30),
    (Circumstance.LOOKED_AFTER, -5, 12, 25),
    (Circumstance.CARE_LEAVER, 12, 20, 8),
    (Circumstance.FREE_SCHOOL_MEALS, 0, 13, 4),
    (Circumstance.WORKING_FAMILY, -4, -1, 3),
    (Circumstance.DISABILITY_LIVING_ALLOWANCE, -2, 11, 18),
    (Circumstance.YOUNG_CARER, 3, 13, 20),
    (Circumstance.SUSPENDED, 5, 11, 12),
    (Circumstance.OFTEN_ABSENT, 0, 11, 8),
    (Circumstance.MEDICAL_NEEDS, 0, 13, 15),
    (Circumstance.COLLEGE_TASTER, 9, 11, 8),
    (Circumstance.NOT_PARTICIPATING, 12, 13, 8),
)
_KNOWN_TO_THE_AUTHORITY = frozenset({
    Circumstance.EARLY_YEARS, Circumstance.INTEGRATED_REVIEW, Circumstance.EHC_REQUESTED, Circumstance.EHC_PLAN,
    Circumstance.CHILD_IN_NEED, Circumstance.CHILD_IN_NEED_BEFORE, Circumstance.CHILD_PROTECTION_PLAN,
    Circumstance.LOOKED_AFTER, Circumstance.CARE_LEAVER,
})  # fmt: skip


def _circumstances(child: Child, dice: Random) -> Iterator[Circumstance]:
    """Drawn by age; those that only an authority can know fall to children it has a record of."""
    for circumstance, first, last, one_in in _CHANCES:
        falls = dice.randrange(one_in) == 0
        possible = first <= child.year_group <= last
        known = bool(child.numbers.local_authority) or circumstance not in _KNOWN_TO_THE_AUTHORITY
        if falls and possible and known:
            yield circumstance


def _elsewhere(child: Child, dice: Random) -> Child:
    """Some looked-after children live in another authority, which keeps a record of its own."""
    if not child.has(Circumstance.LOOKED_AFTER) or dice.random() < 0.5:
        return child
    at = (place_of(child.authority) + 1) % len(AUTHORITIES)
    records = (*child.numbers.local_authority, la_child_id(child.number, at))
    school = SCHOOLS[2 * at + (child.year_group >= 7)] if child.school else None
    numbers = replace(child.numbers, local_authority=records)
    return replace(child, lives_in=AUTHORITIES[at].code, school=school, numbers=numbers)


def _identified(child: Child, number: int) -> Child:
    """Most numbers are verified; each way of not being so falls to one child in fifty."""
    if child.today - child.birth_date < timedelta(weeks=6):
        return replace(child, nhs_status="08")
    oddity = _ODDITIES.get(number % 50)
    return oddity(child) if oddity else child


def adopted(child: Child) -> Child:
    """New numbers in every island that knew the child; the old ones are kept apart and lead nowhere."""
    fresh = RENUMBERED + child.number
    old, at = child.numbers, place_of(child.authority)
    new = Numbers(
        nhs=nhs_number(fresh),
        local_authority=(la_child_id(fresh, at),) if old.local_authority else (),
        upn=upn(fresh, child.birth_date, at) if old.upn else None,
        uln=uln(fresh) if old.uln else None,
        child_benefit=child_benefit_number(fresh),
    )
    return replace(child, numbers=new, before_adoption=old)


_ODDITIES: dict[int, Callable[[Child], Child]] = {
    8: partial(replace, nhs_status="02"),
    13: partial(replace, nhs_status="03"),
    18: partial(replace, nhs_status="04"),
    23: partial(replace, nhs_status="05"),
    28: partial(replace, nhs_status="06"),
    31: lambda child: replace(child, nhs_status="07", numbers=replace(child.numbers, nhs=None)),
    34: partial(replace, linked=False),
    38: partial(replace, restriction=Restriction.RESTRICTED),
    43: adopted,
}
