"""What the graph says of a child, as records; and what of a record is compared."""

from __future__ import annotations

from datetime import date

import pytest

from subgraphs.link.matching.records import COLUMNS, Record, compared, plain, records_of

LA = {
    "authority": "838", "laChildId": "C1", "surname": "O’Néill-Smith", "forename": "Anna Mae", "born": "2012-03-04",
    "sex": "F", "postCode": "zz1 1ab", "upn": "B801200005001",
}  # fmt: skip
PUPIL = {
    "uniquePupilNumber": "B801200005001", "surname": "Oneill Smith", "forename": "Anna", "born": "2012-03-04",
    "sex": "F", "address": None, "uniqueLearnerNumber": None,
}  # fmt: skip


def row(record: Record) -> dict[str, str | None]:
    return dict(zip(COLUMNS, compared(0, record, "node"), strict=True))


def test_a_child_has_a_record_for_each_island_that_says_who_it_is() -> None:
    found = list(records_of({"localAuthorityRecords": [LA], "pupil": PUPIL, "learner": None}))

    assert [record.key for record in found] == [("LA", "838:C1"), ("UPN", "B801200005001")]
    assert found[0].number_of("UPN") == found[1].number_of("UPN") == "B801200005001"


def test_a_record_whose_name_or_birth_date_was_withheld_is_none() -> None:
    assert not list(records_of(None))
    assert not list(records_of({"localAuthorityRecords": [LA | {"surname": None}]}))
    assert not list(records_of({"pupil": PUPIL | {"born": None}}))


def test_names_are_compared_without_accents_marks_and_further_names() -> None:
    first, second = records_of({"localAuthorityRecords": [LA], "pupil": PUPIL})

    assert row(first)["name"] == row(second)["name"] == "anna oneillsmith"
    assert plain("—") is None


def test_a_postcode_is_compared_in_its_parts() -> None:
    (record,) = records_of({"localAuthorityRecords": [LA]})

    assert [row(record)[part] for part in ("postcode", "sector", "district")] == [
        "ZZ11AB", "ZZ11", "ZZ1",
    ]  # fmt: skip


@pytest.mark.parametrize("postcode", [None, "", "nowhere", "ZZ1"])
def test_what_is_no_postcode_is_not_compared(postcode: str | None) -> None:
    record = Record("LA", "838:C1", "Smith", "Anna", date(2012, 3, 4), "U", postcode)

    assert row(record)["postcode"] is None
    assert row(record)["sex"] is None


def test_day_and_month_are_turned_only_where_that_is_another_date() -> None:
    born = {day: row(Record("LA", "1", "S", "A", day))["turned"] for day in (
        date(2012, 3, 4), date(2012, 3, 25), date(2012, 3, 3),
    )}  # fmt: skip

    assert list(born.values()) == ["2012-04-03", None, None]


def test_no_record_shows_itself_in_a_message() -> None:
    (record,) = records_of({"localAuthorityRecords": [LA]})

    assert repr(record) == "Record(LA, …)"
