"""What of the tree the client gets: null bubbling, enums, types, and nothing that was not asked for."""

from __future__ import annotations

from typing import Any

import pytest

LISTS = """
type Query { a: [[T!]]! b: [[T!]!] c: T! n: [Node] u: Any }
type T implements Node { x: Int! e: E id: ID! name: String }
type S implements Node { id: ID! name: String }
union Any = T | S
interface Node { id: ID! }
enum E { ONE TWO }
"""


async def projected(
    by_hand: Any, operation: str, found: dict[str, Any], asked: str | None = None
) -> Any:
    graph = by_hand(LISTS)
    return await graph.run(operation, [f"1 s: {asked or operation}"], {"s": {"data": found}})


@pytest.mark.parametrize(
    ("operation", "found", "data", "path"),
    [
        (
            "{ a { x } }",
            {"a": [[{"x": 1}, {"x": None}], None]},
            {"a": [None, None]},
            ["a", 0, 1, "x"],
        ),
        ("{ a { x } }", {"a": [[{"x": 1}, None]]}, {"a": [None]}, ["a", 0, 1]),
        ("{ a { x } }", {"a": None}, None, ["a"]),
        ("{ b { x } }", {"b": [[{"x": 1}], [{}]]}, {"b": None}, ["b", 1, 0, "x"]),
        ("{ b { x } }", {"b": [None]}, {"b": None}, ["b", 0]),
        ("{ c { x } }", {"c": {"x": None}}, None, ["c", "x"]),
        ("{ c { x } }", {"c": {"x": {"hidden": 1}}}, None, ["c", "x"]),
        ("{ c { x e } }", {"c": {"x": 1, "e": "THREE"}}, {"c": {"x": 1, "e": None}}, ["c", "e"]),
        ("{ c { x e } }", {"c": {"x": 1, "e": 1}}, {"c": {"x": 1, "e": None}}, ["c", "e"]),
        ("{ b { x } }", {"b": {"x": 1}}, {"b": None}, ["b"]),
    ],
)
async def test_a_null_that_may_not_stand_takes_what_is_above_it(
    by_hand: Any, errors: Any, operation: str, found: Any, data: Any, path: list[Any]
) -> None:
    response = await projected(by_hand, operation, found)

    assert response.data == data
    assert errors(response) == [(path, "RESPONSE_VALIDATION_FAILED")]


async def test_a_null_that_an_error_explains_gets_no_second_error(
    by_hand: Any, errors: Any
) -> None:
    response = await by_hand(LISTS).run(
        "{ c { x } }",
        ["1 s: { c { x } }"],
        {"s": {"data": None, "errors": [{"message": "m", "path": ["c", "x"]}]}},
    )

    assert response.data is None
    assert errors(response) == [(["c", "x"], "DOWNSTREAM_SERVICE_ERROR")]


async def test_what_was_not_asked_for_does_not_come_out(by_hand: Any) -> None:
    response = await projected(
        by_hand, "{ c { x } }", {"c": {"x": 1, "id": "secret", "more": {}}, "else": 1}
    )

    assert response.data == {"c": {"x": 1}}


async def test_each_runtime_type_gets_its_own_fields(by_hand: Any) -> None:
    response = await projected(
        by_hand,
        "{ n { kind: __typename ... on T { name: id } ... on S { name } } }",
        {
            "n": [
                {"__typename": "T", "kind": "T", "name": "1"},
                {"__typename": "S", "kind": "S", "name": "s"},
                {"__typename": "Hidden", "kind": "Hidden", "name": "h"},
                {"kind": "T", "name": "untyped"},
                None,
            ]
        },
        "{ n { __typename ... on T { name: id } ... on S { name } } }",
    )

    assert response.data == {
        "n": [{"kind": "T", "name": "1"}, {"kind": "S", "name": "s"}, None, None, None]
    }
    assert response.errors == []


async def test_the_type_name_of_an_object_position_is_the_schema_s(by_hand: Any) -> None:
    response = await projected(
        by_hand, "{ c { __typename x } }", {"c": {"__typename": "Other", "x": 1}}
    )

    assert response.data == {"c": {"__typename": "T", "x": 1}}


async def test_numbers_and_texts_pass_as_they_came(by_hand: Any) -> None:
    graph = by_hand("scalar J type Query { f: Float i: ID s: String j: J }")
    found = {"f": 1, "i": 7, "s": "é", "j": {"a": [1.5, 123456789012345678901234567890, None]}}
    response = await graph.run("{ f i s j }", ["1 s: { f i s j }"], {"s": {"data": found}})

    assert response.data == found
    assert b'"f":1,"i":7' in response.body()
