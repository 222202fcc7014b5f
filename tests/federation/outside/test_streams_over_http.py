"""What comes in parts, as it comes: deferred parts, events, and what a client that goes away leaves behind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

PUPIL = b'{"data":{"pupil":{"id":"1","name":"Ada"}}}'
VISITS = b'{"data":{"_entities":[{"visits":3}]}}'
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
MOVED = b'event: next\ndata: {"data":{"moved":{"id":"%d"}}}\n\n'


async def until(texts: AsyncIterator[str], wanted: str) -> str:
    """What arrives until the wanted text has."""
    seen = ""
    async for text in texts:
        seen += text
        if wanted in seen:
            break
    return seen


async def test_the_first_part_is_there_before_the_deferred_one_is_answered(
    from_outside: Any,
) -> None:
    serving, saying, whole = from_outside
    seen = asyncio.Event()

    async def clinic(_: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.wait_for(seen.wait(), 10)
        writer.write(whole(VISITS))

    query = {"query": "{ pupil { id ... @defer { visits } } }"}
    accept = {"accept": "multipart/mixed;deferSpec=20220824"}
    async with (
        serving(saying(whole(PUPIL)), clinic) as client,
        client.stream("POST", "/graphql", json=query, headers=accept) as answer,
    ):
        texts = answer.aiter_text()
        first = await until(texts, '"hasNext":true}')
        seen.set()
        second = await until(texts, "-----")

    assert answer.headers["content-type"].startswith("multipart/mixed")
    assert '{"data":{"pupil":{"id":"1"}},"hasNext":true}' in first
    assert '"incremental":[{"data":{"visits":3},"path":["pupil"]}],"hasNext":false' in second


async def test_events_come_one_by_one_in_distinct_connections_mode(from_outside: Any) -> None:
    serving, saying, whole = from_outside
    heard = asyncio.Event()

    async def schools(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + MOVED % 1)
        await asyncio.wait_for(heard.wait(), 10)
        writer.write(MOVED % 2 + b"event: complete\ndata:\n\n")

    query = {"query": "subscription { moved { id visits } }"}
    async with (
        serving(schools, saying(whole(VISITS))) as client,
        client.stream(
            "POST", "/graphql", json=query, headers={"accept": "text/event-stream"}
        ) as answer,
    ):
        texts = answer.aiter_text()
        first = await until(texts, "\n\n")
        heard.set()
        rest = await until(texts, "complete")

    assert answer.headers["content-type"].split(";")[0] == "text/event-stream"
    names = [line for line in (first + rest).splitlines() if line.startswith("event: ")]
    found = [json.loads(line[6:]) for line in (first + rest).splitlines() if "moved" in line]
    assert names == ["event: next", "event: next", "event: complete"]
    assert found == [{"data": {"moved": {"id": str(n), "visits": 3}}} for n in (1, 2)]


async def test_a_client_that_goes_away_ends_the_subgraph_s_stream(from_outside: Any) -> None:
    serving, saying, _ = from_outside
    left = asyncio.Event()

    async def schools(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + MOVED % 1)
        try:
            while not writer.is_closing():
                writer.write(b":\n\n")
                await writer.drain()
                await asyncio.sleep(0.01)
        finally:
            left.set()

    query = {"query": "subscription { moved { id } }"}
    async with serving(schools, saying(b"")) as client:
        async with client.stream(
            "POST", "/graphql", json=query, headers={"accept": "text/event-stream"}
        ) as answer:
            assert "moved" in await until(answer.aiter_text(), "\n\n")
        await asyncio.wait_for(left.wait(), 5)


async def test_a_progressive_override_sends_each_request_where_its_draw_says(
    from_outside: Any,
) -> None:
    serving, saying, whole = from_outside
    schools = saying(whole(PUPIL))
    clinic = saying(whole(b'{"data":{"_entities":[{"name":"Ada of the clinic"}]}}'))
    query, names = {"query": "{ pupil { name } }"}, []
    for draw in (39.9, 40.0):
        async with serving(schools, clinic, draw=draw) as client:
            answer = await client.post("/graphql", json=query)
            names.append(answer.json()["data"]["pupil"]["name"])

    assert names == ["Ada of the clinic", "Ada"]
