"""Exchanges → connections of one origin: the last used is used next, and only so many are open."""

from __future__ import annotations

import asyncio
from collections import deque

from gateway.doors.connection import Connection, Exchange
from gateway.doors.request import Origin, unreachable
from gateway.federation.execution.transport import TIMED_OUT, UNREACHABLE

FRESH = 1.0
"""A mutation takes no connection that was idle for longer: the other side may be closing it."""


class Pool:
    """The connections to one origin: the last used is used next, and no more are open than `most`."""

    def __init__(self, origin: Origin, most: int, cap: int) -> None:
        self._origin = origin
        self._most = most
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._opening: dict[asyncio.Task[None], Exchange] = {}
        self._queue: deque[Exchange] = deque()
        self.cap = cap

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._queue or self._opening or len(self._open) > len(self._idle))

    def submit(self, exchange: Exchange) -> None:
        """Ask now when a connection is idle or may be opened, else in turn."""
        connection = self._take(exchange)
        if connection is not None:
            connection.start(exchange)
        elif self._room:
            task = asyncio.get_running_loop().create_task(self._dial(exchange))
            self._opening[task] = exchange
            task.add_done_callback(self._dialled)
        else:
            self._queue.append(exchange)

    @property
    def _room(self) -> bool:
        return len(self._open) + len(self._opening) < self._most

    def _take(self, exchange: Exchange) -> Connection | None:
        if not self._idle:
            return None
        connection = self._idle.pop()
        idle_for = asyncio.get_running_loop().time() - connection.idle_since
        if exchange.repeatable or idle_for < FRESH:
            return connection
        self._open.discard(connection)
        connection.close()
        return None

    async def _dial(self, exchange: Exchange) -> None:
        origin = self._origin
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                lambda: Connection(self), origin.host, origin.port, ssl=origin.tls
            )
        except (OSError, UnicodeError) as away:  # the second: a host name that is none
            exchange.fail(UNREACHABLE, unreachable(origin, away))
            return
        if connection.gone:
            exchange.fail(UNREACHABLE, "the subgraph closed the connection without an answer")
            return
        self._open.add(connection)
        if exchange.future.done():
            self.idle_again(connection)
        else:
            connection.start(exchange)

    def _dialled(self, task: asyncio.Task[None]) -> None:
        del self._opening[task]
        self._next()

    def idle_again(self, connection: Connection) -> None:
        """A connection is free: the next in the queue has it."""
        while self._queue:
            exchange = self._queue.popleft()
            if not exchange.future.done():
                connection.start(exchange)
                return
        connection.idle_since = asyncio.get_running_loop().time()
        self._idle.append(connection)

    def lost(self, connection: Connection) -> None:
        """A connection is gone."""
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._next()

    def _next(self) -> None:
        while self._queue and (self._idle or self._room):
            exchange = self._queue.popleft()
            if not exchange.future.done():
                self.submit(exchange)

    def sweep(self, now: float) -> None:
        """End what has taken too long."""
        for connection in list(self._open):
            connection.overdue(now)
        for task, exchange in list(self._opening.items()):
            if exchange.future.done():
                task.cancel()
            elif exchange.deadline < now:
                exchange.fail(TIMED_OUT, "the subgraph could not be reached in time")
                task.cancel()
        for exchange in list(self._queue):
            if exchange.deadline < now:
                exchange.fail(TIMED_OUT, "the subgraph did not answer in time")

    def close(self) -> None:
        """Hang up everywhere."""
        for task in self._opening:
            task.cancel()
        for exchange in (*self._queue, *self._opening.values()):
            exchange.fail(UNREACHABLE, "the gateway is closing")
        self._queue.clear()
        for connection in list(self._open):
            connection.close()
