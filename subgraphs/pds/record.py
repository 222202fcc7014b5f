"""A FHIR Patient → what a search looks at in it, now and before.

The resource itself is kept as it came: it is what is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from subgraphs.pds.sounds import plain

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Name:
    family: str
    given: tuple[str, ...]  # as recorded: the first may be several words
    past: bool


@dataclass(frozen=True, slots=True)
class Known:
    """A postcode, phone number or address for mail, in the form it is compared in."""

    text: str
    past: bool


@dataclass(frozen=True, slots=True)
class Record:
    """One patient."""

    number: str
    resource: Resource
    names: tuple[Name, ...]
    born: date | None
    died: date | None
    gender: str
    postcodes: tuple[Known, ...]
    phones: tuple[Known, ...]
    emails: tuple[Known, ...]
    practice: str
    confidentiality: str  # U, R, V; REDACTED: marked as invalid
    replaced_by: str  # the number that took this one's place

    @property
    def restricted(self) -> bool:
        return self.confidentiality != "U"

    @property
    def invalid(self) -> bool:
        return self.confidentiality == "REDACTED" or bool(self.replaced_by)


def record(resource: Resource) -> Record:
    """Raises KeyError or ValueError for what is no Patient."""
    telecom = _past(resource.get("telecom", ()), lambda item: (item["system"], item.get("use")))
    security = resource.get("meta", {}).get("security") or [{"code": "U"}]
    practices = [each["identifier"]["value"] for each in resource.get("generalPractitioner", ())]
    return Record(
        number=str(resource["id"]),
        resource=resource,
        names=tuple(map(_name, resource.get("name", ()))),
        born=_day(resource.get("birthDate")),
        died=_day(resource.get("deceasedDateTime")),
        gender=resource.get("gender", ""),
        postcodes=tuple(_postcodes(resource)),
        phones=tuple(Known(digits(i["value"]), p) for i, p in telecom if i["system"] == "phone"),
        emails=tuple(Known(i["value"].lower(), p) for i, p in telecom if i["system"] == "email"),
        practice=practices[0] if practices else "",
        confidentiality=security[0]["code"],
        replaced_by=_replaced_by(resource),
    )


def past_homes(resource: Resource) -> list[Mapping[str, Any]]:
    """Home addresses that a later one has taken the place of."""
    return [each for each, past in _addresses(resource) if past]


def compact(postcode: str) -> str:
    return postcode.replace(" ", "").upper()


def digits(phone: str) -> str:
    return "".join(filter(str.isdigit, phone))


def _name(item: Mapping[str, Any]) -> Name:
    given = tuple(plain(each) for each in item.get("given", ()))
    return Name(plain(item["family"]), given, item.get("use") in ("old", "maiden"))


def _postcodes(resource: Resource) -> Iterable[Known]:
    for item, past in _addresses(resource):
        if item.get("postalCode"):
            yield Known(compact(item["postalCode"]), past)


def _addresses(resource: Resource) -> list[tuple[Mapping[str, Any], bool]]:
    return _past(resource.get("address", ()), lambda item: item.get("use"))


def _past(
    items: Iterable[Mapping[str, Any]], kind: Callable[[Mapping[str, Any]], object]
) -> list[tuple[Mapping[str, Any], bool]]:
    """Each with whether a later one of its kind has taken its place. An end alone is none: stubs have old dates."""
    started = [(kind(item), item.get("period", {}).get("start", "")) for item in items]
    return [
        (item, any(other == one and later > start for other, later in started))
        for item, (one, start) in zip(items, started, strict=True)
    ]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _replaced_by(resource: Resource) -> str:
    """FHIR's own link; the service never shows one, our stubs carry it."""
    for link in resource.get("link", ()):
        if link["type"] == "replaced-by":
            return str(link["other"]["reference"]).rsplit("/", 1)[-1]
    return ""
