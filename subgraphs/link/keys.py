"""Numbers ↔ what may be kept or shown of them. This process alone holds the keys.

At rest a number is an index (HMAC, to find it by) and a cipher (AES-SIV, to give it back), with keys of its own
kind. Outward a child is a pairwise id, which differs per organisation and family of purposes; it is AES-SIV too, and
not an HMAC, so that it can be read back without a table of every id ever given. The ledger's pseudonym has yet another key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from pathlib import Path
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

NUMBERS = ("NHS", "LA", "UPN", "ULN", "CHB")
_VERSION = b"1"
_SIV, _MAC = 64, 32  # bytes: AES-256-SIV takes two keys


class Keys:
    """The keys in use."""

    def __init__(self, material: dict[str, bytes]) -> None:
        self._index = {number: material[f"index.{number}"] for number in NUMBERS}
        self._cipher = {number: AESSIV(material[f"cipher.{number}"]) for number in NUMBERS}
        self._pairwise = AESSIV(material["pairwise"])
        self._ledger = material["ledger"]

    def index(self, number: str, text: str) -> bytes:
        """What a number is found by. 16 bytes: two of 12 million never meet."""
        return hmac.digest(self._index[number], text.encode(), hashlib.sha256)[:16]

    def sealed(self, number: str, text: str) -> bytes:
        return self._cipher[number].encrypt(text.encode(), [number.encode(), _VERSION])

    def unsealed(self, number: str, cipher: bytes) -> str:
        """Raises InvalidTag for a cipher of another key or kind."""
        return self._cipher[number].decrypt(cipher, [number.encode(), _VERSION]).decode()

    def outward(self, child: UUID, organisation: str, family: str) -> str:
        """The child's id as this organisation knows it for this family of purposes."""
        written = self._pairwise.encrypt(child.bytes, [organisation.encode(), family.encode()])
        return urlsafe_b64encode(written).rstrip(b"=").decode()

    def inward(self, outward: str, organisation: str, family: str) -> UUID | None:
        """None for an id that was not given to this organisation for this family."""
        try:
            written = urlsafe_b64decode(outward + "=")
            found = self._pairwise.decrypt(written, [organisation.encode(), family.encode()])
        except (InvalidTag, NotBase64, ValueError):
            return None
        return UUID(bytes=found)

    def subject(self, child: UUID) -> str:
        """The child in the ledger: the same for all callers, and never shown to any."""
        digest = hmac.digest(self._ledger, child.bytes, hashlib.sha256)[:16]
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


def keys_in(folder: Path) -> Keys:
    """The keys kept in `folder`, made on first use and readable by this user alone."""
    path = folder / "link.keys"
    if not path.exists():
        _create(path)
    held = orjson.loads(path.read_bytes())
    return Keys({name: urlsafe_b64decode(value) for name, value in held.items()})


def _create(path: Path) -> None:
    sizes = {f"index.{number}": _MAC for number in NUMBERS}
    sizes |= {f"cipher.{number}": _SIV for number in NUMBERS}
    sizes |= {"pairwise": _SIV, "ledger": _MAC}
    made = {name: urlsafe_b64encode(secrets.token_bytes(n)).decode() for name, n in sizes.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and linked into place: two processes starting at once end with one set of keys.
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(orjson.dumps(made))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
