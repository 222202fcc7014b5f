"""A cell of the register → the words and letters that a reader of the matrix sees."""

from __future__ import annotations

from gateway.register.rows import Grant, Purpose

LETTERS = {
    "C": "what it says",
    "E": "that it exists",
    "S": "one's own",
    "P": "pseudonymised, as counts",
    "A": "counts",
}
NEVER, CLOSED = "×", ""
LEGEND = (
    "C what it says · E that it exists · S one's own · P, A counts only · × never · blank closed · "
    "* under conditions of its own · † some roles or organisations only · ! a second person approves"
)


def letter(purpose: Purpose, category: str) -> str:
    """The cell at a glance: `C`, `E*`, `×`."""
    if category in purpose.never:
        return NEVER
    return "/".join(dict.fromkeys(_marked(grant) for grant in purpose.admits.get(category, ())))


def words(purpose: Purpose, category: str) -> str:
    """The cell in full: `what it says, for reg6_adviser, if own_advice`."""
    if category in purpose.never:
        return "never"
    grants = purpose.admits.get(category, ())
    return "; or ".join(map(_phrase, grants)) or "closed"


def _marked(grant: Grant) -> str:
    marks = "!" if "second_person" in grant.conditions else ""
    marks += "*" if set(grant.conditions) - {"second_person"} else ""
    marks += "†" if grant.roles or grant.organisation_kinds else ""
    return grant.letter + marks


def _phrase(grant: Grant) -> str:
    parts = [LETTERS[grant.letter]]
    if grant.roles:
        parts.append(f"for {', '.join(sorted(grant.roles))}")
    if grant.organisation_kinds:
        parts.append(f"in {', '.join(sorted(grant.organisation_kinds))}")
    if grant.conditions:
        parts.append(f"if {' and '.join(grant.conditions)}")
    return ", ".join(parts)
