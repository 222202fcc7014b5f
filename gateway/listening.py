"""An ASGI app and a port → a server on this machine that answers until its block ends."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from gateway.errors import NotReady

LOOPBACK = "127.0.0.1"
PATIENCE = 5
"""Seconds that answers under way are given when the server ends."""


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def listening(
    app: ASGIApp, port: int = 0, host: str = LOOPBACK, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """The URL at which `app` answers; port 0 takes a free one. Raises NotReady when it is taken."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as taken:
            raise NotReady(f"port {port} on {host} is taken: choose another with --port") from taken
        server = _Server(_config(app, tls))
        running = asyncio.create_task(server.serve([listener]))
        try:
            await _started(server, running)
            yield f"{'https' if tls else 'http'}://{host}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


def _config(app: ASGIApp, tls: ssl.SSLContext | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        http="httptools",
        date_header=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=PATIENCE,
        ssl_context_factory=None if tls is None else lambda *_: tls,
    )


async def _started(server: uvicorn.Server, running: asyncio.Task[None]) -> None:
    while not server.started and not running.done():  # noqa: ASYNC110 uvicorn tells by a flag only
        await asyncio.sleep(0.005)
    if running.done():
        running.result()
        raise NotReady("the server stopped while it was starting")
