"""Calls → schemas and ASGI applications in this very process, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import msgspec
from graphql import GraphQLSchema, graphql

from gateway.federation.execution.transport import UNREACHABLE, Call, Failure, Reply

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


class InProcess:
    """Each subgraph by name: an executable schema, or an ASGI application asked at `path`."""

    def __init__(
        self, subgraphs: Mapping[str, GraphQLSchema | Application], path: str = "/graphql"
    ) -> None:
        self._subgraphs = subgraphs
        self._path = path

    async def send(self, call: Call) -> Reply:
        """Ask the schema or application. One that breaks counts as a subgraph out of reach."""
        subgraph = self._subgraphs[call.subgraph]
        asked = (
            _ask_schema(subgraph, call)
            if isinstance(subgraph, GraphQLSchema)
            else _ask_application(subgraph, call, self._path)
        )
        (answer,) = await asyncio.gather(asked, return_exceptions=True)
        if isinstance(answer, Reply):
            return answer
        if isinstance(answer, Exception):
            return Reply(call, failure=Failure(UNREACHABLE, "the subgraph broke while answering"))
        raise answer


async def _ask_schema(schema: GraphQLSchema, call: Call) -> Reply:
    # Through JSON and back: the schema's resolvers may keep and change what they are given.
    variables = msgspec.json.decode(msgspec.json.encode(call.arguments()))
    result = await graphql(schema, call.fetch.document, variable_values=variables)
    return Reply(call, msgspec.json.encode(result.formatted))


async def _ask_application(application: Application, call: Call, path: str) -> Reply:
    sent: list[Message] = []
    body: Message = {"type": "http.request", "body": call.body(), "more_body": False}

    async def receive() -> Message:
        return body

    async def send(message: Message) -> None:
        sent.append(message)

    await application(_scope(call, path), receive, send)
    status = next(one["status"] for one in sent if one["type"] == "http.response.start")
    return Reply(call, b"".join(one.get("body", b"") for one in sent), status)


def _scope(call: Call, path: str) -> Message:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"host", call.subgraph.encode()),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(call.body())).encode()),
            *call.headers,
        ],
        "client": ("127.0.0.1", 0),
        "server": (call.subgraph, 80),
    }
