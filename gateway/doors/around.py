"""Doors around doors: a time limit, a count, and one request for what several ask at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable

from gateway.federation.execution.transport import (
    TIMED_OUT,
    Call,
    Failure,
    Headers,
    Reply,
    Transport,
)


class Within:
    """Waits for the next door so many seconds and no longer."""

    def __init__(self, door: Transport, seconds: float) -> None:
        self._door = door
        self._seconds = seconds

    async def send(self, call: Call) -> Reply:
        """The next door's reply, or a failed one."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._door.send(call)
        except TimeoutError:
            return Reply(call, failure=Failure(TIMED_OUT, "the subgraph did not answer in time"))


class Counted:
    """Counts what passes: calls, representations, and failed replies, by subgraph."""

    def __init__(self, door: Transport) -> None:
        self._door = door
        self.calls: Counter[str] = Counter()
        self.representations: Counter[str] = Counter()
        self.failures: Counter[tuple[str, str]] = Counter()

    async def send(self, call: Call) -> Reply:
        """The next door's reply."""
        self.calls[call.subgraph] += 1
        self.representations[call.subgraph] += len(call.representations)
        reply = await self._door.send(call)
        if reply.failure is not None:
            self.failures[call.subgraph, reply.failure.code] += 1
        return reply


class Shared:
    """Asks once for queries that are the same byte for byte, headers included, while one is under way.

    Only for doors where nothing about the caller is left out of headers and body (I-10): a signed
    call is like no other, so behind a signature this does nothing, and before one it must not stand.
    """

    def __init__(self, door: Transport) -> None:
        self._door = door
        self._under_way: dict[tuple[str, Headers, bytes], asyncio.Future[Reply]] = {}

    def send(self, call: Call) -> Awaitable[Reply]:
        """The next door's reply, or what it is about to say to somebody who asked the same."""
        if call.fetch.operation != "query":
            return self._door.send(call)
        key = (call.subgraph, call.headers, call.body())
        first = self._under_way.get(key)
        if first is None:
            first = asyncio.ensure_future(self._door.send(call))
            self._under_way[key] = first
            first.add_done_callback(lambda _: self._under_way.pop(key))
        return self._wait(first, call)

    async def _wait(self, first: asyncio.Future[Reply], call: Call) -> Reply:
        # Shielded: who stops waiting must not take the answer from the others.
        reply = await asyncio.shield(first)
        return Reply(call, reply.body, reply.status, reply.failure, reply.problems)
