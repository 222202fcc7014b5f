"""What a trace job must keep ↔ what may lie in a database: AES-SIV under a key of this node's own, bound to its row."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

import orjson

from gateway.identifiers import NhsNumber
from subgraphs.link.keyfile import KeyFile
from subgraphs.link.tracing.demographics import Told
from subgraphs.link.tracing.person import Address

NAME = "trace.key"


@dataclass(frozen=True, slots=True)
class Place:
    """The row that something lies in: nothing opens in another."""

    batch: UUID
    position: int

    def bound(self, column: str) -> list[bytes]:
        return [self.batch.bytes, self.position.to_bytes(4, "big"), column.encode()]


@dataclass(frozen=True, slots=True)
class Seal:
    """What trace jobs are written and read with."""

    key: KeyFile

    def digest(self, *parts: bytes) -> bytes:
        """Keyed: a digest of a child's particulars without a key can be guessed back."""
        return self.digests(*parts)[0]

    def digests(self, *parts: bytes) -> list[bytes]:
        """All that a job may be known by, the newest first. What it was made of is not kept: each is made of the one before."""
        return self.key.now().chained(b"\0".join(parts))

    def told(self, told: Told, place: Place) -> bytes:
        given = {name: said for name, said in asdict(told).items() if said}
        return self._sealed(orjson.dumps(given), place.bound("told"))

    def tell(self, cipher: bytes, place: Place) -> Told:
        given = orjson.loads(self._opened(cipher, place.bound("told")))
        lived = given.pop("addresses", ())
        addresses = tuple(Address(tuple(one["lines"]), one["postcode"]) for one in lived)
        return Told(**given, addresses=addresses)

    def words(self, text: str, place: Place) -> bytes:
        return self._sealed(text.encode(), place.bound("words"))

    def open_words(self, cipher: bytes, place: Place) -> str:
        return self._opened(cipher, place.bound("words")).decode()

    def number(self, number: NhsNumber, place: Place) -> bytes:
        return self._sealed(str(number).encode(), place.bound("number"))

    def open_number(self, cipher: bytes, place: Place) -> NhsNumber:
        return NhsNumber.parse(self._opened(cipher, place.bound("number")).decode())

    def renewed(self, cipher: bytes, bound: list[bytes]) -> bytes:
        """The same under the newest key; itself where it is already."""
        key = self.key.now()
        return cipher if cipher[0] == key.newest else key.sealed(key.opened(cipher, bound), bound)

    def _sealed(self, text: bytes, bound: list[bytes]) -> bytes:
        return self.key.now().sealed(text, bound)

    def _opened(self, cipher: bytes, bound: list[bytes]) -> bytes:
        return self.key.now().opened(cipher, bound)


def seal_in(folder: Path) -> Seal:
    """Under the key kept in `folder`, made on first use."""
    return Seal(KeyFile(folder / NAME, chains=True))
