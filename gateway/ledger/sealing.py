"""A record's personal parts → ciphertext that can be shredded without breaking a proof.

Who the child is, who acted, which case and any free text are AES-256-GCM under a key of that child and
year. Hashes cover the ciphertext, so a destroyed key leaves every proof valid and the parts unreadable.
Data keys are wrapped (AES-KW, RFC 3394) by the audit key, which the database never sees.
"""

from __future__ import annotations

import base64
import json
import os
import unicodedata
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from gateway.chance import fresh
from gateway.ledger.keyfile import kept_at
from gateway.ledger.record import Record, time_ordered_id

NONCE = 12
NOBODY = ""
"""Whose key seals a record in which nobody was identified."""

Owner = tuple[str, int]
"""(subject, year): whose data key it is."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """One child's key for one year, ready to seal with: a child is seldom asked about once."""

    id: UUID
    secret: bytes = field(repr=False)
    name: str = field(init=False, compare=False)
    cipher: AESGCM = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", str(self.id))
        object.__setattr__(self, "cipher", AESGCM(self.secret))


@dataclass(frozen=True, slots=True)
class AuditKey:
    """The key that wraps data keys. Whoever holds it and the database can read who was asked about."""

    secret: bytes

    @classmethod
    def at(cls, path: Path) -> AuditKey:
        """The key kept at `path` (readable by its owner alone), made on first use."""
        return cls(kept_at(path, lambda: os.urandom(32)))

    def fresh(self) -> tuple[UUID, bytes]:
        """A new data key: its id and itself, wrapped."""
        return time_ordered_id(), aes_key_wrap(self.secret, AESGCM.generate_key(256))

    def unwrapped(self, key: UUID, wrapped: bytes) -> DataKey:
        """A data key made usable; raises InvalidUnwrap when another audit key wrapped it."""
        return DataKey(key, aes_key_unwrap(self.secret, wrapped))


def owner(record: Record) -> Owner:
    """Whose key seals this record."""
    return record.subject or NOBODY, int(record.at[:4])


def written(value: object) -> bytes:
    """What `record.canonical` writes, by a library that takes a sixth of the time: every decision passes here."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return text if text.isascii() else unicodedata.normalize("NFC", text.decode()).encode()


def bodies(records: Sequence[Record], keys: Sequence[DataKey]) -> list[bytes]:
    """The canonical bytes of each record with its personal parts sealed."""
    nonces = fresh(NONCE * len(records))  # what each takes of them no other does
    cuts = range(0, len(nonces), NONCE)
    together = zip(records, keys, cuts, strict=True)
    return [_body(record, key, nonces[cut : cut + NONCE]) for record, key, cut in together]


def body(record: Record, key: DataKey) -> bytes:
    """The canonical bytes of one record with its personal parts sealed."""
    return _body(record, key, fresh(NONCE))


def _body(record: Record, key: DataKey, nonce: bytes) -> bytes:
    about = record.about
    personal = {
        "actor": about.actor,
        "case": about.case,
        "subject": record.subject,
        "text": about.text,
    }
    secret = key.cipher.encrypt(nonce, written(personal), record.id.encode())
    parts = record.open_parts()
    parts["sealed"] = {"key": key.name, "text": b2a_base64(nonce + secret, newline=False).decode()}
    return written(parts)


def personal(kept: bytes | str, keys: Mapping[str, DataKey]) -> Mapping[str, Any] | None:
    """The personal parts of a kept body; None when their key was destroyed."""
    found = json.loads(kept)
    key = keys.get(found["sealed"]["key"])
    if key is None:
        return None
    secret = base64.b64decode(found["sealed"]["text"])
    try:
        opened = key.cipher.decrypt(secret[:NONCE], secret[NONCE:], found["id"].encode())
    except InvalidTag:
        return None
    parts: Mapping[str, Any] = json.loads(opened)
    return parts
