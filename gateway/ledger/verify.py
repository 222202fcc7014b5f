"""An export of the ledger → every break in it. Offline, with the standard library alone.

An export is lines of JSON: the checkpoints, then the entries in tree order. What it must be checked
against comes from elsewhere and not from the export: the ledger's key, the witnesses' keys, and whatever
checkpoints and receipts others kept.

    which control finds what                         edit  swap  cut  rewrite all  rewrite the tail
    leaf and chain, recomputed here                   ✓     ✓     ✓
    checkpoints, kept by witnesses                    ✓     ✓     ✓        ✓
    receipts, kept by callers                         ✓     ✓     ✓        ✓              ✓
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.ledger.ed25519 import verifies
from gateway.ledger.merkle import Frontier, leaf_hash
from gateway.ledger.note import BadNote, Checkpoint, Note, VerifierKey
from gateway.ledger.record import GENESIS, link, open_digest


@dataclass(frozen=True, slots=True)
class Finding:
    """One break: a code, where, and what it means."""

    code: str
    place: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.code} {self.place}: {self.meaning}"


@dataclass(frozen=True, slots=True)
class Trust:
    """What the export is checked against. Kept apart from it, or it proves nothing."""

    ledger: VerifierKey
    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0
    checkpoints: tuple[Note, ...] = ()
    receipts: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was read, and everything wrong with it."""

    entries: int
    streams: int
    checkpoints: int
    covered: int
    findings: tuple[Finding, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


@dataclass(slots=True)
class _Reading:
    """Where the reading of an export stands."""

    trust: Trust
    heads: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    kept: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    spooled: dict[str, str | None] = field(default_factory=dict)
    sizes: set[int] = field(default_factory=set)
    roots: dict[int, bytes] = field(default_factory=dict)
    frontier: Frontier = field(default_factory=Frontier)
    notes: list[Note] = field(default_factory=list)


def verify(lines: Iterable[str], trust: Trust) -> Verdict:
    """Reads an export and reports every break, in the order of the ledger."""
    reading = _Reading(trust)
    reading.sizes |= {Checkpoint.parse(note.text).size for note in trust.checkpoints}
    findings = [*_read(lines, reading)]
    findings += _checkpoints(reading, [*reading.notes, *trust.checkpoints])
    findings += _receipts(reading)
    covered = max((Checkpoint.parse(n.text).size for n in reading.notes), default=0)
    return Verdict(
        reading.frontier.size, len(reading.heads), len(reading.notes), covered, tuple(findings)
    )


def _read(lines: Iterable[str], reading: _Reading) -> Iterator[Finding]:
    receipts = reading.trust.receipts
    wanted = {receipt_place(one) for one in receipts if "spooled" not in one}
    awaited = {str(one["spooled"]) for one in receipts if "spooled" in one}
    reading.roots[0] = reading.frontier.root()
    for number, line in enumerate(lines, start=1):
        try:
            found = json.loads(line)
            if "checkpoint" in found:
                reading.notes.append(Note.parse(found["checkpoint"]))
                reading.sizes.add(Checkpoint.parse(reading.notes[-1].text).size)
            elif "entry" in found:
                _note_spooled(found["entry"], reading, awaited)
                yield from _entry(found["entry"], reading, wanted)
            elif "retired" in found:
                leaf = bytes.fromhex(found["retired"]["leaf"])
                reading.spooled[str(found["retired"].get("id"))] = None
                yield from _placed(found["retired"], leaf, reading, wanted)
        except (ValueError, KeyError, TypeError) as wrong:
            yield Finding("UNREADABLE", f"line {number}", f"no export line: {wrong}")


def _entry(
    entry: dict[str, Any], reading: _Reading, wanted: set[tuple[int, int]]
) -> Iterator[Finding]:
    leaf = leaf_hash(str(entry["body"]).encode())
    if leaf.hex() != entry["leaf"]:
        place = f"stream {entry['stream']} entry {entry['seq']}"
        yield Finding("BODY_CHANGED", place, "the record is not the one that was hashed")
    yield from _placed(entry, leaf, reading, wanted)


def _note_spooled(entry: dict[str, Any], reading: _Reading, awaited: set[str]) -> None:
    """What stands in the ledger of a record that was promised while it waited in the spool."""
    if awaited:
        body = json.loads(entry["body"])
        if body["id"] in awaited:
            reading.spooled[body["id"]] = open_digest(body).hex()


def _placed(
    entry: dict[str, Any], leaf: bytes, reading: _Reading, wanted: set[tuple[int, int]]
) -> Iterator[Finding]:
    """An entry in its stream and in the tree; of one whose time was over, the hashes are all there is."""
    stream, seq = int(entry["stream"]), int(entry["seq"])
    place = f"stream {stream} entry {seq}"
    last, chain = reading.heads.get(stream, (0, GENESIS))
    if seq != last + 1:
        yield Finding("GAP", place, f"follows entry {last}: entries are missing or out of order")
    if link(chain, leaf).hex() != entry["chain"]:
        yield Finding("CHAIN_BROKEN", place, "it does not follow from the entry before it")
    # Go on from what is stated, so that one break is reported once and not at every later entry.
    reading.heads[stream] = (seq, bytes.fromhex(entry["chain"]))
    reading.frontier.push(0, leaf)
    if reading.frontier.size in reading.sizes:
        reading.roots[reading.frontier.size] = reading.frontier.root()
    if (stream, seq) in wanted:
        reading.kept[stream, seq] = (leaf.hex(), entry["chain"])


def _checkpoints(reading: _Reading, notes: Sequence[Note]) -> Iterator[Finding]:
    for note in notes:
        checkpoint = Checkpoint.parse(note.text)
        place = f"checkpoint {checkpoint.size}"
        if not note.signed_by(reading.trust.ledger):
            yield Finding("UNSIGNED", place, "the ledger's key did not sign it")
        cosigned = sum(note_cosigned(note, keys) for keys in by_name(reading.trust.witnesses))
        if cosigned < reading.trust.quorum:
            yield Finding("UNWITNESSED", place, f"{cosigned} of {reading.trust.quorum} witnesses")
        root = reading.roots.get(checkpoint.size)
        if root is None:
            yield Finding(
                "TRUNCATED", place, f"the export has only {reading.frontier.size} entries"
            )
        elif root != checkpoint.root:
            yield Finding(
                "ROOT_DIFFERS", place, "an entry before it was changed after it was signed"
            )


def _receipts(reading: _Reading) -> Iterator[Finding]:
    for receipt in reading.trust.receipts:
        if "spooled" in receipt:
            yield from _spooled(receipt, reading)
            continue
        place = receipt_place(receipt)
        name = f"receipt for stream {place[0]} entry {place[1]}"
        if not receipt_holds(receipt, reading.trust.ledger):
            yield Finding("RECEIPT_UNSIGNED", name, "the ledger's key did not sign it")
        elif place not in reading.kept:
            yield Finding("RECEIPT_WITHOUT_ENTRY", name, "the record it promises is not there")
        elif reading.kept[place] != (receipt["leaf"], receipt["chain"]):
            yield Finding("RECEIPT_DIFFERS", name, "another record stands in its place")


def _spooled(receipt: dict[str, Any], reading: _Reading) -> Iterator[Finding]:
    name = f"receipt for spooled record {receipt['spooled']}"
    if not receipt_holds(receipt, reading.trust.ledger):
        yield Finding("RECEIPT_UNSIGNED", name, "the ledger's key did not sign it")
    elif receipt["spooled"] not in reading.spooled:
        yield Finding("RECEIPT_WITHOUT_ENTRY", name, "the spool was not taken over, or not whole")
    elif reading.spooled[receipt["spooled"]] not in (receipt["digest"], None):
        yield Finding("RECEIPT_DIFFERS", name, "another record stands in its place")


def by_name(keys: Iterable[VerifierKey]) -> list[tuple[VerifierKey, ...]]:
    """The keys of each witness: one may have an Ed25519 key and an ML-DSA-44 key."""
    found: dict[str, tuple[VerifierKey, ...]] = {}
    for key in keys:
        found[key.name] = (*found.get(key.name, ()), key)
    return list(found.values())


def note_cosigned(note: Note, keys: Sequence[VerifierKey]) -> bool:
    """Whether a witness cosigned, with each of its keys that is known here."""
    return all(note.cosigned_at(key) is not None for key in keys)


def receipt_place(receipt: dict[str, Any]) -> tuple[int, int]:
    """(stream, seq) of a receipt; of one for several entries, the last, because its chain holds them all."""
    return int(receipt["stream"]), int(receipt["seq"])


def receipt_text(origin: str, receipt: dict[str, Any]) -> bytes:
    """What the ledger's key signs in a receipt, of an entry or of a record in the emergency spool."""
    if "spooled" in receipt:
        spooled = f"{origin}\n{receipt['spooled']}\n{receipt['digest']}\n"
        return f"causeway spooled receipt v1\n{spooled}".encode()
    stands = f"{receipt['stream']}\n{receipt['seq']}\n{receipt['leaf']}\n{receipt['chain']}\n"
    first = f"{receipt['first']}\n" if "first" in receipt else ""
    return f"causeway receipt v1\n{origin}\n{stands}{first}".encode()


def receipt_holds(receipt: dict[str, Any], key: VerifierKey) -> bool:
    """Whether `key` signed this receipt."""
    signature = base64.b64decode(str(receipt.get("signature", "")))
    return verifies(key.public, signature, receipt_text(key.name, receipt))


__all__ = ["BadNote", "Finding", "Trust", "Verdict", "receipt_holds", "receipt_text", "verify"]
