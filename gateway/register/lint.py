"""A register that reads → what in it a reviewer should look at again, one sentence each.

Nothing here stops a register from being served; what would, stops it from being read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from gateway.register.rows import Purpose
from gateway.register.table import PLANNING, Register

SOON = timedelta(days=60)


def findings(register: Register, on: date) -> tuple[str, ...]:
    """Everything worth a second look on that day."""
    return (
        *_dates(register, on),
        *(one for purpose in register.purposes.values() for one in _of_purpose(register, purpose)),
        *_idle(register),
    )


def _dates(register: Register, on: date) -> Iterator[str]:
    document = register.document
    if document.status == "draft":
        yield "status: draft; have two of the controllers' IG leads sign it before it serves"
    if on > document.review_by:
        yield f"review_by: {document.review_by} is past; review it, and date it anew"
    elif on + SOON > document.review_by:
        yield f"review_by: {document.review_by} is near; plan the review"


def _of_purpose(register: Register, purpose: Purpose) -> Iterator[str]:
    place = f"purpose {purpose.code}"
    for code, grants in purpose.admits.items():
        category = register.categories[code]
        if purpose.use == PLANNING and category.identifier:
            yield f"{place}: {code} is an identifier, and planning must reach none; strike the row"
        if purpose.use == PLANNING and any(grant.letter not in "PA" for grant in grants):
            yield f"{place}: {code} is granted as more than counts, and planning has counts only"
        if category.sealed and any("second_person" not in grant.conditions for grant in grants):
            yield f"{place}: {code} is sealed; grant it with second_person = true"
    used = {name for way in _ways(register, purpose) for name in way}
    for name in sorted(purpose.break_glass - used):
        yield f"{place}: break_glass stands in for {name}, which no row asks; strike it"
    if not purpose.law.article_6:
        yield f"{place}: article_6 is empty; name the lawful basis"


def _ways(register: Register, purpose: Purpose) -> Iterator[tuple[str, ...]]:
    for opening in register.openings.values():
        if opening.purpose is purpose:
            yield from (way.conditions for way in opening.ways)


def _idle(register: Register) -> Iterator[str]:
    """Categories that no purpose opens to anybody, and roles that may declare nothing."""
    opened = 0
    for opening in register.openings.values():
        opened |= opening.open
    known = set(register.scale.categories(opened))
    never = register.document.everywhere.never
    for code in register.categories:
        if code not in known and code not in never:
            yield f"category {code}: no purpose opens it to anyone; strike it, or say so in its title"
    declaring = {opening.role for opening in register.openings.values()}
    for role in sorted(register.document.role.keys() - declaring):
        yield f"role {role}: may declare no purpose; strike it"
