"""Bytes ⇄ events: the distinct connections mode of the GraphQL over SSE protocol, both ways.

One event per result, named `next`, with the result as its data; `complete` ends the stream. A line
that begins with a colon says nothing and keeps the connection open.
"""

from __future__ import annotations

from collections.abc import Iterator

NEXT = "next"
COMPLETE = "complete"
MEDIA_TYPE = "text/event-stream"
STILL_HERE = b":\n\n"


class TooLong(Exception):
    """An event is longer than is read."""


def event(name: str, content: bytes = b"") -> bytes:
    """One event; `content` has no line breaks, as JSON bytes have none."""
    return b"event: %b\ndata: %b\n\n" % (name.encode("ascii"), content)


class Reader:
    """Cuts a stream of bytes into events, however the bytes are cut."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._rest = b""
        self._name = ""
        self._lines: list[bytes] = []
        self._length = 0

    def feed(self, piece: bytes) -> Iterator[tuple[str, bytes]]:
        """The events that this piece ends: name and data. TooLong when one passes the cap."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > self._cap:
            raise TooLong
        for line in lines:
            yield from self._line(line.removesuffix(b"\r"))

    def _line(self, line: bytes) -> Iterator[tuple[str, bytes]]:
        if not line:
            if self._lines or self._name:
                yield self._name, b"\n".join(self._lines)
            self._name, self._lines, self._length = "", [], 0
            return
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            self._name = value.decode("utf-8", "replace")
        elif field == b"data":
            self._length += len(value)
            if self._length > self._cap:
                raise TooLong
            self._lines.append(value)
