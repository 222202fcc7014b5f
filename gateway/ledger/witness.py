"""A checkpoint and its proof → a cosignature, or why not (C2SP tlog-witness).

A witness remembers one checkpoint per ledger and cosigns only what provably extends it. It sees sizes
and roots, never a record. What it remembers is on disk before it answers.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.ledger.merkle import EMPTY, extends
from gateway.ledger.note import BadNote, Checkpoint, Note, Signature, VerifierKey

BODY_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Seen:
    """The last checkpoint that a witness cosigned for a ledger."""

    size: int = 0
    root: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A request to cosign: the size the asker thinks was seen last, a proof from it, the note."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint

    @classmethod
    def parse(cls, body: str) -> Offer:
        """Reads a request body; raises BadNote."""
        head, gap, written = body.partition("\n\n")
        first, *steps = head.split("\n")
        if not gap or not first.startswith("old ") or not first[4:].isdigit():
            raise BadNote("an offer is `old SIZE`, the proof a line each, an empty line, the note")
        note = Note.parse(written)
        try:
            proof = tuple(base64.b64decode(step, validate=True) for step in steps)
        except ValueError as wrong:
            raise BadNote("a proof is base64, a hash a line") from wrong
        return cls(int(first[4:]), proof, note, Checkpoint.parse(note.text))


def judge(
    offer: Offer, seen: Seen, keys: Mapping[str, VerifierKey]
) -> tuple[HTTPStatus, str] | None:
    """None when the offer is to be cosigned, else the status and text that say why not."""
    key = keys.get(offer.checkpoint.origin)
    if key is None:
        return HTTPStatus.NOT_FOUND, "this witness does not know that ledger\n"
    if not offer.note.signed_by(key):
        return HTTPStatus.FORBIDDEN, "the ledger's key did not sign this checkpoint\n"
    if offer.old > offer.checkpoint.size:
        return HTTPStatus.BAD_REQUEST, "the old size is larger than the checkpoint\n"
    if offer.old != seen.size:
        return HTTPStatus.CONFLICT, f"{seen.size}\n"
    if not _grows(offer, seen):
        return HTTPStatus.UNPROCESSABLE_ENTITY, "the proof does not lead from the last checkpoint\n"
    return None


def _grows(offer: Offer, seen: Seen) -> bool:
    now = offer.checkpoint
    if not seen.size:  # every tree extends none, and the empty one has the hash of nothing
        return not offer.proof and (now.size > 0 or now.root == EMPTY)
    return extends(seen.size, bytes.fromhex(seen.root), now.size, now.root, offer.proof)


class Memory:
    """What the witness has cosigned, in one file that is replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        written = json.loads(path.read_text()) if path.exists() else {}
        self._seen = {origin: Seen(**seen) for origin, seen in written.items()}

    def of(self, origin: str) -> Seen:
        """The last checkpoint cosigned for this ledger."""
        return self._seen.get(origin, Seen())

    def keep(self, checkpoint: Checkpoint, note: Note) -> None:
        """Remembers a checkpoint durably, with the signatures under it."""
        self._seen[checkpoint.origin] = Seen(checkpoint.size, checkpoint.root.hex(), str(note))
        written = {origin: asdict(seen) for origin, seen in self._seen.items()}
        fresh = self._path.with_suffix(".new")
        with fresh.open("w") as file:
            json.dump(written, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


class Cosigner(Protocol):
    """A key of this witness."""

    def cosign(self, text: str, time: int) -> Signature:
        """Its signature over a checkpoint and the time."""
        ...


def witness(
    signers: Sequence[Cosigner], ledgers: Mapping[str, VerifierKey], memory: Memory
) -> Starlette:
    """The witness as a web application: POST /add-checkpoint, GET /<SHA-256 of the origin>/checkpoint."""
    origins = {sha256(origin.encode()).hexdigest(): origin for origin in ledgers}

    async def add_checkpoint(request: Request) -> Response:
        body = await request.body()
        try:
            offer = Offer.parse(body[:BODY_LIMIT].decode())
        except ValueError as wrong:
            return PlainTextResponse(f"{wrong}\n", HTTPStatus.BAD_REQUEST)
        refused = judge(offer, memory.of(offer.checkpoint.origin), ledgers)
        if refused:
            kind = "text/x.tlog.size" if refused[0] == HTTPStatus.CONFLICT else "text/plain"
            return Response(refused[1], refused[0], media_type=kind)
        now = int(time.time())
        lines = tuple(one.cosign(offer.note.text, now) for one in signers)
        key = ledgers[offer.checkpoint.origin]
        theirs = tuple(one for one in offer.note.signatures if one.key_id == key.id)
        memory.keep(offer.checkpoint, Note(offer.note.text, (*theirs, *lines)))
        return PlainTextResponse("".join(one.line() for one in lines))

    async def last(request: Request) -> Response:
        origin = origins.get(request.path_params["place"])
        note = memory.of(origin).note if origin else ""
        return PlainTextResponse(note or "none\n", HTTPStatus.OK if note else HTTPStatus.NOT_FOUND)

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{place}/checkpoint", last, methods=["GET"]),
        ]
    )
