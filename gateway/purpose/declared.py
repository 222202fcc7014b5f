"""`Declared-Purpose` and `extensions.declaredPurpose` → the one purpose of this request.

    Declared-Purpose: EHC_NEEDS_ASSESSMENT; case="EHC-2026-0042"          (RFC 9651, an item)
    Declared-Purpose: DIRECT_HEALTH_CARE; emergency=public_interest; because="Found unconscious"
    {"extensions": {"declaredPurpose": "EHC_NEEDS_ASSESSMENT; case=\\"EHC-2026-0042\\""}}

Exactly one: not the first of several, not a union. A code is matched as it stands; nothing is
trimmed, folded or normalised into a match. In an emergency (break-glass, trust.md §1.2) there is a coded
ground, a reason in words that is kept sealed, and a person who has just shown who they are.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import http_sf

from gateway.caller import Caller
from gateway.errors import BadRequest, Refused
from gateway.register import Opening, Register
from gateway.register.obligations import ON_ALERT

HEADER = "declared-purpose"
EXTENSION = "declaredPurpose"
LONGEST = 512
LONGEST_CASE = 64
SHORTEST_REASON, LONGEST_REASON = 10, 240
FRESH = 15 * 60
"""Seconds for which somebody who showed more than one factor may declare an emergency."""
SKEW = 5

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
    "EMERGENCY_WITHOUT_REASON": 'say why, in your own words: {purpose}; emergency=…; because="…"',
    "EMERGENCY_NEEDS_FRESH_PROOF": "sign in again with more than one factor, then declare the emergency",
    "PURPOSE_NOT_IN_TOKEN": "the token is not for {purpose}; ask its issuer for one that is",
}


@dataclass(frozen=True, slots=True)
class Declared:
    """What a request is for, the case it belongs to, and in an emergency the ground for it and the reason in words."""

    purpose: str
    case: str | None = None
    emergency: str | None = None
    because: str | None = field(default=None, repr=False)


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
    if code is None:
        code = _no_emergency(found, caller, register)
    if code is None:
        return register.opening(found.purpose, caller.role, caller.organisation_kind)
    message = _MESSAGES[code].format(
        purpose=found.purpose, role=caller.role, kind=caller.organisation_kind
    )
    raise Refused(message, code=code)


def _no_emergency(found: Declared, caller: Caller, register: Register) -> str | None:
    """Why an emergency cannot be declared; None when it can, or when there is none."""
    purpose = register.purposes[found.purpose]
    is_one = ON_ALERT in purpose.obligations
    if found.emergency is None and not is_one:
        return None
    if found.emergency not in register.document.break_glass.grounds:
        return "EMERGENCY_GROUND_UNKNOWN"
    if not purpose.break_glass and not is_one:
        return "EMERGENCY_NOT_FOR_PURPOSE"
    if not register.document.role[caller.role].practitioner:
        return "EMERGENCY_NOT_FOR_ROLE"
    if found.because is None:
        return "EMERGENCY_WITHOUT_REASON"
    proved = caller.proved_at
    fresh = proved is not None and 0 <= time.time() + SKEW - proved <= FRESH + SKEW
    return None if fresh else "EMERGENCY_NEEDS_FRESH_PROOF"


def _read(written: object) -> Declared:
    if not isinstance(written, str) or len(written) > LONGEST or not written.isascii():
        raise _unreadable("a purpose is one code of the register, in ASCII")
    return _parsed(written)


@lru_cache(maxsize=4_096)
def _parsed(written: str) -> Declared:
    if written != written.strip():
        raise _unreadable("a purpose has nothing before or after it")
    if _repeats(_QUOTED.sub("", written)):  # the parser would let the last of two cases win
        raise _unreadable("a purpose has each of its parameters once")
    try:
        parsed: Any = http_sf.parse(written.encode(), tltype="item")
    except http_sf.StructuredFieldError as error:
        raise _unreadable('a purpose is written CODE; case="…" (RFC 9651)') from error
    item, parameters = parsed
    if not isinstance(item, http_sf.Token):
        raise _unreadable("a purpose is a token, without quotes")
    if parameters.keys() - {"case", "emergency", "because"}:
        raise _unreadable("a purpose has a case, an emergency, a reason, and no other parameter")
    return Declared(str(item), _case(parameters), _emergency(parameters), _because(parameters))


def _repeats(unquoted: str) -> bool:
    names = [one.partition("=")[0].strip() for one in unquoted.split(";")[1:]]
    return len(set(names)) != len(names)


def _emergency(parameters: Mapping[str, Any]) -> str | None:
    ground = parameters.get("emergency")
    if ground is not None and not isinstance(ground, http_sf.Token):
        raise _unreadable("an emergency is one of the register's grounds, without quotes")
    return None if ground is None else str(ground)


def _because(parameters: Mapping[str, Any]) -> str | None:
    words = parameters.get("because")
    if words is None:
        return None
    if type(words) is not str or not SHORTEST_REASON <= len(words.strip()) <= LONGEST_REASON:
        raise _unreadable(
            f"a reason is text in quotes, {SHORTEST_REASON} to {LONGEST_REASON} characters"
        )
    return words


def _case(parameters: Mapping[str, Any]) -> str | None:
    case = parameters.get("case")
    if case is None:
        return None
    if type(case) is not str or not 0 < len(case) <= LONGEST_CASE:
        raise _unreadable(f"a case is text in quotes, up to {LONGEST_CASE} characters")
    return case


def _unreadable(message: str) -> BadRequest:
    return BadRequest(message, code="PURPOSE_UNREADABLE")
