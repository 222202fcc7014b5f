"""A resolver's context → what tracing is done with, under its own purpose alone; one question at a time, and on the record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import strawberry

from gateway.identifiers import NhsNumber
from subgraphs.link.child import Info, reading
from subgraphs.link.loaders import Reads
from subgraphs.link.telling import tell
from subgraphs.link.tracing.demographics import Told
from subgraphs.link.tracing.guessing import Guessing, Question, one_at_a_time
from subgraphs.link.tracing.joining import Links
from subgraphs.link.tracing.matching import MatchStatus
from subgraphs.link.tracing.node import Means, Tracing
from subgraphs.link.tracing.reconcile import Reconciliation
from subgraphs.link.tracing.status import Source
from subgraphs.link.tracing.verify import Verification
from subgraphs.outward import Withheld

PURPOSE = "IDENTIFIER_TRACE"
LONGEST = 200
STATUS, NUMBER = "N.STATUS", "N.NUMBER"


strawberry.enum(MatchStatus, description="As in the Department's SUI matcher. Only MATCH needs no person to look at it.")  # fmt: skip
strawberry.enum(Source, name="NhsNumberSource", description="How a number came to be known.")
strawberry.enum(Verification, description="Whether a number is this person's. NO says nothing of anybody else.")  # fmt: skip
strawberry.enum(
    Reconciliation,
    name="ReconciliationStatus",
    description="How a record and its number agree with the NHS, as in the Department's SUI matcher.",
)


@strawberry.input(description="A person as a record has them, word for word: what is no good is said, not refused.")  # fmt: skip
class PersonToTraceInput:
    given_name: str = ""
    family_name: str = ""
    birth_date: str = ""
    gender: str = ""
    postcode: str = ""
    email: str = ""
    phone: str = ""
    nhs_number: str = ""
    reference: str = strawberry.field(default="", description="The asker's own for the row.")

    def told(self) -> Told:
        said = Told(
            self.given_name, self.family_name, self.birth_date, self.gender, self.postcode,
            self.email, self.phone, self.nhs_number, self.reference,
        )  # fmt: skip
        if any(len(text) > LONGEST for text in vars(self).values()):
            raise Withheld("TOO_LONG")
        return said


def tracing_of(info: Info) -> Tracing:
    tracing: Tracing = info.context.load.tracing
    return tracing


async def means_of(info: Info) -> Means:
    """Raises Withheld: another purpose, or a node that does not trace."""
    if reading(info).asker.purpose != PURPOSE:
        raise Withheld("NOT_FOR_THIS_PURPOSE")
    means = await tracing_of(info).means()
    if means is None:
        raise Withheld("TRACING_NOT_CONFIGURED")
    return means


def links_of(info: Info, means: Means) -> Links:
    return Links(means.connections, info.context.load.keys, means.pds)


@asynccontextmanager
async def asking(info: Info, means: Means) -> AsyncIterator[Question]:
    """Raises Withheld: a question is under way, or too many have missed."""
    asker = reading(info).asker
    try:
        async with one_at_a_time(
            means.connections, f"{owner_of(reading(info))} {asker.actor}"
        ) as one:
            yield one
    except Guessing as why:
        raise Withheld(str(why)) from why


def owner_of(reads: Reads) -> str:
    return f"{reads.asker.kind}:{reads.asker.organisation}"


async def record(info: Info, number: NhsNumber | None) -> None:
    """Tells for the record which child it was about, where the link node knows one."""
    if number:
        reads = reading(info)
        tell(info.context, reads, [await reads.to_act_on_number("NHS", str(number))])


def uuid_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
