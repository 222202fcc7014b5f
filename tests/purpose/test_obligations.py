"""What a purpose obliges to: a closed list, each carried out somewhere, or told to whoever has to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.register import InvalidRegister, Register, read
from gateway.register.conditions import CONSENT_RULES
from gateway.register.obligations import BY_CALLER, HERE, OBLIGATIONS, ON_ALERT, told
from gateway.register.rows import Purpose

TEXT = Path("schema/register.toml").read_text()


@pytest.mark.parametrize(
    ("find", "replace"),
    [
        ('obligations = ["notify_authority"]', 'obligations = ["notify_authorities"]'),
        ('obligations = ["redact_third_parties"]', 'obligations = ["granularity=coarse"]'),
        ('"review_within_one_working_day"]', '"review_within_a_year"]'),
    ],
)
def test_an_obligation_that_nobody_carries_out_is_no_obligation(find: str, replace: str) -> None:
    assert find in TEXT

    with pytest.raises(InvalidRegister, match=r"obligations: .* is not defined"):
        read(TEXT.replace(find, replace, 1).encode())


def test_every_obligation_is_of_some_purpose_and_every_purposes_is_known(
    register: Register,
) -> None:
    found = {one for purpose in register.purposes.values() for one in purpose.obligations}
    found |= set(register.document.break_glass.obligations)

    assert found == OBLIGATIONS
    assert not HERE.keys() & BY_CALLER.keys()


NEEDS: dict[str, Callable[[Purpose], bool]] = {
    "record_reason_without_consent": lambda one: "sought_unless_unsafe" in one.conditions,
    "two_people": lambda one: all(
        "second_person" in grant.conditions
        for code, grants in one.admits.items()
        if code.startswith(("LA.ADOPT", "N.OLDNUMBER"))
        for grant in grants
    ),
    "redact_third_parties": lambda one: any(
        "no_third_party" in (*one.conditions, *grant.conditions)
        for grants in one.admits.values()
        for grant in grants
    ),
    "suppress_small_counts": lambda one: all(
        grant.letter in "PA" for grants in one.admits.values() for grant in grants
    ),
    "notify_authority": lambda one: "N.CPIS" in one.admits,
    ON_ALERT: lambda one: one.lasts_minutes is not None and one.lasts_minutes <= 60,
}
"""Obligations that a condition carries out, or that say something only of a certain purpose."""


@pytest.mark.parametrize("obligation", NEEDS)
def test_what_a_condition_carries_out_is_a_condition_of_the_purpose(
    register: Register, obligation: str
) -> None:
    mine = [one for one in register.purposes.values() if obligation in one.obligations]

    assert mine
    assert all(NEEDS[obligation](one) for one in mine)
    assert "sought_unless_unsafe" in CONSENT_RULES


def test_duties_of_people_are_told_in_words_and_the_systems_own_are_not(register: Register) -> None:
    purpose = register.purposes["CP_S47_ENQUIRY"]

    assert told(purpose.obligations) == {
        "tell_family_unless_risk": BY_CALLER["tell_family_unless_risk"]
    }
    assert told(register.purposes["EHC_NEEDS_ASSESSMENT"].obligations) == {}
