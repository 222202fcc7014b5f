"""Call → a subgraph's stream of events over HTTP: one connection per subscription, closed with it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

import httptools

from gateway.doors.http import CAP
from gateway.doors.request import head_of, origin_of, request_of, unreachable
from gateway.federation.execution.sse import COMPLETE, MEDIA_TYPE, NEXT, Reader, TooLong
from gateway.federation.execution.transport import (
    TIMED_OUT,
    TOO_LARGE,
    UNREACHABLE,
    Call,
    Failure,
    Headers,
    Reply,
)

PIECE = 64 * 2**10


class Events:
    """Subscribes at each subgraph's URL, in the distinct connections mode of GraphQL over SSE.

    `connecting` is how many seconds a connection may take, `silence` how long a subgraph may say
    nothing at all, not even that it is still there.
    """

    def __init__(
        self,
        urls: Mapping[str, str],
        *,
        connecting: float = 10.0,
        silence: float = 90.0,
        cap: int = CAP,
        tls: ssl.SSLContext | None = None,
        headers: Callable[[Call], Headers] | None = None,
    ) -> None:
        self._places = {
            name: (origin_of(url, tls), head_of(url, MEDIA_TYPE)) for name, url in urls.items()
        }
        self._connecting = connecting
        self._silence = silence
        self._cap = cap
        self._headers = headers

    async def events(self, call: Call) -> AsyncGenerator[Reply]:
        """A reply per event. An answer that is no stream is one reply, and the last."""
        try:
            async with aclosing(self._stream(call)) as replies:
                async for reply in replies:
                    yield reply
        except TimeoutError:
            yield _failed(call, TIMED_OUT, "the subgraph said nothing for too long")
        except TooLong:
            yield _failed(call, TOO_LARGE, f"an event is longer than {self._cap} bytes")
        except OSError as away:
            yield _failed(call, UNREACHABLE, unreachable(self._places[call.subgraph][0], away))
        except httptools.HttpParserError:
            yield _failed(call, UNREACHABLE, "the subgraph's answer is not HTTP")

    async def _stream(self, call: Call) -> AsyncGenerator[Reply]:
        origin, head = self._places[call.subgraph]
        async with asyncio.timeout(self._connecting):
            reader, writer = await asyncio.open_connection(origin.host, origin.port, ssl=origin.tls)
        try:
            headers = call.headers + (self._headers(call) if self._headers else ())
            writer.write(request_of(head, headers, call.body()))
            async with aclosing(self._replies(call, reader)) as replies:
                async for reply in replies:
                    yield reply
        finally:
            writer.close()

    async def _replies(self, call: Call, stream: asyncio.StreamReader) -> AsyncGenerator[Reply]:
        answer = _Answer()
        events = Reader(self._cap)
        while not answer.whole:
            async with asyncio.timeout(self._silence):
                piece = await stream.read(PIECE)
            if not piece:
                break
            answer.parser.feed_data(piece)
            if not answer.streams:
                if len(answer.body) > self._cap:
                    raise TooLong
                continue
            for name, content in events.feed(answer.take()):
                if name == COMPLETE:
                    return
                if name == NEXT:
                    yield Reply(call, content)
        yield answer.last(call)


class _Answer:
    """The HTTP answer that a stream comes in."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.body = b""
        self.streams = False
        self.whole = False

    def take(self) -> bytes:
        """What of the body has come since the last look."""
        body, self.body = self.body, b""
        return body

    def last(self, call: Call) -> Reply:
        """The reply when there is nothing more: the body, if it was no stream of events."""
        if not self.streams and self.body:
            return Reply(call, self.body, self.parser.get_status_code())
        return _failed(call, UNREACHABLE, "the subgraph ended its stream")

    def on_header(self, name: bytes, value: bytes) -> None:
        """httptools: a header."""
        if name.lower() == b"content-type":
            self.streams = value.lower().startswith(MEDIA_TYPE.encode())

    def on_body(self, body: bytes) -> None:
        """httptools: a piece of the body."""
        self.body += body

    def on_message_complete(self) -> None:
        """httptools: the answer is whole."""
        self.whole = True


def _failed(call: Call, code: str, message: str) -> Reply:
    return Reply(call, failure=Failure(code, message))
