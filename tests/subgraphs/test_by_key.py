"""What each key has, in the order of the keys."""

from __future__ import annotations

from operator import itemgetter

from subgraphs.by_key import all_each, one_each

ROWS = [{"k": "b", "n": 1}, {"k": "a", "n": 2}, {"k": "b", "n": 3}, {"k": "stray", "n": 4}]


def test_each_key_has_its_rows_in_the_order_they_were_found_in() -> None:
    found = all_each(["a", "b", "c", "a"], ROWS, itemgetter("k"))

    assert [[row["n"] for row in rows] for rows in found] == [[2], [1, 3], [], [2]]


def test_each_key_has_one_row_or_none() -> None:
    found = one_each(["c", "b", "a"], ROWS, itemgetter("k"))

    assert [row and row["n"] for row in found] == [None, 3, 2]


def test_a_key_may_be_of_several_columns() -> None:
    assert one_each([("a", 2)], ROWS, itemgetter("k", "n")) == [ROWS[1]]
