"""What the gateway admits, every island's guard lets in: two walks of the same labels must agree.

Asked of the graph as it stands, for every purpose and every different kind of caller.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_composite_type

from gateway.federation.planning.limits import Limits
from gateway.federation.planning.operation import read
from gateway.federation.planning.planner import plan
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import Supergraph, load
from gateway.purpose.admit import Admissions
from gateway.purpose.labels import compiled
from gateway.register import Opening, Register
from gateway.register import load as load_register
from gateway.register.read import USES
from subgraphs.reach import Reaches

SCHEMA = Path("schema")
REGISTER: Register = load_register(SCHEMA / "register.toml", uses=USES)
ENTRIES = ("child", "pupil")
ARGUMENTS = {
    "child": '(identifier: {id: "x"})',
    "pupil": '(upn: "E838994819999")',
}
DEPTH = 3
ROOM = Limits(bytes=10**7, tokens=10**6, selections=10**6, aliases=10**4, fetches=10**4, seconds=60)


def everything(schema: GraphQLSchema, type_name: str, depth: int) -> Iterator[str]:
    """Every field of a type that needs no argument, and everything below it."""
    one = schema.type_map[type_name]
    assert isinstance(one, GraphQLObjectType)
    for name, field in one.fields.items():
        if any(
            argument.type.__class__.__name__ == "GraphQLNonNull" for argument in field.args.values()
        ):
            continue
        below = get_named_type(field.type)
        if not is_composite_type(below):
            yield name
        elif depth and (inside := " ".join(everything(schema, below.name, depth - 1))):
            yield f"{name} {{ {inside} }}"


@pytest.fixture(scope="module")
def supergraph() -> Supergraph:
    return load((SCHEMA / "supergraph.graphql").read_text())


@pytest.fixture(scope="module")
def guards(supergraph: Supergraph) -> dict[str, Reaches]:
    return {
        name: Reaches((SCHEMA / f"{name}.graphql").read_text(), REGISTER.scale)
        for name in supergraph.subgraphs
    }


@pytest.fixture(scope="module")
def admissions(supergraph: Supergraph) -> Admissions:
    return Admissions(REGISTER, compiled(supergraph, REGISTER))


@pytest.fixture(scope="module")
def schema(supergraph: Supergraph) -> GraphQLSchema:
    return api_schema(supergraph)


def callers(purpose: str) -> list[Opening]:
    mine = (one for one in REGISTER.openings.values() if one.purpose.code == purpose)
    return list({one.open: one for one in mine}.values())


@pytest.mark.parametrize("purpose", list(REGISTER.purposes))
def test_the_guards_let_in_what_the_gateway_admits(
    purpose: str,
    supergraph: Supergraph,
    schema: GraphQLSchema,
    admissions: Admissions,
    guards: dict[str, Reaches],
) -> None:
    roots = schema.query_type.fields if schema.query_type else {}
    for entry in ENTRIES:
        inside = " ".join(everything(schema, get_named_type(roots[entry].type).name, DEPTH))
        asked = read(f"{{ {entry}{ARGUMENTS[entry]} {{ {inside} }} }}", None, None, schema, ROOM)
        for opening in callers(purpose):
            admission = admissions.admit(asked, opening)
            for step in plan(admission.operation, supergraph).steps:
                granted = REGISTER.scale.read(admission.categories[step.subgraph])
                need = guards[step.subgraph].of(step.document).need
                assert not need & ~granted, REGISTER.scale.written(need & ~granted)
                assert opening.permits(granted)
