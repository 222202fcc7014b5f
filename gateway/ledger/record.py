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
from functools import lru_cache

from gateway.chance import fresh

VERSION = 1


def now() -> str:
    """The moment, as records write it."""
    second, rest = divmod(time.time_ns(), 1_000_000_000)
    return f"{_second(second)}.{rest // 1_000:06d}+00:00"


@lru_cache(maxsize=8)
def _second(since_1970: int) -> str:
    return datetime.fromtimestamp(since_1970, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def new_ids(count: int) -> list[str]:
    """As many UUIDs of version 7 (RFC 9562 §5.7) of this moment: 48 bits of milliseconds, 74 that nobody can guess."""
    at, noise = f"{time.time_ns() // 1_000_000:012x}", fresh(10 * count).hex()
    begin = f"{at[:8]}-{at[8:]}-7"
    return [
        f"{begin}{noise[n : n + 3]}-{_VARIANT[noise[n + 3]]}{noise[n + 4 : n + 7]}-{noise[n + 7 : n + 19]}"
        for n in range(0, len(noise), 20)
    ]


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What all records of one request have in common.

    `case` is a digest of the declared case reference; `emergency` the ground on which somebody broke the
    glass; `text` somebody's own words, kept sealed; `alert` why a reviewer must look at the request: its
    first record says so.
    """

    operation: str
    operation_name: str | None
    purpose: str | None
    case: str | None
    register: str
    organisation: str
    role: str
    actor: str
    transaction: str = ""
    emergency: str | None = None
    text: str | None = field(default=None, repr=False)
    alert: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One decision.

    `subject` is the child's ledger pseudonym, None when nobody was identified; `island` the
    subgraph asked, None when the operation was refused whole. `released` are schema coordinates
    (`Pupil.senProvision`); `refused` pairs of coordinate and reason code. `at` is UTC, RFC 3339 with
    microseconds. `categories` are what the released fields tell of a person, as the register names it.
    `tried` are keyed digests of what was named and nobody was found by. `review`: the entry that was
    reviewed and what came of it; `alert` why a reviewer must look at it; `spooled`: kept in the emergency
    spool first, while the ledger was away and its clock could not be compared.
    """

    about: Circumstances
    subject: str | None
    island: str | None
    outcome: str
    released: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    review: tuple[str, str] | None = None
    alert: str | None = None
    spooled: bool = False
    id: str = field(default_factory=lambda: new_ids(1)[0])
    at: str = field(default_factory=now)

    def open_parts(self) -> dict[str, object]:
        """What anyone who may read the ledger sees: nothing of the child, the actor or the case."""
        about = self.about
        parts: dict[str, object] = {
            "at": self.at,
            "categories": self.categories,
            "clock_ok": not self.spooled,
            "id": self.id,
            "island": self.island,
            "obligations": self.obligations,
            "op": {"hash": about.operation, "name": about.operation_name},
            "org": about.organisation,
            "outcome": self.outcome,
            "purpose": about.purpose,
            "refused": self.refused,
            "register": about.register,
            "released": self.released,
            "role": about.role,
            "txn": about.transaction,
            "v": VERSION,
        }
        if self.alert is not None:
            parts["alert"] = self.alert
        if about.emergency is not None:
            parts["emergency"] = about.emergency
        if self.review:
            parts["review"] = {"entry": self.review[0], "outcome": self.review[1]}
        if self.spooled:
            parts["spooled"] = True
        if self.tried:
            parts["tried"] = self.tried
        return parts


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
    """A UUID version 7: milliseconds first, so that what it names arrives index-friendly."""
    return uuid.UUID(new_ids(1)[0])
