"""A token bound to a key, and a proof → that whoever sent the token holds the key (RFC 9449, DPoP).

A proof is signed by the key that it carries, for one token, one method, one place and one moment, and counts once.
The key it carries is believed for one reason only: the issuer named it in the token (`cnf.jkt`).
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from gateway.assertion import Once
from gateway.assertion.strict import (
    InvalidToken,
    PublicKey,
    bare_header_of,
    encoded,
    fits,
    signed_claims_of,
    text,
    whole,
)

ALGORITHMS = ("ES256", "Ed25519")
TYPE = "dpop+jwt"
METHOD = "POST"
"""The one method there is (trust.md I-14)."""
OLDEST, SKEW = 60, 5
LONGEST, LONGEST_ID = 4_096, 200
THUMBPRINT = 43
"""Characters of a SHA-256 in base64url."""

_KINDS: dict[str, tuple[type[PublicKey], tuple[str, ...]]] = {
    "EC": (ECKey, ("crv", "kty", "x", "y")),
    "OKP": (OKPKey, ("crv", "kty", "x")),
}
"""Kind of key → its public members, in the order that a thumbprint has them (RFC 7638 §3.2)."""


class Proofs:
    """The proofs of callers of one place, each good once. `place` is its URL, as callers know it."""

    def __init__(self, place: str, clock: Callable[[], float] = time.time) -> None:
        self._place = normal(place)
        self._clock = clock
        self._started = int(clock())
        self._once = Once(OLDEST + SKEW)

    def check(self, proofs: Sequence[str], token: str, bound: str) -> None:
        """Raises InvalidToken unless there is one proof, and it is of the key with the thumbprint `bound`."""
        if len(proofs) != 1:
            raise InvalidToken("no proof, or several")
        header = bare_header_of(proofs[0], LONGEST)
        if header.get("typ") != TYPE or header.keys() != {"typ", "alg", "jwk"}:
            raise InvalidToken("proof: header")
        key, thumbprint = _key(header["jwk"])
        if not hmac.compare_digest(thumbprint, bound):
            raise InvalidToken("proof: another key")
        algorithm = header["alg"]
        if algorithm not in ALGORITHMS or not fits(key, algorithm):
            raise InvalidToken("proof: algorithm")
        self._check_claims(signed_claims_of(proofs[0], key, algorithm), token, thumbprint)

    def _check_claims(self, claims: dict[str, Any], token: str, thumbprint: str) -> None:
        now = self._clock()
        if claims.get("htm") != METHOD or normal(text(claims, "htu")) != self._place:
            raise InvalidToken("proof: another place")
        issued = whole(claims, "iat")
        if not now - OLDEST <= issued <= now + SKEW or issued < self._started:
            raise InvalidToken("proof: another time")
        if claims.get("ath") != encoded(hashlib.sha256(token.encode()).digest()):
            raise InvalidToken("proof: another token")
        number = text(claims, "jti")
        if len(number) > LONGEST_ID or not self._once.first_time(f"{thumbprint} {number}", now):
            raise InvalidToken("proof: used before")


def normal(url: str) -> str:
    """A URL without query and fragment, in the one spelling of RFC 3986 §6.2.2 and §6.2.3. Raises InvalidToken."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidToken("proof: no URL") from error
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if scheme not in ("http", "https") or not host or parts.username is not None:
        raise InvalidToken("proof: no URL")
    usual = {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{host}:{port or usual}{parts.path or '/'}"


def _key(found: object) -> tuple[PublicKey, str]:
    """A public key and its thumbprint; a private one, or one with anything else to it, is refused."""
    kind, members = (
        _KINDS.get(str(found.get("kty")), (None, ())) if isinstance(found, dict) else (None, ())
    )
    if kind is None or not isinstance(found, dict):
        raise InvalidToken("proof: key")
    if not all(isinstance(found.get(name), str) for name in members):
        raise InvalidToken("proof: key")
    if found.keys() - {*members, "kid", "use", "alg", "key_ops"}:
        raise InvalidToken("proof: a key with more to it")
    public = {name: found[name] for name in members}
    try:
        key: PublicKey = kind.import_key(public)
        thumbprint: str = key.thumbprint()
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InvalidToken("proof: key") from error
    return key, thumbprint
