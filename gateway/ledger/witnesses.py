"""A checkpoint → the cosignatures of witnesses, or what proves that the ledger broke its word.

A witness who refuses proves nothing: it may be wrong itself. A checkpoint that it was given before, under the
ledger's own signature, and that this ledger does not extend, does.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from urllib.error import HTTPError, URLError

from gateway.ledger.integrate import Connection, read_tree
from gateway.ledger.merkle import consistency_proof
from gateway.ledger.note import BadNote, Checkpoint, Note, Signature, VerifierKey

SECONDS = 5.0
LONGEST = 20_000
"""Bytes of an answer: a note with several cosignatures of 3.2 kB."""

log = logging.getLogger(__name__)


class Inconsistent(Exception):
    """The ledger is not what a checkpoint of its own says: somebody changed it. The message says where."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Another party's service that cosigns checkpoints (C2SP tlog-witness), with each of the keys given here."""

    url: str
    keys: tuple[VerifierKey, ...]

    @property
    def name(self) -> str:
        """Whose service it is."""
        return self.keys[0].name

    def cosign(self, note: Note, old: int, proof: Sequence[bytes]) -> tuple[Signature, ...]:
        """Offers a checkpoint; raises URLError or BadNote when the witness does not cosign it."""
        lines = [f"old {old}", *(base64.b64encode(step).decode() for step in proof)]
        body = "\n".join(lines) + "\n\n" + str(note)
        request = urllib.request.Request(self.url + "/add-checkpoint", body.encode(), method="POST")
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            signed = Note.parse(note.text + "\n" + answer.read(LONGEST).decode())
        if any(signed.cosigned_at(key) is None for key in self.keys):
            raise BadNote(f"witness {self.name} answered without a signature of each of its keys")
        ids = {key.id for key in self.keys}
        return tuple(one for one in signed.signatures if one.key_id in ids)

    def last_seen(self, origin: str) -> Note:
        """The newest checkpoint of a ledger that it cosigned; raises URLError or BadNote."""
        place = f"{self.url}/{sha256(origin.encode()).hexdigest()}/checkpoint"
        with urllib.request.urlopen(place, timeout=SECONDS) as answer:
            return Note.parse(answer.read(LONGEST).decode())


@dataclass(frozen=True, slots=True)
class Offered:
    """A checkpoint on its way to witnesses: its note, its size, the one before it, and whose it is."""

    note: Note
    size: int
    old: int
    key: VerifierKey


async def cosignatures(
    connection: Connection, offered: Offered, witness: Witness
) -> tuple[Signature, ...]:
    """The witness's signatures, from where it stands when it missed checkpoints; none when it refuses.

    Raises Inconsistent when it can show that this ledger does not extend what it was given before.
    """
    old = offered.old
    try:
        for _ in range(2):
            proof = await _proof(connection, old, offered.size)
            try:
                return await asyncio.to_thread(witness.cosign, offered.note, old, proof)
            except HTTPError as refused:
                if refused.code not in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY):
                    raise
                told = refused.read(100)
                await _compare(connection, offered, witness)
                if refused.code != HTTPStatus.CONFLICT:
                    raise
                old = min(int(told), offered.size)
    except (URLError, OSError, ValueError) as silent:
        log.warning("witness %s did not cosign: %s", witness.name, type(silent).__name__)
    return ()


async def _compare(connection: Connection, offered: Offered, witness: Witness) -> None:
    seen = await asyncio.to_thread(witness.last_seen, offered.key.name)
    if seen.signed_by(offered.key):
        await compare(connection, Checkpoint.parse(seen.text), offered.size)


async def compare(connection: Connection, earlier: Checkpoint, size: int) -> None:
    """Raises Inconsistent unless the tree of `size` leaves extends a checkpoint that was signed before."""
    if earlier.size > size:
        raise Inconsistent(f"it was signed with {earlier.size} entries and has {size}")
    root = (await read_tree(connection, earlier.size)).root()
    if root != earlier.root:
        raise Inconsistent(f"its first {earlier.size} entries are not those that were signed")


async def _proof(connection: Connection, old: int, size: int) -> tuple[bytes, ...]:
    if not old:
        return ()
    spans: list[tuple[int, int]] = []

    def note_span(first: int, end: int) -> bytes:
        spans.append((first, end))
        return b""

    consistency_proof(old, size, note_span)
    return consistency_proof(old, size, (await read_tree(connection, size, spans)).subtree)
