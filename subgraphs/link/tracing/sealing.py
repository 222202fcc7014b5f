"""What a trace job must keep ↔ what may lie in a database: AES-SIV under a key of this node's own, bound to its row."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from gateway.identifiers import NhsNumber
from subgraphs.link.tracing.demographics import Told
from subgraphs.link.tracing.person import Address

_SIV, _MAC = 64, 32  # bytes


@dataclass(frozen=True, slots=True)
class Place:
    """The row that something lies in: nothing opens in another."""

    batch: UUID
    position: int

    def bound(self, column: str) -> list[bytes]:
        return [self.batch.bytes, self.position.to_bytes(4, "big"), column.encode()]


class Seal:
    """The keys of trace jobs."""

    def __init__(self, material: bytes) -> None:
        self._cipher, self._mac = AESSIV(material[:_SIV]), material[_SIV:]

    def digest(self, *parts: bytes) -> bytes:
        """Keyed: a digest of a child's particulars without a key can be guessed back."""
        return hmac.digest(self._mac, b"\0".join(parts), hashlib.sha256)

    def told(self, told: Told, place: Place) -> bytes:
        given = {name: said for name, said in asdict(told).items() if said}
        return self._cipher.encrypt(orjson.dumps(given), place.bound("told"))

    def tell(self, cipher: bytes, place: Place) -> Told:
        given = orjson.loads(self._cipher.decrypt(cipher, place.bound("told")))
        lived = given.pop("addresses", ())
        addresses = tuple(Address(tuple(one["lines"]), one["postcode"]) for one in lived)
        return Told(**given, addresses=addresses)

    def words(self, text: str, place: Place) -> bytes:
        return self._cipher.encrypt(text.encode(), place.bound("words"))

    def open_words(self, cipher: bytes, place: Place) -> str:
        return self._cipher.decrypt(cipher, place.bound("words")).decode()

    def number(self, number: NhsNumber, place: Place) -> bytes:
        return self._cipher.encrypt(str(number).encode(), place.bound("number"))

    def open_number(self, cipher: bytes, place: Place) -> NhsNumber:
        return NhsNumber.parse(self._cipher.decrypt(cipher, place.bound("number")).decode())


def seal_in(folder: Path) -> Seal:
    """The keys kept in `folder`, made on first use and readable by this user alone."""
    path = folder / "trace.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f"trace.key.{os.getpid()}"
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_SIV + _MAC))
        try:
            os.link(aside, path)
        except FileExistsError:
            pass  # another process was first
        finally:
            aside.unlink()
    return Seal(path.read_bytes())
