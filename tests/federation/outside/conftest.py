"""A gateway without purposes on one socket, its subgraphs on another: what a client sees, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from gateway.app import application
from gateway.doors import Events, Http
from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.federation.engine import Engine
from gateway.federation.planning.labels import active
from gateway.federation.planning.limits import Limits
from gateway.federation.supergraph import load
from gateway.listening import listening
from gateway.plain import Plain

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@cost", "@listSize", "@override"])'
SCHOOLS = (
    LINK + " type Query { pupils: [Pupil!]! pupil: Pupil dear: Int @cost(weight: 50)"
    ' some(first: Int): [Pupil!] @listSize(slicingArguments: ["first"]) }'
    " type Subscription { moved: Pupil }"
    ' type Pupil @key(fields: "id") { id: ID! name: String friend: Pupil }'
)
CLINIC = (
    LINK + ' type Pupil @key(fields: "id") { id: ID! visits: Int notes: [String!]'
    ' name: String @override(from: "schools", label: "percent(40)") }'
)

Talk = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
"""What a subgraph does with the body of a request: it writes what it likes, bytes for bytes."""


def whole(body: bytes, kind: bytes = b"application/json", status: bytes = b"200 OK") -> bytes:
    """An HTTP answer."""
    head = b"HTTP/1.1 %b\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n"
    return head % (status, kind, len(body)) + body


def saying(answer: bytes) -> Talk:
    """A subgraph that answers everything so, and hangs up."""

    async def talk(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    return talk


@asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[str]:
    """A subgraph's address while it listens."""
    busy: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        busy.add(task)
        task.add_done_callback(busy.discard)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await talk(await reader.readexactly(length), writer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            await asyncio.sleep(0)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy)


@asynccontextmanager
async def serving(
    schools: Talk,
    clinic: Talk,
    limits: Limits | None = None,
    patience: float = 5.0,
    draw: float = 50.0,
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway over these two subgraphs; `draw` is what every request draws for its overrides."""
    async with talking(schools) as first, talking(clinic) as second:
        sources = [Source("schools", first, SCHOOLS), Source("clinic", second, CLINIC)]
        supergraph = load(compose(sources).sdl)
        door = Http(supergraph.subgraphs, timeout=patience)
        gateway = Plain(
            Engine(supergraph, limits),
            door,
            Events(supergraph.subgraphs),
            lambda: active(supergraph, draw),
        )
        async with (
            listening(application(gateway.answer, lambda: None)) as address,
            httpx.AsyncClient(base_url=address, timeout=20) as client,
        ):
            yield client
        door.close()


@pytest.fixture
def from_outside() -> Any:
    """`serving`, `saying` and `whole`, for tests that are no package."""
    return serving, saying, whole
