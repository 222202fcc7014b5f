"""The file of one store's key → its versions: what seals, what opens, and what a thing is known again by.

For what is kept apart from the link node's numbers: what adoptions sealed, trace jobs, what matching found. Written is
under the newest version; while a rotation is open the one before it opens too. The first byte of a cipher and of a mark
is the version that it is under. A store whose marks nobody can make anew, because what they were made of is
not kept, `chains` them: a mark under the second version is the first's, keyed once more, and of a version that is
forgotten the part that opens ciphers is. Who has an old version alone can guess at no mark of a newer.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from subgraphs.link.keeping import begun, replaced, stamp
from subgraphs.link.keys import StaleKeys

_SIV, _MAC = 64, 32  # bytes: AES-256-SIV takes two keys
_WHOLE = _SIV + _MAC
_FIRST = 1


@dataclass(frozen=True, slots=True, repr=False)
class Version:
    """`cipher` None: forgotten, and of use to the marks of its successors alone."""

    made: date
    mac: bytes
    cipher: bytes | None

    @classmethod
    def new(cls) -> Version:
        return cls(datetime.now(UTC).date(), secrets.token_bytes(_MAC), secrets.token_bytes(_SIV))


class Versions:
    """A key's versions as they stood at one moment."""

    def __init__(self, held: Mapping[int, Version]) -> None:
        self.held = dict(sorted(held.items(), reverse=True))
        self._ciphers = {v: AESSIV(one.cipher) for v, one in self.held.items() if one.cipher}
        self.newest = next(iter(self.held))

    @property
    def opening(self) -> tuple[int, ...]:
        """The versions that ciphers may be under, the newest first; more than one while a rotation is open."""
        return tuple(self._ciphers)

    def sealed(self, text: bytes, bound: Sequence[bytes]) -> bytes:
        written = self._ciphers[self.newest].encrypt(text, list(bound))
        return bytes([self.newest]) + written

    def sealed_under_each(self, text: bytes, bound: Sequence[bytes]) -> list[bytes]:
        """All that a text's cipher may be, while its key is changing too: the same text is always sealed alike."""
        return [bytes([v]) + one.encrypt(text, list(bound)) for v, one in self._ciphers.items()]

    def opened(self, cipher: bytes, bound: Sequence[bytes]) -> bytes:
        """Raises InvalidTag for what was sealed elsewhere, StaleKeys for a version that is not known here."""
        return self._under(cipher[0]).decrypt(cipher[1:], list(bound))

    def opened_first(self, cipher: bytes, bound: Sequence[bytes]) -> bytes:
        """What was sealed before there were versions, and has none written before it."""
        return self._under(_FIRST).decrypt(cipher, list(bound))

    def marks(self, text: bytes) -> list[bytes]:
        """What a thing is known by, under each version that is in use, the newest first."""
        return [bytes([v]) + _keyed(self.held[v].mac, text) for v in self.opening]

    def chained(self, text: bytes) -> list[bytes]:
        """The same where each version's is made of the one before."""
        mark, found = text, []
        for version, one in reversed(self.held.items()):
            mark = _keyed(one.mac, mark)
            found.append(bytes([version]) + mark)
        return found[::-1]

    def chained_on(self, mark: bytes) -> bytes:
        """A mark under an older version → the same under the newest."""
        under, keyed = mark[0], mark[1:]
        for version in sorted(v for v in self.held if v > under):
            keyed = _keyed(self.held[version].mac, keyed)
        return bytes([self.newest]) + keyed

    def first(self, text: bytes) -> bytes:
        """The mark from before there were versions. Raises StaleKeys when that one is forgotten."""
        self._under(_FIRST)
        return _keyed(self.held[_FIRST].mac, text)

    def _under(self, version: int) -> AESSIV:
        if version not in self._ciphers:
            raise StaleKeys(version)
        return self._ciphers[version]


@dataclass(slots=True)
class KeyFile:
    """The file, which a rotation changes under a process that runs."""

    path: Path
    chains: bool = False
    _read: tuple[tuple[int, int], Versions] | None = field(default=None)

    def now(self) -> Versions:
        """As the file stands; it is read again only where it was changed, and made on first use."""
        if not self.path.exists():
            begun(self.path, _written({_FIRST: Version.new()}))
        changed = stamp(self.path)
        if self._read is None or self._read[0] != changed:
            day = datetime.fromtimestamp(changed[0] / 1e9, UTC).date()
            self._read = changed, Versions(_held(self.path.read_bytes(), day))
        return self._read[1]

    def begin(self) -> int:
        """Opens a rotation, unless one is open: a new version beside the one in use, whose number it gives."""
        now = self.now()
        if len(now.opening) == 1:
            replaced(self.path, _written({**now.held, now.newest + 1: Version.new()}))
        return self.now().newest

    def end(self) -> None:
        """Forgets every version but the newest; of a chain, what opened ciphers under it."""
        held = self.now().held
        older = {v: replace(one, cipher=None) for v, one in held.items() if self.chains}
        newest = self.now().newest
        replaced(self.path, _written({**older, newest: held[newest]}))


def _keyed(mac: bytes, text: bytes) -> bytes:
    return hmac.digest(mac, text, hashlib.sha256)


def _held(content: bytes, day: date) -> dict[int, Version]:
    """`day`: the last on which a file from before versions was changed. Its lengths are those of no other."""
    if len(content) == _WHOLE:
        return {_FIRST: Version(day, content[_SIV:], content[:_SIV])}
    if len(content) == _WHOLE * 4 // 3:
        material = urlsafe_b64decode(content)
        return {_FIRST: Version(day, material[:_MAC], material[_MAC:])}
    read: dict[str, dict[str, Any]] = orjson.loads(content)
    return {int(version): _version(one) for version, one in read.items()}


def _version(read: Mapping[str, Any]) -> Version:
    cipher = urlsafe_b64decode(read["cipher"]) if "cipher" in read else None
    return Version(date.fromisoformat(read["made"]), urlsafe_b64decode(read["mac"]), cipher)


def _written(held: Mapping[int, Version]) -> bytes:
    return orjson.dumps({str(version): _shown(one) for version, one in held.items()})


def _shown(one: Version) -> dict[str, str]:
    shown = {"made": one.made.isoformat(), "mac": urlsafe_b64encode(one.mac).decode()}
    return shown | ({"cipher": urlsafe_b64encode(one.cipher).decode()} if one.cipher else {})
