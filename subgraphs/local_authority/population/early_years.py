"""Funded places, and the two reviews at two: the setting's and the health visitor's."""

from __future__ import annotations

from decimal import Decimal

from subgraphs.local_authority.population.rows import File, Rows
from subgraphs.population import Circumstance

_EYFS = ("COMMUNICATION_AND_LANGUAGE", "PHYSICAL_DEVELOPMENT", "PERSONAL_SOCIAL_AND_EMOTIONAL")
_ASQ3 = ("COMMUNICATION", "GROSS_MOTOR", "FINE_MOTOR", "PROBLEM_SOLVING", "PERSONAL_SOCIAL")


def rows(file: File) -> Rows:
    child, dice = file.child, file.dice
    if child.has(Circumstance.EARLY_YEARS):
        working = child.has(Circumstance.WORKING_FAMILY)
        yield file.row(
            "early_years",
            setting_urn=f"EY9900{child.number % 90 + 10}",
            setting_name=dice.choice(("Acorns Nursery", "Little Tern Preschool", "Harbour Childminding")),
            funded_hours=Decimal("15.0"),
            extended_hours=Decimal("15.0" if working else "0.0"),
            hours_at_setting=Decimal(dice.choice(("15.0", "22.5", "30.0"))),
            eyppr=not working,
            daf_indicator=child.has(Circumstance.DISABILITY_LIVING_ALLOWANCE),
            eligibility_code=f"5{child.number:010}" if working else None,
        )  # fmt: skip
    if child.has(Circumstance.INTEGRATED_REVIEW):
        yield from _reviewed(file)


def _reviewed(file: File) -> Rows:
    on = file.ago(file.dice.randrange(5, 60))
    for area in _EYFS:
        yield file.row(
            "early_years_review", instrument="EYFS_PROGRESS_CHECK", area=area, recorded_on=on,
            outcome=file.dice.choice(("MEETS", "MEETS", "MONITOR")),
            author_role="early years key person", basis="observation at the setting",
        )  # fmt: skip
    for area in _ASQ3:
        score = file.dice.randrange(20, 61)
        outcome = "MEETS" if score > 40 else "MONITOR" if score > 28 else "REFER"
        yield file.row(
            "early_years_review", instrument="ASQ3", area=area, recorded_on=on, score=score,
            outcome=outcome, author_role="health visitor", basis="ASQ-3, 27 months, with the parent",
        )  # fmt: skip
