"""The invented children → the fourteen journeys: who asks what, about whom, and what there is to see.

A journey's questions stand beside this file; the first of each is what its test in `tests/journeys/` asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gateway.demo.people import Person, people
from subgraphs.population import Child, named

FOLDER = Path(__file__).parent
NEVER_ISSUED = {"upn": "E838994819999"}
"""A UPN that is well-formed, and nobody's."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question of a journey. `look`: what there is to see in the answer."""

    person: Person
    question: str
    look: str

    @property
    def text(self) -> str:
        return (FOLDER / f"{self.question}.graphql").read_text()


@dataclass(frozen=True, slots=True)
class Journey:
    """By the number that the design gives it."""

    number: int
    title: str
    asks: tuple[Ask, ...]


# number: title, then who asks what, what to look for, and which number they hold if not their own child's.
_ASKS: Mapping[int, tuple[Any, ...]] = {
    1: (
        "EHC needs assessment",
        ("EHC coordinator", "ehc_needs_assessment", "One question over four islands; the NHS number, the category"
         " of a child protection plan and benefits stay closed, and the statutory clock says what is due."),
    ),
    2: (
        "EHC caseload",
        ("EHC coordinator", "ehc_caseload", "Her own authority's cases, the most overdue first."),
    ),
    3: (
        "Unscheduled care (CP-IS)",
        ("A&E clinician", "unscheduled_care", "The plan, whose it is, whom to ring, and who looked before."),
    ),
    4: (
        "Section 47 enquiry",
        ("Enquiring social worker", "section_47_enquiry", "More is open, and consent is not waited for; adoption"
         " and what a school marks as post-looked-after stay closed to everyone."),
    ),
    5: (
        "Integrated review at 2 to 2½",
        ("Early years adviser", "integrated_review", "Both opinions, each with whose it is, on a parent's consent."),
    ),
    6: (
        "Entitlement check",
        ("Entitlement officer", "entitlement_check", "A word, and no amount."),
    ),
    7: (
        "School transfer",
        ("SENCO", "school_transfer", "The record that follows a pupil, and nothing of other islands."),
    ),
    8: (
        "Post-16 participation",
        ("Participation officer", "post16_participation", "Whether she takes part, and where she went; no needs."),
    ),
    9: (
        "Tracing",
        ("Identity officer", "tracing", "By name and birth date alone: the number, its status 01, and where it is from."),
        ("Identity officer", "reconciliation", "How the same record agrees with the NHS: names of fields, and no more."),
    ),
    10: (
        "Adoption",
        ("EHC coordinator", "identity", "Rowan's number from before adoption: nobody's.", "before adoption"),
        ("EHC coordinator", "identity", "A number that was never issued: the same, to the letter.", "never issued"),
    ),
    11: (
        "Who has looked",
        ("Participation officer", "post16_participation", "Somebody looks …"),
        ("Young person (Jodie)", "who_has_looked", "… and Jodie sees who, when, why, and for what kinds of"
         " information; an enquiry under section 47 appears when a Guardian has cleared it."),
    ),
    12: (
        "Guardian's review",
        ("Clinician in an emergency", "emergency", "The glass is broken, on a ground that is written down …"),
        ("Caldicott Guardian", "guardians_review", "… and it waits for review, with the day it is due."),
    ),
    13: (
        "Service planning",
        ("Planning analyst", "service_planning", "Counts alone: `*` is 1 to 7, the rest is to the nearest 5, and"
         " tomorrow's answer is today's. Off, but where `universal_plus` is on, as it is here."),
    ),
    14: (
        "Degraded",
        ("EHC coordinator", "identity", "A number that nobody knows: null, and no error.", "never issued"),
        ("Tobias's coordinator", "identity", "A number copied from a letter, status 02: said, and nothing joins."),
    ),
}  # fmt: skip


def journeys(children: Sequence[Child]) -> Iterator[Journey]:
    """Those that this population can show: an enquiry needs a child with a plan."""
    callers = {person.title: person for person in people(children)}
    rowan = named(children, "Rowan").before_adoption
    numbers = {"never issued": NEVER_ISSUED, "before adoption": {"upn": str(rowan and rowan.upn)}}
    for number, (title, *asks) in _ASKS.items():
        if all(who in callers for who, *_ in asks):
            yield Journey(number, title, tuple(_ask(callers, numbers, *ask) for ask in asks))


def _ask(callers: Mapping[str, Person], numbers: Mapping[str, Mapping[str, Any]], *ask: str) -> Ask:
    who, question, look, *number = ask
    person = callers[who]
    if number:
        person = replace(person, child=f"a number {number[0]}", identifier=numbers[number[0]])
    return Ask(person, question, look)
