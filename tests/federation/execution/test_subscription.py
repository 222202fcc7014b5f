"""Each event of a primary stream is answered like a query: by the rest of the plan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from graphql import build_schema

from gateway.federation.execution import sse
from gateway.federation.execution.canned import Canned
from gateway.federation.execution.inprocess import InProcess
from gateway.federation.execution.subscription import subscribe
from gateway.federation.execution.transport import Call, Failure, Reply

GRAPH = """
type Query { x: Int }
type Subscription { joined(room: ID): User }
type User { id: ID! name: String }
"""
LINES = [
    "1 chat: { joined { id } }",
    "2 after 1 accounts at joined with User{id}: { name }",
]
NAMES = {"1": "Ada", "2": "Grace"}


def accounts(call: Call) -> Any:
    return {"data": {"_entities": [{"name": NAMES.get(r["id"])} for r in call.representations]}}


@pytest.fixture
def program(by_hand: Any) -> Any:
    return by_hand(GRAPH).program("subscription { joined { name id } }", LINES)


class Said:
    """A source that says these things, and knows whether it was hung up on."""

    def __init__(self, *bodies: Any) -> None:
        self.bodies = bodies
        self.closed = False

    async def events(self, call: Call) -> AsyncGenerator[Reply]:
        try:
            for body in self.bodies:
                yield body if isinstance(body, Reply) else Reply(call, body)
        finally:
            self.closed = True


async def test_each_event_is_answered_by_the_rest_of_the_plan(program: Any) -> None:
    source = Said(b'{"data":{"joined":{"id":"2"}}}', b'{"data":{"joined":{"id":"1"}}}')
    answers = [one async for one in subscribe(program, {}, source, Canned({"accounts": accounts}))]

    assert [one.body() for one in answers] == [
        b'{"data":{"joined":{"name":"Grace","id":"2"}}}',
        b'{"data":{"joined":{"name":"Ada","id":"1"}}}',
    ]


async def test_an_event_with_errors_is_answered_as_far_as_it_goes(
    program: Any, errors: Any
) -> None:
    source = Said(
        b'{"data":null,"errors":[{"message":"m","path":["joined"]}]}',
        b'{"data":{"joined":null}}',
        b"<html>",
    )
    answers = [one async for one in subscribe(program, {}, source, Canned({}))]

    assert [one.data for one in answers] == [{"joined": None}] * 3
    assert [errors(one) for one in answers] == [
        [(["joined"], "DOWNSTREAM_SERVICE_ERROR")],
        [],
        [(["joined"], "SUBREQUEST_MALFORMED_RESPONSE")],
    ]


async def test_who_stops_listening_hangs_up(program: Any) -> None:
    source = Said(b'{"data":{"joined":null}}', b'{"data":{"joined":null}}')
    responses = subscribe(program, {}, source, Canned({}))
    await anext(responses)
    await responses.aclose()  # type: ignore[attr-defined]

    assert source.closed


async def joins(*_: object, **__: object) -> AsyncGenerator[Any]:
    for id_ in ("1", "2"):
        yield {"joined": {"id": id_}}


async def test_a_schema_in_this_process_is_a_source(program: Any) -> None:
    schema = build_schema(GRAPH)
    assert schema.subscription_type
    schema.subscription_type.fields["joined"].subscribe = joins
    source = InProcess({"chat": schema})
    answers = [one async for one in subscribe(program, {}, source, Canned({"accounts": accounts}))]

    assert [one.data["joined"]["name"] for one in answers if one.data] == ["Ada", "Grace"]


async def test_a_schema_that_refuses_is_one_event(program: Any, errors: Any) -> None:
    source = InProcess({"chat": build_schema("type Query{x:Int}")})
    answers = [one async for one in subscribe(program, {}, source, Canned({}))]

    assert [errors(one) for one in answers] == [[(["joined"], "DOWNSTREAM_SERVICE_ERROR")]]


class Streaming:
    """An ASGI application that streams events, in pieces cut anywhere."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.left = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["body"].startswith(b'{"query":"subscription{joined{id}}"')
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for piece in self.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(0)
        try:
            await receive()
        finally:
            self.left = True


EVENT = sse.event("next", b'{"data":{"joined":{"id":"1"}}}')


async def test_an_application_in_this_process_is_a_source(program: Any) -> None:
    app = Streaming(EVENT[:9], EVENT[9:] + sse.STILL_HERE, EVENT + sse.event("complete"))
    source = InProcess({"chat": app})
    answers = [one async for one in subscribe(program, {}, source, Canned({"accounts": accounts}))]

    assert [one.data for one in answers] == [{"joined": {"name": "Ada", "id": "1"}}] * 2
    assert app.left


async def test_an_application_that_ends_unasked_is_an_error(program: Any, errors: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": EVENT, "more_body": True})

    source = InProcess({"chat": app})
    answers = [one async for one in subscribe(program, {}, source, Canned({"accounts": accounts}))]

    assert [errors(one) for one in answers] == [[], [(["joined"], "SUBREQUEST_HTTP_ERROR")]]


async def test_a_failed_reply_is_the_last_answer(program: Any, errors: Any) -> None:
    call = Call(program.fetches[0], {})
    source = Said(Reply(call, failure=Failure("SUBREQUEST_TIMEOUT", "late")))
    answers = [one async for one in subscribe(program, {}, source, Canned({}))]

    assert [errors(one) for one in answers] == [[(["joined"], "SUBREQUEST_TIMEOUT")]]
