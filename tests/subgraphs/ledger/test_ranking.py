"""What stands out among decisions, and the words that say why."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from subgraphs.ledger.ranking import ALERTS, Seen, points, standing_out

USUAL = Seen(
    at=datetime(2026, 11, 18, 10, 30, tzinfo=UTC),  # a Wednesday morning
    organisation="LA:301",
    purpose="EHC_NEEDS_ASSESSMENT",
    reasons=frozenset({"NOT_IN_PURPOSE"}),
)


def words(**changed: object) -> list[str]:
    return [reason.words for reason in standing_out(replace(USUAL, **changed))]  # type: ignore[arg-type]


def test_an_ordinary_decision_does_not_stand_out() -> None:
    assert standing_out(USUAL) == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        *(({"alert": alert}, reason.words) for alert, reason in ALERTS.items()),
        ({"alert": "self_or_relative"}, "A worker asked about themselves or their own child."),
        ({"alert": "another"}, "An alert was raised."),
        ({"emergency": "public_interest"}, "The glass was broken in an emergency."),
        ({"reasons": frozenset({"relationship"})}, "The child is in nobody's caseload at this organisation."),
        ({"at": datetime(2026, 11, 21, 10, 0, tzinfo=UTC)}, "It was asked on a Saturday at 10:00, out of hours."),
        ({"at": datetime(2026, 7, 1, 5, 59, tzinfo=UTC)}, "It was asked on a Wednesday at 06:59, out of hours."),
        ({"first_of_purpose": True}, "It is the first time that this organisation asked for this purpose."),
        ({"first_about_child": True}, "It is the first time that this organisation asked about this child."),
        (
            {"that_day": 60, "usual_day": 12.0},
            "The organisation made 60 decisions for this purpose that day; on its usual day it makes 12.",
        ),
        (
            {"in_vain": 10, "reasons": frozenset({"no_child"})},
            "10 numbers that lead to nobody were tried by this organisation within an hour.",
        ),
    ],
)  # fmt: skip
def test_each_reason_is_said_in_words(changed: dict[str, object], said: str) -> None:
    assert words(**changed) == [said]


@pytest.mark.parametrize(
    "changed",
    [
        {"at": datetime(2026, 7, 1, 6, 0, tzinfo=UTC)},  # seven o'clock in summer time
        {"at": datetime(2026, 11, 18, 19, 59, tzinfo=UTC)},
        {"at": datetime(2026, 11, 21, 3, 0, tzinfo=UTC), "organisation": "NHS_TRUST:RQX"},
        {"that_day": 60, "usual_day": 21.0},
        {"that_day": 19, "usual_day": 1.0},
        {"in_vain": 9, "reasons": frozenset({"no_child"})},
        {"in_vain": 40},  # by the same organisation, but this one found somebody
    ],
)
def test_what_is_usual_is_no_reason(changed: dict[str, object]) -> None:
    assert words(**changed) == []


def test_reasons_add_up_and_the_weightiest_is_said_first() -> None:
    both = replace(USUAL, emergency="serious_harm", first_of_purpose=True)

    assert words(emergency="serious_harm", first_of_purpose=True)[0].startswith("The glass")
    assert points(standing_out(both)) == sum(
        points(standing_out(replace(USUAL, **one)))  # type: ignore[arg-type]
        for one in ({"emergency": "serious_harm"}, {"first_of_purpose": True})
    )
