"""A record with its own NHS number, in the graph → how it agrees with the NHS: the seven statuses, and names of fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

import strawberry

from gateway.identifiers import NhsNumber
from subgraphs.labels import fact, reads
from subgraphs.link.child import Info
from subgraphs.link.tracing.addresses import Comparison
from subgraphs.link.tracing.asking import (
    LONGEST,
    NUMBER,
    STATUS,
    PersonToTraceInput,
    asking,
    means_of,
    record,
)
from subgraphs.link.tracing.matching import MatchStatus
from subgraphs.link.tracing.person import Address
from subgraphs.link.tracing.reconcile import Compared, Reconciled, Reconciliation, reconcile
from subgraphs.link.tracing.strategies import DEFAULT, STRATEGIES
from subgraphs.outward import Withheld

MOST_ADDRESSES, MOST_LINES = 50, 5


@strawberry.input(description="Where the child lives, or lived.")
class LivedAtInput:
    lines: list[str]
    postcode: str

    def address(self) -> Address:
        if len(self.lines) > MOST_LINES or any(len(line) > LONGEST for line in self.lines):
            raise Withheld("TOO_LONG")
        return Address(tuple(self.lines), self.postcode[:LONGEST])


@strawberry.type(description="Whether addresses agree. Null: a side has none to compare.")
class AddressAgreement:
    primary_same: bool | None = fact(STATUS, about="The present ones are the same.")
    histories_meet: bool | None = fact(STATUS, about="One of each is the same.")
    primary_local_in_nhs_history: bool | None = fact(STATUS, about="The record's present one is among the NHS's.")  # fmt: skip
    primary_nhs_in_local_history: bool | None = fact(STATUS, about="The NHS's present one is among the record's.")  # fmt: skip

    @classmethod
    def of(cls, found: Comparison) -> Self:
        return cls(
            primary_same=found.primary_same,
            histories_meet=found.histories_meet,
            primary_local_in_nhs_history=found.primary_local_in_nhs_history,
            primary_nhs_in_local_history=found.primary_nhs_in_local_history,
        )


@strawberry.type(description="Names of fields, never what stands in them.")
class FoundDifferences:
    different: list[str] = fact(STATUS, about="What both sides have, and not alike.")
    missing_here: list[str] = fact(STATUS, about="What the record lacks.")
    missing_there: list[str] = fact(STATUS, about="What the NHS lacks.")
    addresses: AddressAgreement = fact(STATUS, about="The addresses.")

    @classmethod
    def of(cls, found: Compared) -> Self:
        different, here, there, addresses = found
        return cls(
            different=list(different),
            missing_here=list(here),
            missing_there=list(there),
            addresses=AddressAgreement.of(addresses),
        )


@strawberry.type(description="How a record with its own NHS number agrees with the NHS.")
class ReconciledChild:
    status: Reconciliation = fact(STATUS, about="One of seven.")
    match: MatchStatus = fact(STATUS, about="What a trace by the particulars alone came to.")
    fault: str | None = fact(STATUS, about="Code of what kept it from an answer.")
    differences: FoundDifferences = fact(STATUS, about="What differs, and what is missing.")
    nhs_number: NhsNumber | None = fact(NUMBER, about="Whom the trace found, where it is sure.")

    @classmethod
    def of(cls, found: Reconciled) -> Self:
        compared = found.different, found.missing_here, found.missing_there, found.addresses
        return cls(
            status=found.status,
            match=found.verdict.status,
            fault=found.verdict.fault or None,
            differences=FoundDifferences.of(compared),
            nhs_number=found.verdict.usable,
        )


@strawberry.type
class ReconcilingQueries:
    @reads(STATUS, about="How a record agrees with the NHS, its number included. One at a time; nothing is changed.")  # fmt: skip
    async def reconcile_child(
        self,
        info: Info,
        person: PersonToTraceInput,
        lived_at: list[LivedAtInput] | None = None,
    ) -> ReconciledChild | None:
        if len(lived_at or ()) > MOST_ADDRESSES:
            raise Withheld("TOO_MANY_ADDRESSES")
        means = await means_of(info)
        told = replace(person.told(), addresses=tuple(one.address() for one in lived_at or ()))
        async with asking(info, means) as question:
            found = await reconcile(means.pds, told, STRATEGIES[DEFAULT])
            question.missed = not found.verdict.number and not found.verdict.fault
        await record(info, found.verdict.number)
        return ReconciledChild.of(found)
