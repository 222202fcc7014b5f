"""Fetches → calls under way → replies: each fetch starts as soon as those it needs have ended.

No waves and no tasks: what arrives is taken in, one reply after the other, by the coroutine that
runs the request, so nothing here needs a lock. A fetch whose need failed still tries.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection
from functools import partial
from typing import Protocol

from gateway.federation.execution.program import Program
from gateway.federation.execution.transport import TIMED_OUT, Call, Failure, Reply, Transport


class Run(Protocol):
    """One way of running a program: what to ask, and what to make of the answers."""

    def calls(self, place: int) -> list[Call]:
        """The calls that fetch `place` needs now; none when there is nothing to ask."""
        ...

    def absorb(self, place: int, reply: Reply) -> None:
        """Take in one reply to fetch `place`."""
        ...


LATE = Failure(TIMED_OUT, "the answer took too long as a whole; this part was given up")


class Exchange:
    """The calls of one request, each sent once: a second run is given the first one's replies.

    After so many seconds everything under way is given up, and nothing more is asked.
    """

    __slots__ = ("_held", "_late", "_timer", "_transport")

    def __init__(self, transport: Transport, seconds: float) -> None:
        self._transport = transport
        self._held: dict[int, list[tuple[Call, asyncio.Future[Reply]]]] = {}
        self._late = False
        self._timer = asyncio.get_running_loop().call_later(seconds, self._expire)

    def send(self, place: int, call: Call) -> asyncio.Future[Reply]:
        """Ask, unless the same was asked before. A cancelled future is a reply that came too late."""
        held = self._held.setdefault(place, [])
        for asked, future in held:
            if (asked.representations, asked.variables) == (call.representations, call.variables):
                return future
        if self._late:
            future = asyncio.get_running_loop().create_future()
            future.cancel()
        else:
            future = asyncio.ensure_future(self._transport.send(call))
        held.append((call, future))
        return future

    def close(self) -> None:
        """Give up what is still under way."""
        self._timer.cancel()
        for held in self._held.values():
            for _, future in held:
                if not future.cancel() and not future.cancelled():
                    future.exception()  # looked at: of several only the first was raised

    def _expire(self) -> None:
        self._late = True
        for held in self._held.values():
            for _, future in held:
                future.cancel()


class Flow:
    """The progress of one run through its program."""

    __slots__ = (
        "_arrived",
        "_exchange",
        "_missing",
        "_open",
        "_program",
        "_run",
        "_waiter",
        "done",
    )

    def __init__(self, program: Program, exchange: Exchange, run: Run) -> None:
        self._program = program
        self._exchange = exchange
        self._run = run
        self._missing = [len(fetch.after) for fetch in program.fetches]
        self._open: dict[int, int] = {}
        self._arrived: deque[tuple[int, Call, asyncio.Future[Reply]]] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self.done: set[int] = set()

    def start(self, event: Reply | None = None) -> None:
        """Send what waits for nothing; of a subscription `event` is the first fetch's reply."""
        if event is not None:
            self._run.calls(0)
            self._run.absorb(0, event)
            self._finish(0)
            return
        for place, missing in enumerate(list(self._missing)):
            if not missing:
                self._launch(place)

    async def until(self, wanted: Collection[int]) -> None:
        """Go on until these fetches have ended."""
        while not self.done.issuperset(wanted):
            await self.advance()

    async def advance(self) -> None:
        """Wait for the next reply and take it in."""
        if not self._arrived:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        place, call, future = self._arrived.popleft()
        late = future.cancelled()
        self._run.absorb(place, Reply(call, failure=LATE) if late else future.result())
        self._open[place] -= 1
        if not self._open[place]:
            self._finish(place)

    def _launch(self, place: int) -> None:
        calls = self._run.calls(place)
        self._open[place] = len(calls)
        for call in calls:
            future = self._exchange.send(place, call)
            future.add_done_callback(partial(self._hear, place, call))
        if not calls:
            self._finish(place)

    def _hear(self, place: int, call: Call, future: asyncio.Future[Reply]) -> None:
        self._arrived.append((place, call, future))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _finish(self, place: int) -> None:
        self.done.add(place)
        for follower in self._program.followers[place]:
            self._missing[follower] -= 1
            if not self._missing[follower]:
                self._launch(follower)
