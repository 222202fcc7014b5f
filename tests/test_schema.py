"""schema/*.graphql is what the code prints, and every field in it is labelled.

After a change to a graph: `python -m subgraphs NAME --sdl > schema/NAME.graphql`, and review the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import FieldDefinitionNode, ObjectTypeDefinitionNode, parse

from gateway.register import load
from gateway.register.rows import MARKS
from subgraphs import roster
from subgraphs.service import sdl

SCHEMA = Path(__file__).parents[1] / "schema"


@pytest.mark.parametrize("name", roster.NAMES)
def test_the_sdl_on_file_is_what_the_code_prints(name: str) -> None:
    assert (SCHEMA / f"{name}.graphql").read_text() == sdl(roster.service(name))


@pytest.mark.parametrize("name", roster.NAMES)
def test_every_field_carries_a_category_of_the_register(name: str) -> None:
    known = load(SCHEMA / "register.toml").categories.keys() | MARKS

    for where, field in _fields(sdl(roster.service(name))):
        codes = _codes(field)
        assert codes, f"{where}: no category"
        assert codes <= known, f"{where}: {codes - known} is not in the register"


def _fields(text: str) -> list[tuple[str, FieldDefinitionNode]]:
    types = [d for d in parse(text).definitions if isinstance(d, ObjectTypeDefinitionNode)]
    return [
        (f"{one.name.value}.{field.name.value}", field)
        for one in types
        for field in one.fields or ()
    ]


def _codes(field: FieldDefinitionNode) -> set[str]:
    return {
        value.value
        for directive in field.directives or ()
        if directive.name.value == "category"
        for argument in directive.arguments or ()
        if argument.name.value == "is"
        for value in argument.value.values  # type: ignore[attr-defined]
    }
