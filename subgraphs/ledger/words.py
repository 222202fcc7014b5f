"""The entries of one operation → what they mean, in words that the person they are about can read.

The organisation and not the worker; why, as the register titles the purpose; what kinds of information, as it
titles the categories. A purpose that the register no longer has is shown to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.register import Register

UNTIL_REVIEWED = "withhold_from_subject_until_reviewed"
NOT_FOR_PARENTS = "not_in_parents_view"
MAY_BE_SHOWN = "MAY_BE_SHOWN"
ASSURANCE = "assurance"
YOUNG_PERSON, PARENT = "young_person", "parent_with_pr"

GIVEN = "Information was given."
PARTLY = "Some information was given, and some was not."
NOTHING = "No information was given."


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as kept. `cleared`: a review found that it may be shown."""

    id: str
    body: Mapping[str, Any]
    cleared: bool


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: the family of purposes and the role that this was asked in."""

    family: str
    role: str
    quiet: frozenset[str] = frozenset()
    """Organisations of which families are told no more than the kind: a young person goes there in confidence."""

    def named(self, kind: str, code: str, register: Register) -> str:
        title = register.document.organisation_kind.get(kind, kind)
        silent = self.family != ASSURANCE and code in self.quiet
        return title if silent else f"{title} {code}".strip()

    def sees(self, entry: Entry, register: Register) -> bool:
        """Whether an entry is in this viewer's view."""
        if self.family == ASSURANCE:
            return True
        purpose = register.purposes.get(entry.body["purpose"] or "")
        if purpose is None or (UNTIL_REVIEWED in purpose.obligations and not entry.cleared):
            return False
        return self.role != PARENT or not (
            NOT_FOR_PARENTS in purpose.obligations or entry.body["role"] == YOUNG_PERSON
        )


@dataclass(frozen=True, slots=True)
class Told:
    """One operation in plain words. `kinds` are the titles of the categories that were released."""

    at: datetime
    organisation: str
    organisation_kind: str
    purpose: str
    why: str
    outcome: str
    kinds: tuple[str, ...]
    emergency: str | None


def told(entries: Sequence[Entry], viewer: Viewer, register: Register) -> Iterator[Told]:
    """What a viewer sees of entries, an operation at a time, in their order."""
    by_operation: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        if viewer.sees(entry, register):
            by_operation.setdefault(entry.body["txn"], []).append(entry.body)
    for bodies in by_operation.values():
        yield _told(bodies, viewer, register)


def _told(bodies: Sequence[Mapping[str, Any]], viewer: Viewer, register: Register) -> Told:
    first = bodies[0]
    kind, _, code = (first["org"] or "").partition(":")
    purpose = register.purposes.get(first["purpose"] or "")
    return Told(
        at=datetime.fromisoformat(min(body["at"] for body in bodies)),
        organisation=viewer.named(kind, code, register),
        organisation_kind=kind,
        purpose=first["purpose"],
        why=purpose.title if purpose else first["purpose"],
        outcome=_outcome({body["outcome"] for body in bodies}),
        kinds=_kinds(bodies, register),
        emergency=_ground(first.get("emergency"), register),
    )


def _outcome(outcomes: set[str]) -> str:
    if outcomes == {"allow"}:
        return GIVEN
    return PARTLY if outcomes & {"allow", "partial"} else NOTHING


def _kinds(bodies: Iterable[Mapping[str, Any]], register: Register) -> tuple[str, ...]:
    codes = dict.fromkeys(code for body in bodies for code in body.get("categories", ()))
    known = register.categories
    return tuple(sorted(known[code].title for code in codes if code in known))


def _ground(ground: str | None, register: Register) -> str | None:
    return ground and register.document.break_glass.grounds.get(ground, ground)
