"""What is said with calls → notes, signed together when the first of them leaves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from hashlib import sha256

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey
from nacl.bindings import crypto_sign, crypto_sign_BYTES, crypto_sign_seed_keypair

from gateway.assertion.said import (
    ALGORITHM,
    CALL,
    ISSUER,
    LIFETIME,
    TOGETHER,
    TYPE,
    Assertion,
    Clock,
    body_digest,
    stated,
)
from gateway.assertion.strict import segment
from gateway.chance import fresh

_SAID = b'["%b","' + CALL.encode() + b'",%b%b]'
_SIGNED = b'{"iss":"' + ISSUER.encode() + b'","iat":%d,"exp":%d,"_sd_alg":"sha-256","_sd":["%b"]}'


class Note:
    """What is said with one call. It is signed when it is written out, together with all that wait by then."""

    __slots__ = ("_signer", "disclosed", "signed")

    def __init__(self, signer: Signer, disclosed: bytes) -> None:
        self._signer = signer
        self.disclosed = disclosed
        self.signed = b""

    def __bytes__(self) -> bytes:
        if not self.signed:
            self._signer.sign_waiting()
        return b"%b~%b~" % (self.signed, self.disclosed)


class Signer:
    """Signs notes with the gateway's key, whose `kid` the subgraphs know.

    Calls that leave together are signed together: one signature over a digest of what is said with each, and each
    subgraph is shown what was said with its own (SD-JWT, RFC 9901). By libsodium: it takes two thirds of OpenSSL's
    time for the same 64 bytes (RFC 8032 leaves no choice in them).
    """

    def __init__(self, key: OKPKey, clock: Clock = time.time) -> None:
        private = key.private_key
        if not isinstance(private, Ed25519PrivateKey):
            raise TypeError("notes are signed with an Ed25519 private key")
        _, self._secret = crypto_sign_seed_keypair(private.private_bytes_raw())
        self._clock = clock
        header = {"alg": ALGORITHM, "kid": key.kid, "typ": TYPE}
        self._header = segment(json.dumps(header, separators=(",", ":")).encode())
        self._waiting: list[Note] = []

    def sign(self, assertion: Assertion, audience: str, body: bytes) -> str:
        """A note for exactly these bytes to exactly this subgraph."""
        return bytes(self.note(stated(assertion), audience, assertion.categories, body)).decode()

    def note(self, said: bytes, audience: str, categories: Sequence[str], body: bytes) -> Note:
        """A note that says what is `stated`, and of this one call: to whom, once, over which bytes."""
        own = orjson.dumps({"aud": audience, "cats": categories, "oph": body_digest(body)})
        note = Note(self, segment(_SAID % (segment(fresh(16)), said, own[1:])))
        self._waiting.append(note)
        return note

    def sign_waiting(self) -> None:
        """Signs whatever was said since the last time."""
        waiting, self._waiting = self._waiting, []
        for first in range(0, len(waiting), TOGETHER):
            self._sign(waiting[first : first + TOGETHER])

    def _sign(self, notes: Sequence[Note]) -> None:
        now = int(self._clock())
        digests = b'","'.join(segment(sha256(one.disclosed).digest()) for one in notes)
        claims = _SIGNED % (now, now + LIFETIME, digests)
        text = b"%b.%b" % (self._header, segment(claims))
        signature = segment(crypto_sign(text, self._secret)[:crypto_sign_BYTES])
        for one in notes:
            one.signed = b"%b.%b" % (text, signature)


def new_key(key_id: str) -> OKPKey:
    """A signing key of its own name."""
    return OKPKey.generate_key("Ed25519", {"kid": key_id, "use": "sig", "alg": ALGORITHM})


def public_keys(keys: Iterable[OKPKey]) -> dict[str, OKPKey]:
    """The public halves by name, as subgraphs are given them."""
    public = (OKPKey.import_key(key.as_dict(private=False)) for key in keys)
    return {str(key.kid): key for key in public}
