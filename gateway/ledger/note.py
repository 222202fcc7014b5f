"""Signed notes and checkpoints as text (C2SP signed-note, tlog-checkpoint, tlog-cosignature).

A checkpoint says how large a ledger is and what its root is:

    <origin>\\n<size>\\n<root, base64>\\n\\n— <name> <base64(key id ‖ signature)>\\n …

Keys are written `name+hash+base64(type ‖ public key)`. Type 1 signs the text (Ed25519). Types 4 (Ed25519) and
6 (ML-DSA-44, tlog-cosignature v1.1) are a witness's cosignatures, which sign a time with what it saw. Standard
library only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.ledger import ed25519, mldsa

ED25519 = 0x01
COSIGNATURE = 0x04
ML_DSA_44 = 0x06
LENGTHS = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: mldsa.PUBLIC_KEY}
"""Bytes of a public key, by type."""
DASH = "\u2014 "


class BadNote(ValueError):
    """The text is no signed note, no checkpoint or no key; the message says which part."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Whose signature to expect: a name, the key's id and the public key."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The first four bytes of SHA-256(name ‖ newline ‖ type ‖ key)."""
        material = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(material).digest()[:4]

    def __str__(self) -> str:
        key = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{key}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Reads `name+hash+key`; raises BadNote."""
        name, _, rest = text.strip().partition("+")
        digest, _, encoded = rest.partition("+")
        material = _decoded(encoded, "a verifier key ends in base64")
        key = cls(name, material[0] if material else 0, material[1:])
        known = len(key.public) == LENGTHS.get(key.kind)
        if not name or not known or key.id.hex() != digest:
            raise BadNote("a verifier key is name+hash+key, the hash made of the other two")
        return key


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who, which key, and the bytes after the key id."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """The line as it stands in a note."""
        return f"{DASH}{self.name} {base64.b64encode(self.key_id + self.value).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text (ending in a newline) and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(one.line() for one in self.signatures)

    @classmethod
    def parse(cls, written: str) -> Note:
        """Splits text from signatures; raises BadNote."""
        text, gap, lines = written.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise BadNote("a signed note is a text, an empty line and signature lines")
        return cls(text + "\n", tuple(_signature(line) for line in lines.splitlines()))

    def signed_by(self, key: VerifierKey) -> bool:
        """Whether `key` signed this text."""
        return any(self._holds(one, key) for one in self.signatures)

    def cosigned_at(self, key: VerifierKey) -> int | None:
        """When the witness `key` cosigned, in seconds since 1970; None when it did not."""
        times = [int.from_bytes(s.value[:8], "big") for s in self.signatures if self._holds(s, key)]
        return max(times) if times and key.kind in (COSIGNATURE, ML_DSA_44) else None

    def _holds(self, one: Signature, key: VerifierKey) -> bool:
        if one.name != key.name or one.key_id != key.id:
            return False
        if key.kind == ED25519:
            return ed25519.verifies(key.public, one.value, self.text.encode())
        time = int.from_bytes(one.value[:8], "big")
        if key.kind == ML_DSA_44:
            message = cosigned_message(key.name, Checkpoint.parse(self.text), time)
            return mldsa.verifies(key.public, one.value[8:], message)
        return ed25519.verifies(key.public, one.value[8:], cosigned(self.text, time))


def cosigned(text: str, time: int) -> bytes:
    """What a witness signs with Ed25519: the time it saw the checkpoint, and the checkpoint."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosigned_message(name: str, seen: Checkpoint, time: int) -> bytes:
    """What a witness signs with ML-DSA-44: its own name and the whole tree, from leaf 0."""
    parts = (
        b"subtree/v1\n\0",
        _counted(name),
        time.to_bytes(8, "big"),
        _counted(seen.origin),
        (0).to_bytes(8, "big"),
        seen.size.to_bytes(8, "big"),
        seen.root,
    )
    return b"".join(parts)


def _counted(text: str) -> bytes:
    written = text.encode()
    return len(written).to_bytes(1, "big") + written


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How large the ledger is and what its root is."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The checkpoint as the text of a note."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Reads the first three lines; raises BadNote."""
        lines = text.split("\n")
        if len(lines) < 4 or not lines[0] or not _is_size(lines[1]):
            raise BadNote("a checkpoint is an origin, a size and a root, a line each")
        root = _decoded(lines[2], "a checkpoint's root is base64")
        if len(root) != 32:
            raise BadNote("a checkpoint's root is 32 bytes")
        return cls(lines[0], int(lines[1]), root)


def newest(notes: Sequence[Note]) -> Checkpoint | None:
    """The largest checkpoint among notes."""
    found = [Checkpoint.parse(note.text) for note in notes]
    return max(found, key=lambda one: one.size, default=None)


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdigit() and (text == "0" or not text.startswith("0"))


def _signature(line: str) -> Signature:
    if not line.startswith(DASH):
        raise BadNote("a signature line begins with an em dash and a space")
    name, _, encoded = line.removeprefix(DASH).partition(" ")
    value = _decoded(encoded, "a signature is base64")
    if not name or len(value) <= 4:
        raise BadNote("a signature line is a name and base64 of key id and signature")
    return Signature(name, value[:4], value[4:])


def _decoded(text: str, rule: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as wrong:
        raise BadNote(rule) from wrong
