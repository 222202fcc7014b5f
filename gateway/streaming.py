"""A stream of responses → the bytes of a GraphQL-over-SSE answer, in distinct connections mode."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Protocol

from gateway.federation.execution.sse import COMPLETE, NEXT, STILL_HERE, event

SILENCE = 12.0
"""Seconds without an event after which the client is told that the connection still stands."""


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
