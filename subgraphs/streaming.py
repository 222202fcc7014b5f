"""A stream of answers → the bytes of GraphQL over SSE, in distinct connections mode; silence is broken now and then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

MEDIA_TYPE = "text/event-stream"
SILENCE = 12.0
"""Seconds without an answer after which the gateway is told that the connection still stands."""


async def server_sent(answers: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """One `next` per answer, then `complete`."""
    upcoming = asyncio.ensure_future(anext(answers, None))
    try:
        while True:
            ready, _ = await asyncio.wait((upcoming,), timeout=SILENCE)
            if not ready:
                yield b":\n\n"
                continue
            answer = upcoming.result()
            if answer is None:
                yield b"event: complete\ndata: \n\n"
                return
            yield b"event: next\ndata: %b\n\n" % answer
            upcoming = asyncio.ensure_future(anext(answers, None))
    finally:
        upcoming.cancel()
        with suppress(asyncio.CancelledError):
            await upcoming
        await answers.aclose()
