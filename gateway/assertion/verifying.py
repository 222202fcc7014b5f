"""A note and the body it came with → what is said with it, once; or why it is not believed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from joserfc.jwk import OKPKey

from gateway.assertion.said import CALL, EXPECTED, ISSUER, LIFETIME, Assertion, Clock, body_digest
from gateway.assertion.strict import (
    Header,
    InvalidToken,
    array,
    claims_of,
    encoded,
    text,
    whole,
)

SKEW = 5


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
        signed, said_once = _shown(token)
        claims = claims_of(signed, EXPECTED, self._key)
        if claims.get("iss") != ISSUER:
            raise InvalidToken("iss")
        now = self._clock()
        self._check_times(claims, now)
        number, said = _said(claims, said_once)
        if said.get("aud") != self._audience:
            raise InvalidToken("aud")
        if said.get("oph") != body_digest(body):
            raise InvalidToken("body")
        if not self._seen.first_time(number, now):
            raise InvalidToken("replay")
        return _assertion(said)

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


def _shown(token: str) -> tuple[str, str]:
    """What is signed, and the one thing of it that is disclosed."""
    parts = token.split("~")
    if len(token) > EXPECTED.longest or len(parts) != 3 or parts[2]:
        raise InvalidToken("disclosures")
    return parts[0], parts[1]


def _said(claims: Mapping[str, Any], disclosed: str) -> tuple[str, Mapping[str, Any]]:
    """The disclosure's own number and what it says, if its digest was signed (RFC 9901 §7.1)."""
    digests = claims.get("_sd")
    if claims.get("_sd_alg") != "sha-256" or not isinstance(digests, list):
        raise InvalidToken("digests")
    if encoded(sha256(disclosed.encode()).digest()) not in digests:
        raise InvalidToken("not what was signed")
    number, name, said = array(disclosed, 3)
    if name != CALL or not isinstance(number, str) or not number or not isinstance(said, dict):
        raise InvalidToken("disclosure")
    return number, said


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
