"""A reason to refuse → the OperationOutcome and status that the service answers with.

Codes and displays are the published ones; clients decide by them. A diagnostic is for the client's developer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

CODES = "https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode"


class Code(Enum):
    """Name = the service's code; then the status, FHIR's kind of issue, the display and the severity."""

    INVALID_RESOURCE_ID = 400, "value", "Resource Id is invalid", "error"
    MISSING_VALUE = 400, "required", "Required value is missing", "error"
    INVALID_VALUE = 400, "value", "Provided value is invalid", "error"
    INVALID_SEARCH_DATA = 400, "value", "Search data is invalid", "error"
    ADDITIONAL_PROPERTIES = (
        400,
        "invariant",
        "Additional properties should not be included",
        "error",
    )
    UNSUPPORTED_SERVICE = 400, "processing", "Unsupported Service", "error"
    ACCESS_DENIED = 401, "forbidden", "Access Denied - Unauthorised", "error"
    INVALID_METHOD = 403, "forbidden", "Cannot use this method", "error"
    RESOURCE_NOT_FOUND = 404, "not-found", "Resource not found", "information"
    INVALIDATED_RESOURCE = (
        404,
        "processing",
        "Resource that has been marked as invalid was requested - invalid resources cannot be retrieved",
        "error",
    )
    TOO_MANY_REQUESTS = 429, "throttled", "Too many requests", "error"
    TOO_MANY_MATCHES = 200, "multiple-matches", "Too Many Matches", "information"

    @property
    def status(self) -> int:
        return self.value[0]


@dataclass(eq=False, slots=True)
class Refusal(Exception):
    """Ends a request with an OperationOutcome."""

    code: Code
    diagnostics: str = ""
    status: int = 0  # another than the code's own
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        _status, kind, display, severity = self.code.value
        coding = {"system": CODES, "version": "1", "code": self.code.name, "display": display}
        issue = {"severity": severity, "code": kind, "details": {"coding": [coding]}}
        if self.diagnostics:
            issue["diagnostics"] = self.diagnostics
        return {"resourceType": "OperationOutcome", "issue": [issue]}
