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

log = logging.getLogger(__name__)


Answering = Callable[[Asked], Awaitable[Answer]]
Readiness = Callable[[], str | None]
"""None when ready, else what is missing."""


def application(answering: Answering, readiness: Readiness) -> Starlette:
    """The gateway as a web application: POST /graphql, GET /health."""

    async def health(_: HttpRequest) -> HttpResponse:
        missing = readiness()
        found = {"status": "ok"} if missing is None else {"status": "not ready", "missing": missing}
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
            answer = await self._answering(await _asked(HttpRequest(scope, receive)))
        except GatewayError as refused:
            answer = failed(refused)
        except Exception as bug:  # noqa: BLE001 the last frame before the client: say nothing, log where
            # Its message may quote what was asked, so only its name and places are written.
            log.error("%s at %s", type(bug).__name__, _places(bug))  # noqa: TRY400
            answer = failed(GatewayError("the gateway failed; nothing was released"))
        await _response(answer)(scope, receive, send)


def failed(error: GatewayError) -> Answer:
    """An error as GraphQL clients read it."""
    body = {"errors": [{"message": error.message, "extensions": {"code": error.code}}]}
    return Answer(orjson.dumps(body), error.status)


def _response(answer: Answer) -> HttpResponse:
    headers = {**PRIVATE, **answer.headers}
    if isinstance(answer.body, bytes):
        return HttpResponse(answer.body, answer.status, headers, answer.media_type)
    return StreamingResponse(answer.body, answer.status, headers, answer.media_type)


async def _asked(http: HttpRequest) -> Asked:
    if http.headers.get("content-encoding", "identity") != "identity":
        raise BadRequest("send the body as it is, without Content-Encoding")
    request = read_request(http.headers.get("content-type", ""), await _body(http))
    return Asked(
        request,
        tuple(http.headers.getlist("authorization")),
        tuple(http.headers.getlist("declared-purpose")),
        http.headers.get("accept", ""),
    )


async def _body(http: HttpRequest) -> bytes:
    chunks, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in http.stream():
                size += len(chunk)
                if size > BODY_LIMIT:
                    raise TooLarge(f"the body is larger than {BODY_LIMIT} bytes")
                chunks.append(chunk)
    except TimeoutError as slow:
        raise BadRequest(f"the body took longer than {BODY_SECONDS:g} s", code="TOO_SLOW") from slow
    return b"".join(chunks)


def _places(bug: Exception) -> str:
    frames = extract_tb(bug.__traceback__)
    return " < ".join(f"{frame.name} {frame.filename}:{frame.lineno}" for frame in reversed(frames))
