"""Two addresses → the same, not the same, or not to be told by a machine.

The rules of the Department's SUI matcher, in its order: another postcode is another place; the same first line is
the same place; then the building's number decides, with flats and ranges left for a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from unicodedata import combining, normalize

from subgraphs.link.tracing.person import Address

_NUMBER = re.compile(r"[0-9]+[A-Z]?(?:\s*-\s*[0-9]+[A-Z]?)?")


class Likeness(Enum):
    MATCHED = "Matched"
    UNMATCHED = "Unmatched"
    FLAT_MISSING = "FlatMissing"  # uncertain: one side writes the flat elsewhere, or not at all
    NUMBER_RANGE = "NumberRange"  # uncertain: 12 against 12-14

    @property
    def same(self) -> bool:
        """Whether it may be counted as one address. What is uncertain may not."""
        return self is Likeness.MATCHED


@dataclass(frozen=True, slots=True)
class Comparison:
    """The four statements on two histories. None: a side has no address, or none of its kind, to compare."""

    primary_same: bool | None = None
    histories_meet: bool | None = None
    primary_local_in_nhs_history: bool | None = None
    primary_nhs_in_local_history: bool | None = None


def words(text: str) -> str:
    """Capital letters and digits without accents, single spaces; hyphens stay, for they make a range."""
    bare = (c for c in normalize("NFKD", text) if not combining(c) and c not in "'’")
    return " ".join(re.sub(r"[^\w\- ]", " ", "".join(bare).upper()).split())


def alike(one: Address, other: Address) -> Likeness:
    if _postcode(one) != _postcode(other) or not _postcode(one):
        return Likeness.UNMATCHED
    if _line(one, 0) == _line(other, 0) and _line(one, 0):
        return Likeness.MATCHED
    if not (_numbers(one) and _numbers(other)):
        return Likeness.UNMATCHED
    return _by_number(one, other)


def compare(local: Sequence[Address], nhs: Sequence[Address]) -> Comparison:
    """Histories with the present address first."""
    if not local or not nhs:
        return Comparison()
    return Comparison(
        primary_same=alike(local[0], nhs[0]).same,
        histories_meet=any(alike(one, other).same for one in local for other in nhs),
        primary_local_in_nhs_history=any(alike(local[0], other).same for other in nhs),
        primary_nhs_in_local_history=any(alike(nhs[0], one).same for one in local),
    )


def _by_number(one: Address, other: Address) -> Likeness:
    """The buildings' numbers, once first lines are known to differ."""
    here, there = _building(one), _building(other)
    if len(_numbers(one)) != len(_numbers(other)):
        meet = set(_numbers(one)) & set(_numbers(other))
        return Likeness.FLAT_MISSING if meet else Likeness.UNMATCHED
    if here == there:
        return Likeness.MATCHED
    if _within(here, there) or _within(there, here):
        return Likeness.NUMBER_RANGE
    crossed = here in _line(other, 1).split() or there in _line(one, 1).split()
    return Likeness.FLAT_MISSING if crossed else Likeness.UNMATCHED


def _building(address: Address) -> str:
    """The number on the first line that has one."""
    return _numbers(address)[0]


def _numbers(address: Address) -> list[str]:
    """Of the first two lines, in order; a range is one."""
    lines = f"{_line(address, 0)} , {_line(address, 1)}"
    return [re.sub(r"\s", "", found) for found in _NUMBER.findall(lines)]


def _within(one: str, other: str) -> bool:
    """Whether a single number lies in a range."""
    if "-" in one or "-" not in other:
        return False
    first, last = (int(re.sub(r"[^0-9]", "", end)) for end in other.split("-"))
    return first <= int(re.sub(r"[^0-9]", "", one)) <= last


def _postcode(address: Address) -> str:
    return address.postcode.replace(" ", "").upper()


def _line(address: Address, at: int) -> str:
    return words(address.lines[at]) if at < len(address.lines) else ""
