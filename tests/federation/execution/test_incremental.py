"""What is deferred comes later, part by part, and what is there at once does not wait for it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from gateway.federation.execution.executor import execute
from gateway.federation.execution.incremental import execute_incrementally, multipart
from gateway.federation.execution.program import Program, compile_program
from gateway.federation.execution.transport import Call, Reply
from gateway.federation.planning.steps import Deferred, Each, Key
from gateway.federation.supergraph import Supergraph

LINES = [
    "1 accounts: { users { id name } }",
    "2 after 1 reviews at users.@ with User{id}: { reviews { id product { upc } } }",
    "3 after 2 products at users.@.reviews.@.product with Product{upc}: { name }",
]
ACCOUNTS = b'{"data":{"users":[{"id":"1","name":"A"},{"id":"2","name":"B"}]}}'
REVIEWS = b"""{"data":{"_entities":[
    {"reviews":[{"id":"r","product":{"upc":"7"}}]},{"reviews":null}]}}"""
PRODUCTS = b'{"data":{"_entities":[{"name":"seven"}]}}'


class Held:
    """Answers when it is told to."""

    def __init__(self, **bodies: bytes) -> None:
        self.bodies = bodies
        self.open = {name: asyncio.Event() for name in bodies}

    async def send(self, call: Call) -> Reply:
        await self.open[call.subgraph].wait()
        return Reply(call, self.bodies[call.subgraph])


def program(shop: Any, by_hand: Any) -> Program:
    """Users at once, their reviews deferred, and the products' names deferred within them."""
    first = shop.program("{ users { name } }", LINES)
    whole = shop.program("{ users { name reviews { id product { upc name } } } }", [])
    users = shop.program("{ me { reviews { id product { upc } } } }", []).plan.shape
    product = shop.program("{ product { name } }", []).plan.shape
    deferred = (
        Deferred("reviews", ((Key("users"), Each()),), users.fields["Query"][0].inside, (2,)),
        Deferred(
            None,
            ((Key("users"), Each(), Key("reviews"), Each(), Key("product")),),
            product.fields["Query"][0].inside,
            (2, 3),
        ),
    )
    plan = replace(first.plan, deferred=deferred, whole=whole.plan.shape)
    return compile_program(plan, Supergraph({}, {}, {}, (), None))  # type: ignore[arg-type]


async def test_parts_come_when_their_steps_have_ended(shop: Any, by_hand: Any) -> None:
    door = Held(accounts=ACCOUNTS, reviews=REVIEWS, products=PRODUCTS)
    payloads = execute_incrementally(program(shop, by_hand), {}, door)

    door.open["accounts"].set()
    assert await anext(payloads) == {
        "data": {"users": [{"name": "A"}, {"name": "B"}]},
        "hasNext": True,
    }

    door.open["reviews"].set()
    reviews = [{"id": "r", "product": {"upc": "7"}}]
    assert await anext(payloads) == {
        "incremental": [
            {"data": {"reviews": reviews}, "path": ["users", 0], "label": "reviews"},
            {"data": {"reviews": None}, "path": ["users", 1], "label": "reviews"},
        ],
        "hasNext": True,
    }

    door.open["products"].set()
    path = ["users", 0, "reviews", 0, "product"]
    assert await anext(payloads) == {
        "incremental": [{"data": {"name": "seven"}, "path": path}],
        "hasNext": False,
    }
    assert [one async for one in payloads] == []


async def test_a_null_bubbles_to_its_part_and_no_further(shop: Any, by_hand: Any) -> None:
    broken = b'{"data":null,"errors":[{"message":"m","path":["_entities",0,"name"]}]}'
    door = Held(accounts=ACCOUNTS, reviews=REVIEWS, products=broken)
    for one in door.open.values():
        one.set()
    *_, last = [p async for p in execute_incrementally(program(shop, by_hand), {}, door)]

    path = ["users", 0, "reviews", 0, "product"]
    error = {
        "message": "products reported an error",
        "path": [*path, "name"],
        "extensions": {"code": "DOWNSTREAM_SERVICE_ERROR", "service": "products"},
    }
    assert last == {
        "incremental": [{"data": None, "path": path, "errors": [error]}],
        "hasNext": False,
    }


async def test_a_part_of_what_the_client_never_got_is_not_sent(shop: Any, by_hand: Any) -> None:
    door = Held(
        accounts=b'{"data":{"users":[{"id":"1","name":"A"},null]}}',
        reviews=REVIEWS.replace(b',{"reviews":null}', b""),
        products=PRODUCTS,
    )
    for one in door.open.values():
        one.set()
    payloads = [p async for p in execute_incrementally(program(shop, by_hand), {}, door)]

    assert payloads[0]["data"] == {"users": None}
    assert all("incremental" not in one for one in payloads)
    assert [one["hasNext"] for one in payloads] == [True, False]


async def test_who_wants_one_answer_gets_all_of_it_in_one(shop: Any, by_hand: Any) -> None:
    door = Held(accounts=ACCOUNTS, reviews=REVIEWS, products=PRODUCTS)
    for one in door.open.values():
        one.set()
    response = await execute(program(shop, by_hand), {}, door)

    reviews = [{"id": "r", "product": {"upc": "7", "name": "seven"}}]
    assert response.data == {
        "users": [{"name": "A", "reviews": reviews}, {"name": "B", "reviews": None}]
    }


async def test_payloads_are_the_parts_of_one_body() -> None:
    async def payloads() -> Any:
        yield {"data": None, "hasNext": True}
        yield {"hasNext": False}

    body = b"".join([part async for part in multipart(payloads())])
    head = b"content-type: application/json; charset=utf-8"
    assert body == (
        b"\r\n---\r\n" + head + b'\r\n\r\n{"data":null,"hasNext":true}'
        b"\r\n---\r\n" + head + b'\r\n\r\n{"hasNext":false}\r\n-----\r\n'
    )
