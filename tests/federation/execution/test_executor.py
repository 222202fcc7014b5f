"""A plan is run: who is asked what, and what the client gets when all goes well."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.federation.errors import TooCostly
from gateway.federation.execution.canned import Canned
from gateway.federation.execution.executor import execute
from gateway.federation.execution.program import Limits
from gateway.federation.execution.transport import Call, Problem, Reply
from gateway.federation.planning.steps import Batch


async def test_an_entity_is_asked_for_once_and_answers_every_place_where_it_stands(
    shop: Any, entities: Any
) -> None:
    response = await shop.run(
        "{ users { name reviews { product { name } } } }",
        [
            "1 accounts: { users { name reviews { product { upc } } } }",
            "2 after 1 products at users.@.reviews.@.product with Product{upc}: { name }",
        ],
        {
            "accounts": {
                "data": {
                    "users": [
                        {"name": "A", "reviews": [{"product": {"upc": "7"}}, {"product": None}]},
                        {
                            "name": None,
                            "reviews": [{"product": {"upc": "7"}}, {"product": {"upc": "8"}}],
                        },
                        {"name": "C", "reviews": None},
                    ]
                }
            },
            "products": entities({"name": "seven"}, {"name": "eight"}),
        },
    )

    assert shop.door.calls[1].representations == [
        {"__typename": "Product", "upc": "7"},
        {"__typename": "Product", "upc": "8"},
    ]
    assert response.data == {
        "users": [
            {"name": "A", "reviews": [{"product": {"name": "seven"}}, {"product": None}]},
            {
                "name": None,
                "reviews": [{"product": {"name": "seven"}}, {"product": {"name": "eight"}}],
            },
            {"name": "C", "reviews": None},
        ]
    }
    assert response.errors == []


async def test_the_answer_is_in_the_client_s_order_whoever_answers_first(
    shop: Any, entities: Any
) -> None:
    response = await shop.run(
        "{ me { reviews { id } name id } product { upc } }",
        [
            "1 products: { product { upc } }",
            "2 accounts: { me { id name } }",
            "3 after 2 reviews at me with User{id}: { reviews { id } }",
        ],
        {
            "accounts": {"data": {"me": {"id": "1", "name": "A"}}},
            "products": {"data": {"product": {"upc": "7"}}},
            "reviews": entities({"reviews": [{"id": "r"}]}),
        },
    )

    assert response.body() == (
        b'{"data":{"me":{"reviews":[{"id":"r"}],"name":"A","id":"1"},"product":{"upc":"7"}}}'
    )


async def test_a_body_carries_the_document_and_the_representations(
    shop: Any, entities: Any
) -> None:
    await shop.run(
        "{ me { name } }",
        [
            "1 reviews: { me { id } }",
            "2 after 1 accounts at me with User{id}: { name }",
        ],
        {"reviews": {"data": {"me": {"id": 'quo"te'}}}, "accounts": entities({"name": "A"})},
    )

    assert shop.door.calls[0].body() == b'{"query":"query{me{id}}","variables":{}}'
    assert (
        shop.door.calls[1]
        .body()
        .endswith(b'"variables":{"representations":[{"__typename":"User","id":"quo\\"te"}]}}')
    )


async def test_steps_that_wait_for_each_other_through_an_empty_one_all_end(shop: Any) -> None:
    response = await shop.run(
        "{ me { organisation { name } } }",
        [
            "1 accounts: { me { id } }",
            "2 after 1 reviews at me with User{id}: { organisation { id } }",
            "3 after 2 places at me.organisation with Organisation{id}: { name }",
        ],
        {"accounts": {"data": {"me": None}}},
    )

    assert response.data == {"me": None}
    assert response.errors == []
    assert len(shop.door.calls) == 1


async def test_batched_steps_are_asked_in_one_request(shop: Any) -> None:
    lines = [
        "1 reviews: { me { reviews { product { upc } } } product { upc } }",
        "2 after 1 products at me.reviews.@.product with Product{upc}: { name }",
        "3 after 1 products at product with Product{upc}: { name }",
        "4 after 1 products at me.reviews.@.product with Product{upc}: { price }",
    ]
    batch = Batch(((2, 3), (4,)), "query($r0:[_Any!]!,$r1:[_Any!]!){...}", ())
    response = await shop.run(
        "{ me { reviews { product { name price } } } product { name } }",
        lines,
        {
            "reviews": {
                "data": {
                    "me": {"reviews": [{"product": {"upc": "7"}}]},
                    "product": {"upc": "7"},
                }
            },
            "products": {"data": {"_e0": [{"name": "seven"}], "_e1": [{"price": 3}]}},
        },
        batches=[batch],
    )

    assert [call.subgraph for call in shop.door.calls] == ["reviews", "products"]
    assert [len(one) for one in shop.door.calls[1].split()] == [1, 1]
    assert (
        shop.door.calls[1]
        .body()
        .endswith(
            b'"variables":{"r0":[{"__typename":"Product","upc":"7"}],"r1":[{"__typename":"Product","upc":"7"}]}}'
        )
    )
    assert response.data == {
        "me": {"reviews": [{"product": {"name": "seven", "price": 3}}]},
        "product": {"name": "seven"},
    }


class Pruning:
    """A door that sends only some representations."""

    def __init__(self, inner: Any, kept: list[int], problem: bool) -> None:
        self.inner, self.kept, self.problem = inner, kept, problem

    async def send(self, call: Call) -> Reply:
        if not call.representations:
            return await self.inner.send(call)
        reply = await self.inner.send(call.only(self.kept))
        if self.problem:
            reply = reply.adding(Problem("NOT_AVAILABLE", "not available", 1, ("name",)))
        return reply


@pytest.mark.parametrize("problem", [False, True])
async def test_what_a_door_did_not_send_stays_null_and_only_the_door_says_why(
    shop: Any, entities: Any, errors: Any, problem: bool
) -> None:
    canned = Canned(
        {
            "reviews": {"data": {"users": [{"id": "1"}, {"id": "2"}, {"id": "3"}]}},
            "accounts": entities({"name": "one"}, {"name": "three"}),
        }
    )
    response = await shop.run(
        "{ users { name } }",
        [
            "1 reviews: { users { id } }",
            "2 after 1 accounts at users.@ with User{id}: { name }",
        ],
        Pruning(canned, [2, 0], problem),
    )

    assert [one["id"] for one in canned.calls[1].representations] == ["1", "3"]
    assert response.data == {"users": [{"name": "one"}, {"name": None}, {"name": "three"}]}
    assert errors(response) == ([(["users", 1, "name"], "NOT_AVAILABLE")] if problem else [])


async def test_many_entities_are_asked_for_in_several_calls(shop: Any) -> None:
    def accounts(call: Call) -> Any:
        return {"data": {"_entities": [{"name": r["id"]} for r in call.representations]}}

    ids = [str(i) for i in range(7)]
    response = await shop.run(
        "{ users { name } }",
        [
            "1 reviews: { users { id } }",
            "2 after 1 accounts at users.@ with User{id}: { name }",
        ],
        {"reviews": {"data": {"users": [{"id": i} for i in ids]}}, "accounts": accounts},
        limits=Limits(entities_per_call=3),
    )

    assert [len(call.representations) for call in shop.door.calls] == [0, 3, 3, 1]
    assert response.data == {"users": [{"name": i} for i in ids]}


async def test_more_entities_than_a_request_may_cost_are_not_asked_for(
    shop: Any, errors: Any
) -> None:
    response = await shop.run(
        "{ users { id name } }",
        [
            "1 reviews: { users { id } }",
            "2 after 1 accounts at users.@ with User{id}: { name }",
        ],
        {"reviews": {"data": {"users": [{"id": "1"}, {"id": "2"}]}}},
        limits=Limits(entities=1),
    )

    assert response.data == {"users": [{"id": "1", "name": None}, {"id": "2", "name": None}]}
    assert errors(response) == [(None, "TOO_MANY_ENTITIES")]


async def test_what_takes_too_long_as_a_whole_is_given_up_and_the_rest_is_answered(
    shop: Any, errors: Any
) -> None:
    class Half:
        async def send(self, call: Call) -> Reply:
            if call.subgraph == "slow":
                await asyncio.sleep(60)
            return Reply(call, b'{"data":{"me":{"id":"1"}}}')

    program = shop.program(
        "{ me { id name } product { name } }",
        [
            "1 quick: { me { id } }",
            "2 slow: { product { name } }",
            "3 after 1 slow at me with User{id}: { name }",
            "4 after 3 quick at me with User{id}: { name }",
        ],
        limits=Limits(seconds=0.05),
    )
    response = await execute(program, {}, Half())

    assert response.data is None
    assert errors(response) == [
        (["product"], "SUBREQUEST_TIMEOUT"),
        (["me"], "SUBREQUEST_TIMEOUT"),
        (["me"], "SUBREQUEST_TIMEOUT"),
    ]


def test_a_plan_of_more_requests_than_allowed_is_refused(shop: Any) -> None:
    lines = ["1 a: { me { id } }", "2 b: { product { upc } }"]

    with pytest.raises(TooCostly, match="needs 2 requests") as refused:
        shop.program("{ me { id } product { upc } }", lines, limits=Limits(fetches=1))

    assert refused.value.code == "TOO_MANY_FETCHES"


async def test_what_a_door_raises_stops_the_request(shop: Any) -> None:
    class Closed(Exception):
        pass

    def refuse(call: Call) -> Any:
        raise Closed

    with pytest.raises(Closed):
        await shop.run("{ me { id } }", ["1 accounts: { me { id } }"], {"accounts": refuse})


async def test_mutations_run_one_after_the_other_with_all_that_is_below_them(
    by_hand: Any, entities: Any
) -> None:
    counter = by_hand("type Query{x:Int} type Mutation{a:T b:Int} type T{id:ID! n:Int}")
    response = await counter.run(
        "mutation { a { n } b }",
        [
            "1 one: { a { id } }",
            "2 after 1 two at a with T{id}: { n }",
            "3 after 1 2 one: { b }",
        ],
        {
            "one": [{"data": {"a": {"id": "1"}}}, {"data": {"b": 2}}],
            "two": entities({"n": 1}),
        },
    )

    assert [call.subgraph for call in counter.door.calls] == ["one", "two", "one"]
    assert response.data == {"a": {"n": 1}, "b": 2}
