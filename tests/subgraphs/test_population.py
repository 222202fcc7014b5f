from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from gateway.identifiers import Nino, Uln, Upn
from subgraphs.population import (
    AUTHORITIES,
    SCHOOLS,
    Child,
    Circumstance,
    Numbers,
    Restriction,
    named,
    population,
)

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def people() -> tuple[Child, ...]:
    return population(1_000, today=TODAY)


def _numbers(people: tuple[Child, ...]) -> Iterator[Numbers]:
    for child in people:
        yield child.numbers
        if child.before_adoption:
            yield child.before_adoption


def test_the_same_children_come_every_time_and_a_smaller_population_is_the_beginning_of_a_larger(
    people: tuple[Child, ...],
) -> None:
    assert population(1_000, today=TODAY) == people
    assert population(50, today=TODAY) == people[:50]


def test_numbers_do_not_depend_on_the_day(people: tuple[Child, ...]) -> None:
    tomorrow = population(8, today=date(2026, 11, 23))

    assert [child.numbers for child in tomorrow] == [child.numbers for child in people[:8]]


@pytest.mark.parametrize("kind", ["nhs", "upn", "uln", "child_benefit"])
def test_no_two_children_share_a_number_not_even_one_from_before_an_adoption(
    people: tuple[Child, ...], kind: str
) -> None:
    held = [str(number) for numbers in _numbers(people) if (number := getattr(numbers, kind))]

    assert len(held) == len(set(held)) > 100


def test_every_number_parses_and_none_can_be_a_real_persons(people: tuple[Child, ...]) -> None:
    for numbers in _numbers(people):
        assert numbers.nhs is None or str(numbers.nhs).startswith("9")
        assert numbers.upn is None or Upn.parse(str(numbers.upn)).value[4:6] == "99"
        assert numbers.uln is None or Uln.parse(str(numbers.uln))
    for child in people:
        assert str(Nino.parse(str(child.parent_nino), synthetic=True)).startswith("QQ")
    assert all(int(str(school.urn)) >= 990_000 for school in SCHOOLS)


def test_every_way_of_not_being_verified_falls_to_somebody(people: tuple[Child, ...]) -> None:
    assert {child.nhs_status for child in people} == {
        "01",
        "02",
        "03",
        "04",
        "05",
        "06",
        "07",
        "08",
    }
    assert any(not child.linked for child in people)
    assert any(child.restriction is Restriction.RESTRICTED for child in people)
    assert any(child.before_adoption for child in people)
    assert all(child.numbers.nhs is None for child in people if child.nhs_status == "07")
    babies = [child for child in people if child.nhs_status == "08"]
    assert babies
    assert all((TODAY - child.birth_date).days < 42 for child in babies)


def test_every_circumstance_falls_to_somebody(people: tuple[Child, ...]) -> None:
    fallen = {circumstance for child in people for circumstance in child.circumstances}

    assert fallen == set(Circumstance)


def test_what_only_an_authority_knows_falls_to_children_it_has_a_record_of(
    people: tuple[Child, ...],
) -> None:
    for child in people:
        if child.has(Circumstance.CHILD_IN_NEED) or child.has(Circumstance.EHC_REQUESTED):
            assert child.numbers.local_authority


def test_the_named_children_are_who_their_stories_say(people: tuple[Child, ...]) -> None:
    kai, anne, rowan = (named(people, name) for name in ("Kai", "Anne", "Rowan"))

    assert (kai.year_group, kai.has(Circumstance.EHC_REQUESTED), bool(kai.numbers.uln)) == (
        9,
        True,
        True,
    )
    names = {str(one.code): one.name for one in AUTHORITIES}
    assert names[str(anne.authority)] == "Tower Hamlets"
    assert names[str(anne.lives_in)] == "Hackney"
    assert [str(record.la_code) for record in anne.numbers.local_authority] == ["211", "204"]
    assert rowan.before_adoption is not None
    assert rowan.before_adoption.upn != rowan.numbers.upn
    assert named(people, "Marcus").restriction is Restriction.RESTRICTED
    assert not named(people, "Imogen").linked
    assert named(people, "Tobias").nhs_status == "02"
    assert named(people, "Poppy").age == 2
    assert named(people, "Jodie").age == 17
