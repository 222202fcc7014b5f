"""A number with a name and a birth date → yes, no or superseded. One at a time, and never another number.

"No" is one answer for a number that was never given out, is invalid, is hidden or is someone else's: who does not
already know whose it is learns nothing. Superseded is said only where the record in force is that person's.
"""

from __future__ import annotations

from datetime import date
from enum import Enum

from gateway.identifiers import NhsNumber
from subgraphs.link.tracing.addresses import words
from subgraphs.link.tracing.pds import Failed, Found, Pds
from subgraphs.link.tracing.person import Person


class Verification(Enum):
    YES = "YES"
    NO = "NO"
    SUPERSEDED = "SUPERSEDED"
    UNAVAILABLE = "UNAVAILABLE"  # the NHS could not be asked: neither yes nor no


async def verify(pds: Pds, number: NhsNumber, family: str, born: date) -> Verification:
    answer = await pds.retrieve(number)
    if isinstance(answer, Failed) and answer.code not in ("INVALID_RESOURCE_ID",):
        return Verification.UNAVAILABLE
    if not isinstance(answer, Found) or not _is(answer.person, family, born):
        return Verification.NO
    return Verification.YES if answer.person.number == number else Verification.SUPERSEDED


def _is(person: Person, family: str, born: date) -> bool:
    return person.born == born and _name(family) in map(_name, person.family)


def _name(text: str) -> str:
    return words(text).replace("-", " ")
