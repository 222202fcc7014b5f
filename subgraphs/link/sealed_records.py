"""What was sealed of a child ↔ a row that only the key and the child together find and open.

Each record has a key of its own. That one lies beside it, with the child that it is about, wrapped under the store's
key, and bound to the row. A rotation wraps it anew and moves the row: it opens no record, and needs to
know nobody's numbers. So dual control holds before, meanwhile and afterwards: who renews keys is shown nothing, and the
one way to a number is `of`, which the graph goes for two people of the records agency alone (`adoption.sealed_record`).

Records from before they had keys of their own are under the store's first key itself. The first rotation gives
them theirs: they pass through its memory, once, and nobody is shown them (`rewrapping`).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from subgraphs.link.keyfile import KeyFile, Versions
from subgraphs.link.keys import StaleKeys

Number = tuple[str, str]
"""Kind and text."""
NAME = "link.sealed.key"
_OWN = 64  # bytes of a record's own key
_FIRST_PLACE = 16  # bytes, before there were versions


@dataclass(frozen=True, slots=True)
class Record:
    """A row of `link.sealed`: where it stands, what was sealed, and the key to that, wrapped."""

    place: bytes
    cipher: bytes
    wrapped: bytes

    @classmethod
    def of(cls, key: Versions, child: UUID, numbers: Sequence[Number]) -> Record:
        own = secrets.token_bytes(_OWN)
        cipher = AESSIV(own).encrypt(orjson.dumps(numbers), [child.bytes])
        place = key.marks(child.bytes)[0]
        return cls(place, cipher, key.sealed(own + child.bytes, [place]))


def rewrapped(key: Versions, place: bytes, wrapped: bytes) -> tuple[bytes, bytes]:
    """Where a record stands under the newest version, and its key as that one wraps it."""
    inside = key.opened(wrapped, [place])
    moved = key.marks(inside[_OWN:])[0]
    return moved, key.sealed(inside, [moved])


def places(key: Versions, child: UUID) -> list[bytes]:
    """Wherever the record of a child may stand: nobody finds it without the key."""
    found = key.marks(child.bytes)
    first = [first_place(key, child)] if 1 in key.opening else []
    return found + first


def first_place(key: Versions, child: UUID) -> bytes:
    return key.first(child.bytes)[:_FIRST_PLACE]


def opened_first(key: Versions, child: UUID, cipher: bytes) -> list[Number]:
    """A record from before records had keys of their own."""
    return _numbers(key.opened_first(cipher, [child.bytes]))


@dataclass(frozen=True, slots=True)
class Records:
    """The rows, and the store's key."""

    key: KeyFile

    async def keep(self, connection: Any, child: UUID, numbers: Sequence[Number]) -> None:
        """The numbers that this child had before it was sealed."""
        one = Record.of(self.key.now(), child, numbers)
        await connection.execute(_KEEP, one.place, one.cipher, one.wrapped)

    async def of(
        self, connections: asyncpg.Pool, child: UUID
    ) -> tuple[list[Number], datetime] | None:
        """What was sealed, and when. Raises StaleKeys on a host that was not given the newest key."""
        key = self.key.now()
        while True:
            row = await connections.fetchrow(_KEPT, places(key, child))
            assert row is not None, "it says at least which version a reader must know"
            if row["keyed"] <= key.newest:
                return _read(key, child, row)
            known, key = key, self.key.now()
            if key is known:
                raise StaleKeys(NAME)


def records_in(folder: Path) -> Records:
    """Under the key kept in `folder`, made on first use."""
    return Records(KeyFile(folder / NAME))


def _read(key: Versions, child: UUID, row: Any) -> tuple[list[Number], datetime] | None:
    if row["place"] is None:
        return None
    if row["wrapped"] is None:
        return opened_first(key, child, row["cipher"]), row["sealed_at"]
    own = key.opened(row["wrapped"], [row["place"]])[:_OWN]
    return _numbers(AESSIV(own).decrypt(row["cipher"], [child.bytes])), row["sealed_at"]


def _numbers(text: bytes) -> list[Number]:
    return [(kind, number) for kind, number in orjson.loads(text)]


_KEEP = "insert into link.sealed (place, cipher, wrapped) values ($1, $2, $3)"
_KEPT = """
    select v.version as keyed, s.place, s.cipher, s.wrapped, s.sealed_at
    from link.key_version v left join link.sealed s on s.place = any ($1::bytea[])
    where v.kind = 'SEALED'
"""
