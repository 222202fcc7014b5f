"""`Authorization: Bearer …` → Caller, or nobody.

Every failure is the same 401 to whoever sent it; the reason goes to the log, without the token. A token
bound to a key or certificate (`cnf`) is refused: a bearer of it proves nothing.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.assertion import actor_id
from gateway.assertion.strict import (
    InvalidToken,
    claimed_issuer,
    claims_of,
    header_of,
    text,
    whole,
)
from gateway.caller.issuer import LONGEST_TOKEN, Issuer
from gateway.caller.keys import Fetch, KeyRing, discovering
from gateway.errors import Refused, Unauthenticated

logger = logging.getLogger(__name__)

SKEW = 5
REMEMBERED_SECONDS = 30
REMEMBERED = 10_000
LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `purposes` are those the token limits itself to, None when it does not."""

    issuer: str
    subject: str
    role: str
    organisation: str
    organisation_kind: str
    purposes: frozenset[str] | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def actor(self) -> str:
        """The caller as subgraphs and the record know it: a digest, no name."""
        return actor_id(self.issuer, self.subject)


class Callers:
    """Tokens of the registered issuers → callers."""

    def __init__(
        self, issuers: Iterable[Issuer], fetch: Fetch, clock: Callable[[], float] = time.time
    ) -> None:
        self._issuers = {one.name: one for one in issuers}
        self._rings = {name: _ring(one, fetch, clock) for name, one in self._issuers.items()}
        self._clock = clock
        self._remembered: dict[bytes, tuple[Caller, float]] = {}

    async def caller(self, authorization: str | None) -> Caller:
        """The caller behind an Authorization header.

        Raises Unauthenticated when there is none, Refused for a role or organisation that the
        issuer is not registered for, NotReady when its keys cannot be read.
        """
        token = _bearer(authorization)
        digest = hashlib.sha256(token.encode()).digest()
        known = self._remembered.get(digest)
        if known is not None and self._clock() < known[1]:
            return known[0]
        try:
            found, good_until = await self._read(token)
        except InvalidToken as error:
            logger.warning("token refused: %s", error.reason)
            raise Unauthenticated("the token does not hold; ask its issuer for a new one") from None
        self._remember(digest, found, good_until)
        return found

    def _remember(self, digest: bytes, caller: Caller, good_until: float) -> None:
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        until = min(good_until, self._clock() + REMEMBERED_SECONDS)
        self._remembered[digest] = (caller, until)

    async def _read(self, token: str) -> tuple[Caller, float]:
        issuer = self._issuers.get(claimed_issuer(token, LONGEST_TOKEN))
        if issuer is None:
            raise InvalidToken("iss")
        header = header_of(token, issuer.expected)
        key = await self._rings[issuer.name].key(header.key_id)
        claims = claims_of(token, issuer.expected, lambda _: key)
        expires = _checked(claims, issuer, self._clock())
        return _caller(claims, issuer), expires


def _ring(issuer: Issuer, fetch: Fetch, clock: Callable[[], float]) -> KeyRing:
    if issuer.jwks is None:
        return KeyRing(issuer.name, discovering(issuer.name, fetch), clock)
    return KeyRing(issuer.jwks, fetch, clock)


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token or not token.isascii() or len(token) > LONGEST_TOKEN:
        raise Unauthenticated("send Authorization: Bearer and a token of a registered issuer")
    return token


def _checked(claims: Mapping[str, Any], issuer: Issuer, now: float) -> int:
    """When the token ends. Raises InvalidToken unless it is for us, and for now."""
    if claims.get("aud") != issuer.audience:  # a list is refused: a token is for one audience
        raise InvalidToken("aud")
    if "cnf" in claims:
        raise InvalidToken("bound to a key, sent as a bearer")
    issued, expires = whole(claims, "iat"), whole(claims, "exp")
    if not 0 < expires - issued <= issuer.longest_life:
        raise InvalidToken("lifetime")
    if issued - SKEW > now or expires + SKEW < now:
        raise InvalidToken("not now")
    if "nbf" in claims and whole(claims, "nbf") - SKEW > now:
        raise InvalidToken("nbf")
    return expires


def _caller(claims: Mapping[str, Any], issuer: Issuer) -> Caller:
    subject = text(claims, "sub")
    if len(subject) > LONGEST_SUBJECT:
        raise InvalidToken("sub")
    organisation = text(claims, issuer.organisation_claim)
    kind = issuer.organisations.get(organisation)
    role = issuer.roles.get(text(claims, issuer.role_claim))
    if kind is None:
        raise Refused(
            "the token's organisation is not registered for its issuer", code="ORGANISATION_UNKNOWN"
        )
    if role is None:
        raise Refused("the token's role is not registered for its issuer", code="ROLE_UNKNOWN")
    purposes, scopes = _purposes(claims), _scopes(claims)
    return Caller(issuer.name, subject, role, organisation, kind, purposes, scopes)


def _purposes(claims: Mapping[str, Any]) -> frozenset[str] | None:
    if "purposes" not in claims:
        return None
    found = claims["purposes"]
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise InvalidToken("purposes")
    return frozenset(found)


def _scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    found = claims.get("scope", "")
    if not isinstance(found, str):
        raise InvalidToken("scope")
    return frozenset(found.split())
