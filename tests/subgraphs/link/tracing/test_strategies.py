"""Which searches a strategy makes."""

from __future__ import annotations

from datetime import date

import pytest

from subgraphs.link.tracing.strategies import STRATEGIES, months
from subgraphs.pds.question import read
from tests.subgraphs.link.tracing.nhs import demographics

WHOLE = demographics(
    given=("Anne", "Marie"), gender="female", postcode="LS1 1AA", email="a@b.cd", phone="0113"
)


def test_strategy_4_asks_five_rules_in_this_order() -> None:
    assert [name for name, _terms in STRATEGIES["4"].searches(WHOLE)] == [
        "NonFuzzyGFD",
        "FuzzyGFD",
        "FuzzyAll",
        "NonFuzzyGFDRangePostcode",
        "FuzzyGFDRangePostcode",
    ]


def test_without_a_postcode_no_range_is_asked() -> None:
    asked = STRATEGIES["5"].searches(demographics(gender="female"))

    assert [name for name, _terms in asked] == ["NonFuzzyGFD", "FuzzyGFD", "FuzzyAll"]
    assert not any(text.startswith("ge") for _name, terms in asked for _key, text in terms)


def test_given_names_are_sent_apart_and_a_range_is_six_months_either_way() -> None:
    searches = dict(STRATEGIES["4"].searches(WHOLE))

    assert searches["NonFuzzyGFDRangePostcode"] == (
        ("_history", "true"),
        ("given", "Anne"),
        ("given", "Marie"),
        ("family", "Archer"),
        ("birthdate", "ge2011-11-06"),
        ("birthdate", "le2012-11-06"),
        ("address-postalcode", "LS1 1AA"),
        ("_max-results", "1"),
    )
    assert ("_fuzzy-match", "true") in searches["FuzzyAll"]
    assert {"gender", "email", "phone"} <= {key for key, _text in searches["FuzzyAll"]}


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=lambda each: f"strategy {each.name}")
def test_every_search_is_one_that_the_service_takes_from_an_application(strategy: object) -> None:
    people = (WHOLE, demographics(), demographics(postcode="LS1 1AA"), demographics(gender="male"))
    for person in people:
        for _name, terms in strategy.searches(person):  # type: ignore[attr-defined]
            given: dict[str, list[str]] = {}
            for key, text in terms:
                given.setdefault(key, []).append(text)

            assert read(given, most_allowed=1).most == 1


@pytest.mark.parametrize(
    ("day", "by", "expected"),
    [
        (date(2024, 8, 31), -6, date(2024, 2, 29)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2023, 1, 15), -6, date(2022, 7, 15)),
        (date(2023, 12, 1), 6, date(2024, 6, 1)),
    ],
)
def test_months_end_where_the_month_does(day: date, by: int, expected: date) -> None:
    assert months(day, by) == expected
