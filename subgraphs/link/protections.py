"""A child who must not be found, or would be harmed by sharing → a record that closes, for everyone, from now on.

Everyone but the team that restricted it: those who declare the case that did, for the same organisation and kind of
work; or, where no case was named, the one person who did. While that work is live nobody else lifts or takes over what
it restricted, though anybody who may restrict at all may make it stricter. When it has ended, who may restrict may
hold the record anew. Nobody makes a child unfindable (very restricted) without naming a case.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from uuid import UUID

import strawberry

from subgraphs.labels import fact, reads
from subgraphs.link.acting import DETRIMENT, NOTHING_FOUND, SEAL, Acting, acting, acting_on, after
from subgraphs.link.child import Child, Info, reading
from subgraphs.link.identifier import IdentifierInput
from subgraphs.link.loaders import Row
from subgraphs.link.references import reference_in
from subgraphs.outward import Withheld


@strawberry.enum(description="How far a record is restricted (S-flag).")
class Restriction(Enum):
    U = strawberry.enum_value("U", description="Unrestricted")
    R = strawberry.enum_value("R", description="Restricted: nothing that tells where the child is")
    V = strawberry.enum_value(
        "V", description="Very restricted: that there is such a child is itself withheld"
    )


@strawberry.type(description="That a record was restricted, or is no longer.")
class Restricted:
    restriction: Restriction = fact(SEAL, about="How far.")
    subject: strawberry.Private[UUID]

    @reads("STRUCTURE", about="The child, as it may be seen now.")
    async def child(self, info: Info) -> Child | None:
        return await after(info, self.subject)


@strawberry.type(
    description="That disclosure would be more detrimental to the child than not (CA 2004 s.16LA(3))."
)
class Detriment:
    reference: strawberry.ID = fact(DETRIMENT, about="What it is lifted by.")
    declared_on: date = fact(DETRIMENT, about="The day.")
    lifted_on: date | None = fact(DETRIMENT, about="The day from which it no longer closes.")


@strawberry.type
class ProtectionChanges:
    @reads(
        SEAL,
        about="Restricts a record to the declared case, or to the caller alone where none is (never V); or lifts that.",
    )
    async def restrict(
        self, info: Info, child: IdentifierInput, to: Restriction
    ) -> Restricted | None:
        if to is Restriction.V and reading(info).asker.case is None:
            raise Withheld("CASE_NEEDED")
        found = await acting(info, child, SEAL)
        await _restrict(found, to)
        return Restricted(restriction=to, subject=found.child)

    @reads(
        DETRIMENT,
        about="Declares that disclosing these categories would harm the child; to whomever, for whatever.",
    )
    async def declare_detriment(
        self, info: Info, child: IdentifierInput, categories: list[str]
    ) -> Detriment | None:
        register = reading(info).decisions.register
        if not categories or any(
            one != "*" and one not in register.categories for one in categories
        ):
            raise Withheld("CATEGORY_UNKNOWN")
        found = await acting(info, child, DETRIMENT)
        by = (
            f"{found.reads.asker.role} of {found.reads.asker.kind}:{found.reads.asker.organisation}"
        )
        row: Row = await found.reads.connections.fetchrow(
            _DECLARE, found.child, categories, by, found.reads.today
        )
        return Detriment(reference=row["objection"], declared_on=row["recorded_on"], lifted_on=None)

    @reads(DETRIMENT, about="Takes the declaration back.")
    async def lift_detriment(self, info: Info, reference: strawberry.ID) -> Detriment | None:
        reads = reading(info)
        known = reference_in(reference)
        child = await reads.connections.fetchval(_DECLARED, known)
        found = await acting_on(info, child, DETRIMENT)
        row = await found.reads.connections.fetchrow(_LIFT, known, reads.today)
        if row is None:
            raise Withheld(NOTHING_FOUND)
        return Detriment(
            reference=row["objection"], declared_on=row["recorded_on"], lifted_on=row["lifted_on"]
        )


async def _restrict(found: Acting, to: Restriction) -> None:
    """Raises NOT_AVAILABLE for what only the team that holds the record may do."""
    child, reads = found.child, found.reads
    asker = reads.asker
    async with reads.connections.acquire() as connection, connection.transaction():
        now = Restriction[await connection.fetchval(_LOCK, child)]
        held = now is not Restriction.U and await connection.fetchval(_HELD, child, reads.today)
        theirs = held and not found.known.row["holds_restricted"]
        if theirs and not _stricter(to, now):
            raise Withheld(NOTHING_FOUND)
        await connection.execute(_RESTRICT, child, to.value)
        if theirs:
            return
        await connection.execute(_LET_GO, child)
        if to is not Restriction.U:
            actor = None if asker.case else asker.actor
            await connection.execute(
                _HOLD, child, asker.organisation, asker.relationship, asker.case, actor
            )


def _stricter(one: Restriction, other: Restriction) -> bool:
    order = list(Restriction)
    return order.index(one) > order.index(other)


_LOCK = "select restriction from link.child where child = $1 for update"
_HELD = "select link.is_held($1, $2)"  # read when locked: two who restrict at once are one after the other
_RESTRICT = "update link.child set restriction = $2 where child = $1"
_LET_GO = "delete from link.holder where child = $1"
_HOLD = """
    insert into link.holder (child, organisation, kind, case_digest, actor) values ($1, $2, $3, $4, $5)
"""
_DECLARE = """
    insert into link.objection (child, kind, categories, recorded_by, recorded_on)
    values ($1, 'DETRIMENT', $2, $3, $4) returning *
"""
_DECLARED = "select child from link.objection where objection = $1 and kind = 'DETRIMENT'"
_LIFT = """
    update link.objection set lifted_on = least(lifted_on, $2)
    where objection = $1 and kind = 'DETRIMENT' returning *
"""
