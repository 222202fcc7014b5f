"""An answer → what in it the published interface does not allow.

Written from the OpenAPI of NHSDigital/personal-demographics-service-api (specification/, March 2026): the fields,
codes and patterns of what this project's stand-in sends. A field that is not listed here is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Check = Callable[[Any, str], Iterator[str]]


def text(pattern: str = ".*") -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            yield f"{at}: not text of the form {pattern}"

    return check


def one_of(*allowed: Any) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if value not in allowed:
            yield f"{at}: not one of {allowed}"

    return check


def number(first: float, last: float) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not first <= value <= last
        ):
            yield f"{at}: not a number from {first} to {last}"

    return check


def anything(_value: Any, _at: str) -> Iterator[str]:
    return iter(())


def every(check: Check, *, first: int = 1, most: int = 1_000) -> Check:
    """A list. FHIR has no empty ones."""

    def checked(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list) or not first <= len(value) <= most:
            yield f"{at}: not a list of {first} to {most}"
            return
        for place, each in enumerate(value):
            yield from check(each, f"{at}/{place}")

    return checked


def shape(needed: str, **fields: Check) -> Check:
    """An object of these fields and no others; `needed` are always there. `_` ends a name that Python keeps."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield f"{at}: not an object"
            return
        for name in needed.split():
            if name not in value:
                yield f"{at}: lacks {name}"
        for name, each in value.items():
            if name not in fields:
                yield f"{at}: has {name}"
            else:
                yield from fields[name](each, f"{at}/{name}")

    return check


DAY = text(r"\d{4}-\d{2}-\d{2}")
MOMENT = text(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+00:00)")
NHS_NUMBER = text(r"\d{10}")
PERIOD = shape("start", start=DAY, end=DAY)
EXTENSION = shape("url", url=text(), extension=anything, valueCodeableConcept=anything,
                  valueAddress=anything, valueReference=anything, valueCoding=anything, valueString=text())  # fmt: skip
SECURITY = shape(
    "code",
    system=text("http://terminology.hl7.org/CodeSystem/v3-Confidentiality"),
    code=one_of("U", "R", "V", "REDACTED"),
    display=one_of("unrestricted", "restricted", "redacted"),
)
META = shape("", versionId=text(r"\d+"), security=every(SECURITY, most=1))
IDENTIFIER = shape("value", system=text("https://fhir.nhs.uk/Id/nhs-number"), value=NHS_NUMBER,
                   extension=every(EXTENSION))  # fmt: skip
NAME = shape("use family", id=text(), use=one_of("usual", "temp", "nickname", "old", "maiden"), period=PERIOD,
             given=every(text(".{1,35}"), most=5), family=text(".{1,35}"), prefix=every(text()),
             suffix=every(text()))  # fmt: skip
ADDRESS = shape("use", id=text(), period=PERIOD, use=one_of("home", "work", "temp", "billing"), text=text(),
                line=every(text(), most=5), postalCode=text(), extension=every(EXTENSION))  # fmt: skip
TELECOM = shape("system value", id=text(), period=PERIOD, system=one_of("phone", "fax", "email", "other"),
                value=text(), use=one_of("home", "work", "temp", "mobile"), extension=anything)  # fmt: skip
PRACTICE = shape(
    "identifier",
    id=text(),
    type=text(),
    identifier=shape("value", system=text(), value=text("[0-9A-Z]+"), period=PERIOD),
)
FOUND = {
    "resourceType": one_of("Patient"),
    "id": NHS_NUMBER,
    "identifier": every(IDENTIFIER, most=1),
    "meta": META,
    "name": every(NAME),
    "gender": one_of("male", "female", "other", "unknown"),
    "birthDate": text(r"\d{4}(-\d{2}(-\d{2})?)?"),
    "multipleBirthInteger": number(1, 9),
    "deceasedDateTime": MOMENT,
    "address": every(ADDRESS),
    "telecom": every(TELECOM),
    "contact": anything,
    "generalPractitioner": every(PRACTICE, most=1),
    "extension": every(EXTENSION),
}
PATIENT = shape("id", **FOUND, managingOrganization=anything)
ENTRY = shape(
    "fullUrl search resource",
    fullUrl=text(r"https://api\.service\.nhs\.uk/personal-demographics/FHIR/R4/Patient/\d{10}"),
    search=shape("score", score=number(0, 1)),
    resource=shape("id", **FOUND),
)
RELATED = shape("fullUrl resource", fullUrl=text(r"https://.+/RelatedPerson/.+"), resource=anything)
BUNDLE = {
    "resourceType": one_of("Bundle"),
    "type": one_of("searchset"),
    "timestamp": MOMENT,
    "total": number(0, 50),
}
SEARCHSET = shape("resourceType type timestamp total", **BUNDLE, entry=every(ENTRY, most=50))
RELATIONS = shape("resourceType type timestamp total", **BUNDLE, entry=every(RELATED))
CODING = shape("system version code display", version=one_of("1"), code=text("[A-Z_]+"), display=text(),
               system=text("https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode"))  # fmt: skip
OUTCOME = shape(
    "resourceType issue",
    resourceType=one_of("OperationOutcome"),
    issue=every(
        shape(
            "severity code details",
            severity=one_of("fatal", "error", "warning", "information"),
            code=one_of("value", "required", "invariant", "processing", "forbidden", "not-found",
                        "multiple-matches", "throttled"),
            details=shape("coding", coding=every(CODING, most=1)),
            diagnostics=text(),
        )
    ),
)  # fmt: skip

_BY_TYPE = {"Patient": PATIENT, "OperationOutcome": OUTCOME}


def faults(path: str, answer: Mapping[str, Any]) -> list[str]:
    """What is not as published in the answer to a GET of `path`."""
    relations = path.endswith("/RelatedPerson")
    check = _BY_TYPE.get(answer.get("resourceType", ""), RELATIONS if relations else SEARCHSET)
    return list(check(answer, ""))
