"""A FHIR Patient → a person as the NHS knows them, and no more than tracing looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.identifiers import NhsNumber

HIDDEN = "V"
"""A record so confidential that its existence is not told."""


@dataclass(frozen=True, slots=True)
class Address:
    """Lines as recorded, without the postcode."""

    lines: tuple[str, ...]
    postcode: str


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """One record. Restricted ones have no addresses, phones or emails: the NHS takes them out."""

    number: NhsNumber
    version: str  # of the record, from its ETag
    given: tuple[str, ...]
    family: tuple[str, ...]  # the usual name first
    born: date | None
    gender: str
    addresses: tuple[Address, ...]  # the present home first
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    confidentiality: str  # U, R or V

    def __repr__(self) -> str:
        return "Person(…)"


def person(resource: Mapping[str, Any], version: str = "") -> Person:
    """Raises KeyError, TypeError or ValueError for what is no Patient."""
    names = sorted(resource.get("name", ()), key=lambda name: name.get("use") != "usual")
    telecom: Sequence[Mapping[str, Any]] = resource.get("telecom", ())
    meta = resource.get("meta", {})
    return Person(
        number=NhsNumber.parse(resource["id"]),
        version=version or meta.get("versionId", ""),
        given=tuple(given for name in names for given in name.get("given", ())),
        family=tuple(name["family"] for name in names),
        born=_day(resource.get("birthDate")),
        gender=resource.get("gender", ""),
        addresses=tuple(map(_address, _present_first(resource.get("address", ())))),
        phones=tuple(each["value"] for each in telecom if each["system"] == "phone"),
        emails=tuple(each["value"] for each in telecom if each["system"] == "email"),
        confidentiality=(meta.get("security") or [{"code": "U"}])[0]["code"],
    )


def _present_first(addresses: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Homes before other addresses, and the latest of them first."""
    latest = sorted(
        addresses, key=lambda each: each.get("period", {}).get("start", ""), reverse=True
    )
    return sorted(latest, key=lambda each: each.get("use") != "home")


def _address(item: Mapping[str, Any]) -> Address:
    return Address(tuple(item.get("line", ())), item.get("postalCode", ""))


def _day(text: str | None) -> date | None:
    """Some records know the year only; that is no birth date to compare with."""
    return date.fromisoformat(text) if text and len(text) == 10 else None
