"""A compact token's text → its claims, nothing lenient about it.

Libraries accept a wrong `typ`, a list of audiences, a claim given twice, padding and numbers as text.
Here each of these refuses: what two readers could read differently is not read at all.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from nacl.bindings import crypto_sign_BYTES, crypto_sign_open
from nacl.exceptions import BadSignatureError

PublicKey = OKPKey | ECKey | RSAKey

KEY_OF: Mapping[str, tuple[type[PublicKey], str | None]] = {
    "Ed25519": (OKPKey, "Ed25519"),
    "ES256": (ECKey, "P-256"),
    "PS256": (RSAKey, None),
    "RS256": (RSAKey, None),
}
"""The algorithms there are, and the kind of key and curve that each one takes; no symmetric one."""

_CARRIES_KEYS = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc"})
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_KID = 200
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class InvalidToken(Exception):
    """The token does not hold. `reason` is for our log, never for whoever sent it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Header:
    """What a token says of itself, before anything of it is believed."""

    algorithm: str
    key_id: str
    type: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must be to be read at all."""

    type: str
    algorithms: frozenset[str]
    longest: int


KeyFor = Callable[[Header], PublicKey | None]
"""Finds the key a token names; None when there is none."""


def header_of(token: str, expected: Expected) -> Header:
    """The header of a token, checked. Raises InvalidToken."""
    return _header(_segments(token, expected.longest)[0], expected)


@lru_cache(maxsize=256)  # a gateway's notes and an issuer's tokens all bear the same one
def _header(segment: str, expected: Expected) -> Header:
    found = _object(_decoded(segment))
    if _CARRIES_KEYS & found.keys():
        raise InvalidToken("header carries keys or extensions")
    algorithm, key_id, type_ = found.get("alg"), found.get("kid"), found.get("typ")
    if not isinstance(algorithm, str) or algorithm not in expected.algorithms:
        raise InvalidToken("algorithm")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= _LONGEST_KID:
        raise InvalidToken("kid")
    if not isinstance(type_, str) or type_.lower() != expected.type:
        raise InvalidToken("typ")
    return Header(algorithm, key_id, type_)


def claimed_issuer(token: str, longest: int) -> str:
    """The issuer that a token names, believed by nobody yet: only to find whose keys to try."""
    return text(_object(_decoded(_segments(token, longest)[1])), "iss")


def claims_of(token: str, expected: Expected, key_for: KeyFor) -> dict[str, Any]:
    """The claims of a token whose signature holds. Raises InvalidToken."""
    segments = _segments(token, expected.longest)
    header = _header(segments[0], expected)
    key = key_for(header)
    if key is None:
        raise InvalidToken("no such key")
    if not fits(key, header.algorithm):
        raise InvalidToken("the key is not for this algorithm")
    _check_signature(token, key, header.algorithm)
    return _object(_decoded(segments[1]))


def bare_header_of(token: str, longest: int) -> dict[str, Any]:
    """The header of a token that carries its own key, for who knows what else to believe. Raises InvalidToken."""
    return _object(_decoded(_segments(token, longest)[0]))


def signed_claims_of(token: str, key: PublicKey, algorithm: str) -> dict[str, Any]:
    """The claims of a token that this key signed. Raises InvalidToken."""
    _check_signature(token, key, algorithm)
    return _object(_decoded(token.split(".")[1]))


def _check_signature(token: str, key: PublicKey, algorithm: str) -> None:
    try:
        public = key.public_key
        if isinstance(public, Ed25519PublicKey):
            # Every fetch bears one: libsodium takes half of OpenSSL's time, and refuses small orders too.
            signed, _, signature = token.rpartition(".")
            crypto_sign_open(_signature(signature) + signed.encode(), public.public_bytes_raw())
        else:
            jws.deserialize_compact(token, key, algorithms=[algorithm])
    except (BadSignatureError, JoseError, ValueError) as error:
        raise InvalidToken("signature") from error


def _signature(written: str) -> bytes:
    found = _decoded(written)
    if len(found) != crypto_sign_BYTES:  # what is too long would begin the text that was signed
        raise InvalidToken("signature")
    return found


def fits(key: PublicKey, algorithm: str) -> bool:
    """Whether a key is of the kind and curve that an algorithm takes."""
    kind, curve = KEY_OF[algorithm]
    return isinstance(key, kind) and (curve is None or getattr(key, "curve_name", None) == curve)


def whole(claims: Mapping[str, Any], name: str) -> int:
    """A time claim: whole seconds, as a number. Raises InvalidToken."""
    found = claims.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < 1 << 40:
        raise InvalidToken(name)
    return found


def text(claims: Mapping[str, Any], name: str) -> str:
    """A claim that is text and not empty. Raises InvalidToken."""
    found = claims.get(name)
    if not isinstance(found, str) or not found:
        raise InvalidToken(name)
    return found


def _segments(token: str, longest: int) -> list[str]:
    if len(token) > longest or not token.isascii():
        raise InvalidToken("length")
    written = token.split(".")
    if len(written) != 3:
        raise InvalidToken("segments")
    return written


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return segment(raw).decode()


def segment(raw: bytes) -> bytes:
    """The same as bytes: a part of a token."""
    return binascii.b2a_base64(raw, newline=False).translate(_URL_SAFE).rstrip(b"=")


def _decoded(written: str) -> bytes:
    """Base64url in its one canonical spelling: no padding, no stray bits."""
    if not _SEGMENT.fullmatch(written):
        raise InvalidToken("base64")
    try:
        found = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
    except binascii.Error as error:
        raise InvalidToken("base64") from error
    if encoded(found) != written:
        raise InvalidToken("base64")
    return found


def array(written: str, length: int) -> list[Any]:
    """A list of so many, in base64url. Raises InvalidToken."""
    found = _json(_decoded(written))
    if not isinstance(found, list) or len(found) != length:
        raise InvalidToken("json")
    return found


def _object(written: bytes) -> dict[str, Any]:
    found = _json(written)
    if not isinstance(found, dict):
        raise InvalidToken("json")
    return found


def _json(written: bytes) -> Any:
    try:
        return json.loads(written.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidToken("json") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidToken("a name given twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)
