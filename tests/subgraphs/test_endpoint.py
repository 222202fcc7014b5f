"""One operation over HTTP → its answer: entities together, errors as codes, and no number quoted."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import orjson
import pytest
import strawberry
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.identifiers import Upn
from subgraphs.context import Context
from subgraphs.endpoint import Endpoint
from subgraphs.labels import fact, reads
from subgraphs.outward import Withheld
from subgraphs.schema import Graph, schema

SECRET = "B801200005001"
Post = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]


class Loads:
    """Counts what is loaded in one request."""

    def __init__(self) -> None:
        self.batches: list[int] = []


@strawberry.federation.type(keys=["upn"], description="A pupil.")
class Pupil:
    upn: Upn = fact("SC.ID", about="UPN.")
    batches: int = fact("SC.ID", about="How many loads there had been.")

    @classmethod
    async def resolve_references(
        cls, context: Context, keys: list[dict[str, Any]]
    ) -> list[Pupil | None]:
        context.load.batches.append(len(keys))
        return [
            cls(upn=Upn(key["upn"]), batches=len(context.load.batches)) if key["upn"] else None
            for key in keys
        ]


@strawberry.type
class Query:
    @reads("SC.ID", about="The UPN it was given.")
    def echo(self, upn: Upn) -> Upn:
        return upn

    @reads("SC.ID", about="The number it was given.")
    def repeat(self, n: int) -> int:
        return n

    @reads("SC.ID", about="Fails, with a number in its message.")
    def fails(self) -> str | None:
        raise ValueError(f"duplicate key: {SECRET}")

    @reads("SC.ID", about="Is withheld.")
    def withheld(self) -> str | None:
        raise Withheld("NOT_AVAILABLE")


GRAPH = Graph(query=Query, types=(Pupil,))


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    endpoint = Endpoint(schema(GRAPH), lambda *_: Loads())
    app = Starlette(routes=[Route("/graphql", endpoint.answer, methods=["POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as one:
        yield one


@pytest.fixture
def post(client: httpx.AsyncClient) -> Post:
    async def posted(query: object, variables: object = None) -> tuple[int, dict[str, Any]]:
        body = orjson.dumps({"query": query, "variables": variables})
        answer = await client.post("/graphql", content=body)
        return answer.status_code, answer.json()

    return posted


async def test_entities_of_one_type_are_loaded_together_and_loaders_live_for_one_request(
    post: Post,
) -> None:
    keys = [{"__typename": "Pupil", "upn": SECRET}, {"__typename": "Pupil", "upn": ""}] * 3
    query = (
        "query ($k: [_Any!]!) { _entities(representations: $k) { ... on Pupil { upn batches } } }"
    )

    for _ in range(2):
        status, body = await post(query, {"k": keys})

        assert status == 200
        assert body["data"]["_entities"] == [{"upn": SECRET, "batches": 1}, None] * 3


async def test_an_identifier_comes_out_in_its_canonical_form(post: Post) -> None:
    _, body = await post("query ($u: UPN!) { echo(upn: $u) }", {"u": SECRET.lower()})

    assert body == {"data": {"echo": SECRET}}


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("query ($u: UPN!) { echo(upn: $u) }", {"u": "A801200005001"}, "BAD_IDENTIFIER"),
        ("query ($u: UPN!) { echo(upn: $u) }", {"u": 801200005001}, "BAD_IDENTIFIER"),
        ('{ echo(upn: "A801200005001") }', None, "BAD_IDENTIFIER"),
        ("{ echo(upn: 801200005001) }", None, "BAD_IDENTIFIER"),
        ('{ echo(upn: "A801200005001" }', None, "GRAPHQL_PARSE_FAILED"),
        ("query ($n: Int!) { repeat(n: $n) }", {"n": "801200005001"}, "GRAPHQL_VALIDATION_FAILED"),
        ('{ repeat(n: "801200005001") }', None, "GRAPHQL_VALIDATION_FAILED"),
        ("{ fails }", None, "INTERNAL"),
        ("{ withheld }", None, "NOT_AVAILABLE"),
        ("{ unheard }", None, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_an_error_leaves_as_a_code_and_never_quotes_a_number(
    post: Post, query: str, variables: object, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        _, body = await post(query, variables)

    assert body["errors"][0]["extensions"]["code"] == code
    assert "801200005001" not in str(body)
    assert "801200005001" not in caplog.text


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"query": 1}', b'{"query": "{a}", "variables": []}']
)
async def test_what_is_no_graphql_request_is_refused(
    client: httpx.AsyncClient, body: bytes
) -> None:
    assert (await client.post("/graphql", content=body)).status_code == 400
