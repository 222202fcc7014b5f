"""Invented people and the service that knows them, for tests of tracing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.identifiers import NhsNumber
from subgraphs.link.tracing.demographics import Demographics
from subgraphs.link.tracing.pds import Found
from subgraphs.link.tracing.person import Person

ANNE, BEN, OLD_BEN, CARA, TWIN, LOST = (
    "9000000009", "9000000017", "9000000025", "9000000033", "9000000041", "9000000068",
)  # fmt: skip


def resource(number: str, given: str, family: str, **more: Any) -> dict[str, Any]:
    """A FHIR Patient. `level`: its confidentiality."""
    return {
        "resourceType": "Patient",
        "id": number,
        "meta": {"versionId": "1", "security": [{"code": more.pop("level", "U")}]},
        "name": [{"use": "usual", "given": given.split(), "family": family}],
        "gender": "female",
        "birthDate": "2012-05-06",
        "address": [
            {"use": "home", "line": ["12 Mill Lane", "Leeds"], "postalCode": "LS1 1AA"},
        ],
    } | more


def person(number: str, **more: Any) -> Person:
    usual: dict[str, Any] = {
        "version": "1", "given": ("Anne",), "family": ("Archer",), "born": date(2012, 5, 6),
        "gender": "female", "addresses": (), "phones": (), "emails": (), "confidentiality": "U",
    }  # fmt: skip
    return Person(number=NhsNumber.parse(number), **(usual | more))


def found(number: str, score: float) -> Found:
    return Found(person(number), score)


def demographics(**more: Any) -> Demographics:
    usual: dict[str, Any] = {"given": ("Anne",), "family": "Archer", "born": date(2012, 5, 6)}
    return Demographics(**(usual | more))


@dataclass(slots=True)
class Scripted:
    """A service that answers what it is told to, in turn, and keeps what it was asked. The last answer stays."""

    answers: Sequence[tuple[int, Any, dict[str, str]]]
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    tokens: int = 0

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/oauth2/token", self._token, methods=["POST"]),
                Route("/{path:path}", self._answer),
            ]
        )

    async def _token(self, _request: Request) -> Response:
        self.tokens += 1
        return JSONResponse({"access_token": f"t{self.tokens}", "expires_in": "599"})

    async def _answer(self, request: Request) -> Response:
        at = min(len(self.asked), len(self.answers) - 1)
        self.asked.append((str(request.url.path), dict(request.headers)))
        status, body, headers = self.answers[at]
        return JSONResponse(body, status, headers)


def outcome(code: str) -> dict[str, Any]:
    coding = [{"code": code}]
    return {"resourceType": "OperationOutcome", "issue": [{"details": {"coding": coding}}]}


def searchset(*found: tuple[dict[str, Any], float]) -> dict[str, Any]:
    entries = [{"resource": each, "search": {"score": score}} for each, score in found]
    return {"resourceType": "Bundle", "entry": entries}
