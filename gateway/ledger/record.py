"""One decision as a canonical record: field names and reason codes, never values.

A record is one operation, one child, one island. A refusal is a record like a release. The bytes
are canonical (sorted keys, no spaces, NFC, UTF-8), so the same decision always hashes the same.
Standard library only: whoever verifies a ledger needs nothing of ours but this folder.
"""

from __future__ import annotations

import hashlib
import json
import time
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.chance import fresh

VERSION = 1


def now() -> str:
    """The moment, as records write it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Record:
    """One decision.

    `subject` is the child's ledger pseudonym, None when nobody was identified; `island` the
    subgraph asked, None when the operation was refused whole. `released` are schema coordinates
    (`Pupil.senProvision`); `refused` pairs of coordinate and reason code. `case` is a digest of
    the declared case reference. `at` is UTC, RFC 3339 with microseconds. `categories` are what the
    released fields tell of a person, as the register names it. `tried` are keyed digests of what was
    named and nobody was found by. `emergency` is the ground on which somebody broke the glass; `review`
    the entry that was reviewed and what came of it; `alert` why a reviewer must look at it; `spooled`: kept in the emergency spool first, while
    the ledger was away and its clock could not be compared.
    """

    operation: str
    operation_name: str | None
    purpose: str | None
    register: str
    organisation: str | None
    role: str | None
    actor: str | None
    case: str | None
    subject: str | None
    island: str | None
    outcome: str
    released: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    emergency: str | None = None
    review: tuple[str, str] | None = None
    alert: str | None = None
    spooled: bool = False
    text: str | None = None
    transaction: str = ""
    id: str = field(default_factory=lambda: _time_ordered())
    at: str = field(default_factory=now)

    def open_parts(self) -> dict[str, object]:
        """What anyone who may read the ledger sees: nothing of the child, the actor or the case."""
        seldom = {
            "emergency": self.emergency,
            "review": self.review and {"entry": self.review[0], "outcome": self.review[1]},
            "spooled": self.spooled or None,
            "tried": list(self.tried) or None,
            "alert": self.alert,
        }
        return {name: value for name, value in seldom.items() if value is not None} | {
            "v": VERSION,
            "id": self.id,
            "at": self.at,
            "txn": self.transaction,
            "op": {"hash": self.operation, "name": self.operation_name},
            "purpose": self.purpose,
            "register": self.register,
            "org": self.organisation,
            "role": self.role,
            "island": self.island,
            "outcome": self.outcome,
            "released": self.released,
            "refused": self.refused,
            "categories": self.categories,
            "obligations": self.obligations,
            "clock_ok": not self.spooled,
        }


_write = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
).encode


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces, its text in Unicode NFC, as UTF-8."""
    text = _write(value)
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).encode()


def open_digest(parts: Mapping[str, object]) -> bytes:
    """What is promised of a record in the spool: SHA-256 over its open parts, but for how it came into the ledger.

    It may have got there after all, from the queue that it was taken out of too late.
    """
    promised = {name: value for name, value in parts.items() if name not in _OF_THE_WAY}
    return hashlib.sha256(canonical(promised)).digest()


_OF_THE_WAY = frozenset({"sealed", "spooled", "clock_ok"})


def link(previous: bytes, leaf_hash: bytes) -> bytes:
    """The chain value after a leaf: each entry commits to all before it in its stream."""
    return hashlib.sha256(previous + leaf_hash).digest()


GENESIS = bytes(32)


def time_ordered_id() -> uuid.UUID:
    """A UUID version 7 (RFC 9562 §5.7): milliseconds first, so that entries arrive index-friendly."""
    return uuid.UUID(_time_ordered())


def _time_ordered() -> str:
    stamp = time.time_ns() // 1_000_000
    noise = int.from_bytes(fresh(10), "big")
    number = stamp << 80 | 0x7 << 76 | (noise >> 68) << 64 | 0b10 << 62 | noise & ((1 << 62) - 1)
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
