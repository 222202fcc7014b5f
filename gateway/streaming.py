"""A stream of responses → the bytes of a GraphQL-over-SSE answer, in distinct connections mode; ended when its caller is nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Protocol, TypeVar

from gateway.federation.execution.sse import COMPLETE, NEXT, STILL_HERE, event

SILENCE = 12.0
"""Seconds without an event after which the client is told that the connection still stands."""
STANDING = 15.0
"""Seconds without an event after which it is asked anew whether the caller is still who they were."""

T = TypeVar("T")


class Sent(Protocol):
    """A response that can be written."""

    def body(self) -> bytes:
        """The response as JSON."""
        ...


async def server_sent(responses: AsyncIterator[Sent]) -> AsyncGenerator[bytes]:
    """One `next` per response, then `complete`; a comment whenever nothing happens for a while."""
    upcoming = asyncio.ensure_future(anext(responses, None))
    try:
        while True:
            ready, _ = await asyncio.wait((upcoming,), timeout=SILENCE)
            if not ready:
                yield STILL_HERE
                continue
            response = upcoming.result()
            if response is None:
                yield event(COMPLETE)
                return
            yield event(NEXT, response.body())
            upcoming = asyncio.ensure_future(anext(responses, None))
    finally:
        upcoming.cancel()
        with suppress(asyncio.CancelledError):
            await upcoming
        if isinstance(responses, AsyncGenerator):
            await responses.aclose()


async def while_standing(
    events: AsyncGenerator[T], standing: Callable[[], Awaitable[object]], every: float = STANDING
) -> AsyncGenerator[T]:
    """The events, for as long as `standing` does not raise: a token that runs out ends even a silent stream."""
    upcoming = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            ready, _ = await asyncio.wait((upcoming,), timeout=every)
            await standing()
            if not ready:
                continue
            found = upcoming.result()
            if found is None:
                return
            yield found
            upcoming = asyncio.ensure_future(anext(events, None))
    finally:
        upcoming.cancel()
        with suppress(asyncio.CancelledError):
            await upcoming
        await events.aclose()
