"""Calls → schemas and ASGI applications in this very process, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import aclosing
from inspect import isawaitable
from typing import Any, cast

import msgspec
from graphql import ExecutionResult, GraphQLSchema, graphql, parse, subscribe

from gateway.federation.execution.sse import COMPLETE, Reader
from gateway.federation.execution.transport import UNREACHABLE, Call, Failure, Reply

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


CAP = 32 * 2**20
"""Bytes of one event that are read."""


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

    async def events(self, call: Call) -> AsyncGenerator[Reply]:
        """A reply per event of the schema's or application's stream."""
        subgraph = self._subgraphs[call.subgraph]
        stream = (
            _schema_events(subgraph, call)
            if isinstance(subgraph, GraphQLSchema)
            else _application_events(subgraph, call, self._path)
        )
        async with aclosing(stream) as replies:
            async for reply in replies:
                yield reply


async def _schema_events(schema: GraphQLSchema, call: Call) -> AsyncGenerator[Reply]:
    found = subscribe(schema, parse(call.fetch.document), variable_values=call.arguments())
    results = await found if isawaitable(found) else found
    if isinstance(results, ExecutionResult):
        yield Reply(call, msgspec.json.encode(results.formatted))
        return
    async with aclosing(cast("AsyncGenerator[ExecutionResult]", results)) as events:
        async for result in events:
            yield Reply(call, msgspec.json.encode(result.formatted))


async def _application_events(
    application: Application, call: Call, path: str
) -> AsyncGenerator[Reply]:
    messages: asyncio.Queue[Message] = asyncio.Queue()
    gone = asyncio.Event()
    asked = iter([{"type": "http.request", "body": call.body(), "more_body": False}])

    async def receive() -> Message:
        for message in asked:
            return message
        await gone.wait()
        return {"type": "http.disconnect"}

    scope = _scope(call.bearing((b"accept", b"text/event-stream")), path)
    task = asyncio.ensure_future(application(scope, receive, messages.put))
    task.add_done_callback(lambda _: messages.put_nowait({"type": "", "more_body": False}))
    try:
        async for reply in _replies(call, messages):
            yield reply
    finally:
        gone.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _replies(call: Call, messages: asyncio.Queue[Message]) -> AsyncGenerator[Reply]:
    reader = Reader(CAP)
    while True:
        message = await messages.get()
        for name, content in reader.feed(message.get("body", b"")):
            if name == COMPLETE:
                return
            yield Reply(call, content)
        if message["type"] != "http.response.start" and not message.get("more_body"):
            yield Reply(call, failure=Failure(UNREACHABLE, "the subgraph ended its stream"))
            return


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
            *((name, bytes(value)) for name, value in call.headers),
        ],
        "client": ("127.0.0.1", 0),
        "server": (call.subgraph, 80),
    }
