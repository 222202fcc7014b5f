"""schema/*.graphql is what the code prints, and every field in it is labelled.

After a change to a graph: `python -m subgraphs NAME --sdl > schema/NAME.graphql`, then
`causeway compose --config schema/subgraphs.toml -o schema/supergraph.graphql`; and review the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from graphql import FieldDefinitionNode, ObjectTypeDefinitionNode, parse

from gateway.cli import main
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


def test_the_supergraph_on_file_is_what_composing_the_subgraphs_gives(tmp_path: Path) -> None:
    written = tmp_path / "supergraph.graphql"

    answer = CliRunner().invoke(
        main, ["compose", "--config", str(SCHEMA / "subgraphs.toml"), "-o", str(written)]
    )

    assert answer.exit_code == 0, answer.output
    assert written.read_text() == (SCHEMA / "supergraph.graphql").read_text()


def _fields(text: str) -> list[tuple[str, FieldDefinitionNode]]:
    types = [d for d in parse(text).definitions if isinstance(d, ObjectTypeDefinitionNode)]
    return [
        (f"{one.name.value}.{field.name.value}", field)
        for one in types
        for field in one.fields or ()
        if not any(directive.name.value == "external" for directive in field.directives or ())
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
