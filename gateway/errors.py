"""What stops a request, each with the HTTP status and the code that a caller sees.

GatewayError
├── BadRequest          400  the question cannot be read
├── Unauthenticated     401  we do not know who asks
├── Refused             403  we know who asks, and for this purpose the answer is no
│   └── TooManyLookups  429  more children than the caller may look up in so little time
├── TooLarge            413  the question is longer than we read
├── AuditUnavailable    503  the decision could not be recorded, so nothing is released
└── NotReady            503  a part that every answer needs is missing
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class GatewayError(Exception):
    """Stops a request. The message names the thing, the place and the way out; never a person."""

    status: ClassVar[int] = 500
    code: str = "INTERNAL"
    headers: Mapping[str, str] = {}
    alert: str | None = None
    """Why a reviewer should look at the record of it; never told to the caller."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class BadRequest(GatewayError):
    """The question cannot be read."""

    status = 400
    code = "BAD_REQUEST"


class Unauthenticated(GatewayError):
    """No token, or one that does not hold."""

    status = 401
    code = "UNAUTHENTICATED"


class Refused(GatewayError):
    """The caller is known; this purpose, role or organisation may not ask this."""

    status = 403
    code = "REFUSED"


class TooManyLookups(Refused):
    """The caller has looked up as many children, or as many that were not there, as anybody may at a time."""

    status = 429
    code = "TOO_MANY_LOOKUPS"

    def __init__(self, seconds: int, *, alert: str | None = None) -> None:
        super().__init__(
            "as many children have been looked up as one caller may at a time; see Retry-After"
        )
        self.alert = alert
        self.headers = {"retry-after": str(seconds)}


class TooLarge(GatewayError):
    """The question is longer than the gateway reads."""

    status = 413
    code = "TOO_LARGE"


class AuditUnavailable(GatewayError):
    """The decision could not be recorded: nothing is released."""

    status = 503
    code = "AUDIT_UNAVAILABLE"


class NotReady(GatewayError):
    """A part that every answer needs is missing."""

    status = 503
    code = "NOT_READY"
