"""A word about sharing → a record of it that opens, closes, or is only kept; and the taking back of it, at once.

Who may record is the register's (N.CONSENT); whose word stands is `competence`'s. A word that does not stand is kept
as lapsed: it was said, and it opens nothing. A competent child's own word ends the parent's for that purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry

from gateway.register import Register
from subgraphs.labels import fact, reads
from subgraphs.link.acting import CONSENT, NOTHING_FOUND, Acting, acting, acting_on, after
from subgraphs.link.child import Child, Info, reading
from subgraphs.link.competence import Competence, Giver, Standing, Word, decides, standing
from subgraphs.link.identifier import IdentifierInput
from subgraphs.link.loaders import Row
from subgraphs.link.references import reference_in
from subgraphs.outward import Withheld

OWN_RIGHT = "SUBJECT_ACCESS"


@strawberry.enum(description="What is recorded: an agreement, or what stands in for one.")
class ConsentKind(Enum):
    CONSENT = "CONSENT"
    EXPLICIT_PARENTAL = "EXPLICIT_PARENTAL"
    EXPLICIT_YOUNG_PERSON = "EXPLICIT_YOUNG_PERSON"
    PARENT_AGREES = "PARENT_AGREES"
    APPLICATION = "APPLICATION"
    NECESSITY_OPINION = "NECESSITY_OPINION"
    REASON_WITHOUT_CONSENT = "REASON_WITHOUT_CONSENT"
    BEST_INTERESTS = "BEST_INTERESTS"


@strawberry.enum(
    description="How it was given. A spoken word is valid, with its details in the case notes."
)
class Form(Enum):
    WRITTEN = "WRITTEN"
    VERBAL = "VERBAL"
    DIGITAL = "DIGITAL"


strawberry.enum(Giver, description="Who spoke.")
strawberry.enum(Competence, description="What was found about the child for this decision.")

_PARENTS = frozenset({Giver.PARENT, Giver.AUTHORITY})
_WORKERS = frozenset({Giver.WORKER})
_FAMILY = frozenset({*_PARENTS, Giver.YOUNG_PERSON, Giver.DEPUTY})
GIVEN_BY = {
    ConsentKind.CONSENT: _FAMILY,
    ConsentKind.EXPLICIT_PARENTAL: _PARENTS,
    ConsentKind.EXPLICIT_YOUNG_PERSON: frozenset({Giver.YOUNG_PERSON, Giver.DEPUTY}),
    ConsentKind.PARENT_AGREES: _PARENTS,
    ConsentKind.APPLICATION: _FAMILY,
    ConsentKind.NECESSITY_OPINION: _WORKERS,
    ConsentKind.REASON_WITHOUT_CONSENT: _WORKERS,
    ConsentKind.BEST_INTERESTS: _WORKERS,
}
"""Who can give each kind."""


@strawberry.input(description="Whose word it is about sharing, on what, and how it was given.")
class WordInput:
    given_by: Giver
    form: Form
    categories: list[str]
    competence: Competence = Competence.NOT_ASSESSED
    purpose: str | None = None
    refresh_by: date | None = None


@strawberry.type(description="A word about sharing, as it was recorded.")
class ConsentRecord:
    reference: strawberry.ID = fact(CONSENT, about="What it is withdrawn by.")
    purpose: str = fact(CONSENT, about="What it is for.")
    stands: bool = fact(CONSENT, about="Whether it is applied; otherwise it is only kept.")
    capacity: str = fact(CONSENT, about="In what capacity it was given, or why it does not stand.")
    given_on: date = fact(CONSENT, about="The day.")
    refresh_by: date = fact(CONSENT, about="It lapses on this day unless it is given again.")
    subject: strawberry.Private[UUID]

    @reads("STRUCTURE", about="The child, as it may be seen now.")
    async def child(self, info: Info) -> Child | None:
        return await after(info, self.subject)


@strawberry.type
class ConsentChanges:
    @reads(CONSENT, about="Records who agreed to what, in what capacity and how.")
    async def record_consent(
        self, info: Info, child: IdentifierInput, kind: ConsentKind, word: WordInput
    ) -> ConsentRecord | None:
        if word.given_by not in GIVEN_BY[kind]:
            raise Withheld("NOT_THEIRS_TO_GIVE")
        said = await _said(info, child, word, refusal=False)
        return await _keep_consent(said, kind, word)

    @reads(
        CONSENT,
        about="Takes an agreement back: closed from now on, what was released stays on the record.",
    )
    async def withdraw_consent(self, info: Info, reference: strawberry.ID) -> ConsentRecord | None:
        found = await _recorded(info, reference, "consent")
        row: Row = await found.reads.connections.fetchrow(
            _WITHDRAW, reference_in(reference), found.reads.today
        )
        return _consent(row, _over("WITHDRAWN", row["refresh_by"]))

    @reads(
        CONSENT,
        about="Records a refusal or an objection; a competent child's stands against a parent's consent.",
    )
    async def record_dissent(
        self, info: Info, child: IdentifierInput, word: WordInput
    ) -> ConsentRecord | None:
        said = await _said(info, child, word, refusal=True)
        return await _keep_dissent(said, word)

    @reads(CONSENT, about="Takes a refusal back.")
    async def lift_dissent(self, info: Info, reference: strawberry.ID) -> ConsentRecord | None:
        found = await _recorded(info, reference, "objection")
        row = await found.reads.connections.fetchrow(
            _LIFT, reference_in(reference), found.reads.today
        )
        if row is None:
            raise Withheld(NOTHING_FOUND)
        return _dissent(row, _over("LIFTED", row["recorded_on"]))


@dataclass(frozen=True, slots=True)
class _Said:
    """A word about a child, and whether it stands."""

    acting: Acting
    purpose: str
    word: Word
    standing: Standing


async def _said(info: Info, child: IdentifierInput, given: WordInput, *, refusal: bool) -> _Said:
    register = reading(info).decisions.register
    _check_categories(register, given.categories)
    purpose = _purpose(info, given, register)
    found = await acting(info, child, CONSENT)
    send = register.purposes[purpose].family == "send"
    born = found.known.row["birth_date"]
    word = Word(given.given_by, given.competence, born, found.reads.today, send, refusal)
    return _Said(found, purpose, word, standing(word))


def _check_categories(register: Register, codes: list[str]) -> None:
    if not codes or any(code != "*" and code not in register.categories for code in codes):
        raise Withheld("CATEGORY_UNKNOWN")


def _purpose(info: Info, given: WordInput, register: Register) -> str:
    """The purpose a word is about: the declared one, unless it is somebody's word about their own record."""
    declared = reading(info).asker.purpose
    named = given.purpose or declared
    if declared != OWN_RIGHT and named != declared:
        raise Withheld("OTHER_PURPOSE")
    if declared == OWN_RIGHT and given.given_by is Giver.WORKER:
        raise Withheld("NOT_THEIRS_TO_GIVE")
    if named not in register.purposes:
        raise Withheld("PURPOSE_UNKNOWN")
    return named


async def _keep_consent(said: _Said, kind: ConsentKind, given: WordInput) -> ConsentRecord:
    today = said.acting.reads.today
    until = min(filter(None, (given.refresh_by, said.standing.refresh_by)))
    values: list[Any] = [
        said.acting.child, kind.value, said.purpose, given.categories, given.given_by.value,
        said.standing.why, given.form.value, _recorder(said.acting), today,
        max(until, today + timedelta(days=1)), None if said.standing.applies else today,
    ]  # fmt: skip
    async with said.acting.reads.connections.acquire() as connection, connection.transaction():
        if said.standing.applies and _ends_the_parents(said.word):
            await connection.execute(_LAPSE, said.acting.child, said.purpose, today)
        row: Row = await connection.fetchrow(_RECORD, *values)
    return _consent(row, said.standing)


async def _keep_dissent(said: _Said, given: WordInput) -> ConsentRecord:
    today = said.acting.reads.today
    async with said.acting.reads.connections.acquire() as connection, connection.transaction():
        if said.standing.applies and _ends_the_parents(said.word):
            await connection.execute(_LAPSE, said.acting.child, said.purpose, today)
        row = await connection.fetchrow(
            _OBJECT, said.acting.child, said.purpose, given.categories, _recorder(said.acting),
            today, None if said.standing.applies else today,
        )  # fmt: skip
    return _dissent(row, said.standing)


def _ends_the_parents(word: Word) -> bool:
    return word.giver is Giver.YOUNG_PERSON and decides(word)


def _recorder(found: Acting) -> str:
    asker = found.reads.asker
    return f"{asker.role} of {asker.kind}:{asker.organisation}"


async def _recorded(info: Info, reference: strawberry.ID, table: str) -> Acting:
    """The child that a consent or an objection is about. A young person takes back for any purpose, others for theirs."""
    reads = reading(info)
    known = reference_in(reference)
    row = await reads.connections.fetchrow(_ABOUT[table], known) if known else None
    purposes = (OWN_RIGHT, row["purpose"]) if row else ()
    child = row["child"] if row and reads.asker.purpose in purposes else None
    return await acting_on(info, child, CONSENT)


def _over(why: str, refresh_by: date) -> Standing:
    return Standing(applies=False, why=why, refresh_by=refresh_by)


def _consent(row: Row, found: Standing) -> ConsentRecord:
    return ConsentRecord(
        reference=strawberry.ID(str(row["consent"])),
        purpose=row["purpose"],
        stands=found.applies,
        capacity=found.why,
        given_on=row["given_on"],
        refresh_by=row["refresh_by"],
        subject=row["child"],
    )


def _dissent(row: Row, found: Standing) -> ConsentRecord:
    return ConsentRecord(
        reference=strawberry.ID(str(row["objection"])),
        purpose=row["purpose"],
        stands=found.applies,
        capacity=found.why,
        given_on=row["recorded_on"],
        refresh_by=found.refresh_by,
        subject=row["child"],
    )


_ABOUT = {
    "consent": "select child, purpose from link.consent where consent = $1",
    "objection": "select child, purpose from link.objection where objection = $1 and kind = 'DISSENT'",
}
_RECORD = """
    insert into link.consent (child, kind, purpose, categories, given_by, capacity, form, recorded_by,
        given_on, refresh_by, withdrawn_on)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning *
"""
_WITHDRAW = """
    update link.consent set withdrawn_on = least(withdrawn_on, $2) where consent = $1 returning *
"""
_OBJECT = """
    insert into link.objection (child, kind, purpose, categories, recorded_by, recorded_on, lifted_on)
    values ($1, 'DISSENT', $2, $3, $4, $5, $6) returning *
"""
_LIFT = """
    update link.objection set lifted_on = least(lifted_on, $2) where objection = $1 and purpose is not null
    returning *
"""
_LAPSE = """
    update link.consent set withdrawn_on = $3
    where child = $1 and purpose = $2 and withdrawn_on is null
        and given_by in ('PARENT', 'AUTHORITY', 'parent')
"""
