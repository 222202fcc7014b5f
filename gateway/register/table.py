"""Rows → Register: every purpose, role and kind of organisation compiled to masks, once.

The digest is of the file's bytes: it stands in every assertion and every record, and two parties that
quote the same digest decide by the same table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from gateway.register.bits import Scale, scale
from gateway.register.document import Document
from gateway.register.opening import Opening, opened
from gateway.register.read import USES, InvalidRegister, Rows, expanded, parse
from gateway.register.rows import Category, Purpose

UNKNOWN = "PURPOSE_UNKNOWN"
NOT_FOR_ROLE = "PURPOSE_NOT_FOR_ROLE"
NOT_FOR_ORGANISATION = "PURPOSE_NOT_FOR_ORGANISATION"
NOT_SWITCHED_ON = "USE_NOT_SWITCHED_ON"
PLANNING = "universal_plus"
"""The use that is for planning and analysis: its purposes count, and never cross."""


@dataclass(frozen=True)
class Register:
    """The table that decides. `uses` are the uses of the NHS number that are switched on."""

    digest: str
    document: Document = field(repr=False)
    uses: frozenset[str]
    categories: Mapping[str, Category] = field(repr=False)
    purposes: Mapping[str, Purpose] = field(repr=False)
    scale: Scale = field(repr=False)
    openings: Mapping[tuple[str, str, str], Opening] = field(repr=False)

    @property
    def version(self) -> str:
        return self.document.version

    @property
    def link_subgraph(self) -> str:
        """The subgraph whose fields cross from one island to another."""
        return self.document.link_subgraph

    def refusal(self, purpose: str, role: str, organisation_kind: str) -> str | None:
        """Why this caller may not declare this purpose, as a code; None when it may."""
        found = self.purposes.get(purpose)
        if found is None:
            return UNKNOWN
        if role not in found.roles:
            return NOT_FOR_ROLE
        if organisation_kind not in found.organisation_kinds:
            return NOT_FOR_ORGANISATION
        # Planning has no crossing that could be closed for it: what is off is the purpose.
        return NOT_SWITCHED_ON if found.use == PLANNING and found.use not in self.uses else None

    def opening(self, purpose: str, role: str, organisation_kind: str) -> Opening:
        """What is open to this caller. Raises KeyError where `refusal` gives a reason."""
        return self.openings[purpose, role, organisation_kind]

    def crosses(self, purpose: str) -> bool:
        """Whether the purpose's use of the NHS number is on, so that it may go from island to island."""
        return self.purposes[purpose].use in self.uses


def read(text: bytes, *, uses: Collection[str] | None = None, on: date | None = None) -> Register:
    """Compile a register file's bytes. Raises InvalidRegister with every reason at once.

    `uses` is the deployment's choice, the file's own when None; `on` is the day it must be in force.
    """
    rows = parse(text)
    on_uses = frozenset(rows.document.uses if uses is None else uses)
    problems = [
        f"uses: {name!r} is no use; known are {', '.join(USES)}"
        for name in sorted(on_uses - frozenset(USES))
    ]
    if on is not None:
        problems += _out_of_force(rows.document, on)
    if problems:
        raise InvalidRegister(problems)
    return _compiled(hashlib.sha256(text).hexdigest(), rows, on_uses)


def load(path: Path, *, uses: Collection[str] | None = None, on: date | None = None) -> Register:
    """The register in a file. Raises InvalidRegister, or OSError when the file cannot be read."""
    return read(path.read_bytes(), uses=uses, on=on)


def _out_of_force(document: Document, on: date) -> list[str]:
    if on < document.effective_from:
        return [f"the register is in force from {document.effective_from}, not yet on {on}"]
    if on > document.review_by:
        return [
            f"the register was to be reviewed by {document.review_by}; review it, and date it anew"
        ]
    return []


def _compiled(digest: str, rows: Rows, uses: frozenset[str]) -> Register:
    bits = scale(rows.categories)
    suppressed = frozenset(
        code
        for name in rows.document.restricted.suppressed
        for code in expanded(name, rows.categories)
    )
    openings = {
        (purpose.code, opening.role, opening.organisation_kind): opening
        for purpose in rows.purposes.values()
        for opening in _openings(purpose, bits, suppressed)
    }
    return Register(digest, rows.document, uses, rows.categories, rows.purposes, bits, openings)


def _openings(purpose: Purpose, bits: Scale, suppressed: frozenset[str]) -> Iterator[Opening]:
    """One for each role and kind of organisation; those that the rows treat alike are worked out once."""
    narrow = [one for grants in purpose.admits.values() for one in grants if one.is_narrow]
    known: dict[tuple[tuple[bool, bool], ...], Opening] = {}
    for role in sorted(purpose.roles):
        for kind in sorted(purpose.organisation_kinds):
            alike = tuple((one.has_role(role), one.has_kind(kind)) for one in narrow)
            if alike not in known:
                known[alike] = opened(purpose, (role, kind), bits, suppressed)
            yield replace(known[alike], role=role, organisation_kind=kind)
