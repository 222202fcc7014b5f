"""Names, birth dates and addresses, as the census has them."""

from __future__ import annotations

from subgraphs.local_authority.population.rows import File, Rows
from subgraphs.population import Circumstance

_STREETS = ("Orchard Row", "Mill Lane", "Station Road", "Chapel Hill", "Quay Street")
_TOWNS = {
    "838": ("Dorchester", "ZZ1 1"), "839": ("Poole", "ZZ2 1"), "383": ("Leeds", "ZZ3 1"),
    "204": ("Hackney", "ZZ4 1"), "211": ("Tower Hamlets", "ZZ5 1"), "317": ("Ilford", "ZZ6 1"),
}  # fmt: skip
_ETHNICITIES = (
    "WBRI",
    "WBRI",
    "WBRI",
    "WOTH",
    "MWBC",
    "MWAS",
    "APKN",
    "ABAN",
    "AIND",
    "BAFR",
    "BCRB",
    "NOBT",
)
_DISABLED = (
    Circumstance.DISABILITY_LIVING_ALLOWANCE, Circumstance.EHC_PLAN, Circumstance.MEDICAL_NEEDS,
)  # fmt: skip


def rows(file: File) -> Rows:
    child, dice = file.child, file.dice
    town, district = _TOWNS[str(child.lives_in)]
    disabled = any(child.has(each) for each in _DISABLED)
    yield file.row(
        "child",
        surname=child.surname,
        forename=child.forename,
        person_birth_date=child.birth_date,
        sex=child.sex,
        ethnicity=dice.choice(_ETHNICITIES),
        disabilities=[dice.choice(("MOB", "COMM", "LD", "AUT", "HEAR"))] if disabled else ["NONE"],
        upn=str(child.numbers.upn) if child.numbers.upn else None,
        upn_unknown=None if child.numbers.upn else "UN1",
        address=f"{dice.randrange(1, 140)} {dice.choice(_STREETS)}, {town}",
        post_code=f"{district}{dice.choice('ABDEFGH')}{dice.choice('JLNPQRS')}",
    )
