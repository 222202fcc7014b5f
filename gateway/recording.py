"""What was decided in one request → the records of it: one per child and island, refusals too.

Field names and reason codes, never values. What a purpose closed is recorded with the island that has
the field, whether or not that island was asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from gateway.crossing import Crossed, Decision
from gateway.crossing.door import NO_CROSSING
from gateway.ledger.append import Kept, Receipt, Spooled
from gateway.ledger.checkpoint import Signer
from gateway.ledger.record import Record, now
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


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What all records of one request have in common. `text` is somebody's own words: kept sealed."""

    operation: str
    operation_name: str | None
    purpose: str | None
    case: str | None
    register: str
    organisation: str
    role: str
    actor: str
    transaction: str
    emergency: str | None = None
    text: str | None = field(default=None, repr=False)
    alert: str | None = None


def operation_name(given: str | None) -> str | None:
    """The name a client gave its operation, if it is one (GraphQL §2.1.9) and of a usual length."""
    return given if given is not None and _NAME.fullmatch(given) else None


def spoolable(register: Register) -> frozenset[str]:
    """The purposes that are emergencies by themselves: recorded in the spool while the ledger is away."""
    return frozenset(code for code, one in register.purposes.items() if ON_ALERT in one.obligations)


COMMON = tuple(one.name for one in fields(Circumstances))


def refusal(about: Circumstances, code: str, tried: Sequence[str]) -> Record:
    """The record of an operation that was refused whole, with what it tried."""
    return Record(
        **asdict(about),
        subject=None,
        island=None,
        outcome=REFUSED,
        refused=(("*", code),),
        tried=tuple(tried),
    )


def records(
    about: Circumstances, admission: Admission, by: Admissions, crossed: Crossed
) -> list[Record]:
    """A record for each child and island that was decided about."""
    closed = admission.closed
    decisions = dict(crossed.decisions)
    for island, read in crossed.read.items():
        _own(decisions, island, dict.fromkeys(read.values()), admission)
    islands = {island for _, island in decisions}
    for island in [*crossed.entered, *closed]:
        if island not in islands:
            released = admission.released.get(island, ()) if island in crossed.entered else ()
            decisions[None, island] = Decision(dict.fromkeys(released))
    shared = {name: getattr(about, name) for name in COMMON}
    glass = by.register.document.break_glass.obligations if about.emergency else ()
    shared["obligations"] = tuple(dict.fromkeys((*admission.obligations, *glass)))
    shared["at"] = now()
    made: list[Record] = []
    for (subject, island), decision in decisions.items():
        kin = KIN if subject in crossed.kin else None
        shared["alert"] = kin or (None if made else about.alert)  # one request, one look
        verdict = _verdict(decision, island, admission)
        made.append(_record(shared, (subject, island), verdict, by))
    return made


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
    """What a record says was decided: the outcome, and of which fields."""

    outcome: str
    released: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def _verdict(decision: Decision, island: str, admission: Admission) -> Verdict:
    return _weighed(
        tuple(decision.released),
        tuple(decision.withheld.items()),
        admission.released.get(island, ()),
        admission.closed.get(island, ()),
    )


@lru_cache(maxsize=2_048)  # of children about whom the same is asked, most are decided about alike
def _weighed(
    released: tuple[str, ...],
    withheld: tuple[tuple[str, str], ...],
    open_: tuple[str, ...],
    closed: tuple[tuple[str, str], ...],
) -> Verdict:
    """What was decided about what was asked; keys that only lead to it are nobody's to read."""
    known = {*open_, "*"}
    given = tuple(sorted(one for one in released if one in known))
    refused = tuple(sorted({*(pair for pair in withheld if pair[0] in known), *closed}))
    outcome = REFUSED if not given else PARTIAL if refused else ALLOWED
    return Verdict(outcome, given, refused)


def _record(
    shared: Mapping[str, Any], place: tuple[str | None, str], verdict: Verdict, by: Admissions
) -> Record:
    subject, island = place
    return Record(
        **shared,
        subject=subject,
        island=island,
        outcome=verdict.outcome,
        released=verdict.released,
        refused=verdict.refused,
        categories=by.categories(verdict.released),
    )


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
    first: Receipt | None = None
    for one, after in zip_longest(kept, kept[1:]):
        if isinstance(one, Spooled):
            yield signer.spooled(one.id, one.digest)
            continue
        first = first or one
        if not isinstance(after, Receipt) or (after.stream, after.seq) != (one.stream, one.seq + 1):
            yield signer.receipt(one.stream, one.seq, one.leaf, one.chain, first=first.seq)
            first = None
