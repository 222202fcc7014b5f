"""A service, its database, and whom it believes → one guarded ASGI app: `/graphql` for the gateway, `/health` for whoever runs it.

An island reads as a role that by itself sees nothing (reading.py); the link node and the ledger decide for each
child themselves, and read as their tables' owner.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.assertion import Assertion
from gateway.register import Register
from subgraphs.confined import NOBODY, Asked, Confined, Keys, Rows, named
from subgraphs.cubes import TABLES as COUNTS
from subgraphs.endpoint import Endpoint, Loading
from subgraphs.guard import guarded
from subgraphs.postgres import pool
from subgraphs.reading import confined
from subgraphs.schema import Graph, printed, schema


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service keeps things: its database, and a folder for what must not be in one.

    `rows` is where an island reads for one request; by `connections` it sees no row.
    """

    connections: asyncpg.Pool
    folder: Path
    register: Register
    rows: Rows


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a service believes: the gateway's public keys by name, and its own copy of the register.

    `also` are the registers before or after it, while a change is carried through.
    """

    keys: Mapping[str, OKPKey]
    register: Register
    also: tuple[Register, ...] = ()
    open_sdl: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """One subgraph. `loaders` takes the place and gives what makes the loaders of each request.

    `is_counted`: service planning is told how many there are of its people.
    """

    name: str
    graph: Graph
    loaders: Callable[[Place], Callable[[], Any]]
    folder: Path
    is_counted: bool = False

    @property
    def tables(self) -> str:
        own = (self.folder / "tables.sql").read_text()
        return own + COUNTS.format(island=self.name) if self.is_counted else own

    @property
    def policies(self) -> str | None:
        """Which rows a request may touch; None where the service itself decides for each child."""
        file = self.folder / "policies.sql"
        return file.read_text() if file.exists() else None


def sdl(service: Service) -> str:
    """What `schema/<name>.graphql` holds."""
    return printed(service.graph)


@asynccontextmanager
async def opened(
    service: Service,
    where: tuple[str, Path],
    trust: Trust,
    *,
    synthetic: bool = False,
    reader_url: str | None = None,
) -> AsyncIterator[ASGIApp]:
    """The guarded ASGI app, for as long as the block lasts. `where`: the database's URL, and a folder.

    `reader_url`: the database as an island reads it, where its role does not simply log in. Raises NotReady.
    """
    url, folder = where
    async with _reading(service, url, reader_url) as connections:
        graph = schema(service.graph, synthetic=synthetic)
        place = Place(connections, folder, trust.register, connections)
        endpoint = Endpoint(graph, _loaders(service, place, graph.keys()))
        yield guarded(
            Starlette(
                routes=[
                    Route("/graphql", endpoint.answer, methods=["POST"]),
                    Route("/health", health, methods=["GET"]),
                ]
            ),
            sdl=sdl(service),
            audience=service.name,
            keys=trust.keys,
            register=trust.register,
            also=trust.also,
            open_sdl=trust.open_sdl,
        )


def _reading(
    service: Service, url: str, reader_url: str | None
) -> AbstractAsyncContextManager[asyncpg.Pool]:
    if service.policies is None:
        return pool(url, [service.tables])
    return confined(service.name, (url, reader_url), (service.tables, service.policies))


def _loaders(service: Service, place: Place, keys: Keys) -> Loading:
    """What makes a request's loaders: in an island, over the rows that the request may touch."""
    if service.policies is None:
        made = service.loaders(place)
        return lambda *_: made()
    purposes = place.register.purposes

    def loaders(assertion: Assertion | None, variables: Mapping[str, Any]) -> Any:
        asked = NOBODY
        if assertion is not None and assertion.purpose in purposes:
            family = purposes[assertion.purpose].family
            asked = Asked.by(assertion, family, named(variables, keys))
        rows = Confined(place.connections, asked)
        return service.loaders(replace(place, rows=rows))()

    return loaders


async def health(_: Request) -> Response:
    return Response(b'{"status":"ok"}', media_type="application/json")
