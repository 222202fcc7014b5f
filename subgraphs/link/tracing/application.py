"""An application's key → the signed assertion by which it asks the NHS for a token (RFC 7523, RS512)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from time import time
from uuid import uuid4

import orjson
from joserfc import jwt
from joserfc.jwk import RSAKey

NAME = "causeway"
_BITS = 4096  # what the NHS asks of an application's key
_SECONDS = 240  # five minutes is the longest it takes


@dataclass(frozen=True, slots=True)
class Application:
    """An application as the NHS has registered it: its name (API key) there, and its key."""

    name: str
    key: RSAKey

    def assertion(self, audience: str) -> str:
        """For one use, at one token endpoint."""
        claims = {
            "iss": self.name,
            "sub": self.name,
            "aud": audience,
            "jti": str(uuid4()),
            "exp": int(time()) + _SECONDS,
        }
        header = {"alg": "RS512", "typ": "JWT", "kid": self.key.kid}
        return jwt.encode(header, claims, self.key, algorithms=["RS512"])

    def public_key(self) -> RSAKey:
        return RSAKey.import_key(self.key.as_dict(private=False))


def application_in(path: Path, name: str = NAME) -> Application:
    """The application whose key is kept at `path`, made on first use and readable by this user alone."""
    if not path.exists():
        _create(path)
    return Application(name, RSAKey.import_key(orjson.loads(path.read_bytes())))


def new_application(name: str = NAME, bits: int = _BITS) -> Application:
    return Application(name, RSAKey.generate_key(bits, {"kid": f"{name}-1"}, auto_kid=False))


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = orjson.dumps(new_application().key.as_dict(private=True))
    # Written aside and linked into place: two processes starting at once end with one key.
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(made)
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
