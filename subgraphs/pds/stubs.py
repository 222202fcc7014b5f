"""A folder of FHIR JSON, or the invented children → Patients.

A folder may hold Patients, search results and RelatedPerson results, at any depth; anything else in it is passed
over. `link` with `replaced-by` makes a record superseded, the security code REDACTED makes it invalid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from subgraphs.pds.patients import Patients
from subgraphs.pds.record import Record, Resource, record
from subgraphs.population import AUTHORITIES, Child, population

_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
_VERIFICATION = "https://fhir.hl7.org.uk/{}Extension-UKCore-NHSNumberVerificationStatus"
_VERIFICATIONS = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus"
_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_LEVELS = {"U": "unrestricted", "R": "restricted", "REDACTED": "redacted"}
_STREETS = (
    "Mill Lane",
    "Beacon Road",
    "Chapel Street",
    "Orchard Close",
    "Station Road",
    "The Green",
)


class Unreadable(ValueError):
    """A file in the folder is no JSON. Names the file."""


def from_folder(folder: Path) -> Patients:
    """Raises Unreadable. A patient found on its own wins over the same one in a search result."""
    records: dict[str, Record] = {}
    related: dict[str, list[Resource]] = defaultdict(list)
    for resource in sorted(_resources(folder), key=lambda each: each["resourceType"] == "Bundle"):
        for one, owner in _opened(resource):
            if one.get("resourceType") == "Patient":
                records.setdefault(str(one["id"]), record(one))
            elif one.get("resourceType") == "RelatedPerson":
                related[owner].append(one)
    return Patients(records.values(), related)


def invented(count: int) -> Patients:
    """The demonstration's children."""
    return patients(population(count))


def patients(children: Iterable[Child]) -> Patients:
    """Invented children as the NHS knows them. A number from before an adoption is invalidated, and leads nowhere."""
    return Patients([each for child in children for each in _records(child)])


def _resources(folder: Path) -> Iterator[Resource]:
    for path in sorted(folder.rglob("*.json")):
        try:
            read = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError as why:
            raise Unreadable(f"{path.name} is not JSON: take it out of the folder") from why
        if isinstance(read, dict) and read.get("resourceType") in ("Patient", "Bundle"):
            yield read


def _opened(resource: Resource) -> Iterator[tuple[Resource, str]]:
    """What a bundle holds, each with the number in its address."""
    if resource["resourceType"] != "Bundle":
        yield resource, str(resource["id"])
        return
    for entry in resource.get("entry", ()):
        parts = entry.get("fullUrl", "").split("/")
        owner = parts[parts.index("Patient") + 1] if "Patient" in parts[:-1] else ""
        yield entry["resource"], owner


def _records(child: Child) -> Iterator[Record]:
    if child.numbers.nhs is None:
        return
    yield record(_patient(child, str(child.numbers.nhs), child.restriction.value))
    if child.before_adoption and child.before_adoption.nhs:
        yield record(_patient(child, str(child.before_adoption.nhs), "REDACTED"))


def _patient(child: Child, number: str, level: str) -> dict[str, Any]:
    born = child.birth_date.isoformat()
    period = {"start": born}
    return {
        "resourceType": "Patient",
        "id": number,
        "identifier": [_verified(number)],
        "meta": {
            "versionId": "1",
            "security": [
                {"system": _CONFIDENTIALITY, "code": level, "display": _LEVELS[level]},
            ],
        },
        "name": [
            {
                "id": "1",
                "use": "usual",
                "period": period,
                "given": [child.forename],
                "family": child.surname,
            }
        ],
        "gender": {"F": "female", "M": "male"}[child.sex],
        "birthDate": born,
        "multipleBirthInteger": 1,
        "address": list(_homes(child)),
        "generalPractitioner": [
            {
                "id": "1",
                "type": "Organization",
                "identifier": {
                    "system": "https://fhir.nhs.uk/Id/ods-organization-code",
                    "value": child.gp_practice,
                    "period": period,
                },
            }
        ],
    }


def _verified(number: str) -> dict[str, Any]:
    coding = {
        "system": _VERIFICATIONS,
        "version": "1.0.0",
        "code": "01",
        "display": "Number present and verified",
    }
    extension = {
        "url": _VERIFICATION.format("StructureDefinition/"),
        "valueCodeableConcept": {"coding": [coding]},
    }
    return {"system": _NUMBER, "value": number, "extension": [extension]}


def _homes(child: Child) -> Iterator[dict[str, Any]]:
    """Where the child lives, and for one in four a home before that. ZZ is no postcode area."""
    dice = child.random("pds")
    moved = child.birth_date + (child.today - child.birth_date) / 2
    before = dice.randrange(4) == 0
    town = next(each.name for each in AUTHORITIES if each.code == child.lives_in)
    for place in range(1 + before):
        period = {"start": (moved if place else child.birth_date).isoformat()}
        if before and not place:
            period["end"] = (moved - timedelta(days=1)).isoformat()
        yield {
            "id": str(place + 1),
            "use": "home",
            "period": period,
            "line": [f"{dice.randrange(1, 90)} {dice.choice(_STREETS)}", town],
            "postalCode": f"ZZ{dice.randrange(1, 30)} {dice.randrange(1, 9)}{dice.choice('ABDEFG')}{dice.choice('HJLNPQ')}",
        }
