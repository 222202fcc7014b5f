"""What disagrees about children, with its sources and without what they say."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from subgraphs.link.matching.conflicts import (
    Conflict,
    Held,
    Node,
    Source,
    conflicts,
    differing,
    shared,
)
from subgraphs.link.matching.records import Record

BORN = date(2012, 3, 4)
UPN, OTHER_UPN = "B801200005001", "P207000016049"


def node(nth: int, *numbers: Held, verified: bool = True, born: date | None = BORN) -> Node:
    return Node(UUID(int=nth), born, verified, numbers)


def la(nth: int) -> Held:
    return Held("LA", f"838:C{nth}", "838")


def record(nth: int, born: date = BORN, **says: str) -> Record:
    return Record("LA", f"838:C{nth}", "Smith", "Anna", born, "F", None, says)


def pupil(upn: str, born: date = BORN) -> Record:
    return Record("UPN", upn, "Smith", "Anna", born, "F", None, {})


def found(*read: tuple[Node, list[Record]]) -> dict[str, Conflict]:
    return {one.kind: one for one in conflicts(read)}


def test_records_that_agree_are_no_conflict() -> None:
    child = node(1, la(1), Held("UPN", UPN, "100001"))

    assert not found((child, [record(1, UPN=UPN), pupil(UPN)]))


def test_two_birth_dates_are_told_with_their_sources_and_without_the_dates() -> None:
    child = node(1, la(1), Held("UPN", UPN, "100001"))

    told = found((child, [record(1), pupil(UPN, date(2012, 4, 3))]))["BIRTH_DATE"]

    assert told.said == "day and month of the birth date change places"
    assert told.sources == (Source("LA", "838:C1", "838"), Source("UPN", UPN, "100001"))
    assert "2012" not in told.said


def test_the_link_nodes_own_birth_date_counts_as_a_source() -> None:
    assert "BIRTH_DATE" in found((node(1, la(1), born=date(2013, 3, 4)), [record(1)]))
    assert not found((node(1, la(1), born=None), [record(1)]))


def test_the_sex_is_never_in_conflict() -> None:
    child = node(1, la(1), Held("UPN", UPN, "100001"))
    other = Record("UPN", UPN, "Smith", "Anna", BORN, "M", None, {})

    assert not found((child, [record(1), other]))


def test_a_record_that_gives_another_number_than_the_link_is_in_conflict_unless_it_is_a_former_one() -> (
    None
):
    now, before = Held("UPN", UPN, "100001"), Held("UPN", OTHER_UPN, "100001", former=True)

    assert "ANOTHER_NUMBER" in found((node(1, la(1), now), [record(1, UPN=OTHER_UPN)]))
    assert not found((node(1, la(1), now, before), [record(1, UPN=OTHER_UPN)]))


def test_two_records_of_one_island_that_give_one_upn_are_in_conflict() -> None:
    told = found((node(1, la(1)), [record(1, UPN=UPN)]), (node(2, la(2)), [record(2, UPN=UPN)]))

    assert told["NUMBER_OF_TWO_CHILDREN"].said == "two children are said to have one UPN"
    assert len(told["NUMBER_OF_TWO_CHILDREN"].sources) == 2


def test_an_unverified_record_that_gives_anothers_upn_is_a_duplicate_and_no_conflict() -> None:
    known = node(1, Held("UPN", UPN, "100001"))
    alone = node(2, la(2), verified=False)

    assert not found((known, [pupil(UPN)]), (alone, [record(2, UPN=UPN)]))
    both = node(2, la(2))
    assert "NUMBER_OF_TWO_CHILDREN" in found((known, [pupil(UPN)]), (both, [record(2, UPN=UPN)]))


def test_two_nhs_numbers_and_one_nhs_number_twice_are_told_by_the_records_and_never_by_the_number() -> (
    None
):
    number, second = Held("NHS", "9000000009", None), Held("NHS", "9000000017", None)

    two = found((node(1, la(1), number, second), []))["TWO_NHS_NUMBERS"]
    twice = found((node(1, la(1), number), []), (node(2, la(2), number), []))
    elsewhere = shared(node(1, la(1), number), number, None)

    for told in (two, twice["NHS_NUMBER_OF_TWO_CHILDREN"], elsewhere):
        assert all(source.kind == "LA" for source in told.sources)


def test_a_claim_of_child_benefit_may_stand_for_two() -> None:
    claim = Held("CHB", "CHB90000001QQ", "DWP")

    assert not found((node(1, claim), []), (node(2, claim), []))


def test_a_number_that_stands_for_a_child_known_elsewhere_names_both_keepers() -> None:
    held = Held("UPN", UPN, "100001")

    told = shared(node(1, held), held, "100002")

    assert [source.custodian for source in told.sources] == ["100001", "100002"]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (date(2012, 4, 3), "day and month of the birth date change places"),
        (date(2012, 3, 5), "one digit of the birth date differs"),
        (date(2023, 3, 4), "the year of birth differs"),
        (date(2013, 11, 20), "the birth dates differ"),
    ],
)
def test_how_birth_dates_differ(other: date, said: str) -> None:
    assert differing(BORN, other) == said
