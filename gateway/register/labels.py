"""What `@category` says of a field → Label: the permissions that the field needs.

    directive @category(is: [String!]!, existence: Boolean! = false) repeatable
      on FIELD_DEFINITION | ARGUMENT_DEFINITION

found by the identity of its specification, never by its name in a document. Besides categories there are
three marks: `STRUCTURE` for a field that only leads to an object and grants nothing itself, `PUBLIC` for a
published fact about an institution or the way to one that does not start from a person, `COUNTS` for a
field that only counts what its categories name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.register.bits import CONTENT, COUNTS, EXISTENCE, Scale
from gateway.register.rows import COUNTS as COUNTS_MARK
from gateway.register.rows import MARKS, STRUCTURE

IDENTITY = "https://causeway.example/specs/category"
VERSIONS = frozenset({"v1.0"})
NAME = "category"


@dataclass(frozen=True, slots=True)
class Label:
    """What a field needs. `leads`: it is marked STRUCTURE, so it is open only with something below it."""

    need: int
    leads: bool = False

    def __or__(self, other: Label) -> Label:
        return Label(self.need | other.need, self.leads and other.leads)


class UnknownCategory(Exception):
    """A label names a category that the register does not have."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def label(applications: Iterable[Mapping[str, Any]], scale: Scale) -> Label | None:
    """The label that a field's `@category` applications make together; None when there is none.

    Raises UnknownCategory. An application without codes labels nothing.
    """
    found: Label | None = None
    for arguments in applications:
        codes = [str(code) for code in arguments.get("is") or ()]
        if codes:
            one = _one(codes, scale, existence=bool(arguments.get("existence")))
            found = one if found is None else found | one
    return found


def _one(codes: list[str], scale: Scale, *, existence: bool) -> Label:
    kind = COUNTS if COUNTS_MARK in codes else EXISTENCE if existence else CONTENT
    categories = [code for code in codes if code not in MARKS]
    need = 0
    for code in categories:
        if code not in scale.places:
            raise UnknownCategory(code)
        need |= scale.of(code, kind)
    if COUNTS_MARK in codes and not need:
        raise UnknownCategory(COUNTS_MARK)  # counts of nothing would be open to all
    return Label(need, leads=not need and STRUCTURE in codes)
