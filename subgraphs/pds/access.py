"""A signed assertion → a token; a token → the application that asks.

Application-restricted mode: OAuth 2.0 client credentials with a JWT signed RS512 by the application's own key
(RFC 7523), no person signed in. Assertions live five minutes at most and are taken once.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import time
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

TOKEN_SECONDS = 599
ASSERTION_SECONDS = 300
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Unacceptable(Exception):
    """The token cannot be given. The first argument is OAuth's code, the second says why."""


@dataclass(slots=True)
class Access:
    """The applications by name, each with its public key; and the tokens given out."""

    applications: Mapping[str, RSAKey]
    audience: str = ""  # the token endpoint's own address
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    used: dict[str, float] = field(default_factory=dict)

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The answer of the token endpoint. Raises Unacceptable."""
        if form.get("grant_type") != "client_credentials":
            raise Unacceptable("unsupported_grant_type", "grant_type must be client_credentials")
        if form.get("client_assertion_type") != ASSERTION:
            raise Unacceptable("invalid_request", f"client_assertion_type must be {ASSERTION}")
        application = self._application(form.get("client_assertion", ""))
        self.tokens = {each: held for each, held in self.tokens.items() if held[1] > time()}
        given = secrets.token_urlsafe(24)
        self.tokens[given] = application, time() + TOKEN_SECONDS
        return {"access_token": given, "expires_in": str(TOKEN_SECONDS), "token_type": "Bearer"}

    def application(self, token: str) -> str | None:
        """Who holds a token; None for one that was never given or has run out."""
        name, until = self.tokens.get(token, ("", 0.0))
        return name if until > time() else None

    def _application(self, assertion: str) -> str:
        claims = self._claims(assertion)
        name, now = str(claims.get("iss", "")), time()
        lasting = claims.get("exp", 0)
        if claims.get("sub") != name or claims.get("aud") != self.audience:
            raise Unacceptable(
                "invalid_request", "iss and sub must be the application, aud this endpoint"
            )
        if not isinstance(lasting, int) or not now < lasting <= now + ASSERTION_SECONDS:
            raise Unacceptable("invalid_request", "exp must be within the next five minutes")
        once = str(claims.get("jti", ""))
        self.used = {each: until for each, until in self.used.items() if until > now}
        if not once or once in self.used:
            raise Unacceptable("invalid_request", "jti is missing, or was used before")
        self.used[once] = float(lasting)
        return name

    def _claims(self, assertion: str) -> dict[str, Any]:
        """Of an assertion that one of the applications signed."""
        for name, key in self.applications.items():
            try:
                read = jwt.decode(assertion, key, algorithms=["RS512"])
            except (JoseError, ValueError):
                continue
            if read.header.get("kid") == key.kid and read.claims.get("iss") == name:
                return dict(read.claims)
        raise Unacceptable("invalid_request", "no application that is known here signed this")
