"""`Authorization: Bearer …`, or `DPoP …` with a proof → Caller, or nobody.

Every failure is the same 401 to whoever sent it; the reason goes to the log, without the token. A token
bound to a key (`cnf.jkt`) counts with a proof of that key alone: a bearer of it proves nothing. One that is bound to
anything else is refused.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from gateway.caller.dpop import THUMBPRINT, Proofs
from gateway.caller.issuer import LONGEST_TOKEN, Issuer
from gateway.caller.keys import Fetch, KeyRing, discovering
from gateway.errors import Refused, Unauthenticated

logger = logging.getLogger(__name__)

SKEW = 5
REMEMBERED_SECONDS = 30
REMEMBERED = 10_000
LONGEST_SUBJECT = 255
BEARER, DPOP = "bearer", "dpop"
NO_PROOF = "INVALID_DPOP_PROOF"
BOUND = "send a token bound to a key as Authorization: DPoP, with one fresh DPoP proof of that key, and no other one so"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `purposes` are those the token limits itself to, None when it does not.

    `proved_at`: when this person last showed more than one factor (RFC 8176 `mfa`), in seconds; None: not known.
    """

    issuer: str
    subject: str
    role: str
    organisation: str
    organisation_kind: str
    purposes: frozenset[str] | None = None
    scopes: frozenset[str] = frozenset()
    proved_at: int | None = None

    @property
    def actor(self) -> str:
        """The caller as subgraphs and the record know it: a digest, no name."""
        return actor_id(self.issuer, self.subject)


@dataclass(frozen=True, slots=True)
class _Known:
    """A token that was read: whose, until when it need not be read again, and the key that it is bound to."""

    caller: Caller
    until: float
    bound: str | None


class Callers:
    """Tokens of the registered issuers → callers."""

    def __init__(
        self, issuers: Iterable[Issuer], fetch: Fetch, clock: Callable[[], float] = time.time
    ) -> None:
        self._issuers = {one.name: one for one in issuers}
        self._rings = {name: _ring(one, fetch, clock) for name, one in self._issuers.items()}
        self._proofs = {
            one.name: Proofs(one.place, clock) for one in self._issuers.values() if one.place
        }
        self._clock = clock
        self._remembered: dict[bytes, _Known] = {}

    async def caller(self, authorization: str | None, proofs: Sequence[str] = ()) -> Caller:
        """The caller behind an Authorization header, and the proofs beside it.

        Raises Unauthenticated when there is none, Refused for a role or organisation that the
        issuer is not registered for, NotReady when its keys cannot be read.
        """
        scheme, token = _presented(authorization)
        known = await self._known(token)
        if (known.bound is None) is not (scheme == BEARER):
            logger.warning("token refused: not presented as it is bound")
            raise Unauthenticated(BOUND, code=NO_PROOF)
        if known.bound is not None:
            try:
                self._proofs[known.caller.issuer].check(proofs, token, known.bound)
            except InvalidToken as error:
                logger.warning("token refused: %s", error.reason)
                raise Unauthenticated(BOUND, code=NO_PROOF) from None
        return known.caller

    async def standing(self, authorization: str | None) -> Caller:
        """The same caller later in the same request, whose proof was used when it began."""
        return (await self._known(_presented(authorization)[1])).caller

    async def _known(self, token: str) -> _Known:
        digest = hashlib.sha256(token.encode()).digest()
        known = self._remembered.get(digest)
        if known is not None and self._clock() < known.until:
            return known
        try:
            known = await self._read(token)
        except InvalidToken as error:
            logger.warning("token refused: %s", error.reason)
            raise Unauthenticated("the token does not hold; ask its issuer for a new one") from None
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        self._remembered[digest] = known
        return known

    async def _read(self, token: str) -> _Known:
        issuer = self._issuers.get(claimed_issuer(token, LONGEST_TOKEN))
        if issuer is None:
            raise InvalidToken("iss")
        header = header_of(token, issuer.expected)
        key = await self._rings[issuer.name].key(header.key_id)
        claims = claims_of(token, issuer.expected, lambda _: key)
        now = self._clock()
        until = min(_checked(claims, issuer, now), now + REMEMBERED_SECONDS)
        return _Known(_caller(claims, issuer), until, _bound(claims, issuer))


def _ring(issuer: Issuer, fetch: Fetch, clock: Callable[[], float]) -> KeyRing:
    if issuer.jwks is None:
        return KeyRing(issuer.name, discovering(issuer.name, fetch), clock)
    return KeyRing(issuer.jwks, fetch, clock)


def _presented(authorization: str | None) -> tuple[str, str]:
    """The scheme and the token."""
    scheme, _, token = (authorization or "").partition(" ")
    known = scheme.lower() in (BEARER, DPOP)
    if not known or not token or not token.isascii() or len(token) > LONGEST_TOKEN:
        raise Unauthenticated("send Authorization: Bearer and a token of a registered issuer")
    return scheme.lower(), token


def _bound(claims: Mapping[str, Any], issuer: Issuer) -> str | None:
    """The thumbprint of the key that a token is bound to. Raises InvalidToken for a bond that cannot be checked."""
    if "cnf" not in claims and not issuer.bound:
        return None
    found = claims.get("cnf")
    thumbprint = found.get("jkt") if isinstance(found, dict) and len(found) == 1 else None
    if not isinstance(thumbprint, str) or len(thumbprint) != THUMBPRINT or issuer.place is None:
        raise InvalidToken("not bound, or to what cannot be checked")
    return thumbprint


def _checked(claims: Mapping[str, Any], issuer: Issuer, now: float) -> int:
    """When the token ends. Raises InvalidToken unless it is for us, and for now."""
    if claims.get("aud") != issuer.audience:  # a list is refused: a token is for one audience
        raise InvalidToken("aud")
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
    proved_at = _proved_at(claims)
    return Caller(issuer.name, subject, role, organisation, kind, purposes, scopes, proved_at)


def _proved_at(claims: Mapping[str, Any]) -> int | None:
    """When more than one factor was shown (OIDC Core §2 `auth_time`, RFC 8176 `amr`)."""
    methods = claims.get("amr")
    shown = isinstance(methods, list) and "mfa" in methods
    return whole(claims, "auth_time") if shown else None


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
