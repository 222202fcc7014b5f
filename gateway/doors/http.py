"""Call → HTTP request → Reply, at the URLs that the configuration gives."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.doors.connection import Exchange
from gateway.doors.pool import Pool
from gateway.doors.request import head_of, origin_of, request_of
from gateway.federation.execution.transport import UNREACHABLE, Call, Headers, Reply

ACCEPT = "application/graphql-response+json, application/json"

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
        self._leaving: list[Exchange] = []
        pools: dict[tuple[str, str], Pool] = {}
        self._targets = {}
        for name, url in urls.items():
            parts = urlsplit(url)
            place = (parts.scheme, parts.netloc)
            if place not in pools:
                pools[place] = Pool(origin_of(url, tls), connections, cap)
            self._targets[name] = _Target(pools[place], head_of(url, ACCEPT))
        self._pools = list(pools.values())

    def send(self, call: Call) -> asyncio.Future[Reply]:
        """Ask in this turn of the loop; the future is the answer. It never raises for what a subgraph does.

        What is asked in one turn leaves at its end: so it is signed together.
        """
        loop = asyncio.get_running_loop()
        exchange = Exchange(call, loop.time() + self._timeout)
        if not self._leaving:
            loop.call_soon(self._leave)
        self._leaving.append(exchange)
        return exchange.future

    def _leave(self) -> None:
        leaving, self._leaving = self._leaving, []
        for exchange in leaving:
            if not exchange.future.done():
                self._ask(exchange)
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(SWEEP, self._sweep)

    def _ask(self, exchange: Exchange) -> None:
        call = exchange.call
        target = self._targets[call.subgraph]
        headers = call.headers if self._headers is None else call.headers + self._headers(call)
        try:
            exchange.request = request_of(target.head, headers, call.body())
        except ValueError as unsendable:
            exchange.future.set_exception(unsendable)
            return
        target.pool.submit(exchange)

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
        for exchange in self._leaving:
            exchange.fail(UNREACHABLE, "the gateway is closing")
        for pool in self._pools:
            pool.close()
