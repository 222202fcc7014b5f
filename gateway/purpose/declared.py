"""`Declared-Purpose` and `extensions.declaredPurpose` → the one purpose of this request.

    Declared-Purpose: EHC_NEEDS_ASSESSMENT; case="EHC-2026-0042"          (RFC 9651, an item)
    Declared-Purpose: DIRECT_HEALTH_CARE; emergency=public_interest       (break-glass, a coded ground)
    {"extensions": {"declaredPurpose": "EHC_NEEDS_ASSESSMENT; case=\\"EHC-2026-0042\\""}}

Exactly one: not the first of several, not a union. A code is matched as it stands; nothing is
trimmed, folded or normalised into a match.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import http_sf

from gateway.caller import Caller
from gateway.errors import BadRequest, Refused
from gateway.register import Opening, Register

HEADER = "declared-purpose"
EXTENSION = "declaredPurpose"
LONGEST = 256
LONGEST_CASE = 64

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_MESSAGES = {
    "PURPOSE_UNKNOWN": "{purpose} is no purpose of the register; see `causeway register matrix`",
    "PURPOSE_NOT_FOR_ROLE": "{purpose} may not be declared by the role {role}",
    "PURPOSE_NOT_FOR_ORGANISATION": "{purpose} may not be declared for an organisation of kind {kind}",
    "USE_NOT_SWITCHED_ON": "{purpose} is planning, and `universal_plus` is not switched on here; "
    "see `uses` in the register",
    "EMERGENCY_GROUND_UNKNOWN": "the register has no such ground for an emergency; see [break_glass]",
    "EMERGENCY_NOT_FOR_PURPOSE": "{purpose} has no emergency; declare EMERGENCY_BREAK_GLASS",
    "EMERGENCY_NOT_FOR_ROLE": "the role {role} is no practitioner's, and may not declare an emergency",
    "PURPOSE_NOT_IN_TOKEN": "the token is not for {purpose}; ask its issuer for one that is",
}


@dataclass(frozen=True, slots=True)
class Declared:
    """What a request is for, the case it belongs to, and in an emergency the ground for it."""

    purpose: str
    case: str | None = None
    emergency: str | None = None


def declared(headers: Sequence[str], extensions: Mapping[str, Any]) -> Declared:
    """The purpose that the header lines and the extensions declare, in agreement.

    Raises Refused when there is none, BadRequest when there are several or it cannot be read.
    """
    found = [_read(line) for line in headers]
    if EXTENSION in extensions:
        found.append(_read(extensions[EXTENSION]))
    if not found:
        raise Refused(
            'declare what the request is for: Declared-Purpose: CODE; case="…"',
            code="PURPOSE_REQUIRED",
        )
    if len(headers) > 1 or any(one != found[0] for one in found):
        raise _unreadable("declare one purpose, once")
    return found[0]


def opening(found: Declared, caller: Caller, register: Register) -> Opening:
    """What the purpose opens to this caller. Raises Refused where it may not be declared."""
    code = register.refusal(found.purpose, caller.role, caller.organisation_kind)
    if code is None and caller.purposes is not None and found.purpose not in caller.purposes:
        code = "PURPOSE_NOT_IN_TOKEN"
    if code is None and found.emergency is not None:
        code = _no_emergency(found, caller, register)
    if code is None:
        return register.opening(found.purpose, caller.role, caller.organisation_kind)
    message = _MESSAGES[code].format(
        purpose=found.purpose, role=caller.role, kind=caller.organisation_kind
    )
    raise Refused(message, code=code)


def _no_emergency(found: Declared, caller: Caller, register: Register) -> str | None:
    """Why an emergency cannot be declared; None when it can."""
    if found.emergency not in register.document.break_glass.grounds:
        return "EMERGENCY_GROUND_UNKNOWN"
    if not register.purposes[found.purpose].break_glass:
        return "EMERGENCY_NOT_FOR_PURPOSE"
    is_practitioner = register.document.role[caller.role].practitioner
    return None if is_practitioner else "EMERGENCY_NOT_FOR_ROLE"


def _read(written: object) -> Declared:
    if not isinstance(written, str) or len(written) > LONGEST or not written.isascii():
        raise _unreadable("a purpose is one code of the register, in ASCII")
    return _parsed(written)


@lru_cache(maxsize=4_096)
def _parsed(written: str) -> Declared:
    if written != written.strip():
        raise _unreadable("a purpose has nothing before or after it")
    if _repeats(_QUOTED.sub("", written)):  # the parser would let the last of two cases win
        raise _unreadable("a purpose has one case and one emergency")
    try:
        parsed: Any = http_sf.parse(written.encode(), tltype="item")
    except http_sf.StructuredFieldError as error:
        raise _unreadable('a purpose is written CODE; case="…" (RFC 9651)') from error
    item, parameters = parsed
    if not isinstance(item, http_sf.Token):
        raise _unreadable("a purpose is a token, without quotes")
    if parameters.keys() - {"case", "emergency"}:
        raise _unreadable("a purpose has a case, an emergency, and no other parameter")
    return Declared(str(item), _case(parameters), _emergency(parameters))


def _repeats(unquoted: str) -> bool:
    names = [one.partition("=")[0].strip() for one in unquoted.split(";")[1:]]
    return len(set(names)) != len(names)


def _emergency(parameters: Mapping[str, Any]) -> str | None:
    ground = parameters.get("emergency")
    if ground is not None and not isinstance(ground, http_sf.Token):
        raise _unreadable("an emergency is one of the register's grounds, without quotes")
    return None if ground is None else str(ground)


def _case(parameters: Mapping[str, Any]) -> str | None:
    case = parameters.get("case")
    if case is None:
        return None
    if type(case) is not str or not 0 < len(case) <= LONGEST_CASE:
        raise _unreadable(f"a case is text in quotes, up to {LONGEST_CASE} characters")
    return case


def _unreadable(message: str) -> BadRequest:
    return BadRequest(message, code="PURPOSE_UNREADABLE")
