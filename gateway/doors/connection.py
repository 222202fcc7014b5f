"""One exchange over one keep-alive HTTP/1.1 connection: request bytes → Reply.

One write per request. No redirects are followed, no compression is asked for and no more than the
owner's cap is read. A query that a reused connection lost before the first byte came back is asked
once more; a mutation never is.
"""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

import httptools

from gateway.federation.execution.transport import (
    TIMED_OUT,
    TOO_LARGE,
    UNREACHABLE,
    Call,
    Failure,
    Reply,
)


class Owner(Protocol):
    """Who gave out the connection, and has it back."""

    cap: int

    def submit(self, exchange: Exchange) -> None:
        """Ask on whichever connection is free."""
        ...

    def idle_again(self, connection: Connection) -> None:
        """The connection is free."""
        ...

    def lost(self, connection: Connection) -> None:
        """The connection is gone."""
        ...


class Exchange:
    """One request under way. `request` are its bytes, from when it leaves."""

    __slots__ = ("call", "deadline", "future", "request", "retried")

    def __init__(self, call: Call, deadline: float) -> None:
        self.call = call
        self.request = b""
        self.deadline = deadline
        self.retried = False
        self.future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    @property
    def repeatable(self) -> bool:
        """Whether asking twice is as good as once."""
        return self.call.fetch.operation == "query" and not self.retried

    def fail(self, code: str, message: str) -> None:
        """End without an answer."""
        if not self.future.done():
            self.future.set_result(Reply(self.call, failure=Failure(code, message)))


class Connection(asyncio.Protocol):
    """One connection: idle, or with one exchange."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._parser = httptools.HttpResponseParser(self)
        self._chunks: list[bytes] = []
        self._size = 0
        self._heard = False
        self._whole = False
        self._surplus = False
        self._keep = False
        self._used = False
        self._transport: asyncio.Transport | None = None
        self.exchange: Exchange | None = None
        self.idle_since = 0.0
        self.gone = False

    def start(self, exchange: Exchange) -> None:
        """Ask. The connection must be idle."""
        assert self._transport is not None
        self.exchange = exchange
        self._heard = False
        self._transport.write(exchange.request)

    def close(self) -> None:
        """Hang up at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: the connection is there."""
        # uvloop's transports are not asyncio's by inheritance.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """asyncio: a piece of the answer."""
        self._heard = True
        if self.exchange is None:
            self.close()  # nobody asked: what comes next could be taken for another's answer
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail(UNREACHABLE, "the subgraph's answer is not HTTP")
        if self._whole:
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: the connection is gone."""
        self.gone = True
        exchange, self.exchange = self.exchange, None
        self._owner.lost(self)
        if exchange is None:
            return
        if not self._heard and self._used and exchange.repeatable:
            exchange.retried = True
            self._owner.submit(exchange)
        elif self._chunks:
            # Without a length the end of the connection is the end of the body. Half a body is no
            # JSON, so the engine finds out which it was.
            self._settle(exchange)
        else:
            exchange.fail(UNREACHABLE, "the subgraph closed the connection without an answer")

    def on_message_begin(self) -> None:
        """httptools: an answer begins."""
        self._surplus = self._whole

    def on_body(self, body: bytes) -> None:
        """httptools: a piece of the body."""
        if self._whole:
            return
        self._size += len(body)
        if self._size > self._owner.cap:
            self._fail(TOO_LARGE, f"the subgraph's answer is longer than {self._owner.cap} bytes")
        else:
            self._chunks.append(body)

    def on_message_complete(self) -> None:
        """httptools: the answer is whole, unless it only announced the answer."""
        self._whole = self._parser.get_status_code() >= 200
        self._keep = self._parser.should_keep_alive()

    def _end(self) -> None:
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            self._settle(exchange)
        # What came after the answer that was asked for must not be taken for the next one's answer.
        keep = self._keep and exchange is not None and not self._surplus
        self._chunks = []
        self._size = 0
        self._whole = False
        self._used = True
        if keep:
            self._owner.idle_again(self)
        else:
            self.close()

    def _settle(self, exchange: Exchange) -> None:
        body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        if not exchange.future.done():
            exchange.future.set_result(Reply(exchange.call, body, self._parser.get_status_code()))

    def _fail(self, code: str, message: str) -> None:
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.fail(code, message)
        self.close()

    def overdue(self, now: float) -> None:
        """Hang up when the exchange has taken too long, or nobody waits for it any more."""
        exchange = self.exchange
        if exchange is not None and exchange.future.done():
            self.exchange = None
            self.close()
        elif exchange is not None and exchange.deadline < now:
            self._fail(TIMED_OUT, "the subgraph did not answer in time")
