"""The signed note a subgraph trusts: who asks for what, good for one body, one audience, thirty seconds, once.

A leaked note opens nothing else, and a subgraph checks it against its own copy of the register, so that
neither a wrong plan nor a stolen signing key can widen a purpose (trust.md §4.2).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey
from nacl.bindings import crypto_sign, crypto_sign_BYTES, crypto_sign_seed_keypair

from gateway.assertion.strict import (
    Expected,
    Header,
    InvalidToken,
    claims_of,
    encoded,
    segment,
    text,
    whole,
)
from gateway.chance import fresh

__all__ = [
    "COMPOSITION",
    "HEADER",
    "Assertion",
    "InvalidToken",
    "Signer",
    "Verifier",
    "actor_id",
    "body_digest",
    "case_digest",
    "new_key",
    "public_keys",
    "stated",
]

HEADER = "purpose-assertion"
"""The HTTP header, in lower case, that carries the note."""
COMPOSITION = "COMPOSITION"
"""Stands where a purpose stands when the gateway reads a subgraph's SDL; it opens nothing else."""

ISSUER = "https://causeway.example/gateway"
ALGORITHM = "Ed25519"
TYPE = "purpose+jwt"
LIFETIME = 30
SKEW = 5
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


class Signer:
    """Signs notes with the gateway's key, whose `kid` the subgraphs know.

    By libsodium: every call of every request is signed, and it takes two thirds of OpenSSL's time for the
    same 64 bytes (RFC 8032 leaves no choice in them).
    """

    def __init__(self, key: OKPKey, clock: Clock = time.time) -> None:
        private = key.private_key
        if not isinstance(private, Ed25519PrivateKey):
            raise TypeError("notes are signed with an Ed25519 private key")
        _, self._secret = crypto_sign_seed_keypair(private.private_bytes_raw())
        self._clock = clock
        header = {"alg": ALGORITHM, "kid": key.kid, "typ": TYPE}
        self._header = segment(json.dumps(header, separators=(",", ":")).encode())

    def sign(self, assertion: Assertion, audience: str, body: bytes) -> str:
        """A note for exactly these bytes to exactly this subgraph."""
        return self.note(stated(assertion), audience, assertion.categories, body).decode()

    def note(self, said: bytes, audience: str, categories: Sequence[str], body: bytes) -> bytes:
        """A note that says what is `stated`, and of this one call: to whom, until when, once, over which bytes."""
        now = int(self._clock())
        of_this_call = orjson.dumps(
            {
                "aud": audience,
                "cats": categories,
                "iat": now,
                "exp": now + LIFETIME,
                "jti": encoded(fresh(16)),
                "oph": body_digest(body),
            }
        )
        signed = b"%b.%b" % (self._header, segment(said + of_this_call[1:]))
        signature = crypto_sign(signed, self._secret)[:crypto_sign_BYTES]
        return b"%b.%b" % (signed, segment(signature))


def stated(assertion: Assertion) -> bytes:
    """What all notes of one request say, whichever call they are for: the start of each one's claims."""
    claims = {
        "iss": ISSUER,
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


class Verifier:
    """Reads notes for one audience, each once."""

    def __init__(self, audience: str, keys: Mapping[str, OKPKey], clock: Clock = time.time) -> None:
        self._audience = audience
        self._keys = dict(keys)
        self._clock = clock
        self._started = int(clock())
        self._seen = Once()

    def verify(self, token: str, body: bytes) -> Assertion:
        """What the note says. Raises InvalidToken, with a reason for the log."""
        claims = claims_of(token, EXPECTED, self._key)
        if claims.get("iss") != ISSUER:
            raise InvalidToken("iss")
        if claims.get("aud") != self._audience:
            raise InvalidToken("aud")
        now = self._clock()
        self._check_times(claims, now)
        if claims.get("oph") != body_digest(body):
            raise InvalidToken("body")
        if not self._seen.first_time(text(claims, "jti"), now):
            raise InvalidToken("replay")
        return _assertion(claims)

    def _key(self, header: Header) -> OKPKey | None:
        return self._keys.get(header.key_id)

    def _check_times(self, claims: Mapping[str, Any], now: float) -> None:
        issued, expires = whole(claims, "iat"), whole(claims, "exp")
        if not 0 < expires - issued <= LIFETIME:
            raise InvalidToken("lifetime")
        if issued - SKEW > now:
            raise InvalidToken("iat")
        if expires + SKEW < now:
            raise InvalidToken("exp")
        if issued < self._started:  # what was seen before a restart is forgotten, so it is refused
            raise InvalidToken("issued before start")


class Once:
    """Which notes were used, for at least `long` seconds; in two generations, so that forgetting is one assignment."""

    def __init__(self, long: float = LIFETIME + 2 * SKEW) -> None:
        self._long = long
        self._now: set[str] = set()
        self._before: set[str] = set()
        self._turns = 0.0

    def first_time(self, note: str, now: float) -> bool:
        """Whether this note was not used yet; from now on it was."""
        if now >= self._turns:
            stale = now >= self._turns + self._long
            self._before = set() if stale else self._now
            self._now = set()
            self._turns = now + self._long
        if note in self._now or note in self._before:
            return False
        self._now.add(note)
        return True


def _assertion(claims: Mapping[str, Any]) -> Assertion:
    return Assertion(
        purpose=text(claims, "pur"),
        role=text(claims, "role"),
        organisation=text(claims, "org"),
        organisation_kind=text(claims, "orgk"),
        actor=text(claims, "act"),
        register=text(claims, "reg"),
        request=text(claims, "txn"),
        categories=_categories(claims.get("cats")),
        case=text(claims, "case") if "case" in claims else None,
        emergency=text(claims, "bg") if "bg" in claims else None,
    )


def _categories(found: object) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise InvalidToken("cats")
    return tuple(found)


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


def new_key(key_id: str) -> OKPKey:
    """A signing key of its own name."""
    return OKPKey.generate_key("Ed25519", {"kid": key_id, "use": "sig", "alg": ALGORITHM})


def public_keys(keys: Iterable[OKPKey]) -> dict[str, OKPKey]:
    """The public halves by name, as subgraphs are given them."""
    public = (OKPKey.import_key(key.as_dict(private=False)) for key in keys)
    return {str(key.kid): key for key in public}
