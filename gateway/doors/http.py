"""Call → HTTP request → Reply, at the URLs that the configuration gives."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.doors.connection import Exchange
from gateway.doors.pool import Origin, Pool
from gateway.federation.execution.transport import Call, Headers, Reply

CAP = 32 * 2**20
"""Bytes of one answer that are read."""

SWEEP = 0.25
"""Seconds between two looks for what has taken too long."""


@dataclass(frozen=True, slots=True)
class _Target:
    pool: Pool
    head: bytes


class Http:
    """Sends each call to its subgraph's URL. URLs come from configuration, never from a request.

    `timeout` is in seconds from sending to the last byte. `headers` are added to each call's own.
    """

    def __init__(
        self,
        urls: Mapping[str, str],
        *,
        timeout: float = 30.0,
        connections: int = 100,
        cap: int = CAP,
        tls: ssl.SSLContext | None = None,
        headers: Callable[[Call], Headers] | None = None,
    ) -> None:
        self._timeout = timeout
        self._headers = headers
        self._sweeping: asyncio.TimerHandle | None = None
        pools: dict[tuple[str, str], Pool] = {}
        self._targets = {}
        for name, url in urls.items():
            parts = urlsplit(url)
            place = (parts.scheme, parts.netloc)
            if place not in pools:
                pools[place] = Pool(_origin(url, tls), connections, cap)
            self._targets[name] = _Target(pools[place], _head(url))
        self._pools = list(pools.values())

    def send(self, call: Call) -> asyncio.Future[Reply]:
        """Ask at once; the future is the answer. It never raises for what a subgraph does."""
        target = self._targets[call.subgraph]
        headers = call.headers if self._headers is None else call.headers + self._headers(call)
        body = call.body()
        lines = b"".join(b"%b: %b\r\n" % _safe(line) for line in headers)
        request = b"%b%d\r\n%b\r\n%b" % (target.head, len(body), lines, body)
        loop = asyncio.get_running_loop()
        exchange = Exchange(call, request, loop.time() + self._timeout)
        target.pool.submit(exchange)
        if self._sweeping is None:
            self._sweeping = loop.call_later(SWEEP, self._sweep)
        return exchange.future

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        for pool in self._pools:
            pool.sweep(loop.time())
        busy = any(pool.busy for pool in self._pools)
        self._sweeping = loop.call_later(SWEEP, self._sweep) if busy else None

    def close(self) -> None:
        """Hang up everywhere; what is under way fails."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        for pool in self._pools:
            pool.close()


def _origin(url: str, tls: ssl.SSLContext | None) -> Origin:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.hostname is None:
        raise ValueError(f"{url} is no http or https URL: correct the subgraph's address")
    if parts.scheme == "http":
        return Origin(parts.hostname, parts.port or 80)
    return Origin(parts.hostname, parts.port or 443, tls or ssl.create_default_context())


def _head(url: str) -> bytes:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    return (
        f"POST {target} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
        "accept: application/graphql-response+json, application/json\r\ncontent-length: "
    ).encode("ascii")


def _safe(line: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    name, value = line
    if any(c in part for part in line for c in (b"\r", b"\n", b"\0")):
        raise ValueError(f"the value of header {name!r} has a line break; take it out")
    return name, value
