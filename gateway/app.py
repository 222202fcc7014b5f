"""The ASGI application: its two routes, who may enter, and what an error looks like from outside.

The one place where a GatewayError becomes HTTP. Whatever else goes wrong is a 500 that says nothing,
and a line in the log that names no person.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from traceback import extract_tb

import orjson
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.responses import StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.errors import BadRequest, GatewayError, TooLarge
from gateway.protocol import BODY_LIMIT, JSON, Answer, Asked, read_request

BODY_SECONDS = 10.0
PRIVATE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
"""On every answer: it is for one asker, once."""
_PRIVATE = [(name.encode(), value.encode()) for name, value in PRIVATE.items()]

log = logging.getLogger(__name__)


Answering = Callable[[Asked], Awaitable[Answer]]
Readiness = Callable[[], str | None]
"""None when ready, else what is missing."""


def application(
    answering: Answering, readiness: Readiness, alarm: Readiness = lambda: None
) -> Starlette:
    """The gateway as a web application: POST /graphql, GET /health.

    `alarm` is what a person should look at although the gateway is ready.
    """

    async def health(_: HttpRequest) -> HttpResponse:
        missing, warning = readiness(), alarm()
        found = {"status": "ok"} if missing is None else {"status": "not ready", "missing": missing}
        found |= {"alarm": warning} if warning else {}
        return HttpResponse(orjson.dumps(found), 200 if missing is None else 503, PRIVATE, JSON)

    return Starlette(
        routes=[
            Route("/graphql", _GraphQL(answering), methods=["POST"]),
            Route("/health", health, methods=["GET"]),
        ]
    )


class _GraphQL:
    """One POST → one answer."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answering(await _asked(scope, receive))
        except GatewayError as refused:
            answer = failed(refused)
        except Exception as bug:  # noqa: BLE001 the last frame before the client: say nothing, log where
            # Its message may quote what was asked, so only its name and places are written.
            log.error("%s at %s", type(bug).__name__, _places(bug))  # noqa: TRY400
            answer = failed(GatewayError("the gateway failed; nothing was released"))
        if isinstance(answer.body, bytes):
            await _send(answer, answer.body, send)
        else:
            headers = {**PRIVATE, **answer.headers}
            stream = StreamingResponse(answer.body, answer.status, headers, answer.media_type)
            await stream(scope, receive, send)


async def _send(answer: Answer, body: bytes, send: Send) -> None:
    """The answer as it is: on the hot path, a Response object would cost more than the plan's lookup."""
    headers = [
        (b"content-type", answer.media_type.encode()),
        (b"content-length", b"%d" % len(body)),
        *_PRIVATE,
        *((name.encode(), value.encode()) for name, value in answer.headers.items()),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def failed(error: GatewayError) -> Answer:
    """An error as GraphQL clients read it."""
    body = {"errors": [{"message": error.message, "extensions": {"code": error.code}}]}
    return Answer(orjson.dumps(body), error.status, headers=error.headers)


async def _asked(scope: Scope, receive: Receive) -> Asked:
    found: dict[bytes, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name, []).append(value.decode("latin-1"))
    if found.get(b"content-encoding", ["identity"]) != ["identity"]:
        raise BadRequest("send the body as it is, without Content-Encoding")
    kind = ", ".join(found.get(b"content-type", ()))
    return Asked(
        read_request(kind, await _body(receive)),
        tuple(found.get(b"authorization", ())),
        tuple(found.get(b"declared-purpose", ())),
        ", ".join(found.get(b"accept", ())),
        tuple(found.get(b"dpop", ())),
    )


async def _body(receive: Receive) -> bytes:
    first = await receive()
    if not first.get("more_body"):
        return _within(first.get("body", b""))
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _rest(first.get("body", b""), receive)
    except TimeoutError as slow:
        raise BadRequest(f"the body took longer than {BODY_SECONDS:g} s", code="TOO_SLOW") from slow


async def _rest(first: bytes, receive: Receive) -> bytes:
    body, more = first, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("the connection ended before the body did")
        body = _within(body + message.get("body", b""))
        more = message.get("more_body", False)
    return body


def _within(body: bytes) -> bytes:
    if len(body) > BODY_LIMIT:
        raise TooLarge(f"the body is larger than {BODY_LIMIT} bytes")
    return body


def _places(bug: Exception) -> str:
    frames = extract_tb(bug.__traceback__)
    return " < ".join(f"{frame.name} {frame.filename}:{frame.lineno}" for frame in reversed(frames))
