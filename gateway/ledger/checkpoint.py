"""The tree's head → a signed note that witnesses have cosigned, kept and published.

A checkpoint is what makes a rewrite of the whole ledger visible: witnesses have seen its size and root
and will cosign only what extends it. Releases go on while witnesses are silent, for four hours.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from nacl.bindings import crypto_sign, crypto_sign_BYTES, crypto_sign_seed_keypair

from gateway.ledger.integrate import Connection, head, integrate
from gateway.ledger.keyfile import kept_at
from gateway.ledger.note import (
    COSIGNATURE,
    ED25519,
    ML_DSA_44,
    Checkpoint,
    Note,
    Signature,
    VerifierKey,
    cosigned,
    cosigned_message,
)
from gateway.ledger.verify import receipt_text
from gateway.ledger.witnesses import Inconsistent, Offered, Witness, compare, cosignatures

EVERY = 1.0
"""Seconds between checkpoints: as long as a rewrite of the newest entries could go unseen."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Signer:
    """A named Ed25519 key that signs checkpoints and receipts, or cosigns as a witness."""

    name: str
    private: Ed25519PrivateKey
    kind: int = ED25519
    _secret: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _, secret = crypto_sign_seed_keypair(self.private.private_bytes_raw())
        object.__setattr__(self, "_secret", secret)

    @classmethod
    def at(cls, path: Path, name: str, kind: int = ED25519) -> Signer:
        """The key kept at `path` (readable by its owner alone), made on first use."""
        seed = kept_at(path, lambda: Ed25519PrivateKey.generate().private_bytes_raw())
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

    def receipt(
        self, stream: int, seq: int, leaf: bytes, chain: bytes, *, first: int | None = None
    ) -> dict[str, Any]:
        """A promise that this entry stands in the ledger, for whoever was answered on it.

        With `first`, of all entries from that one on: each has gone into the chain, so one signature does.
        """
        promise = {"stream": stream, "seq": seq, "leaf": leaf.hex(), "chain": chain.hex()}
        return self._promised(promise if first is None else promise | {"first": first})

    def spooled(self, id_: str, digest: bytes) -> dict[str, Any]:
        """A promise that the record with this id waits in the emergency spool and will stand in the ledger."""
        return self._promised({"spooled": id_, "digest": digest.hex()})

    def _promised(self, promise: dict[str, Any]) -> dict[str, Any]:
        signed = crypto_sign(receipt_text(self.name, promise), self._secret)[:crypto_sign_BYTES]
        promise["signature"] = base64.b64encode(signed).decode()
        return promise


@dataclass(frozen=True, slots=True)
class LatticeSigner:
    """A witness's second key, ML-DSA-44: what a quantum computer could forge of the first it cannot of this."""

    name: str
    private: MLDSA44PrivateKey

    @classmethod
    def at(cls, path: Path, name: str) -> LatticeSigner:
        """The key kept at `path` (readable by its owner alone), made on first use."""
        seed = kept_at(path, lambda: MLDSA44PrivateKey.generate().private_bytes_raw())
        return cls(name, MLDSA44PrivateKey.from_seed_bytes(seed))

    @property
    def key(self) -> VerifierKey:
        """The public half, as others are given it."""
        return VerifierKey(self.name, ML_DSA_44, self.private.public_key().public_bytes_raw())

    def cosign(self, text: str, time: int) -> Signature:
        """A witness's signature over the tree it saw, and when."""
        message = cosigned_message(self.name, Checkpoint.parse(text), time)
        value = time.to_bytes(8, "big") + self.private.sign(message)
        return Signature(self.name, self.key.id, value)


async def publish(
    connection: Connection, signer: Signer, witnesses: Sequence[Witness] = ()
) -> Checkpoint | None:
    """Integrates what is new and keeps a checkpoint of it; None when nothing is new, or the ledger is frozen.

    A ledger that does not extend its own last checkpoint, or what a witness was given, is frozen.
    """
    while await integrate(connection):
        pass
    if await connection.fetchval("select exists (select from ledger.freeze where lifted is null)"):
        return None
    try:
        return await _published(connection, signer, witnesses)
    except Inconsistent as changed:
        log.critical("the ledger is frozen: %s", changed)
        await connection.execute("select ledger.stop($1)", str(changed))
        return None


async def _published(
    connection: Connection, signer: Signer, witnesses: Sequence[Witness]
) -> Checkpoint | None:
    now = await head(connection, signer.name)
    last = await connection.fetchrow(LAST, signer.name)
    old = last["size"] if last else 0
    if now.size == old and (not last or last["witnesses"] >= len(witnesses)):
        return None
    if last:
        await _extends(connection, Note.parse(last["note"]), now, signer)
    offered = Offered(signer.sign(now), now.size, old, signer.key)
    answers = [await cosignatures(connection, offered, witness) for witness in witnesses]
    lines = [line for answer in answers for line in answer]
    await connection.execute(
        "insert into ledger.checkpoint (size, note, witnesses) values ($1, $2, $3)"
        " on conflict (size) do update set note = excluded.note, witnesses = excluded.witnesses,"
        " at = clock_timestamp() where excluded.witnesses > checkpoint.witnesses",
        now.size,
        str(replace(offered.note, signatures=(*offered.note.signatures, *lines))),
        sum(bool(answer) for answer in answers),
    )
    return now


async def _extends(connection: Connection, last: Note, now: Checkpoint, signer: Signer) -> None:
    if not last.signed_by(signer.key):
        raise Inconsistent("its last checkpoint is not one that its key signed")
    await compare(connection, Checkpoint.parse(last.text), now.size)


LAST = """
    select size, note, witnesses from ledger.checkpoint where split_part(note, E'\\n', 1) = $1
    order by size desc limit 1
"""


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


__all__ = ["COSIGNATURE", "LatticeSigner", "Signer", "Witness", "publish", "publish_for_ever"]
