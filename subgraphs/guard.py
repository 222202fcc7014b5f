"""An ASGI app → the same app, answering only under a fresh assertion that covers every field it selects.

The guard believes nobody: it reads the assertion with the gateway's public key, measures it with its own
copy of the register, and walks the operation by the labels of its own SDL (trust.md §4.2, I-12). Whatever
fails, the answer is the same; the reason is in the log. `/health` is open; the SDL is read under an
assertion for COMPOSITION, which opens nothing else, or freely where `open_sdl` says so (a developer's
machine: an SDL speaks of no person).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from joserfc.jwk import OKPKey
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.assertion import COMPOSITION, HEADER, Assertion, InvalidToken, Verifier
from gateway.register import InvalidRegister, Register
from subgraphs.reach import Reach, Reaches, Unreadable

logger = logging.getLogger(__name__)

SCOPE = "causeway.assertion"
"""Where in the ASGI scope the guarded app finds the Assertion."""
LONGEST_BODY = 8 * 1024 * 1024
REFUSED = b'{"errors":[{"message":"REFUSED","extensions":{"code":"REFUSED"}}]}'

RECORDED = "subjects"
"""What the link node is asked for the record alone: nothing crosses by it, so every use of the number may be off."""

_HEADER = HEADER.encode()


def guarded(
    app: ASGIApp,
    *,
    sdl: str,
    audience: str,
    keys: Mapping[str, OKPKey],
    register: Register,
    also: Sequence[Register] = (),
    open_sdl: bool = False,
) -> ASGIApp:
    """Stand a guard before `app`, the subgraph named `audience` whose SDL is `sdl`.

    `keys` are the gateway's public keys by name. The guarded app finds the Assertion in
    `scope["causeway.assertion"]`. `also` are the registers before or after this one that a gateway
    may still, or already, decide by while a change is carried through: of the next edition and the last one only.
    Raises InvalidRegister for another, Unlabelled when a field of the SDL has no usable label.
    """
    edition = register.document.edition
    if far := [one for one in also if abs(one.document.edition - edition) != 1]:
        raise InvalidRegister(
            f"edition {one.document.edition} is neither the next nor the last of {edition}"
            for one in far
        )
    measures = [_Measure(audience, sdl, one) for one in (register, *also)]
    return _Guard(app, Verifier(audience, keys), measures, open_sdl=open_sdl)


class Denied(Exception):
    """Why an operation is not let in; for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Measure:
    """An assertion against this subgraph's own copy of the register."""

    def __init__(self, audience: str, sdl: str, register: Register) -> None:
        self._crosses = audience == register.link_subgraph
        self._register = register
        self.digest = register.digest
        self._reaches = Reaches(sdl, register.scale)

    def reach(self, body: bytes) -> Reach:
        """What the operation in a body reaches. Raises Denied."""
        try:
            return self._reaches.of(_query(body))
        except Unreadable as error:
            raise Denied(str(error)) from error

    def check(self, assertion: Assertion, reach: Reach) -> None:
        """Raises Denied unless the assertion is within the purpose, and the operation within it."""
        if reach.sdl or assertion.purpose == COMPOSITION:
            if not (reach.sdl and assertion.purpose == COMPOSITION):
                raise Denied("the SDL is read for composition, and nothing else is")
            return
        register = self._register
        who = (assertion.purpose, assertion.role, assertion.organisation_kind)
        if register.refusal(*who) is not None:
            raise Denied("not for this role or organisation")
        if self._crosses and not (register.crosses(assertion.purpose) or reach.only == RECORDED):
            raise Denied("this use of the NHS number is not switched on")
        asserted = _mask(register, assertion)
        if not register.opening(*who).permits(asserted):
            raise Denied("categories beyond the purpose")
        if reach.need & ~asserted:
            raise Denied("fields beyond the categories")


def _mask(register: Register, assertion: Assertion) -> int:
    try:
        return register.scale.read(assertion.categories)
    except KeyError as error:
        raise Denied("unknown category") from error


class _Guard:
    """The middleware itself: read, verify, measure, and only then call."""

    def __init__(
        self, app: ASGIApp, verifier: Verifier, measures: Sequence[_Measure], *, open_sdl: bool
    ) -> None:
        self._app = app
        self._verifier = verifier
        self._measures = {one.digest: one for one in measures}
        self._first = measures[0]
        self._open_sdl = open_sdl

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or _is_health(scope):
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await _refuse_socket(receive, send)
            return
        body = await _body(receive)
        try:
            assertion = self._admitted(scope, body)
        except (Denied, InvalidToken) as error:
            logger.warning("refused: %s", error.reason)
            await _refuse(send)
            return
        await self._app({**scope, SCOPE: assertion}, _again(body or b"", receive), send)

    def _admitted(self, scope: Scope, body: bytes | None) -> Assertion | None:
        if body is None or scope["method"] != "POST":
            raise Denied("no POST, or too long")
        tokens = [value for name, value in scope["headers"] if name == _HEADER]
        if not tokens and self._open_sdl and self._first.reach(body).sdl:
            return None
        if len(tokens) != 1:
            raise Denied("no assertion, or several")
        assertion = self._verifier.verify(tokens[0].decode("latin-1"), body)
        measure = self._measures.get(assertion.register)
        if measure is None:
            raise Denied("another register")
        measure.check(assertion, measure.reach(body))
        return assertion


def _is_health(scope: Scope) -> bool:
    asked = (scope["type"], scope.get("method"), scope.get("path"))
    return asked == ("http", "GET", "/health")


def _query(body: bytes) -> str:
    try:
        found = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Denied("the body is no JSON, or says something twice") from error
    if not isinstance(found, dict) or not isinstance(found.get("query"), str):
        raise Denied("the body holds no query")
    return str(found["query"])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


async def _body(receive: Receive) -> bytes | None:
    """The request's body; None when it is longer than is read, or the asker has gone."""
    parts: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > LONGEST_BODY:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once more, then whatever comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(REFUSED))]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": REFUSED})


async def _refuse_socket(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008})
