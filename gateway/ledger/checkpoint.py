"""The tree's head → a signed note that witnesses have cosigned, kept and published.

A checkpoint is what makes a rewrite of the whole ledger visible: witnesses have seen its size and root
and will cosign only what extends it. Releases go on while witnesses are silent, for four hours.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.ledger.integrate import Connection, head, integrate, read_tree
from gateway.ledger.merkle import consistency_proof
from gateway.ledger.note import (
    COSIGNATURE,
    ED25519,
    BadNote,
    Checkpoint,
    Note,
    Signature,
    VerifierKey,
    cosigned,
)
from gateway.ledger.verify import receipt_text

EVERY = 1.0
"""Seconds between checkpoints: as long as a rewrite of the newest entries could go unseen."""

WITNESS_SECONDS = 5.0
CONFLICT = HTTPStatus.CONFLICT

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Signer:
    """A named Ed25519 key that signs checkpoints and receipts, or cosigns as a witness."""

    name: str
    private: Ed25519PrivateKey
    kind: int = ED25519

    @classmethod
    def at(cls, path: Path, name: str, kind: int = ED25519) -> Signer:
        """The key kept at `path` (readable by its owner alone), made on first use."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            seed = Ed25519PrivateKey.generate().private_bytes_raw()
            with os.fdopen(
                os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb"
            ) as file:
                file.write(base64.b64encode(seed) + b"\n")
        seed = base64.b64decode(path.read_bytes().strip(), validate=True)
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed), kind)

    @property
    def key(self) -> VerifierKey:
        """The public half, as others are given it."""
        return VerifierKey(self.name, self.kind, self.private.public_key().public_bytes_raw())

    def sign(self, checkpoint: Checkpoint) -> Note:
        """The checkpoint as a note under this key."""
        text = checkpoint.text()
        return Note(text, (Signature(self.name, self.key.id, self.private.sign(text.encode())),))

    def cosign(self, text: str, time: int) -> Signature:
        """A witness's signature over the text and the time it was seen."""
        value = time.to_bytes(8, "big") + self.private.sign(cosigned(text, time))
        return Signature(self.name, self.key.id, value)

    def receipt(self, stream: int, seq: int, leaf: bytes, chain: bytes) -> dict[str, Any]:
        """A promise that this entry stands in the ledger, for whoever was answered on it."""
        promise = {"stream": stream, "seq": seq, "leaf": leaf.hex(), "chain": chain.hex()}
        signature = self.private.sign(receipt_text(self.name, promise))
        return promise | {"signature": base64.b64encode(signature).decode()}


@dataclass(frozen=True, slots=True)
class Witness:
    """Another party's service that cosigns checkpoints (C2SP tlog-witness)."""

    url: str
    key: VerifierKey

    def cosign(self, note: Note, old: int, proof: Sequence[bytes]) -> Signature:
        """Offers a checkpoint; raises URLError or BadNote when the witness does not cosign it."""
        lines = [f"old {old}", *(base64.b64encode(step).decode() for step in proof)]
        body = "\n".join(lines) + "\n\n" + str(note)
        request = urllib.request.Request(self.url + "/add-checkpoint", body.encode(), method="POST")
        with urllib.request.urlopen(request, timeout=WITNESS_SECONDS) as answer:
            signed = Note.parse(note.text + "\n" + answer.read(10_000).decode())
        if signed.cosigned_at(self.key) is None:
            raise BadNote(f"witness {self.key.name} answered with a signature that is not its own")
        return signed.signatures[0]


async def publish(
    connection: Connection, signer: Signer, witnesses: Sequence[Witness] = ()
) -> Checkpoint | None:
    """Integrates what is new and keeps a checkpoint of it; None when nothing is new."""
    while await integrate(connection):
        pass
    now = await head(connection, signer.name)
    last = await connection.fetchrow(LAST)
    old = last["size"] if last else 0
    if now.size == old and (not last or last["witnesses"] >= len(witnesses)):
        return None
    note = signer.sign(now)
    answers = [
        signature
        for witness in witnesses
        if (signature := await _cosigned(connection, witness, note, (old, now.size)))
    ]
    note = replace(note, signatures=(*note.signatures, *answers))
    await connection.execute(
        "insert into ledger.checkpoint (size, note, witnesses) values ($1, $2, $3)"
        " on conflict (size) do update set note = excluded.note, witnesses = excluded.witnesses,"
        " at = clock_timestamp() where excluded.witnesses > checkpoint.witnesses",
        now.size,
        str(note),
        len(answers),
    )
    return now


LAST = "select size, witnesses from ledger.checkpoint order by size desc limit 1"


async def _proof(connection: Connection, old: int, size: int) -> tuple[bytes, ...]:
    if not old:
        return ()
    spans: list[tuple[int, int]] = []

    def note_span(first: int, end: int) -> bytes:
        spans.append((first, end))
        return b""

    consistency_proof(old, size, note_span)
    return consistency_proof(old, size, (await read_tree(connection, size, spans)).subtree)


async def _cosigned(
    connection: Connection, witness: Witness, note: Note, sizes: tuple[int, int]
) -> Signature | None:
    """The witness's signature; once more from where it stands when it missed checkpoints."""
    old, size = sizes
    try:
        for _ in range(2):
            proof = await _proof(connection, old, size)
            try:
                return await asyncio.to_thread(witness.cosign, note, old, proof)
            except HTTPError as refused:
                if refused.code != CONFLICT:
                    raise
                old = min(int(refused.read(100)), size)
    except (URLError, OSError, ValueError) as silent:
        log.warning("witness %s did not cosign: %s", witness.key.name, type(silent).__name__)
    return None


async def publish_for_ever(url: str, signer: Signer, witnesses: Sequence[Witness] = ()) -> None:
    """Keeps publishing until cancelled, through a lost database too."""
    while True:
        try:
            connection = await asyncpg.connect(url)
            try:
                while True:
                    await publish(connection, signer, witnesses)
                    await asyncio.sleep(EVERY)
            finally:
                connection.terminate()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as lost:
            log.warning("checkpoints wait: %s", type(lost).__name__)
            await asyncio.sleep(EVERY)


__all__ = ["COSIGNATURE", "Signer", "Witness", "publish", "publish_for_ever"]
