"""Live work with a child: opened and closed by the organisation that does it, for the purpose it declares.

A case of another organisation cannot be opened, nor one of another purpose's kind; the case reference is kept as a
digest, so that a request that names one is of that case.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import strawberry

from subgraphs.labels import fact, reads
from subgraphs.link.acting import RELATIONSHIP, acting, acting_on, after
from subgraphs.link.child import Child, Info, reading
from subgraphs.link.identifier import IdentifierInput
from subgraphs.link.loaders import Row
from subgraphs.link.references import reference_in
from subgraphs.outward import Withheld

NEVER_OPENED_HERE = frozenset({"none", "verified_identity", "incident_or_sample", "agency_case"})
"""Kinds that come from elsewhere: an account's verification, a review, an adoption agency's own file."""


@strawberry.type(description="Live work of one organisation with one child.")
class Relationship:
    reference: strawberry.ID = fact(RELATIONSHIP, about="What it is closed by.")
    kind: str = fact(RELATIONSHIP, about="The kind that a purpose of the register needs.")
    opened_on: date = fact(RELATIONSHIP, about="First day.")
    closed_on: date | None = fact(RELATIONSHIP, about="The day from which it is closed.")
    subject: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: Row) -> Relationship:
        return cls(
            reference=strawberry.ID(str(row["relationship"])),
            kind=row["kind"],
            opened_on=row["opened_on"],
            closed_on=row["closed_on"],
            subject=row["child"],
        )

    @reads("STRUCTURE", about="The child, as it may be seen now.")
    async def child(self, info: Info) -> Child | None:
        return await after(info, self.subject)


@strawberry.type
class RelationshipChanges:
    @reads(
        RELATIONSHIP,
        about="Opens work of the kind that the declared purpose needs, under the declared case if there is one.",
    )
    async def open_relationship(self, info: Info, child: IdentifierInput) -> Relationship | None:
        asker = reading(info).asker
        if asker.relationship in NEVER_OPENED_HERE:
            raise Withheld("NOT_OPENED_HERE")
        found = await acting(info, child, RELATIONSHIP)
        row = await found.reads.connections.fetchrow(
            _OPEN,
            found.child,
            asker.organisation,
            asker.relationship,
            asker.case,
            found.reads.today,
        )
        return Relationship.of(row)

    @reads(RELATIONSHIP, about="Closes the organisation's own work at once.")
    async def close_relationship(self, info: Info, reference: strawberry.ID) -> Relationship | None:
        reads = reading(info)
        known = reference_in(reference)
        asker = reads.asker
        child = await reads.connections.fetchval(
            _OWN, known, asker.organisation, asker.relationship
        )
        found = await acting_on(info, child, RELATIONSHIP)
        row = await found.reads.connections.fetchrow(_CLOSE, known, reads.today)
        return Relationship.of(row)


_OPEN = """
    insert into link.relationship (child, organisation, kind, case_digest, opened_on)
    values ($1, $2, $3, $4, $5) returning *
"""
_OWN = """
    select child from link.relationship
    where relationship = $1 and organisation = $2 and kind = $3 and actor is null
"""
_CLOSE = """
    update link.relationship set closed_on = least(closed_on, $2) where relationship = $1 returning *
"""
