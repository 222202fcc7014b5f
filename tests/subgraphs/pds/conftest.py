"""A small stand-in over invented patients, asked over ASGI; every answer is held against the published interface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest

from subgraphs.pds.access import Access
from subgraphs.pds.app import PATH, Pace, Service
from subgraphs.pds.patients import Patients
from subgraphs.pds.record import record
from tests.subgraphs.pds.published import faults
from tests.subgraphs.pds.specification import against

JANE, JAYNE, JANET, OLD_JANE, GONE, ROBIN = (
    "9000000009", "9000000017", "9000000025", "9000000033", "9000000041", "9000000068",
)  # fmt: skip


DEATH = {
    "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus",
    "extension": [
        {
            "url": "deathNotificationStatus",
            "valueCodeableConcept": {
                "coding": [
                    {
                        "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-DeathNotificationStatus",
                        "code": "U",
                    }
                ]
            },
        }
    ],
}


def patient(number: str, given: str, family: str, **more: Any) -> dict[str, Any]:
    """A FHIR Patient as a stub folder holds it. `level`: its confidentiality."""
    level = more.pop("level", "U")
    return {
        "resourceType": "Patient",
        "id": number,
        "meta": {"versionId": "3", "security": [{"code": level}]},
        "name": [{"use": "usual", "given": given.split(), "family": family}],
        "gender": "female",
        "birthDate": "2010-10-22",
        "address": [home("ZZ1 6AE", "2020-01-01")],
        "generalPractitioner": [{"identifier": {"value": "Y12345"}}],
        "managingOrganization": {"identifier": {"value": "Y12345"}},
    } | more


def home(postcode: str, start: str) -> dict[str, Any]:
    return {
        "use": "home",
        "period": {"start": start},
        "line": ["1 Mill Lane"],
        "postalCode": postcode,
    }


def stubs() -> Patients:
    email = {"system": "email", "value": "Jane@example.com", "use": "home"}
    past = {"use": "old", "given": ["Jane"], "family": "Hopper"}
    jane = patient(JANE, "Jane", "Smith", telecom=[email])
    jane["name"].append(past)
    jane["address"].append(home("ZZ9 9ZZ", "2011-01-01"))
    people = [
        jane,
        patient(JAYNE, "Jayne", "Smyth", multipleBirthInteger=2),
        patient(JANET, "Janet", "Smithson", level="R", telecom=[email], extension=[
            {"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace", "valueAddress": {}},
            DEATH,
        ]),
        patient(OLD_JANE, "Jane", "Smith", link=[
            {"type": "replaced-by", "other": {"reference": f"Patient/{JANE}"}}]),
        patient(GONE, "Gone", "Away", level="REDACTED"),
        patient(ROBIN, "Robin Ann", "O'Hara-Łęcki", birthDate="2015-03-01", gender="male"),
    ]  # fmt: skip
    mother = {"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH"}
    relation = {
        "resourceType": "RelatedPerson", "id": "A1", "patient": {"type": "Patient"},
        "relationship": [{"coding": [mother]}],
    }  # fmt: skip
    return Patients(map(record, people), {JANE: [relation], JANET: [relation]})


@dataclass(slots=True)
class Asking:
    """Asks a stand-in, with a fresh X-Request-ID unless told otherwise."""

    service: Service
    headers: dict[str, str] = field(default_factory=dict)

    async def __call__(
        self, path: str, method: str = "GET", headers: dict[str, str | None] | None = None
    ) -> httpx.Response:
        sent = {"X-Request-ID": str(uuid4()), **self.headers, **(headers or {})}
        transport = httpx.ASGITransport(self.service.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://pds.test") as client:
            answer = await client.request(
                method, PATH + path, headers={k: v for k, v in sent.items() if v is not None}
            )
        bare = path.partition("?")[0]
        assert faults(bare, answer.json()) == []
        if method == "GET":
            assert against(bare, answer.status_code, answer.json()) == []
        return answer

    async def code(self, path: str, **how: Any) -> tuple[int, str]:
        answer = await self(path, **how)
        return answer.status_code, answer.json()["issue"][0]["details"]["coding"][0]["code"]

    async def found(self, query: str) -> dict[str, float]:
        """Each number found, with its score, in order."""
        answer = await self(f"/Patient?{query}")
        assert answer.status_code == 200
        entries = answer.json().get("entry", [])
        return {entry["resource"]["id"]: entry["search"]["score"] for entry in entries}


@pytest.fixture
def sandbox() -> Asking:
    """Asks for no token, and finds up to fifty."""
    return Asking(Service(stubs(), None, Pace(0)))


@pytest.fixture
def serve() -> Callable[[float], Asking]:
    """A stand-in in its own mode at a rate, asked with a token."""

    def serving(rate: float) -> Asking:
        access = Access({}, "", {"given": ("app", float("inf"))})
        return Asking(Service(stubs(), access, Pace(rate)), {"Authorization": "Bearer given"})

    return serving
