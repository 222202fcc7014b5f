"""What was decided in one request → the records of it: one per child and island, refusals too.

Field names and reason codes, never values. What a purpose closed is recorded with the island that has
the field, whether or not that island was asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gateway.crossing import NO_CROSSING, Crossed, Decision
from gateway.ledger.append import Kept
from gateway.ledger.checkpoint import Signer
from gateway.ledger.record import Circumstances, Record, new_ids, now
from gateway.ledger.spool import Spooled
from gateway.ledger.stream import Receipt
from gateway.ledger.tried import texts
from gateway.protocol import Request
from gateway.purpose.admit import Admission, Admissions
from gateway.register import Register
from gateway.register.obligations import ON_ALERT, told

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,63}")
KIN = "self_or_relative"
"""Somebody asked in a professional role about themselves or their own child: a reviewer looks at each."""
NO_RECORD = "no_record"
"""The island has no such row, or it is not this caller's."""
ALLOWED, PARTIAL, REFUSED = "allow", "partial", "refuse"


def operation_name(given: str | None) -> str | None:
    """The name a client gave its operation, if it is one (GraphQL §2.1.9) and of a usual length."""
    return given if given is not None and _NAME.fullmatch(given) else None


def spoolable(register: Register) -> frozenset[str]:
    """The purposes that are emergencies by themselves: recorded in the spool while the ledger is away."""
    return frozenset(code for code, one in register.purposes.items() if ON_ALERT in one.obligations)


def refusal(about: Circumstances, code: str, tried: Sequence[str]) -> Record:
    """The record of an operation that was refused whole, with what it tried."""
    whole = (("*", code),)
    return Record(about, None, None, REFUSED, refused=whole, tried=tuple(tried), alert=about.alert)


def records(
    about: Circumstances, admission: Admission, by: Admissions, crossed: Crossed
) -> list[Record]:
    """A record for each child and island that was decided about."""
    decisions = _decided(admission, crossed)
    obligations, kin = _obligations(about, admission, by), crossed.kin
    alert, at, ids = about.alert, now(), iter(new_ids(len(decisions)))
    made: list[Record] = []
    for (subject, island), decision in decisions.items():
        decided = tuple(decision.released), tuple(decision.withheld.items())
        asked = admission.released.get(island, ()), admission.closed.get(island, ())
        verdict = _weighed(decided, asked, by.categories)
        record = Record(
            about,
            subject,
            island,
            verdict.outcome,
            verdict.released,
            verdict.refused,
            verdict.categories,
            obligations,
            alert=KIN if subject in kin else alert,
            id=next(ids),
            at=at,
        )
        made.append(record)
        alert = None  # one request, one look
    return made


def _obligations(about: Circumstances, admission: Admission, by: Admissions) -> tuple[str, ...]:
    """What the purpose lays on whoever is answered, and in an emergency what breaking the glass does, each once."""
    if not about.emergency:
        return admission.obligations
    glass = by.register.document.break_glass.obligations
    return tuple(dict.fromkeys((*admission.obligations, *glass)))


def _decided(admission: Admission, crossed: Crossed) -> Mapping[tuple[str | None, str], Decision]:
    """What was decided of each child and island, by what crossed and by what an island's own staff read."""
    decisions = dict(crossed.decisions)
    for island, read in crossed.read.items():
        _own(decisions, island, dict.fromkeys(read.values()), admission)
    islands = {island for _, island in decisions}
    for island in (*crossed.entered, *admission.closed):
        if island not in islands:
            released = admission.released.get(island, ()) if island in crossed.entered else ()
            decisions[None, island] = Decision(dict.fromkeys(released))
    return decisions


def _own(
    decisions: dict[tuple[str | None, str], Decision],
    island: str,
    subjects: Iterable[str | None],
    admission: Admission,
) -> None:
    """What an island's own staff read there of each child, beside what crossed."""
    released = dict.fromkeys(admission.released.get(island, ()))
    for subject in subjects:
        crossed = decisions.get((subject, island), Decision())
        decisions[subject, island] = Decision(crossed.released | released, crossed.withheld)
    if not subjects:
        nobody = decisions.get((None, island), Decision())
        decisions[None, island] = Decision(nobody.released, {**nobody.withheld, "*": NO_RECORD})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a record says was decided: the outcome, of which fields, and what those tell of a person."""

    outcome: str
    released: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    categories: tuple[str, ...]


@lru_cache(maxsize=2_048)  # of children about whom the same is asked, most are decided about alike
def _weighed(
    decided: tuple[tuple[str, ...], tuple[tuple[str, str], ...]],
    asked: tuple[tuple[str, ...], tuple[tuple[str, str], ...]],
    categories: Callable[[tuple[str, ...]], tuple[str, ...]],
) -> Verdict:
    """What was decided about what was asked; keys that only lead to it are nobody's to read."""
    (released, withheld), (open_, closed) = decided, asked
    known = {*open_, "*"}
    given = tuple(sorted(one for one in released if one in known))
    refused = tuple(sorted({*(pair for pair in withheld if pair[0] in known), *closed}))
    outcome = REFUSED if not given else PARTIAL if refused else ALLOWED
    return Verdict(outcome, given, refused, categories(given))


def named(record: Record, crossed: Crossed, request: Request) -> Iterable[str]:
    """What was named where nobody was found by it: nothing when somebody was, or nobody was looked for."""
    if record.subject is not None:
        return ()
    unknown = [
        key for key, subject in crossed.read.get(record.island or "", {}).items() if not subject
    ]
    if unknown:
        return (str(value) for key in unknown for _, value in key)
    looked = any(place == "*" or code == NO_CROSSING for place, code in record.refused)
    return texts(request.document, request.variables) if looked else ()


def promises(
    signer: Signer, kept: Sequence[Kept], obligations: Sequence[str] = ()
) -> Mapping[str, Any]:
    """What goes back beside the answer: the receipts of its record, and what whoever asked has to do now.

    Who holds a receipt can prove that the record was there.
    """
    duties = told(obligations)
    found: dict[str, Any] = {"receipt": list(_promised(signer, kept))}
    return found | ({"obligations": duties} if duties else {})


def _promised(signer: Signer, kept: Sequence[Kept]) -> Iterator[Mapping[str, Any]]:
    """One for the records that follow each other in the stream: the chain after the last holds them all."""
    first = last = None
    for one in kept:
        if isinstance(one, Spooled):
            yield signer.spooled(one.id, one.digest)
            continue
        if last is None or one.seq != last.seq + 1 or one.stream != last.stream:
            if first and last:
                yield _of_all(signer, first, last)
            first = one
        last = one
    if first and last:
        yield _of_all(signer, first, last)


def _of_all(signer: Signer, first: Receipt, last: Receipt) -> Mapping[str, Any]:
    return signer.receipt(last.stream, last.seq, last.leaf, last.chain, first=first.seq)


__all__ = [
    "Circumstances",
    "named",
    "operation_name",
    "promises",
    "records",
    "refusal",
    "spoolable",
]
