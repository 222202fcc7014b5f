"""The fast path: taken for clean answers, left for anything else, and never different.

Every test that runs a plan by hand runs it through both executors and compares; here it is said
which of them should have answered.
"""

from __future__ import annotations

from typing import Any

import pytest

LINES = [
    "1 accounts: { users { name reviews { product { upc } } } }",
    "2 after 1 products at users.@.reviews.@.product with Product{upc}: { name price }",
    "3 after 2 stock at users.@.reviews.@.product with Product{upc price}: { size }",
]
OPERATION = "{ users { name reviews { product { name size } } } }"


def users(*upcs: Any) -> Any:
    reviews = [{"product": upc and {"upc": upc}} for upc in upcs]
    return {"data": {"users": [{"name": "A", "reviews": reviews}]}}


async def test_equal_objects_are_filled_once_and_stand_everywhere(shop: Any, entities: Any) -> None:
    response = await shop.run(
        OPERATION,
        LINES,
        {
            "accounts": users("7", "8", None, "7"),
            "products": entities({"name": "seven", "price": 7}, {"name": "eight", "price": None}),
            "stock": entities({"size": "SMALL"}),
        },
    )

    assert shop.fast is not None
    seven = {"product": {"name": "seven", "size": "SMALL"}}
    assert response.data["users"][0]["reviews"] == [
        seven,
        {"product": {"name": "eight", "size": None}},
        {"product": None},
        seven,
    ]


@pytest.mark.parametrize(
    ("products", "stock", "fast"),
    [
        (
            [{"name": "seven", "price": 7}, {"name": "eight", "price": 8}],
            [None, {"size": "LARGE"}],
            True,
        ),
        (
            [{"name": "seven", "price": 7}, {"name": "eight", "price": 8}],
            [{"size": "HUGE"}, None],
            False,
        ),
        ([{"name": "seven", "price": 7}, {"name": None, "price": 8}], [{"size": None}] * 2, False),
        (
            [{"name": "seven", "price": "7"}, {"name": "eight", "price": 8}],
            [{"size": None}] * 2,
            False,
        ),
        ([{"name": "seven", "price": 7}, None], [{"size": None}], False),
        ([{"name": "seven"}, {"name": "eight", "price": 8}], [{"size": None}], False),
    ],
)
async def test_whatever_comes_both_executors_say_the_same(
    shop: Any, entities: Any, products: Any, stock: Any, fast: bool
) -> None:
    await shop.run(
        OPERATION,
        LINES,
        {"accounts": users("7", "8"), "products": entities(*products), "stock": entities(*stock)},
    )

    assert (shop.fast is not None) is fast


async def test_an_error_leaves_the_fast_path_without_asking_again(
    shop: Any, entities: Any, errors: Any
) -> None:
    response = await shop.run(
        OPERATION,
        LINES,
        {
            "accounts": users("7"),
            "products": {
                "data": {"_entities": [{"name": "seven", "price": 7}]},
                "errors": [{"message": "m", "path": ["_entities", 0, "price"]}],
            },
            "stock": entities({"size": "SMALL"}),
        },
    )

    assert shop.fast is None
    assert [call.subgraph for call in shop.door.calls] == ["accounts", "products", "stock"]
    assert response.data["users"][0]["reviews"][0] == {
        "product": {"name": "seven", "size": "SMALL"}
    }
    assert errors(response) == [(["users", 0, "reviews", 0, "product"], "DOWNSTREAM_SERVICE_ERROR")]


async def test_a_composite_key_and_a_nested_one(shop: Any, entities: Any) -> None:
    response = await shop.run(
        "{ users { name organisation { country } } }",
        [
            "1 reviews: { users { id organisation { id } } }",
            "2 after 1 places at users.@.organisation with Organisation{id}: { country }",
            "3 after 1 2 accounts at users.@ with User{id organisation{country id}}: { name }",
        ],
        {
            "reviews": {
                "data": {
                    "users": [
                        {"id": "1", "organisation": {"id": "x"}},
                        {"id": "2", "organisation": {"id": "y"}},
                        {"id": "1", "organisation": {"id": "x"}},
                    ]
                }
            },
            "places": entities({"country": "England"}, {"country": "Wales"}),
            "accounts": entities({"name": "one"}, {"name": "two"}),
        },
    )

    assert shop.fast is not None
    assert shop.door.calls[2].representations == [
        {"__typename": "User", "id": "1", "organisation": {"country": "England", "id": "x"}},
        {"__typename": "User", "id": "2", "organisation": {"country": "Wales", "id": "y"}},
    ]
    assert [one["name"] for one in response.data["users"]] == ["one", "two", "one"]


async def test_a_null_inside_a_nested_key_leaves_the_fast_path(shop: Any) -> None:
    response = await shop.run(
        "{ users { name } }",
        [
            "1 reviews: { users { id organisation { id } } }",
            "2 after 1 accounts at users.@ with User{id organisation{id}}: { name }",
        ],
        {"reviews": {"data": {"users": [{"id": "1", "organisation": None}]}}},
    )

    assert shop.fast is None
    assert response.data == {"users": [{"name": None}]}


async def test_the_objects_of_an_entity_s_answer_go_on_as_a_column(
    shop: Any, entities: Any
) -> None:
    response = await shop.run(
        "{ users { reviews { id product { name } } } }",
        [
            "1 accounts: { users { id } }",
            "2 after 1 reviews at users.@ with User{id}: { reviews { id product { upc } } }",
            "3 after 2 products at users.@.reviews.@.product with Product{upc}: { name }",
        ],
        {
            "accounts": {"data": {"users": [{"id": "1"}, {"id": "2"}, {"id": "1"}]}},
            "reviews": entities(
                {"reviews": [{"id": "a", "product": {"upc": "7"}}, None]},
                {
                    "reviews": [
                        {"id": "b", "product": {"upc": "8"}},
                        {"id": "c", "product": {"upc": "7"}},
                    ]
                },
            ),
            "products": entities({"name": "seven"}, {"name": "eight"}),
        },
    )

    assert shop.fast is not None
    first = {"reviews": [{"id": "a", "product": {"name": "seven"}}, None]}
    assert response.data["users"][0] == response.data["users"][2] == first
    assert response.data["users"][1]["reviews"][0] == {"id": "b", "product": {"name": "eight"}}


async def test_type_names_are_written_without_being_fetched(shop: Any) -> None:
    response = await shop.run(
        "{ __typename me { kind: __typename id } }",
        ["1 accounts: { me { id } }"],
        {"accounts": {"data": {"me": {"id": "1"}}}},
    )

    assert shop.fast is not None
    assert response.body() == b'{"data":{"__typename":"Query","me":{"kind":"User","id":"1"}}}'


NODES = """
type Query { nodes: [Node!] other: Int }
interface Node { id: ID! }
type User implements Node { id: ID! name: String! }
type Team implements Node { id: ID! users: [User!] size: Size }
enum Size { SMALL LARGE }
"""
ASKED = "{ nodes { id __typename ... on User { name } ... on Team { size users { name } } } }"
FETCHED = (
    "1 s: { nodes { __typename id ... on User { name } ... on Team { size users { name } } } }"
)


@pytest.mark.parametrize(
    ("nodes", "fast"),
    [
        (
            [
                {"__typename": "User", "id": "1", "name": "A", "size": "unasked"},
                {"__typename": "Team", "id": "2", "size": "SMALL", "users": [{"name": "B"}]},
            ],
            True,
        ),
        ([{"__typename": "Team", "id": "2", "size": None, "users": None}], True),
        (None, True),
        ([None], False),
        ([{"__typename": "User", "id": "1", "name": None}], False),
        ([{"__typename": "Robot", "id": "1"}], False),
        ([{"id": "1", "name": "A"}], False),
        ([{"__typename": "Team", "id": "2", "size": "HUGE", "users": []}], False),
        ({"__typename": "User", "id": "1", "name": "A"}, False),
    ],
)
async def test_positions_of_several_types_are_projected_at_the_end(
    by_hand: Any, nodes: Any, fast: bool
) -> None:
    graph = by_hand(NODES)
    await graph.run(ASKED, [FETCHED], {"s": {"data": {"nodes": nodes}}})

    assert (graph.fast is not None) is fast


async def test_a_step_below_several_types_is_run_by_the_general_executor(
    by_hand: Any, entities: Any
) -> None:
    graph = by_hand(NODES)
    response = await graph.run(
        "{ nodes { ... on User { name } } }",
        [
            "1 s: { nodes { __typename id } }",
            "2 after 1 t at nodes.@.<User> with User{id}: { name }",
        ],
        {
            "s": {"data": {"nodes": [{"__typename": "User", "id": "1"}, {"__typename": "Team"}]}},
            "t": entities({"name": "A"}),
        },
    )

    assert graph.fast is None
    assert response.data == {"nodes": [{"name": "A"}, {}]}
