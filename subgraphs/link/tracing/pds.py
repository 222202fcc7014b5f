"""A question → what the Personal Demographics Service says, as a value: found, several, nobody, gone, or failed.

Application-restricted FHIR R4: one unique match or none. A request that fails for a while is sent again under the
same X-Request-ID, so that the NHS counts it once. Nothing here raises for what the service does, nor logs
anything: its search terms are a child's particulars, and stand in its URLs.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from time import monotonic
from typing import Any, TypeAlias
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener
from uuid import uuid4

from gateway.identifiers import NhsNumber
from subgraphs.link.tracing.application import Application
from subgraphs.link.tracing.pace import Pace, Unshared
from subgraphs.link.tracing.person import HIDDEN, Person, person

PATH = "/personal-demographics/FHIR/R4"
TOKEN_PATH = "/oauth2/token"
SECONDS = 10.0
ATTEMPTS = 4
LONGEST_WAIT = 60.0
PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""

_THIS_MACHINE = ("http://127.0.0.1:", "http://localhost:")

Terms: TypeAlias = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Found:
    """One person; the score of a search, 1 for a retrieval."""

    person: Person
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Several:
    """More than one person fits. Which, this mode does not say."""


@dataclass(frozen=True, slots=True)
class Nobody:
    """The service looked, and nobody fits or has this number."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The number was invalidated, and no other took its place."""


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer to the question: the service's own code, or UNREACHABLE, UNREADABLE or NO_TOKEN."""

    code: str


Answer: TypeAlias = Found | Several | Nobody | Gone | Failed


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    etag: str = ""
    wait: float = 0.0  # seconds, as Retry-After says


class _Stay(HTTPRedirectHandler):
    """Follows nothing: a token is for the place that it was given for."""

    def redirect_request(self, *_args: Any) -> None:
        return None


@dataclass(slots=True)
class Pds:
    """The service at one address, asked by one application; without one, a sandbox that wants no token.

    Raises ValueError for an address over which a child's particulars would go in clear.
    """

    url: str
    application: Application | None = None
    pace: Pace = field(default_factory=Unshared)
    seconds: float = SECONDS
    pause: float = 0.5  # before the second attempt; twice as long before each further one
    _opener: OpenerDirector = field(default_factory=lambda: build_opener(_Stay))
    _token: str = ""
    _until: float = 0.0
    _renewing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", *_THIS_MACHINE)):
            raise ValueError("the service's address must begin with https://, or be on 127.0.0.1")

    async def search(self, terms: Terms) -> Answer:
        """At most one person."""
        return _search_answer(await self._get(f"/Patient?{urlencode(terms)}"))

    async def retrieve(self, number: NhsNumber) -> Answer:
        """The record in force for a number: its own number differs when the one asked for is superseded."""
        return _retrieval_answer(await self._get(f"/Patient/{quote(str(number))}"))

    async def _get(self, path: str) -> Reply | Failed:
        known, renewed, reply = str(uuid4()), False, None
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(_wait(reply, self.pause * 2 ** (attempt - 1)))
            token = await self._bearer()
            if isinstance(token, Failed):
                return token
            await self.pace.turn()
            reply = await asyncio.to_thread(self._send, self._request(path, known, token))
            if reply and reply.status == 401 and self.application and not renewed:
                self._until, renewed = 0.0, True
            elif reply and reply.status not in PASSING:
                return reply
        return Failed(_code(reply) if reply else "UNREACHABLE")

    def _request(self, path: str, known: str, token: str) -> Request:
        headers = {"X-Request-ID": known, "Accept": "application/fhir+json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return Request(f"{self.url}{PATH}{path}", headers=headers)

    def _send(self, request: Request) -> Reply | None:
        """None when there was no answer at all."""
        try:
            with self._opener.open(request, timeout=self.seconds) as answer:
                return Reply(answer.status, answer.read(), answer.headers.get("ETag", ""))
        except HTTPError as why:
            with why:
                return Reply(why.code, why.read(), wait=_seconds(why.headers.get("Retry-After")))
        except (OSError, HTTPException):
            return None

    async def _bearer(self) -> str | Failed:
        """A token that holds for a while yet."""
        async with self._renewing:
            if self.application is None or self._until > monotonic():
                return self._token
            reply = await asyncio.to_thread(self._ask_for_token, self.application)
            if reply is None:
                return Failed("UNREACHABLE")
            try:
                read = json.loads(reply.body)
                self._token = read["access_token"]
                self._until = monotonic() + float(read["expires_in"]) * 0.9
            except (ValueError, KeyError, TypeError):
                return Failed("NO_TOKEN")
            return self._token

    def _ask_for_token(self, application: Application) -> Reply | None:
        url = self.url + TOKEN_PATH
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": application.assertion(url),
        }
        return self._send(Request(url, urlencode(form).encode()))


def _search_answer(reply: Reply | Failed) -> Answer:
    if isinstance(reply, Failed):
        return reply
    if reply.status != 200:
        return Failed(_code(reply))
    if _code(reply) == "TOO_MANY_MATCHES":
        return Several()
    try:
        bundle = json.loads(reply.body)
        if bundle["resourceType"] != "Bundle":
            return Failed(_code(reply))
        found = [
            Found(person(e["resource"]), e["search"]["score"]) for e in bundle.get("entry", ())
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return Failed("UNREADABLE")
    shown = [each for each in found if each.person.confidentiality != HIDDEN]
    return Nobody() if not shown else shown[0] if len(shown) == 1 else Several()


def _retrieval_answer(reply: Reply | Failed) -> Answer:
    if isinstance(reply, Failed):
        return reply
    match reply.status, _code(reply):
        case 404, "INVALIDATED_RESOURCE":
            return Gone()
        case 404, "RESOURCE_NOT_FOUND":
            return Nobody()
        case 200, "":
            return _retrieved(reply)
        case _, code:
            return Failed(code)


def _retrieved(reply: Reply) -> Answer:
    try:
        found = person(json.loads(reply.body), reply.etag.removeprefix("W/").strip('"'))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Failed("UNREADABLE")
    return Nobody() if found.confidentiality == HIDDEN else Found(found)


def _code(reply: Reply) -> str:
    """The service's code; empty for an answer that is a resource."""
    try:
        read = json.loads(reply.body)
        if read["resourceType"] != "OperationOutcome":
            return ""
        return str(read["issue"][0]["details"]["coding"][0]["code"])
    except (ValueError, KeyError, TypeError, IndexError):
        return f"HTTP_{reply.status}"


def _seconds(text: str | None) -> float:
    """Retry-After in seconds; its other form, a date, is not one that the service sends."""
    return min(float(text), LONGEST_WAIT) if text and text.isdigit() else 0.0


def _wait(reply: Reply | None, pause: float) -> float:
    return max(pause, reply.wait if reply else 0.0)
