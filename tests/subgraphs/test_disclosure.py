"""No small count can be worked out from a published table: every small table is tried, large ones are drawn by lot."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subgraphs.disclosure import (
    FEW,
    LEAST_INSTITUTIONS,
    LEAST_PEOPLE,
    NEAREST,
    Counted,
    Shown,
    shown,
)

COUNTS = st.lists(st.integers(0, 60), min_size=1, max_size=14)


def published(people: tuple[int, ...]) -> Shown:
    cells = {str(place): Counted(count) for place, count in enumerate(people)}
    return shown(Counted(sum(people)), cells)


@pytest.mark.parametrize(
    ("people", "as_shown"),
    [(0, 0), (1, None), (7, None), (8, 10), (12, 10), (13, 15), (17, 15), (18, 20), (102, 100)],
)
def test_one_to_seven_is_a_star_zero_is_kept_and_the_rest_is_rounded_to_five(
    people: int, as_shown: int | None
) -> None:
    assert shown(Counted(100 + people), {"a": Counted(people)}).cells["a"] == as_shown


def test_of_fewer_than_ten_people_nothing_is_told_not_even_who_is_in_no_row() -> None:
    assert published((9, 0)) == Shown(None, {"0": None, "1": None})
    assert published((10, 0)) == Shown(10, {"0": 10, "1": 0})
    assert published((0, 0)) == Shown(0, {"0": 0, "1": 0})


@pytest.mark.parametrize("institutions", range(LEAST_INSTITUTIONS + 1))
def test_what_one_or_two_institutions_contribute_is_a_star_and_so_is_the_total_it_is_in(
    institutions: int,
) -> None:
    rows = {"a": Counted(40, institutions), "b": Counted(30, 9), "c": Counted(0, 0)}

    told = shown(Counted(70, 9), rows)

    enough = institutions >= LEAST_INSTITUTIONS
    assert told == Shown(70 if enough else None, {"a": 40 if enough else None, "b": 30, "c": 0})


def test_a_total_of_two_institutions_is_a_star() -> None:
    assert shown(Counted(70, 2), {"a": Counted(70, 2)}).total is None


@pytest.mark.parametrize(("rows", "most"), [(1, 60), (2, 45), (3, 30), (4, 17)])
def test_each_star_of_every_small_table_may_stand_for_at_least_five_numbers(
    rows: int, most: int
) -> None:
    """By trying every table: whoever knows the whole rule cannot come closer."""
    tables: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for people in product(range(most + 1), repeat=rows):
        told = published(people)
        tables[told.total, tuple(told.cells.values())].append(people)

    for (_, cells), possible in tables.items():
        for place, cell in enumerate(cells):
            if cell is None:
                assert len({people[place] for people in possible}) >= 5, cells


def test_rounding_without_drawing_the_total_in_would_have_given_a_star_away() -> None:
    """8, 8 and 1 make 17. Beside 10, 10 and `*`, a total of 15 would say: the two are eight, and `*` is 1."""
    told = published((8, 8, 1))

    assert told == Shown(25, {"0": 10, "1": 10, "2": None})
    assert told == published((12, 12, 7)), "and from the other end as much"


@given(COUNTS)
def test_the_total_and_the_other_cells_leave_each_star_anywhere_from_one_to_seven(
    people: list[int],
) -> None:
    told = published(tuple(people))
    stars = [cell for cell in told.cells.values() if cell is None]
    if told.total is None or not stars:
        return

    least = sum(max(FEW + 1, cell - 2) for cell in told.cells.values() if cell)
    most = sum(cell + 2 for cell in told.cells.values() if cell)
    others = len(stars) - 1
    # Bounds of one star: the total's own bounds, less the cells', less what the other stars may be.
    assert told.total - 2 - most - FEW * others <= 1
    assert told.total + 2 - least - others >= FEW


@given(COUNTS)
def test_everything_told_is_a_multiple_of_five_and_near_the_truth(people: list[int]) -> None:
    told = published(tuple(people))

    for cell, truth in zip(told.cells.values(), people, strict=True):
        assert cell is None or (cell % NEAREST == 0 and abs(cell - truth) <= NEAREST // 2)
    if told.total is not None:
        assert told.total % NEAREST == 0
        assert abs(told.total - sum(people)) <= LEAST_PEOPLE
    if 0 < sum(people) < LEAST_PEOPLE:
        assert told == Shown(None, dict.fromkeys(told.cells))
