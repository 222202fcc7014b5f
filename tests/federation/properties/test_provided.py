"""What a subgraph @provides is asked of that subgraph, and of nobody else."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    GraphQLField,
    GraphQLSchema,
    get_named_type,
    is_interface_type,
    is_non_null_type,
    is_object_type,
    parse,
    validate,
)
from graphql.pyutils import Undefined

from gateway.federation.selection import Selections, print_selections
from gateway.federation.supergraph import Supergraph
from tests.federation.properties.staged import put, staged
from tests.federation.random.casefile import Case
from tests.federation.random.judging import Staged


def test_what_is_provided_costs_no_further_request() -> None:
    """For every @provides that a root field of the same subgraph leads to: one request brings it all."""
    seen = 0
    for case, stage, graph, text in _provisions(range(46)):
        found = put(case, stage, text)
        assert found, text
        seen += found.plan.steps[0].subgraph == graph

        assert len(found.calls) == 1, (text, case.graphs)
    assert seen >= 2, "hardly any of it was asked of who provides it"


def _provisions(groups: range) -> Iterator[tuple[Case, Staged, str, str]]:
    """(case, subgraphs, the providing subgraph, an operation for what it provides)."""
    for group in groups:
        if not (found := staged(group)):
            continue
        case, stage = found
        for type_name, one in stage.supergraph.types.items():
            for field in one.fields.values():
                for graph, join in field.joins.items():
                    if join.provides and not join.external and not join.overridden:
                        text = _text(stage, type_name, field.name, graph, join.provides)
                        if text:
                            yield case, stage, graph, text


def _text(stage: Staged, type_name: str, name: str, graph: str, provides: Selections) -> str | None:
    """`{ root { field { provided } } }`, if there is such a root, and a client may see all of it."""
    inner = f"{name} {print_selections(provides)}"
    whole = f"{{ {inner} }}"
    if type_name != "Query":
        root = _root(stage.api, stage.supergraph, type_name, graph)
        if root is None:
            return None
        whole = f"{{ {root} {{ ... on {type_name} {{ {inner} }} }} }}"
    return whole if _is_visible(stage, whole) else None


def _root(schema: GraphQLSchema, supergraph: Supergraph, type_name: str, graph: str) -> str | None:
    """A root field that this subgraph alone answers and that may be of the type."""
    assert schema.query_type
    for name, field in schema.query_type.fields.items():
        joins = supergraph.types["Query"].fields[name].joins
        alone = not supergraph.types["Query"].fields[name].everywhere and set(joins) == {graph}
        if alone and _is_plain(field) and get_named_type(field.type).name == type_name:
            return name
    return None


def _is_plain(field: GraphQLField) -> bool:
    named = get_named_type(field.type)
    return (is_object_type(named) or is_interface_type(named)) and not any(
        is_non_null_type(one.type) and one.default_value is Undefined for one in field.args.values()
    )


def _is_visible(stage: Staged, text: str) -> bool:
    return not validate(stage.api, parse(text))
