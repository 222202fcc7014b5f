"""An issuer's JWKS → its public keys by name, read again when they change, and not more often.

A name we do not know makes us look again, at most once in 30 seconds, so that a storm of unknown names
is no storm of requests. When the source fails, what we have is good for a day. No key is ever fetched
from where a token points.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from gateway.assertion.strict import PublicKey
from gateway.errors import NotReady

logger = logging.getLogger(__name__)

SOFT = 5 * 60
HARD = 24 * 60 * 60
APART = 30
SMALLEST_RSA = 2048
LONGEST_KEYS = 256 * 1024
DISCOVERY = "/.well-known/openid-configuration"

Fetch = Callable[[str], Awaitable[bytes]]
"""Reads a URL or a path; raises OSError, or a TimeoutError, when it cannot."""

_KINDS: Mapping[str, type[PublicKey]] = {"OKP": OKPKey, "EC": ECKey, "RSA": RSAKey}
_PUBLIC = {"OKP": ("crv", "x"), "EC": ("crv", "x", "y"), "RSA": ("n", "e")}


class KeyRing:
    """The keys of one source, kept fresh."""

    def __init__(
        self, source: str, fetch: Fetch, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = source
        self._fetch = fetch
        self._clock = clock
        self._keys: Mapping[str, PublicKey] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._one_at_a_time = asyncio.Lock()

    async def key(self, name: str) -> PublicKey | None:
        """The key of that name. Raises NotReady when there are no keys to look in."""
        if self._age() > SOFT or name not in self._keys:
            await self._refresh(name)
        if self._age() > HARD:
            raise NotReady(f"the keys at {self._source} cannot be read; see that they can")
        return self._keys.get(name)

    def _age(self) -> float:
        return float("inf") if self._read_at is None else self._clock() - self._read_at

    async def _refresh(self, name: str) -> None:
        async with self._one_at_a_time:
            tried = self._tried_at
            if tried is not None and self._clock() - tried < APART:
                return
            self._tried_at = self._clock()
            try:
                self._keys = read_keys(await self._fetch(self._source))
            except (OSError, TimeoutError, ValueError) as error:
                logger.warning("keys at %s not read: %s", self._source, type(error).__name__)
                return
            self._read_at = self._clock()


def discovering(issuer: str, fetch: Fetch) -> Fetch:
    """A fetch of the keys that an issuer's own metadata names (OpenID Connect Discovery 1.0 §4).

    The metadata must be of exactly this issuer, and its keys come over https: whoever can answer for
    the address only may not put another's keys in the place of the issuer's.
    """

    async def fetched(_source: str) -> bytes:
        found = json.loads(await fetch(issuer.rstrip("/") + DISCOVERY))
        named = found.get("issuer") if isinstance(found, dict) else None
        keys = found.get("jwks_uri") if isinstance(found, dict) else None
        if named != issuer or not isinstance(keys, str) or not keys.startswith("https://"):
            raise ValueError(
                "the metadata is another issuer's, or its keys are not read over https"
            )
        return await fetch(keys)

    return fetched


def read_keys(text: bytes) -> dict[str, PublicKey]:
    """The usable keys of a JWKS: public, named, for signatures. Raises ValueError when it is no JWKS."""
    if len(text) > LONGEST_KEYS:
        raise ValueError("a JWKS longer than is read")
    found = json.loads(text)
    listed = found.get("keys") if isinstance(found, dict) else None
    if type(listed) is not list:
        raise ValueError("no JWKS: it has no list of keys")
    usable = [key for one in listed if isinstance(one, dict) and (key := _key(one))]
    return dict(usable)


def _key(one: Mapping[str, Any]) -> tuple[str, PublicKey] | None:
    kind, name = one.get("kty"), one.get("kid")
    if not isinstance(kind, str) or not isinstance(name, str) or not name:
        return None
    if kind not in _KINDS or one.get("use", "sig") != "sig":
        return None
    public = {part: str(one.get(part)) for part in ("kty", *_PUBLIC[kind])}
    try:
        key = _KINDS[kind].import_key({**public, "kid": name})
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey) and key.public_key.key_size < SMALLEST_RSA:
        return None
    return name, key
