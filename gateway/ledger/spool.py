"""Records of an emergency while the ledger is away → a file of this process, and from there into the ledger.

Append only, on disk before anyone goes on, each line chained to the one before it and encrypted to the audit
key. At most so many records and so long: it is a bridge and no second ledger.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import AuditUnavailable
from gateway.ledger.record import GENESIS, Circumstances, Record, canonical, link
from gateway.ledger.sealing import AuditKey

MOST = 500
LONGEST = timedelta(minutes=15)
NONCE = 12


@dataclass(frozen=True, slots=True)
class Spooled:
    """A record that waits in the emergency spool: its id, and a digest of its open parts."""

    id: str
    digest: bytes


class SpoolBroken(Exception):
    """The file is not what was written: nothing of it is taken over, and a person must look at it."""


class Spool:
    """One file. `purposes` may be spooled whatever they declare; any other only with a ground of emergency."""

    def __init__(self, path: Path, key: AuditKey, purposes: frozenset[str] = frozenset()) -> None:
        self._path = path
        self._key = key
        self._purposes = purposes
        self.waiting = path.exists()
        """Whether something waits to be taken over."""

    def takes(self, records: Sequence[Record]) -> bool:
        """Whether all of these are of an emergency."""
        return bool(records) and all(
            one.about.emergency is not None or one.about.purpose in self._purposes
            for one in records
        )

    def keep(self, records: Sequence[Record]) -> list[Record]:
        """The records as they are on disk when this returns. Raises AuditUnavailable when it is full, too old or not writable."""
        try:
            known, chain = self._read()
            self._refuse_beyond([*known, *records])
            self.waiting = True
            spooled = [replace(one, spooled=True) for one in records]
            self._append(spooled, chain)
        except (OSError, SpoolBroken) as unusable:
            raise AuditUnavailable(
                "neither the ledger nor its emergency spool can be written; use the telephone"
            ) from unusable
        return spooled

    def records(self) -> list[Record]:
        """What waits to be taken over, in order. Raises SpoolBroken."""
        return self._read()[0]

    def clear(self) -> None:
        """All of it stands in the ledger now."""
        self._path.unlink(missing_ok=True)
        self.waiting = False

    @staticmethod
    def _refuse_beyond(records: Sequence[Record]) -> None:
        since = datetime.fromisoformat(records[-1].at) - datetime.fromisoformat(records[0].at)
        if len(records) > MOST or since > LONGEST:
            raise AuditUnavailable(
                f"the emergency spool holds {MOST} records and {LONGEST.seconds // 60} minutes;"
                " use the telephone"
            )

    def _append(self, records: Sequence[Record], chain: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY
        with os.fdopen(os.open(self._path, flags, 0o600), "ab") as file:
            for record in records:
                sealed = self._sealed(record, chain)
                chain = _next(chain, sealed)
                line = {"text": base64.b64encode(sealed).decode(), "chain": chain.hex()}
                file.write(canonical(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _sealed(self, record: Record, chain: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + AESGCM(self._key.secret).encrypt(nonce, canonical(_flat(record)), chain)

    def _read(self) -> tuple[list[Record], bytes]:
        """The records, and the chain after them. A last line that was cut short was never promised."""
        found: list[Record] = []
        chain = GENESIS
        written = self._path.read_bytes() if self._path.exists() else b""
        for line in written.split(b"\n")[:-1]:
            record, chain = self._opened(line, chain)
            found.append(record)
        return found, chain

    def _opened(self, line: bytes, chain: bytes) -> tuple[Record, bytes]:
        try:
            kept = json.loads(line)
            sealed = base64.b64decode(kept["text"], validate=True)
            text = AESGCM(self._key.secret).decrypt(sealed[:NONCE], sealed[NONCE:], chain)
            after = _next(chain, sealed)
            if after.hex() != kept["chain"]:
                raise SpoolBroken("the spool's chain is broken")
            return _record(json.loads(text)), after
        except (InvalidTag, ValueError, KeyError, TypeError) as wrong:
            raise SpoolBroken("a line of the spool is not as it was written") from wrong


def _next(chain: bytes, sealed: bytes) -> bytes:
    return link(chain, hashlib.sha256(sealed).digest())


def _flat(record: Record) -> dict[str, Any]:
    """As a line has it: the circumstances beside the rest, and only the record's own alert."""
    own = asdict(record)
    about: dict[str, Any] = own.pop("about")
    return about | own


def _record(found: dict[str, Any]) -> Record:
    about = Circumstances(**{name: found.pop(name) for name in _CIRCUMSTANCES})
    pairs = tuple((one[0], one[1]) for one in found["refused"])
    lists = {
        name: tuple(found[name]) for name in ("released", "categories", "obligations", "tried")
    }
    review = tuple(found["review"]) if found["review"] else None
    return Record(about, **(found | lists | {"refused": pairs, "review": review}))


_CIRCUMSTANCES = {one.name for one in fields(Circumstances)} - {one.name for one in fields(Record)}
