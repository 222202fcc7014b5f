"""A child moves: one authority offers its work, the other confirms that it is the same child, and only then it passes.

Neither can do it alone: who offers names the authority, who confirms names the child by a number of its own knowledge.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from gateway.identifiers import DfeLaCode, LocalChildId
from subgraphs.labels import fact, reads
from subgraphs.link.acting import NOTHING_FOUND, RELATIONSHIP, acting, after
from subgraphs.link.child import Child, Info, reading
from subgraphs.link.identifier import IdentifierInput
from subgraphs.link.numbers import Entry, add
from subgraphs.link.provenance import Check, NumberCheck
from subgraphs.link.references import reference_in
from subgraphs.outward import Withheld


@strawberry.type(description="A move from one authority to another.")
class Transfer:
    reference: strawberry.ID = fact(RELATIONSHIP, about="What the other authority confirms.")
    from_la: DfeLaCode = fact(RELATIONSHIP, about="Who offers.")
    to_la: DfeLaCode = fact(RELATIONSHIP, about="Who is to take over.")
    confirmed_on: date | None = fact(RELATIONSHIP, about="When it passed.")
    subject: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: Any) -> Transfer:
        return cls(
            reference=strawberry.ID(str(row["transfer"])),
            from_la=DfeLaCode(row["from_la"]),
            to_la=DfeLaCode(row["to_la"]),
            confirmed_on=row["confirmed_on"],
            subject=row["child"],
        )

    @reads("STRUCTURE", about="The child, as it may be seen now.")
    async def child(self, info: Info) -> Child | None:
        return await after(info, self.subject)


@strawberry.type
class TransferChanges:
    @reads(RELATIONSHIP, about="Offers the caller's live work with a child to another authority.")
    async def transfer_case(
        self, info: Info, child: IdentifierInput, to_la: DfeLaCode
    ) -> Transfer | None:
        asker = reading(info).asker
        if asker.kind != "LA" or str(to_la) == asker.organisation:
            raise Withheld("NOT_THEIRS_TO_GIVE")
        found = await acting(info, child, RELATIONSHIP)
        if not found.known.row["related"]:
            raise Withheld(NOTHING_FOUND)
        row = await found.reads.connections.fetchrow(
            _OFFER,
            found.child,
            asker.organisation,
            str(to_la),
            asker.relationship,
            found.reads.today,
        )
        return Transfer.of(row)

    @reads(
        RELATIONSHIP,
        about="Confirms a move: the same child, which this authority calls so. The offering authority's work ends.",
    )
    async def confirm_transfer(
        self,
        info: Info,
        reference: strawberry.ID,
        child: IdentifierInput,
        local_child_id: LocalChildId,
    ) -> Transfer | None:
        asker = reading(info).asker
        offered = await reading(info).connections.fetchrow(
            _OFFERED, reference_in(reference), asker.organisation, asker.relationship
        )
        found = await acting(
            info, child, RELATIONSHIP, awaited=offered["child"] if offered else None
        )
        if offered is None or offered["child"] != found.child:
            raise Withheld(NOTHING_FOUND)
        by, text = f"LA {asker.organisation}", f"{asker.organisation}:{local_child_id}"
        check = Check(NumberCheck.NOT_CHECKED, f"LA:{asker.organisation}")
        known_as = Entry(found.child, "LA", text, asker.organisation, by, check)
        async with found.reads.connections.acquire() as connection, connection.transaction():
            await connection.execute(
                _END, found.child, offered["from_la"], found.reads.today, asker.relationship
            )
            await connection.execute(
                _BEGIN, found.child, asker.organisation, asker.relationship, found.reads.today
            )
            await add(connection, found.reads.ring, known_as)
            await connection.execute(_PLAN, found.child, offered["from_la"], asker.organisation)
            row = await connection.fetchrow(_CONFIRM, offered["transfer"], found.reads.today)
        return Transfer.of(row)


_OFFER = """
    insert into link.transfer (child, from_la, to_la, relationship, offered_on)
    values ($1, $2, $3, $4, $5) returning *
"""
_OFFERED = """
    select * from link.transfer
    where transfer = $1 and to_la = $2 and relationship = $3 and confirmed_on is null
"""
_END = """
    update link.relationship set closed_on = least(closed_on, $3)
    where child = $1 and organisation = $2 and kind = $4 and actor is null
"""
_BEGIN = (
    "insert into link.relationship (child, organisation, kind, opened_on) values ($1, $2, $3, $4)"
)
_PLAN = (
    "update link.cpis_plan set la_code = $3 where child = $1 and la_code = $2 and end_date is null"
)
_CONFIRM = "update link.transfer set confirmed_on = $2 where transfer = $1 returning *"
