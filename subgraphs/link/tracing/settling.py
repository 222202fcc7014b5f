"""A number that the NHS gave for a child, and what the link node holds → what may be done with it, or why a person decides.

Only a number in force is settled at all. It is joined to what another record holds under it only where both are of
the same day of birth and hold nothing that one child cannot have twice; a number that the child has is replaced only
where the NHS says that this one took its place. An invalidated number may be an adoption: no machine goes on from one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TypeAlias
from uuid import UUID

from subgraphs.link.tracing.pds import Answer, Found, Gone
from subgraphs.link.tracing.person import Person

ONE_OF_A_KIND = ("UPN", "ULN")
"""Kinds of number of which a child has one."""
VERIFIED, VERY_RESTRICTED = "01", "V"


class Settled(Enum):
    """What is done."""

    CONFIRMED = "CONFIRMED"  # the child had the number
    LINKED = "LINKED"  # it has it now
    SUPERSEDED = "SUPERSEDED"  # it takes the place of the one that it had
    JOINED = "JOINED"  # with the record that held it


class Conflict(Enum):
    """Why a person decides."""

    POSSIBLE_MATCH = "POSSIBLE_MATCH"  # the NHS is not sure enough
    WITHOUT_GIVEN_NAME = (
        "WITHOUT_GIVEN_NAME"  # found by a strategy that finds the wrong child now and then
    )
    NUMBER_DIFFERS = "NUMBER_DIFFERS"  # what was handed in came with another number
    BIRTH_DATE_DIFFERS = "BIRTH_DATE_DIFFERS"
    HOLDS_ANOTHER = "HOLDS_ANOTHER"  # the child has a number, which is in force
    HELD_BY_ANOTHER = "HELD_BY_ANOTHER"  # the number is on a record that may be another child's
    INVALIDATED = "INVALIDATED"  # the child's number was invalidated, and nothing took its place


Decided: TypeAlias = Settled | Conflict


@dataclass(frozen=True, slots=True)
class Record:
    """What the link node holds as one child. `numbers`: kind and text of those in use."""

    child: UUID
    status: str
    born: date | None
    restriction: str = "U"
    adopted: bool = False
    numbers: tuple[tuple[str, str], ...] = ()

    def number(self, kind: str) -> str | None:
        return next((text for one, text in self.numbers if one == kind), None)


@dataclass(frozen=True, slots=True)
class Case:
    """A child, whom the NHS found for it, what the NHS says of the number it has, and who else holds the one found."""

    child: Record
    person: Person
    held: Answer | None = None
    holder: Record | None = None
    judged: bool = False
    """A person has looked, and says that it is the same child."""


def settled(case: Case) -> Decided:
    child, person = case.child, case.person
    if not case.judged and _differ(child.born, person.born):
        return Conflict.BIRTH_DATE_DIFFERS
    has = child.number("NHS")
    if has == str(person.number):
        return Settled.CONFIRMED
    superseded = isinstance(case.held, Found) and case.held.person.number == person.number
    if has and not superseded:
        if isinstance(case.held, Gone):
            return Conflict.INVALIDATED
        if not case.judged:
            return Conflict.HOLDS_ANOTHER
    if case.holder:
        may = case.judged or joinable(child, case.holder, person)
        return Settled.JOINED if may else Conflict.HELD_BY_ANOTHER
    return Settled.SUPERSEDED if superseded else Settled.LINKED


def joinable(one: Record, holder: Record, person: Person) -> bool:
    """Whether two records are one child without anybody looking."""
    born = {one.born or person.born, holder.born}
    closed = any(each.adopted or each.restriction == VERY_RESTRICTED for each in (one, holder))
    if holder.status != VERIFIED or closed or len(born) > 1 or None in born:
        return False
    return not _clash(one, holder)


def _clash(one: Record, other: Record) -> bool:
    """Whether they hold two numbers where a child has one: of a kind, or within one authority."""
    if any(_differ(one.number(kind), other.number(kind)) for kind in ONE_OF_A_KIND):
        return True
    mine, theirs = _local(one), _local(other)
    return any(mine[authority].isdisjoint(theirs[authority]) for authority in mine.keys() & theirs)


def _local(record: Record) -> dict[str, set[str]]:
    """By authority, its own numbers for the child."""
    known: dict[str, set[str]] = {}
    for kind, text in record.numbers:
        if kind == "LA":
            known.setdefault(text.partition(":")[0], set()).add(text)
    return known


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other
