"""What the people whom the ledger is about are told, and what is kept from whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from gateway.register import Register
from subgraphs.ledger.graph import next_working_day
from subgraphs.ledger.words import GIVEN, NOTHING, PARTLY, Entry, Told, Viewer, told

YOUNG_PERSON = Viewer("rights", "young_person")
PARENT = Viewer("rights", "parent_with_pr")
GUARDIAN = Viewer("assurance", "caldicott_guardian")


def entry(number: int = 1, **changed: Any) -> Entry:
    body = {
        "txn": f"t{number}",
        "at": f"2026-11-22T10:00:0{number}.000000+00:00",
        "org": "LA:838",
        "role": "ehc_coordinator",
        "purpose": "EHC_NEEDS_ASSESSMENT",
        "outcome": "allow",
        "categories": ["SC.SEN"],
    }
    return Entry(str(number), body | changed, cleared=False)


def view(entries: list[Entry], viewer: Viewer, register: Register) -> list[Told]:
    return list(told(entries, viewer, register))


def test_one_question_over_several_islands_is_told_once(register: Register) -> None:
    entries = [
        entry(1, outcome="partial", categories=["SC.SEN", "SC.ATT"]),
        entry(1, outcome="refuse", categories=[]),
        entry(2),
    ]

    first, second = view(entries, YOUNG_PERSON, register)

    assert (first.organisation, first.organisation_kind) == ("Local authority 838", "LA")
    assert first.kinds == ("Attendance: sessions and reasons", "SEN provision and type")
    assert (first.outcome, second.outcome) == (PARTLY, GIVEN)
    assert first.why == register.purposes["EHC_NEEDS_ASSESSMENT"].title


def test_a_refusal_is_told_too(register: Register) -> None:
    (one,) = view([entry(outcome="refuse", categories=[])], YOUNG_PERSON, register)

    assert (one.outcome, one.kinds) == (NOTHING, ())


def test_an_emergency_is_told_with_its_ground_in_words(register: Register) -> None:
    (one,) = view([entry(emergency="law")], YOUNG_PERSON, register)

    assert one.emergency == register.document.break_glass.grounds["law"]


@pytest.mark.parametrize(
    ("viewer", "cleared", "seen"),
    [
        (YOUNG_PERSON, False, False),
        (YOUNG_PERSON, True, True),
        (PARENT, True, False),
        (GUARDIAN, False, True),
    ],
)
def test_an_enquiry_is_kept_back_until_it_is_cleared_and_from_a_parent_always(
    register: Register, viewer: Viewer, cleared: bool, seen: bool
) -> None:
    enquiry = replace(entry(purpose="CP_S47_ENQUIRY"), cleared=cleared)

    assert bool(view([enquiry], viewer, register)) is seen


def test_a_parent_does_not_see_that_the_young_person_looked(register: Register) -> None:
    own = entry(purpose="SUBJECT_ACCESS", role="young_person")

    assert view([own], YOUNG_PERSON, register)
    assert not view([own], PARENT, register)


@pytest.mark.parametrize("purpose", [None, "A_PURPOSE_OF_LONG_AGO"])
def test_a_purpose_that_the_register_does_not_know_is_shown_to_reviewers_alone(
    register: Register, purpose: str | None
) -> None:
    unknown = entry(purpose=purpose)

    assert not view([unknown], YOUNG_PERSON, register)
    assert view([unknown], GUARDIAN, register)


@pytest.mark.parametrize(
    ("day", "due"),
    [(date(2026, 11, 19), date(2026, 11, 20)), (date(2026, 11, 20), date(2026, 11, 23))],
)
def test_a_review_is_due_on_the_next_working_day(day: date, due: date) -> None:
    assert next_working_day(day) == due
