"""Numbers ↔ what may be kept or shown of them. This process alone holds the keys.

At rest a number is an index (HMAC, to find it by) and a cipher (AES-SIV, to give it back), with keys of its own
kind. Outward a child is a pairwise id, which differs per organisation and family of purposes; it is AES-SIV too, and
not an HMAC, so that it can be read back without a table of every id ever given. The ledger's pseudonym has yet another key.

Keys have versions. Written is under the newest; while a rotation is open the one before it is known too, and a
number is looked for under both. A cipher's first byte names the version that opens it. Of pairwise ids an earlier
version is read until its day, so that whoever keeps one can have it translated. Of each version the day it was made is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from subgraphs.link.keeping import begun, replaced, stamp

NUMBERS = ("NHS", "LA", "UPN", "ULN", "CHB")
PAIRWISE = "pairwise"
LEDGER = "ledger"
NAME = "link.keys"
_SIV, _MAC = 64, 32  # bytes: AES-256-SIV takes two keys
_UNTIL = "until."  # before the name of a key: the last day on which it counts
_MADE = "made."  # before the name of a key: the day it was made

Held = Mapping[str, str]
"""The file: `index.NHS` is the first version of a key and `index.NHS.2` the second; base64, or a day for `until.…` and `made.…`."""


class StaleKeys(Exception):
    """This process does not have the version that is asked for: the file was changed elsewhere."""


class Keys:
    """The keys as they stood at one moment."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self._ledger = _material(held, LEDGER)
        self._index = {
            number: {v: _material(held, _named(f"index.{number}", v)) for v in versions}
            for number in NUMBERS
            if (versions := _versions(held, f"index.{number}"))
        }
        self._cipher = {
            number: {v: AESSIV(_material(held, _named(f"cipher.{number}", v))) for v in versions}
            for number, versions in self._index.items()
        }
        self._pairwise = [
            (AESSIV(_material(held, _named(PAIRWISE, v))), _until(held, _named(PAIRWISE, v)))
            for v in _versions(held, PAIRWISE)
        ]

    def now(self) -> Keys:
        """These, which do not change: for whoever takes a KeyRing and has no file."""
        return self

    def versions(self, number: str) -> tuple[int, ...]:
        """The newest first; more than one while a rotation is open."""
        return tuple(self._index[number])

    def index(self, number: str, text: str) -> bytes:
        """What a number is found by. 16 bytes: two of 12 million never meet."""
        return self.indexes(number, text)[0]

    def indexes(self, number: str, text: str) -> list[bytes]:
        """The same under each version, the newest first."""
        return [
            hmac.digest(key, text.encode(), hashlib.sha256)[:16]
            for key in self._index[number].values()
        ]

    def sealed(self, number: str, text: str) -> bytes:
        version, key = next(iter(self._cipher[number].items()))
        return bytes([version]) + key.encrypt(text.encode(), _bound(number, version))

    def unsealed(self, number: str, cipher: bytes) -> str:
        """Raises InvalidTag for a cipher of another key or kind, StaleKeys for a version that is not known here."""
        version = cipher[0]
        if version not in self._cipher[number]:
            raise StaleKeys(number)
        return self._cipher[number][version].decrypt(cipher[1:], _bound(number, version)).decode()

    def outward(self, child: UUID, organisation: str, family: str) -> str:
        """The child's id as this organisation knows it for this family of purposes."""
        key, _until_day = self._pairwise[0]
        written = key.encrypt(child.bytes, [organisation.encode(), family.encode()])
        return urlsafe_b64encode(written).rstrip(b"=").decode()

    def inward(self, outward: str, organisation: str, family: str) -> UUID | None:
        """None for an id that was not given to this organisation for this family, or whose day has passed."""
        try:
            written = urlsafe_b64decode(outward + "=")
        except (NotBase64, ValueError):
            return None
        today = datetime.now(UTC).date()
        for key, until in self._pairwise:
            if until is None or today <= until:
                try:
                    found = key.decrypt(written, [organisation.encode(), family.encode()])
                except InvalidTag:
                    continue
                return UUID(bytes=found)
        return None

    def made(self, name: str) -> dict[int, date]:
        """The day on which each version of a key was made, the newest first; of old files that it was there by."""
        versions = _versions(self.held, name)
        return {v: date.fromisoformat(self.held[_MADE + _named(name, v)]) for v in versions}

    def windows(self) -> list[tuple[int, date | None]]:
        """The versions of outward ids, the newest first, each with the last day on which it is read."""
        versions = _versions(self.held, PAIRWISE)
        return [(v, _until(self.held, _named(PAIRWISE, v))) for v in versions]

    def subject(self, child: UUID) -> str:
        """The child in the ledger: the same for all callers, and never shown to any."""
        digest = hmac.digest(self._ledger, child.bytes, hashlib.sha256)[:16]
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(slots=True)
class KeyRing:
    """The keys kept in a file, which a rotation changes under a process that runs."""

    path: Path
    _read: tuple[tuple[int, int], Keys] | None = field(default=None)

    def now(self) -> Keys:
        """As the file stands; it is read again only where it was changed."""
        changed = stamp(self.path)
        if self._read is None or self._read[0] != changed:
            day = datetime.fromtimestamp(changed[0] / 1e9, UTC).date()
            self._read = changed, Keys(_dated(orjson.loads(self.path.read_bytes()), day))
        return self._read[1]

    def begin(self, number: str) -> None:
        """Opens a rotation, unless one is open: a new version beside the one in use."""
        held = self.now().held
        versions = _versions(held, f"index.{number}")
        if len(versions) == 1:
            new = versions[0] + 1
            made = {f"index.{number}": _MAC, f"cipher.{number}": _SIV}
            fresh = {_named(k, new): _random(n) for k, n in made.items()}
            replaced(self.path, _written({**held, **fresh}))

    def end(self, number: str) -> None:
        """Forgets every version but the newest."""
        held = self.now().held
        old = _versions(held, f"index.{number}")[1:]
        gone = {_named(f"{kind}.{number}", v) for kind in ("index", "cipher") for v in old}
        gone |= {_MADE + name for name in gone}
        kept = {name: text for name, text in held.items() if name not in gone}
        replaced(self.path, _written(kept))

    def renew_pairwise(self, days: int) -> date:
        """A new version for the ids given from now on; those before are read for so many days more. Gives the last."""
        held = dict(self.now().held)
        today = datetime.now(UTC).date()
        until = today + timedelta(days=days)
        versions = _versions(held, PAIRWISE)
        for version in versions:
            name = _named(PAIRWISE, version)
            if (ends := _until(held, name)) and ends < today:
                del held[name], held[_UNTIL + name], held[_MADE + name]
            elif ends is None:
                held[_UNTIL + name] = until.isoformat()
        held[_named(PAIRWISE, versions[0] + 1)] = _random(_SIV)
        replaced(self.path, _written(held))
        return until


def ring_in(folder: Path) -> KeyRing:
    """The keys kept in `folder`, made on first use and readable by this user alone."""
    path = folder / NAME
    if not path.exists():
        sizes = {f"index.{number}": _MAC for number in NUMBERS}
        sizes |= {f"cipher.{number}": _SIV for number in NUMBERS}
        sizes |= {PAIRWISE: _SIV, LEDGER: _MAC}
        begun(path, _written({name: _random(size) for name, size in sizes.items()}))
    return KeyRing(path)


def keys_in(folder: Path) -> Keys:
    """The same, as they stand now."""
    return ring_in(folder).now()


def _bound(number: str, version: int) -> list[bytes]:
    return [number.encode(), str(version).encode()]


def _named(name: str, version: int) -> str:
    return name if version == 1 else f"{name}.{version}"


def _versions(held: Held, name: str) -> list[int]:
    """Of one key, the newest first."""
    parts = (each.removeprefix(name) for each in held if each.startswith(name))
    return sorted((int(part[1:] or 1) for part in parts), reverse=True)


def _material(held: Held, name: str) -> bytes:
    return urlsafe_b64decode(held[name])


def _until(held: Held, name: str) -> date | None:
    return date.fromisoformat(held[_UNTIL + name]) if _UNTIL + name in held else None


def _random(size: int) -> str:
    return urlsafe_b64encode(secrets.token_bytes(size)).decode()


def _dated(held: Held, day: date) -> dict[str, str]:
    """With a day for each key that has none: files did not always keep them."""
    keys = [name for name in held if not name.startswith((_UNTIL, _MADE))]
    return {**{_MADE + name: day.isoformat() for name in keys}, **held}


def _written(held: Held) -> bytes:
    return orjson.dumps(_dated(held, datetime.now(UTC).date()))
