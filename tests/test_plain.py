"""A supergraph without purposes, served whole: answers, refusals, deferred parts, subscriptions."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.app import application
from gateway.doors import Events, Http
from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.federation.engine import Engine
from gateway.federation.execution.sse import COMPLETE, NEXT, event
from gateway.federation.planning.limits import Limits
from gateway.federation.supergraph import load
from gateway.listening import listening
from gateway.plain import Plain

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])'
LIBRARY = (
    LINK
    + " type Query { book: Book } type Subscription { lent: Book }"
    + ' type Book @key(fields: "id") { id: ID! title: String! }'
)
REVIEWS = LINK + ' type Book @key(fields: "id") { id: ID! stars: Int }'


async def library(request: Request) -> Response:
    asked = await request.json()
    book = {"__typename": "Book", "id": "1", "title": "Emma"}
    if "subscription" not in asked["query"]:
        return JSONResponse({"data": {"book": book}})

    async def events() -> AsyncIterator[bytes]:
        for number in ("1", "2"):
            lent = {"data": {"lent": book | {"id": number}}}
            yield event(NEXT, json.dumps(lent).encode())
        yield event(COMPLETE)

    return StreamingResponse(events(), media_type="text/event-stream")


async def reviews(request: Request) -> Response:
    await asyncio.sleep(0.05)
    asked = (await request.json())["variables"]["representations"]
    return JSONResponse({"data": {"_entities": [{"stars": int(one["id"])} for one in asked]}})


@asynccontextmanager
async def served(limits: Limits | None = None) -> AsyncIterator[httpx.AsyncClient]:
    apps = {"library": library, "reviews": reviews}
    subgraphs = Starlette(
        routes=[Route(f"/{name}", app, methods=["POST"]) for name, app in apps.items()]
    )
    async with listening(subgraphs) as url:
        sdls = {"library": LIBRARY, "reviews": REVIEWS}
        supergraph = load(compose([Source(n, f"{url}/{n}", sdl) for n, sdl in sdls.items()]).sdl)
        door = Http(supergraph.subgraphs)
        gateway = Plain(Engine(supergraph, limits), door, Events(supergraph.subgraphs))
        async with (
            listening(application(gateway.answer, lambda: None)) as address,
            httpx.AsyncClient(base_url=address, timeout=10) as client,
        ):
            yield client
        door.close()


async def ask(client: httpx.AsyncClient, query: str, accept: str = "*/*", **more: Any):
    return await client.post("/graphql", json={"query": query} | more, headers={"accept": accept})


async def test_a_query_over_two_subgraphs_is_answered() -> None:
    async with served() as client:
        answer = await ask(client, "{ book { title stars } }")

    assert answer.json() == {"data": {"book": {"title": "Emma", "stars": 1}}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ book { nonsense } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ book {", "GRAPHQL_VALIDATION_FAILED"),
        ("{" + "book {" * 40 + "id" + "}" * 40 + "}", "TOO_DEEP"),
        ("{" + " ".join(f"a{n}: book {{ id }}" for n in range(300)) + "}", "TOO_MANY_ALIASES"),
    ],
)
async def test_what_cannot_be_run_says_so_with_a_code_and_no_data(query: str, code: str) -> None:
    async with served() as client:
        answer = await ask(client, query, "application/graphql-response+json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == code
    assert "data" not in answer.json()


async def test_what_costs_too_much_is_refused_and_what_does_not_is_answered() -> None:
    async with served(Limits(cost=1)) as client:
        dear = await ask(client, "{ a: book { title } b: book { title } }")
        cheap = await ask(client, "{ book { title } }")

    assert [one["extensions"]["code"] for one in dear.json()["errors"]] == ["TOO_COSTLY"]
    assert cheap.json() == {"data": {"book": {"title": "Emma"}}}


async def test_introspection_is_answered_from_the_schema_that_clients_see() -> None:
    async with served() as client:
        answer = await ask(client, '{ __type(name: "Book") { fields { name } } book { title } }')

    names = [field["name"] for field in answer.json()["data"]["__type"]["fields"]]
    assert sorted(names) == ["id", "stars", "title"]
    assert answer.json()["data"]["book"] == {"title": "Emma"}


DEFERRED = "{ book { title ... @defer { stars } } }"


async def test_a_deferred_part_comes_after_the_first_to_a_client_that_takes_parts() -> None:
    async with served() as client:
        answer = await ask(client, DEFERRED, "multipart/mixed;deferSpec=20220824, application/json")

    parts = [json.loads(part.split("\r\n\r\n")[1]) for part in answer.text.split("\r\n---")[1:-1]]
    assert answer.headers["content-type"].startswith("multipart/mixed")
    assert parts[0] == {"data": {"book": {"title": "Emma"}}, "hasNext": True}
    assert parts[1]["incremental"][0]["data"] == {"stars": 1}


async def test_a_client_that_takes_no_parts_gets_everything_at_once() -> None:
    async with served() as client:
        answer = await ask(client, DEFERRED, "application/json")

    assert answer.json() == {"data": {"book": {"title": "Emma", "stars": 1}}}


async def test_a_subscription_is_a_stream_with_the_rest_of_the_plan_for_each_event() -> None:
    async with served() as client:
        answer = await ask(client, "subscription { lent { title stars } }", "text/event-stream")

    events = [block.split("\n") for block in answer.text.strip().split("\n\n")]
    results = [json.loads(lines[1].removeprefix("data: ")) for lines in events[:-1]]
    assert [one["data"]["lent"]["stars"] for one in results] == [1, 2]
    assert events[-1][0] == "event: complete"


async def test_a_subscription_needs_a_client_that_takes_a_stream() -> None:
    async with served() as client:
        answer = await ask(client, "subscription { lent { title } }", "application/json")

    assert answer.status_code == 406
