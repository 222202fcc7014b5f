"""An entry → a FHIR R5 AuditEvent, as IHE's Basic Audit Log Patterns lay it out.

The child is the ledger's pseudonym and the worker is not named: their parts of the entry stay sealed.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from gateway.ledger.integrate import Connection

PURPOSES = "https://causeway.example/purposes"
ROLES = "https://causeway.example/roles"
REASONS = "https://causeway.example/reasons"
LEDGER = "https://causeway.example/ledger"
HL7_PURPOSES = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
OUTCOMES = {
    "allow": ("success", "Success"),
    "partial": ("success", "Success"),
    "review": ("success", "Success"),
    "refuse": ("error", "Error"),
}
FOR_HL7 = {
    "SUBJECT_ACCESS": "PATRQT",
    "DIRECT_HEALTH_CARE": "TREAT",
    "UNSCHEDULED_CARE_CPIS": "ETREAT",
    "EMERGENCY_BREAK_GLASS": "BTG",
    "APPROVED_RESEARCH": "HRESCH",
}
BROKEN_GLASS = "BTG"


def audit_event(body: Mapping[str, Any], subject: str | None) -> dict[str, Any]:
    """One entry's open parts, and its pseudonym when it has one."""
    code, title = OUTCOMES.get(body["outcome"], ("error", "Error"))
    found: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": body["id"],
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/audit-event-type",
                        "code": "rest",
                    }
                ]
            }
        ],
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/restful-interaction", "code": "search"}]
        },
        "action": "E" if body.get("review") else "R",
        "recorded": body["at"],
        "outcome": {
            "code": {
                "system": "http://terminology.hl7.org/CodeSystem/audit-event-outcome",
                "code": code,
                "display": title,
            },
            "detail": [
                {"coding": [{"system": REASONS, "code": reason}], "text": field}
                for field, reason in body["refused"]
            ],
        },
        "authorization": list(_authorization(body)),
        "agent": list(_agents(body)),
        "source": {
            "observer": {"identifier": {"system": LEDGER, "value": body["island"] or "gateway"}}
        },
        "entity": list(_entities(body)),
    }
    if subject:
        found["patient"] = {"identifier": {"system": f"{LEDGER}/subject", "value": subject}}
    return {name: value for name, value in found.items() if value not in ([], None)}


def _authorization(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if body["purpose"]:
        codings = [{"system": PURPOSES, "code": body["purpose"]}]
        known = BROKEN_GLASS if body.get("emergency") else FOR_HL7.get(body["purpose"])
        if known:
            codings.append({"system": HL7_PURPOSES, "code": known})
        yield {"coding": codings}


def _agents(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    kind, _, code = (body["org"] or "").partition(":")
    who = {"identifier": {"system": f"{LEDGER}/organisation/{kind}", "value": code}}
    role = [{"coding": [{"system": ROLES, "code": body["role"]}]}] if body["role"] else []
    yield {"role": role, "who": who, "requestor": True} if role else {"who": who, "requestor": True}


def _entities(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield {
        "what": {"identifier": {"system": f"{LEDGER}/operation", "value": body["op"]["hash"]}},
        "detail": [
            {"type": {"text": label}, "valueString": value}
            for label, values in (
                ("released", body["released"]),
                ("category", body.get("categories", ())),
                ("register", (body["register"],)),
                ("transaction", (body["txn"],)),
            )
            for value in values
        ],
    }


async def audit_events(connection: Connection) -> AsyncIterator[str]:
    """Every entry as a line of JSON (ndjson), the oldest first; needs the auditor's rights."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = connection.cursor(
            "select body, subject from ledger.entry order by id", prefetch=1000
        )
        async for row in rows:
            yield json.dumps(audit_event(json.loads(row["body"]), row["subject"]))
