from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import pytest

from subgraphs.rows import read


class Colour(Enum):
    RED = "R"
    ONE = "1"


@dataclass(kw_only=True)
class Thing:
    name: str
    colour: Colour | None
    size: int = 0


def test_a_row_is_read_by_the_names_of_its_columns() -> None:
    row = {"name": "kite", "colour": "R", "size": 3, "source": "elsewhere"}

    assert read(Thing, row) == Thing(name="kite", colour=Colour.RED, size=3)


def test_a_code_may_be_kept_as_a_number_and_an_unknown_one_is_none() -> None:
    assert read(Thing, {"name": "", "colour": 1}).colour is Colour.ONE
    assert read(Thing, {"name": "", "colour": "X"}).colour is None
    assert read(Thing, {"name": "", "colour": None}).colour is None


def test_what_is_said_besides_wins_over_the_column() -> None:
    assert read(Thing, {"name": "kite", "colour": "R"}, name="said").name == "said"


def test_a_column_that_is_missing_is_found_out_at_once() -> None:
    with pytest.raises(TypeError, match="name"):
        read(Thing, {"colour": "R"})
