"""Which record is in question ↔ what may lie in a database: a keyed digest to know it again by, AES-SIV to give it back.

A key of its own, apart from those of the link node's numbers: a rotation of those leaves what was judged as it was.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from subgraphs.link.matching.conflicts import Source

NAME = "match.key"
_SIV, _MAC = 64, 32  # bytes
_APART = "\0"


class Seal:
    """The key of what is in question."""

    def __init__(self, material: bytes) -> None:
        self._cipher, self._mac = AESSIV(material[:_SIV]), material[_SIV:]

    def digest(self, kind: str, sources: Iterable[Source]) -> bytes:
        """The same records in any order are the same question."""
        numbers = sorted(f"{one.kind}{_APART}{one.number}" for one in sources)
        return hmac.digest(self._mac, _APART.join([kind, *numbers]).encode(), hashlib.sha256)

    def sealed(self, source: Source) -> bytes:
        return self._cipher.encrypt(source.number.encode(), [source.kind.encode()])

    def source(self, kind: str, cipher: bytes, custodian: str | None) -> Source:
        return Source(kind, self._cipher.decrypt(cipher, [kind.encode()]).decode(), custodian)


def seal_in(folder: Path) -> Seal:
    """The key kept in `folder`, made on first use and readable by this user alone."""
    path = folder / NAME
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f"{NAME}.{os.getpid()}"
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_SIV + _MAC))
        try:
            os.link(aside, path)
        except FileExistsError:
            pass  # another process was first
        finally:
            aside.unlink()
    return Seal(path.read_bytes())
