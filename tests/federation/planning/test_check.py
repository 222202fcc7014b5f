"""The checker finds what is wrong: each plan here was right until something was done to it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from gateway.federation.planning.check import check
from gateway.federation.planning.operation import Operation, read
from gateway.federation.planning.planner import plan
from gateway.federation.planning.shape import TYPENAME
from gateway.federation.planning.steps import Key, Kind, Plan, Step
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import Supergraph
from tests.federation.planning.conftest import composed

A = """
type Query { product: Product }
type Mutation { one: Product two: Int }
type Product @key(fields: "id") { id: ID! price: Int tag: String }
"""
B = """
type Mutation { three: Int }
type Product @key(fields: "id") { id: ID! price: Int @external big: Boolean @requires(fields: "price") }
"""


@cache
def made(text: str) -> tuple[Supergraph, Operation, Plan]:
    supergraph = composed((("a", A), ("b", B)))
    operation = read(text, None, {}, api_schema(supergraph))
    return supergraph, operation, plan(operation, supergraph)


def spoiled(text: str, number: int, **changes: object) -> list[str]:
    supergraph, operation, found = made(text)
    assert check(found, operation, supergraph) == []
    steps = [
        replace(step, **changes) if step.id == number else step  # type: ignore[arg-type]
        for step in found.steps
    ]
    return check(replace(found, steps=tuple(steps)), operation, supergraph)


BIG = "{ product { big } }"


def first(text: str, number: int) -> Step:
    return made(text)[2].steps[number - 1]


@pytest.mark.parametrize(
    ("text", "number", "changes", "says"),
    [
        (BIG, 1, {"output": ()}, "nobody supplies it"),
        (BIG, 2, {"output": ()}, "nobody supplies it"),
        (BIG, 2, {"needs": ()}, "nobody before supplies it"),
        (BIG, 1, {"needs": (2,)}, "comes before"),
        (BIG, 2, {"inputs": ()}, "nothing is sent"),
        (BIG, 2, {"path": (Key("other"),)}, "nobody supplies it"),
        (BIG, 2, {"document": "{ product { big } }"}, "does not accept it"),
        (BIG, 2, {"subgraph": "a"}, "does not resolve Product.big"),
        ("mutation { one { tag } three }", 2, {"needs": ()}, "does not wait"),
    ],
)
def test_it_says_what_is_wrong(
    text: str, number: int, changes: dict[str, object], says: str
) -> None:
    assert any(says in problem for problem in spoiled(text, number, **changes))


@pytest.mark.parametrize(("name", "says"), [("id", "no key"), ("price", "requires is not sent")])
def test_it_misses_what_should_have_been_sent(name: str, says: str) -> None:
    (sent,) = first(BIG, 2).inputs
    less = replace(sent, fields=tuple(one for one in sent.fields if one.name != name))

    assert any(says in problem for problem in spoiled(BIG, 2, inputs=(less,)))


def test_it_sees_a_requirement_read_from_another_field() -> None:
    (sent,) = first(BIG, 2).inputs
    other = tuple(replace(one, source="id") if one.name == "price" else one for one in sent.fields)

    assert any(
        "is not sent" in one for one in spoiled(BIG, 2, inputs=(replace(sent, fields=other),))
    )


def test_an_external_field_is_not_its_subgraphs_to_answer() -> None:
    step = first(BIG, 2)
    assert step.kind is Kind.ENTITY
    (on,) = step.output
    price = replace(on.inside[0], name="price")
    stolen = (replace(on, inside=(*on.inside, price)),)

    assert any("does not resolve Product.price" in one for one in spoiled(BIG, 2, output=stolen))


def test_an_object_that_is_told_by_its_type_must_have_been_asked_for_it() -> None:
    nodes = """
    type Query { node: Node! }
    interface Node { id: ID! }
    type Author implements Node { id: ID! age: Int }
    """
    supergraph = composed((("a", nodes),))
    operation = read("{ node { id ... on Author { age } } }", None, {}, api_schema(supergraph))
    found = plan(operation, supergraph)
    (step,) = found.steps
    (node,) = step.output
    unnamed = replace(node, inside=tuple(one for one in node.inside if one != TYPENAME))
    spoiled = replace(found, steps=(replace(step, output=(unnamed,)),))

    assert check(found, operation, supergraph) == []
    assert check(spoiled, operation, supergraph) == [
        "node may be Author, but nobody says what it is"
    ]


def test_every_part_that_may_come_later_is_planned() -> None:
    supergraph, operation, found = made("{ product { id ... @defer { price } } }")

    assert check(found, operation, supergraph) == []
    assert check(replace(found, deferred=()), operation, supergraph) == [
        "0 of 1 deferred parts are planned"
    ]


def test_a_query_is_planned_as_one() -> None:
    supergraph, operation, found = made("{ product { id } }")

    assert check(replace(found, operation="mutation"), operation, supergraph) == [
        "a query is planned as a mutation"
    ]
