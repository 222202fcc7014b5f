"""An issuer of our own, for demonstrations and tests: it vouches for whoever it is told to.

Never registered in production: its key is made where it runs, and whoever holds it is everyone.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.jwk import OKPKey

from gateway.assertion import new_key
from gateway.caller.issuer import HOUR, Issuer
from gateway.register import Register

NAME = "https://demo.causeway.example"
AUDIENCE = "https://causeway.example"
SOURCE = "demo"


class DemoIssuer:
    """Mints tokens. `organisations` are code → kind."""

    def __init__(
        self, register: Register, organisations: Mapping[str, str], key: OKPKey | None = None
    ) -> None:
        self.key = key or new_key("demo-1")
        self.issuer = Issuer(
            name=NAME,
            audience=AUDIENCE,
            jwks=SOURCE,
            algorithms=("Ed25519",),
            roles={role: role for role in register.document.role},
            organisations=dict(organisations),
            longest_life=24 * HOUR,
        )

    async def fetch(self, _source: str) -> bytes:
        """The issuer's JWKS, as `Callers` asks for it."""
        return json.dumps({"keys": [self.key.as_dict(private=False)]}).encode()

    def token(self, subject: str, role: str, organisation: str, /, **more: Any) -> str:
        """A token good for twelve hours. `more` are further claims, or others in place of these."""
        now = int(time.time())
        claims = {
            "iss": NAME,
            "aud": AUDIENCE,
            "sub": subject,
            "role": role,
            "org": organisation,
            "iat": now,
            "exp": now + 12 * HOUR,
            "jti": secrets.token_urlsafe(12),
            "amr": ["pwd", "mfa"],
            "auth_time": now,
            **more,
        }
        return mint(claims, self.key)


def mint(claims: Mapping[str, Any], key: OKPKey) -> str:
    """A signed access token with exactly these claims."""
    header = {"alg": "Ed25519", "kid": key.kid, "typ": "at+jwt"}
    payload = json.dumps(claims, separators=(",", ":")).encode()
    return jws.serialize_compact(header, payload, key, algorithms=["Ed25519"])
