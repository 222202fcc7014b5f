"""An adoption → a new child with new numbers, and no way from the old one to it; in one transaction (ACA 2002 s.77–79).

A change of gender, and a new identity for somebody who is protected, bring new numbers too, and are sealed alike.

The old numbers stay as they are, of a child that is sealed: looked up they take the path and the time of a number never
issued. What they were, and whose they were, is kept under a key of its own that only access to adoption records
turns, with two people. Superseding is something else: a pointer from old to new is what the law forbids.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from subgraphs.link.keys import KeyRing, Keys
from subgraphs.link.numbers import Entry, add, taken

Number = tuple[str, str]
"""Kind and text."""
Held = KeyRing | Keys
BACK_OFFICE = "National Back Office"


@dataclass(frozen=True, slots=True)
class Agency:
    """Whose case it is, which, and on what ground: ADOPTION, GENDER or PROTECTED_PERSON."""

    organisation: str
    case: str | None
    ground: str


class SealedStore:
    """What the adoption records authority alone can read."""

    def __init__(self, keys: Held, material: bytes) -> None:
        self._keys = keys
        self._index = material[:32]
        self._cipher = AESSIV(material[32:])

    async def seal(
        self,
        connections: asyncpg.Pool,
        child: UUID,
        renewed: Sequence[Number],
        agency: Agency,
    ) -> UUID | None:
        """The new child; None when one of the new numbers is somebody's already."""
        new, keys = uuid4(), self._keys.now()
        async with connections.acquire() as connection, connection.transaction():
            if await taken(connection, self._keys, renewed):
                return None
            old = await _numbers_of(connection, keys, child)
            await connection.execute(_SEAL, child)
            await connection.execute(
                _NEW, new, child, _numbered(renewed), BACK_OFFICE, agency.ground
            )
            for table in ("cpis_plan", "cpis_access", "adviser", "approval"):
                await connection.execute(f"delete from link.{table} where child = $1", child)
            for number in renewed:
                await add(connection, keys, _entry(new, number))
            await connection.execute(_KEEP, self._place(new), self._closed(new, old))
            await connection.execute(_CASE, new, agency.organisation, agency.case)
        return new

    async def numbers_before(
        self, connections: asyncpg.Pool, child: UUID
    ) -> tuple[list[Number], datetime] | None:
        """What was sealed when this child was adopted, and when."""
        row = await connections.fetchrow(_KEPT, self._place(child))
        if row is None:
            return None
        opened = orjson.loads(self._cipher.decrypt(row["cipher"], [child.bytes]))
        return [(kind, text) for kind, text in opened], row["sealed_at"]

    def _place(self, child: UUID) -> bytes:
        """Where the sealed record of a child stands: nobody finds it without the key."""
        return hmac.digest(self._index, child.bytes, hashlib.sha256)[:16]

    def _closed(self, child: UUID, numbers: Sequence[Number]) -> bytes:
        return self._cipher.encrypt(orjson.dumps(numbers), [child.bytes])


async def _numbers_of(connection: Any, keys: Keys, child: UUID) -> list[Number]:
    rows = await connection.fetch(
        "select kind, cipher from link.identifier where child = $1", child
    )
    return [(row["kind"], keys.unsealed(row["kind"], row["cipher"])) for row in rows]


def _numbered(renewed: Sequence[Number]) -> bool:
    return any(kind == "NHS" for kind, _ in renewed)


def _entry(child: UUID, number: Number) -> Entry:
    kind, text = number
    custodian = text.partition(":")[0] if kind == "LA" else None
    return Entry(child, kind, text, custodian, BACK_OFFICE)


def sealed_store(keys: Held, folder: Path) -> SealedStore:
    """The store under the key kept in `folder`, a file apart from the link node's other keys; made on first use."""
    path = folder / "link.sealed.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(urlsafe_b64encode(secrets.token_bytes(96)))
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
    return SealedStore(keys, urlsafe_b64decode(path.read_bytes()))


_SEAL = "update link.child set sealed_at = now() where child = $1"
_NEW = """
    insert into link.child (child, status, verified_on, verified_by, birth_date, restriction, adopted)
    select $1, case when $3 then '01' else '03' end, current_date, $4, birth_date,
        case when $5 = 'PROTECTED_PERSON' and restriction = 'U' then 'R' else restriction end,
        adopted or $5 = 'ADOPTION'
    from link.child where child = $2
"""
_KEEP = "insert into link.sealed (place, cipher) values ($1, $2)"
_KEPT = "select cipher, sealed_at from link.sealed where place = $1"
_CASE = """
    insert into link.relationship (child, organisation, kind, case_digest, opened_on)
    values ($1, $2, 'agency_case', $3, current_date)
"""
