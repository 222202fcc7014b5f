"""What of a row can be searched by, and what is said of the rest."""

from __future__ import annotations

from datetime import date

import pytest

from subgraphs.link.tracing.demographics import FIELDS, Told, assess, enough

TODAY = date(2026, 11, 22)
WHOLE = Told(
    "Anne  Marie", "Archer (was Bowman)", "06/05/2012", "F", "ls11aa", "a@b.cd", "(0113) 496 0000"
)


def test_a_row_is_read_into_what_the_search_takes() -> None:
    read, quality = assess(WHOLE, TODAY)

    assert read is not None
    assert (read.given, read.family, read.born) == (("Anne", "Marie"), "Archer", date(2012, 5, 6))
    assert (read.gender, read.postcode, read.phone) == ("female", "LS1 1AA", "01134960000")
    assert set(quality.values()) == {"valid"} and tuple(quality) == FIELDS


@pytest.mark.parametrize("field", ["gender", "postcode", "email", "phone"])
def test_something_optional_that_is_no_good_is_left_out_and_said(field: str) -> None:
    row = {"given": "Anne", "family": "Archer", "birth_date": "2012-05-06"}

    read, quality = assess(Told(**row, **{field: "nonsense!"}), TODAY)  # type: ignore[arg-type]
    _bare, without = assess(Told(**row), TODAY)  # type: ignore[arg-type]

    assert read is not None and getattr(read, field) == ""
    assert (quality[field], without[field]) == ("invalid", "notProvided")
    assert enough(quality)


@pytest.mark.parametrize(
    "row",
    [
        Told("", "Archer", "2012-05-06"),
        Told("Anne", " ", "2012-05-06"),
        Told("Anne", "(unknown)", "2012-05-06"),
        Told("Anne", "A" * 36, "2012-05-06"),
        Told("Anne", "Archer", ""),
        Told("Anne", "Archer", "31/02/2012"),
        Told("Anne", "Archer", "2099-01-01"),
        Told("Anne", "Archer", "1/7/80"),
        Told("Anne", "Archer", "٢٠١٢-٠٥-٠٦"),
    ],
)
def test_without_what_is_needed_there_is_nothing_to_search_by(row: Told) -> None:
    read, quality = assess(row, TODAY)

    assert read is None
    assert not enough(quality)


@pytest.mark.parametrize("text", ["20120506", "2012-05-06", "06/05/2012", "6/5/2012"])
def test_a_birth_date_may_be_written_in_three_ways(text: str) -> None:
    read, _quality = assess(Told("Anne", "Archer", text), TODAY)

    assert read is not None and read.born == date(2012, 5, 6)


def test_a_wildcard_in_a_row_is_a_letter_too_many() -> None:
    read, _quality = assess(Told("An*", "Ar*", "2012-05-06"), TODAY)

    assert read is not None and (read.given, read.family) == (("An",), "Ar")


def test_a_row_does_not_show_itself() -> None:
    read, _quality = assess(WHOLE, TODAY)

    assert "Archer" not in f"{WHOLE!r} {read!r}"
