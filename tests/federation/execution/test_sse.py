"""Events survive any cutting of the stream, and none is longer than is read."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.federation.execution.sse import Reader, TooLong, event

STREAM = event("next", b'{"a":1}') + b":\n\n" + b"data: x\r\ndata: y\r\n\r\n" + event("complete")


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_however_the_stream_is_cut_the_events_are_the_same(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    reader = Reader(100)
    found = [one for start, end in pairwise(places) for one in reader.feed(STREAM[start:end])]

    assert found == [("next", b'{"a":1}'), ("", b"x\ny"), ("complete", b"")]


@pytest.mark.parametrize("stream", [b"data: " + b"x" * 50, b"data: xxxxx\n" * 5])
def test_an_event_longer_than_the_cap_is_not_read(stream: bytes) -> None:
    with pytest.raises(TooLong):
        list(Reader(20).feed(stream))
