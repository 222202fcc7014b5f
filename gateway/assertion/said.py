"""What the gateway vouches for with one call, and the digests that it is said in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import orjson

from gateway.assertion.strict import Expected, encoded

HEADER = "purpose-assertion"
"""The HTTP header, in lower case, that carries the note."""
COMPOSITION = "COMPOSITION"
"""Stands where a purpose stands when the gateway reads a subgraph's SDL; it opens nothing else."""

ISSUER = "https://causeway.example/gateway"
ALGORITHM = "Ed25519"
TYPE = "purpose+sd-jwt"
LIFETIME = 30
CALL = "call"
"""The one thing that a note discloses."""
TOGETHER = 32
"""Notes under one signature at most."""
EXPECTED = Expected(TYPE, frozenset({ALGORITHM}), longest=8192)

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Assertion:
    """What the gateway vouches for. `actor` and `case` are digests; `register` is the register's digest.

    `categories` are the permissions this operation may use in this subgraph, as the register writes
    them (`SC.SEN`, `LA.STATUS:E`). `request` is the same for all calls of one request.
    """

    purpose: str
    role: str
    organisation: str
    organisation_kind: str
    actor: str
    register: str
    request: str
    categories: tuple[str, ...] = ()
    case: str | None = None
    emergency: str | None = None


def stated(assertion: Assertion) -> bytes:
    """What all notes of one request say, whichever call they are for: the start of each one's claims."""
    claims = {
        "pur": assertion.purpose,
        "role": assertion.role,
        "org": assertion.organisation,
        "orgk": assertion.organisation_kind,
        "act": assertion.actor,
        "reg": assertion.register,
        "txn": assertion.request,
    }
    if assertion.case is not None:
        claims["case"] = assertion.case
    if assertion.emergency is not None:
        claims["bg"] = assertion.emergency
    return orjson.dumps(claims)[:-1] + b","


def body_digest(body: bytes) -> str:
    """SHA-256 of the exact bytes sent."""
    return hashlib.sha256(body).hexdigest()


@lru_cache(maxsize=4_096)  # the same people ask again and again
def actor_id(issuer: str, subject: str) -> str:
    """Who asks, as subgraphs and the record know them: one value per person and issuer, no name."""
    return _short_digest("actor", issuer, subject)


def case_digest(organisation: str, case: str) -> str:
    """A case reference as it travels: the link node compares it with those it knows."""
    return _short_digest("case", organisation, case)


def _short_digest(*parts: str) -> str:
    whole_text = "\x00".join(f"{len(part)}:{part}" for part in parts)
    digest = hashlib.sha256(whole_text.encode()).digest()
    return encoded(digest[:16])
