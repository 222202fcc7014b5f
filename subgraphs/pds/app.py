"""Patients → an ASGI app that answers as the Personal Demographics Service does.

Order of checks: X-Request-ID, token, rate, then the question. A request that comes again under the id of an answered
one gets that answer again, and is counted once: that is what makes a retry safe.
"""

from __future__ import annotations

import re
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeAlias
from urllib.parse import parse_qs, parse_qsl

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from stdnum.gb import nhs

from subgraphs.pds.access import Access, Unacceptable
from subgraphs.pds.outcomes import Code, Refusal
from subgraphs.pds.patients import Patients
from subgraphs.pds.question import MOST, read
from subgraphs.pds.record import Record
from subgraphs.pds.shown import related, retrieved, searchset

PATH = "/personal-demographics/FHIR/R4"
TOKEN_PATH = "/oauth2/token"
RATE = 5
"""Requests a second that the service allows one application."""
REMEMBERED = 10_000
ANYONE = "sandbox"

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TOKEN = re.compile(r"[A-Za-z0-9_\-]+")
_NO_ID = "Invalid request with error - X-Request-ID header must be supplied to access this resource"
_NO_METHOD = "Your app has insufficient permissions to use this method. Please contact support."

Answered: TypeAlias = tuple[int, bytes, dict[str, str]]


@dataclass(slots=True)
class Pace:
    """So many requests a second for each application: a bucket that fills at that rate."""

    rate: float
    clock: Callable[[], float] = monotonic
    left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, application: str) -> None:
        """Raises Refusal when the application has had its share of this second."""
        if not self.rate:
            return
        now = self.clock()
        tokens, then = self.left.get(application, (self.rate, now))
        tokens = min(self.rate, tokens + (now - then) * self.rate)
        allowed = tokens >= 1
        self.left[application] = tokens - allowed, now
        if not allowed:
            words = (
                f"Your application has exceeded its quota of {self.rate:g} requests every second"
            )
            raise Refusal(Code.TOO_MANY_REQUESTS, words, headers={"Retry-After": "1"})


@dataclass(slots=True)
class Service:
    """The service. `access` None: a sandbox, where no token is asked for and a search may find up to fifty."""

    patients: Patients
    access: Access | None = None
    pace: Pace = field(default_factory=lambda: Pace(RATE))
    accesses: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Its audit: by request id, the numbers of every patient matched or retrieved."""
    _answered: OrderedDict[tuple[str, str, str], Answered] = field(default_factory=OrderedDict)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route(TOKEN_PATH, self._token, methods=["POST"]),
                Route("/{path:path}", self._asked, methods=_METHODS),
            ]
        )

    async def _asked(self, request: Request) -> Response:
        """Every request for patients, with what is mirrored on each answer."""
        named = ("X-Request-ID", "X-Correlation-ID")
        mirrored = {name: request.headers[name] for name in named if name in request.headers}
        try:
            status, body, headers = self._once(request)
        except Refusal as why:
            status, body = why.status or why.code.status, orjson.dumps(why.body())
            headers = why.headers
        return Response(
            body, status, headers | mirrored, media_type="application/fhir+json; charset=utf-8"
        )

    def _once(self, request: Request) -> Answered:
        """The first answer under this id and for this question. Raises Refusal."""
        known = _request_id(request)
        application = self._application(request)
        self.pace.take(application)
        asked = (
            application,
            known.lower(),
            f"{request.method} {request.url.path}?{request.url.query}",
        )
        if asked not in self._answered:
            self._answered[asked] = self._answer(request, known)
            while len(self._answered) > REMEMBERED:
                forgotten, _answer = self._answered.popitem(last=False)
                self.accesses.pop(forgotten[1], None)
        return self._answered[asked]

    def _application(self, request: Request) -> str:
        """Raises Refusal. A header's form is looked at even where nobody asks for one."""
        given = request.headers.get("Authorization")
        if given is None and self.access is None:
            return ANYONE
        kind, _, token = (given or "").partition(" ")
        if kind != "Bearer" or not token:
            raise Refusal(Code.ACCESS_DENIED, "Missing access token")
        if not _TOKEN.fullmatch(token):
            raise Refusal(Code.ACCESS_DENIED, "Invalid Access Token")
        application = self.access.application(token) if self.access else ANYONE
        if application is None:
            raise Refusal(Code.ACCESS_DENIED, "Invalid Access Token")
        return application

    def _answer(self, request: Request, known: str) -> Answered:
        parts = request.url.path.removeprefix(PATH).strip("/").split("/")
        if not request.url.path.startswith(f"{PATH}/") or parts[0] != "Patient":
            raise Refusal(Code.UNSUPPORTED_SERVICE)
        if request.method not in ("GET", "HEAD"):
            raise Refusal(Code.INVALID_METHOD, _NO_METHOD)
        match parts:
            case ["Patient"]:
                return self._search(request, known)
            case ["Patient", number]:
                one = self._one(number, known)
                return 200, orjson.dumps(retrieved(one)), {"ETag": _etag(one)}
            case ["Patient", number, "RelatedPerson"]:
                one = self._one(number, known)
                people = self.patients.related.get(one.number, ())
                return 200, orjson.dumps(related(one, people)), {}
        raise Refusal(Code.UNSUPPORTED_SERVICE)

    def _search(self, request: Request, known: str) -> Answered:
        parameters = parse_qs(request.url.query, keep_blank_values=True)
        search = read(parameters, most_allowed=1 if self.access else MOST)
        found = self.patients.found(search)
        self.accesses[known].extend(record.number for _score, record in found)
        return 200, orjson.dumps(searchset(found)), {}

    def _one(self, number: str, known: str) -> Record:
        if not (re.fullmatch("[0-9]{10}", number) and nhs.is_valid(number)):
            raise Refusal(Code.INVALID_RESOURCE_ID)
        record = self.patients.one(number)
        self.accesses[known].append(record.number)
        return record

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("ascii", "replace")))
        if self.access is None:
            return _oauth_error("invalid_request", "a sandbox asks for no token")
        try:
            return JSONResponse(self.access.token(form))
        except Unacceptable as why:
            return _oauth_error(*why.args)


_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def _request_id(request: Request) -> str:
    """Raises Refusal. Here, as in the service, a missing one is the first thing said."""
    known = request.headers.get("X-Request-ID", "")
    if not known:
        raise Refusal(Code.MISSING_VALUE, _NO_ID)
    if not _UUID.fullmatch(known):
        raise Refusal(Code.INVALID_VALUE, f"Invalid value - '{known}' in header 'X-Request-ID'")
    return known.lower()


def _etag(record: Record) -> str:
    version = record.resource.get("meta", {}).get("versionId", "1")
    return f'W/"{version}"'


def _oauth_error(code: str, why: str) -> Response:
    body: Mapping[str, Any] = {"error": code, "error_description": why}
    return JSONResponse(body, 400)
