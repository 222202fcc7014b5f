"""The plan in the form that everyone knows."""

from __future__ import annotations

from gateway.federation.planning.operation import read
from gateway.federation.planning.planner import plan
from gateway.federation.planning.printing import tree
from gateway.federation.schema import api_schema
from tests.federation.planning.conftest import composed

SUPERGRAPH = composed(
    (
        ("a", 'type Query { child: Child } type Child @key(fields: "id") { id: ID! }'),
        ("b", 'type Query { town: String } type Child @key(fields: "id") { id: ID! name: String }'),
    )
)


def test_a_plan_prints_as_sequence_parallel_flatten_and_fetch() -> None:
    operation = read("{ town child { name } }", None, {}, api_schema(SUPERGRAPH))

    printed = tree(plan(operation, SUPERGRAPH))

    assert [line.strip() for line in printed.split("\n") if "(" in line or "el {" in line] == [
        "Parallel {",
        'Fetch(service: "b") {',
        'Fetch(service: "a") {',
        'Flatten(path: "child") {',
        'Fetch(service: "b") {',
    ]
    assert printed.count("{") == printed.count("}")
