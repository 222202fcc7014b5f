"""What was decided in one request → the records of it: one per child and island, refusals too.

Field names and reason codes, never values. What a purpose closed is recorded with the island that has
the field, whether or not that island was asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gateway.crossing import Crossed, Decision
from gateway.ledger.append import Receipt
from gateway.ledger.checkpoint import Signer
from gateway.ledger.record import Record
from gateway.purpose.admit import Admission
from gateway.purpose.labels import Labels

ALLOWED, PARTIAL, REFUSED = "allow", "partial", "refuse"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What all records of one request have in common."""

    operation: str
    operation_name: str | None
    purpose: str
    case: str | None
    register: str
    organisation: str
    role: str
    actor: str
    transaction: str


def refusal(about: Circumstances, code: str) -> Record:
    """The record of an operation that was refused whole."""
    return Record(
        **asdict(about), subject=None, island=None, outcome=REFUSED, refused=(("*", code),)
    )


def records(
    about: Circumstances, admission: Admission, labels: Labels, crossed: Crossed
) -> list[Record]:
    """A record for each child and island that was decided about."""
    closed = _closed(admission, labels)
    decisions = dict(crossed.decisions)
    for island in [*crossed.entered, *closed]:
        if not any(known == island for _, known in decisions):
            released = admission.released.get(island, ()) if island in crossed.entered else ()
            decisions[None, island] = Decision(dict.fromkeys(released))
    return [
        _record(about, subject, island, decision, closed.get(island, ()))
        for (subject, island), decision in decisions.items()
    ]


def _closed(admission: Admission, labels: Labels) -> Mapping[str, Sequence[tuple[str, str]]]:
    """By island, the fields that the purpose keeps closed, each with its reason."""
    found: dict[str, dict[tuple[str, str], None]] = {}
    for one in admission.withheld:
        owner, _, name = one.coordinate.partition(".")
        for island in labels.fields[owner, name].subgraphs:
            found.setdefault(island, {})[one.coordinate, one.code] = None
    return {island: tuple(pairs) for island, pairs in found.items()}


def _record(
    about: Circumstances,
    subject: str | None,
    island: str,
    decision: Decision,
    closed: Sequence[tuple[str, str]],
) -> Record:
    refused = tuple(sorted({*decision.withheld.items(), *closed}))
    released = tuple(sorted(decision.released))
    outcome = REFUSED if not released else PARTIAL if refused else ALLOWED
    return Record(
        **asdict(about),
        subject=subject,
        island=island,
        outcome=outcome,
        released=released,
        refused=refused,
    )


def promises(signer: Signer, receipts: Sequence[Receipt]) -> Mapping[str, Any]:
    """The receipts that go back with the answer: who holds them can prove that the record was there."""
    return {"receipt": list(_promised(signer, receipts))}


def _promised(signer: Signer, receipts: Sequence[Receipt]) -> Iterator[Mapping[str, Any]]:
    for one in receipts:
        yield signer.receipt(one.stream, one.seq, one.leaf, one.chain)
