"""The schemas drawn out of a supergraph."""

from __future__ import annotations

import pytest
from graphql import GraphQLObjectType, print_schema, validate_schema

from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.federation.schema import api_schema, subgraph_schema
from gateway.federation.supergraph import Supergraph, load

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", '
    'import: ["@key", "@external", "@requires", "@inaccessible", "@shareable"])\n'
)


@pytest.fixture(scope="module")
def supergraph() -> Supergraph:
    a = LINK + (
        "type Query { child: Child secret: Secret @inaccessible }\n"
        'type Child @key(fields: "id") { id: ID! kind: Kind grade(by: By, how: Int @inaccessible): Int }\n'
        "enum Kind { ONE TWO @inaccessible }\n"
        "input By { a: Int b: Int @inaccessible }\n"
        "type Secret @inaccessible { x: Int }\n"
    )
    b = LINK + (
        'type Child @key(fields: "id") { id: ID! kind: Kind @external old: Boolean @requires(fields: "kind") }\n'
        "enum Kind { ONE TWO }"
    )
    return load(compose([Source("a", "http://a", a), Source("b", "http://b", b)]).sdl)


def test_clients_see_no_machinery_and_nothing_inaccessible(supergraph: Supergraph) -> None:
    text = print_schema(api_schema(supergraph))

    for hidden in ("join__", "link", "Secret", "secret", "TWO", "b: Int", "how", "_entities"):
        assert hidden not in text
    assert "grade(by: By): Int" in text


def test_a_subgraph_has_its_own_fields_and_its_entities(supergraph: Supergraph) -> None:
    schema = subgraph_schema(supergraph, "b")

    assert validate_schema(schema) == []
    child = schema.type_map["Child"]
    assert isinstance(child, GraphQLObjectType) and list(child.fields) == ["id", "kind", "old"]
    assert schema.query_type is not None and list(schema.query_type.fields) == ["_entities"]


def test_a_subgraph_that_is_not_there_is_an_error(supergraph: Supergraph) -> None:
    with pytest.raises(KeyError):
        subgraph_schema(supergraph, "c")
