"""What an authority holds, its own NHS number included → how it agrees with what the NHS holds.

The seven statuses of the Department's SUI matcher. Two differences from it: a number that the NHS does not know, or
has invalidated, is told apart from an outage by the codes that the service really sends; and what one side lacks is
listed as missing, and is no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import Enum
from typing import Any

from gateway.identifiers import MalformedIdentifier, NhsNumber
from subgraphs.link.tracing.addresses import Comparison, compare, words
from subgraphs.link.tracing.demographics import Demographics, Told, assess
from subgraphs.link.tracing.matching import MatchStatus, Verdict, trace
from subgraphs.link.tracing.pds import Answer, Found, Gone, Nobody, Pds
from subgraphs.link.tracing.person import Person
from subgraphs.link.tracing.strategies import Strategy


class Reconciliation(Enum):
    DEMOGRAPHICS_DID_NOT_MATCH = "LocalDemographicsDidNotMatchToAnNhsNumber"
    NUMBER_NOT_VALID = "LocalNhsNumberIsNotValid"
    NUMBER_NOT_FOUND = "LocalNhsNumberIsNotFoundInNhs"
    NUMBER_SUPERSEDED = "LocalNhsNumberIsSuperseded"
    NO_DIFFERENCES = "NoDifferences"
    DIFFERENCES = "Differences"
    ERROR = "Error"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Names of fields, never what stands in them."""

    status: Reconciliation
    verdict: Verdict
    different: tuple[str, ...] = ()
    missing_here: tuple[str, ...] = ()
    missing_there: tuple[str, ...] = ()
    addresses: Comparison = field(default_factory=Comparison)


Compared = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], Comparison]
"""Fields that differ, that are missing here, that are missing there; and the addresses."""


async def reconcile(pds: Pds, told: Told, strategy: Strategy) -> Reconciled:
    """Traces by particulars first: a number that agrees with nothing else is no evidence."""
    demographics, _quality = assess(told, date.today())  # noqa: DTZ011 a birth date's own calendar
    verdict = await trace(pds, demographics, strategy)
    if verdict.status is MatchStatus.ERROR:
        return Reconciled(Reconciliation.ERROR, verdict)
    if not verdict.usable or not demographics:
        return Reconciled(Reconciliation.DEMOGRAPHICS_DID_NOT_MATCH, verdict)
    answer = await pds.retrieve(verdict.usable)
    if not isinstance(answer, Found):
        return Reconciled(Reconciliation.ERROR, verdict)
    compared = _compared(told, demographics, answer.person)
    return await _with_number(pds, (told, answer.person), (verdict, compared))


async def against(pds: Pds, told: Told, number: NhsNumber) -> Compared | None:
    """How a record agrees with whoever has a number; None where that cannot be told now."""
    demographics, _quality = assess(told, date.today())  # noqa: DTZ011 a birth date's own calendar
    answer = await pds.retrieve(number) if demographics else None
    if demographics is None or not isinstance(answer, Found):
        return None
    return _compared(told, demographics, answer.person)


def written(of: Reconciled) -> dict[str, Any]:
    """As it is kept beside a row: names, and nothing that stands in them."""
    return {
        "status": of.status.value,
        "different": of.different,
        "missingHere": of.missing_here,
        "missingThere": of.missing_there,
        "addresses": asdict(of.addresses),
    }


async def _with_number(
    pds: Pds, sides: tuple[Told, Person], so_far: tuple[Verdict, Compared]
) -> Reconciled:
    told, there = sides
    verdict, compared = so_far
    held = told.nhs_number.strip()
    if not held or _parsed(held) == there.number:
        status = Reconciliation.DIFFERENCES if compared[0] else Reconciliation.NO_DIFFERENCES
    elif (number := _parsed(held)) is None:
        status = Reconciliation.NUMBER_NOT_VALID
    else:
        status = _of_another(await pds.retrieve(number), number)
    return Reconciled(status, verdict, *compared)


def _of_another(answer: Answer, held: NhsNumber) -> Reconciliation:
    """What a held number is that is not the one traced."""
    if isinstance(answer, Nobody | Gone):
        return Reconciliation.NUMBER_NOT_FOUND
    if not isinstance(answer, Found):
        return Reconciliation.ERROR
    superseded = answer.person.number != held
    return Reconciliation.NUMBER_SUPERSEDED if superseded else Reconciliation.DIFFERENCES


def _compared(told: Told, here: Demographics, there: Person) -> Compared:
    pairs = list(_pairs(told, here, there))
    return (
        tuple(name for name, mine, theirs in pairs if mine and theirs and not mine <= theirs),
        tuple(name for name, mine, _theirs in pairs if not mine),
        tuple(name for name, _mine, theirs in pairs if not theirs),
        compare(told.addresses, there.addresses),
    )


def _pairs(
    told: Told, here: Demographics, there: Person
) -> Iterator[tuple[str, set[str], set[str]]]:
    """Each field with what stands on either side, in the form it is compared in."""
    held = _parsed(told.nhs_number)
    born = {there.born.isoformat()} if there.born else set()
    yield "nhsNumber", _set([held or told.nhs_number]), {str(there.number)}
    yield (
        "given",
        _set(map(words, here.given)),
        _set(w for g in there.given for w in words(g).split()),
    )
    yield "family", {words(here.family)}, _set(map(words, there.family))
    yield "birthDate", {here.born.isoformat()}, born
    yield "gender", _set([here.gender]), _set([there.gender])
    yield "postcode", _set([_bare(here.postcode)]), _set(_bare(a.postcode) for a in there.addresses)
    yield "email", _set([here.email.lower()]), _set(each.lower() for each in there.emails)
    yield "phone", _set([_bare(here.phone)]), _set(map(_bare, there.phones))


def _set(texts: Iterable[object]) -> set[str]:
    return {str(text) for text in texts if text}


def _bare(text: str) -> str:
    return text.replace(" ", "").upper()


def _parsed(text: str) -> NhsNumber | None:
    try:
        return NhsNumber.parse(text)
    except MalformedIdentifier:
        return None
