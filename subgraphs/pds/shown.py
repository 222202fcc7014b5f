"""A Record → what of it the service shows: on a retrieval, and less on a search. A restricted one without its places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from subgraphs.pds.patients import Found
from subgraphs.pds.record import Record, Resource, past_homes

BASE = "https://api.service.nhs.uk/personal-demographics/FHIR/R4"

_NEVER = {"link"}
_PLACES = {"address", "telecom", "contact", "generalPractitioner", "managingOrganization"}
_PLACES_IN_EXTENSIONS = (
    "NominatedPharmacy", "PreferredDispenserOrganization", "MedicalApplianceSupplier", "birthPlace",
)  # fmt: skip
_NOT_IN_A_SEARCH = {"managingOrganization"}
_EXTENSION_IN_A_SEARCH = "DeathNotificationStatus"
_NAMES_IN_A_SEARCH = ("usual", "nickname", "temp")


def retrieved(record: Record) -> dict[str, Any]:
    hidden = _NEVER | _PLACES if record.restricted else _NEVER
    shown = {name: value for name, value in record.resource.items() if name not in hidden}
    if record.restricted and "extension" in shown:
        shown["extension"] = [
            each for each in shown["extension"] if not each["url"].endswith(_PLACES_IN_EXTENSIONS)
        ]
    return _without_empty(shown)


def in_a_search(record: Record) -> dict[str, Any]:
    shown = {
        name: value for name, value in retrieved(record).items() if name not in _NOT_IN_A_SEARCH
    }
    homes = past_homes(record.resource)
    kept: dict[str, Callable[[Resource], bool]] = {
        "name": lambda each: each.get("use") in _NAMES_IN_A_SEARCH,
        "address": lambda each: each.get("use") == "home" and each not in homes,
        "extension": lambda each: each["url"].endswith(_EXTENSION_IN_A_SEARCH),
    }
    for name, wanted in kept.items():
        if name in shown:
            shown[name] = [each for each in shown[name] if wanted(each)]
    return _without_empty(shown)


def searchset(found: Sequence[Found]) -> dict[str, Any]:
    return _bundle(
        {
            "fullUrl": f"{BASE}/Patient/{record.number}",
            "search": {"score": score},
            "resource": in_a_search(record),
        }
        for score, record in found
    )


def related(record: Record, people: Iterable[Resource]) -> dict[str, Any]:
    """Nobody, for a restricted patient: a relation's address is a place too."""
    url = f"{BASE}/Patient/{record.number}/RelatedPerson"
    return _bundle(
        {"fullUrl": f"{url}/{each['id']}", "resource": each}
        for each in ([] if record.restricted else people)
    )


def _bundle(entries: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """FHIR has no empty lists, so none found is no `entry`."""
    listed = list(entries)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    bundle = {"resourceType": "Bundle", "type": "searchset", "timestamp": now, "total": len(listed)}
    return _without_empty(bundle | {"entry": listed})


def _without_empty(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if value != []}
