"""What happens to a child's numbers → the link node's record of it: superseded, invalidated, renewed, born, died.

A superseded number leads on to the child and is never shown again; where the number that takes its place is another
record's, the two records become one, unless they disagree about the birth date: then a person decides. An invalidated
number joins nothing. Adoption is none of these (`sealed`).
"""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import strawberry

from gateway.identifiers import NhsNumber, Upn
from subgraphs.labels import fact, reads
from subgraphs.link.acting import Acting, acting, after
from subgraphs.link.child import Child, Info, reading
from subgraphs.link.identifier import IdentifierInput
from subgraphs.link.numbers import Entry, add
from subgraphs.link.provenance import BIRTH_NOTIFICATION, NHS, Check, NumberCheck
from subgraphs.outward import Withheld

NUMBER = "N.NUMBER"
CPIS = "N.CPIS"


@strawberry.type(description="That something happened to a child's numbers.")
class IdentityChange:
    status: str = fact("N.STATUS", about="The NHS number status now.")
    subject: strawberry.Private[UUID]

    @reads("STRUCTURE", about="The child, as it may be seen now.")
    async def child(self, info: Info) -> Child | None:
        return await after(info, self.subject)


@strawberry.type
class IdentityChanges:
    @reads(
        NUMBER,
        about="The National Back Office replaced the child's NHS number by this one, found by tracing.",
    )
    async def supersede_number(
        self, info: Info, child: IdentifierInput, by: NhsNumber
    ) -> IdentityChange | None:
        found = await acting(info, child, NUMBER)
        holder = await found.reads.to_act_on_number("NHS", str(by))
        if holder and holder.child != found.child:
            return await merged(found, holder.child, holder.row["birth_date"])
        if holder is None:
            await _renewed(found, "NHS", str(by))
        return IdentityChange(status=found.known.person.status, subject=found.child)

    @reads(
        NUMBER,
        about="The NHS number was invalidated and nothing took its place: it joins nothing from now on.",
    )
    async def invalidate_number(self, info: Info, child: IdentifierInput) -> IdentityChange | None:
        found = await acting(info, child, NUMBER)
        async with found.reads.connections.acquire() as connection, connection.transaction():
            await connection.execute(_NO_NUMBER, found.child)
            await connection.execute(_STATUS, found.child, "05")
        return IdentityChange(status="05", subject=found.child)

    @reads(
        NUMBER,
        about="The pupil has another UPN: the former one still finds the child, and is not shown.",
    )
    async def renew_upn(
        self, info: Info, child: IdentifierInput, upn: Upn
    ) -> IdentityChange | None:
        found = await acting(info, child, NUMBER)
        if await found.reads.to_act_on_number("UPN", str(upn)):
            raise Withheld("NUMBER_IN_USE")
        await _renewed(found, "UPN", str(upn))
        return IdentityChange(status=found.known.person.status, subject=found.child)

    @reads(
        CPIS,
        about="A child is born: its number is not traced for six weeks (08), and a plan from before its birth is its own.",
    )
    async def record_birth(
        self, info: Info, mother: IdentifierInput, nhs_number: NhsNumber, birth_date: date
    ) -> IdentityChange | None:
        found = await acting(info, mother, CPIS)
        reads = found.reads
        if await reads.to_act_on_number("NHS", str(nhs_number)):
            raise Withheld("NUMBER_IN_USE")
        born = uuid4()
        notified = Check(NumberCheck.NOTIFIED, NHS)
        number = Entry(born, "NHS", str(nhs_number), None, BIRTH_NOTIFICATION, notified)
        async with reads.connections.acquire() as connection, connection.transaction():
            await connection.execute(_BORN, born, birth_date, found.child, BIRTH_NOTIFICATION)
            await add(connection, reads.ring, number)
            await connection.execute(_OWN_PLAN, found.child, born)
            await connection.execute(
                _WORK, born, reads.asker.organisation, reads.asker.relationship, reads.today
            )
        return IdentityChange(status="08", subject=born)

    @reads(NUMBER, about="The child has died: live work ends, and what was recorded stays.")
    async def record_death(
        self, info: Info, child: IdentifierInput, on: date
    ) -> IdentityChange | None:
        found = await acting(info, child, NUMBER)
        if on > reading(info).today:
            raise Withheld("NOT_YET")
        async with found.reads.connections.acquire() as connection, connection.transaction():
            await connection.execute(_DIED, found.child, on)
            await connection.execute(_END_WORK, found.child, found.reads.today)
        return IdentityChange(status=found.known.person.status, subject=found.child)


async def merged(found: Acting, stays: UUID, birth_date: date | None) -> IdentityChange:
    """Two records become one. Raises NEEDS_A_PERSON where they disagree about the birth date."""
    if found.known.row["birth_date"] != birth_date:
        raise Withheld("NEEDS_A_PERSON")
    await found.reads.connections.execute(_MERGE, found.child, stays)
    return IdentityChange(status="01", subject=stays)


async def _renewed(found: Acting, kind: str, text: str) -> None:
    asker = found.reads.asker
    async with found.reads.connections.acquire() as connection, connection.transaction():
        custodian = await connection.fetchval(_FORMER, found.child, kind)
        how = NumberCheck.JUDGED if kind == "NHS" else NumberCheck.NOT_CHECKED
        check = Check(how, f"{asker.kind}:{asker.organisation}")
        said = f"{asker.kind} {asker.organisation}"
        entry = Entry(found.child, kind, text, custodian, said, check)
        await add(connection, found.reads.ring, entry)


_NO_NUMBER = "delete from link.identifier where child = $1 and kind = 'NHS'"
_STATUS = "update link.child set status = $2, verified_on = null where child = $1"
_MERGE = "select link.merge($1, $2)"
_FORMER = """
    with former as (
        update link.identifier set former = true where child = $1 and kind = $2 and not former returning custodian
    ) select custodian from former limit 1
"""
_BORN = """
    insert into link.child (child, status, verified_by, birth_date, restriction)
    select $1, '08', $4, $2, restriction from link.child where child = $3
"""
_OWN_PLAN = "update link.cpis_plan set child = $2, plan_type = 'CPP' where child = $1 and plan_type = 'UCPP'"
_WORK = """
    insert into link.relationship (child, organisation, kind, opened_on) values ($1, $2, $3, $4)
"""
_DIED = "update link.child set died_on = $2 where child = $1"
_END_WORK = """
    update link.relationship set closed_on = $2
    where child = $1 and closed_on is null and kind not in ('incident_or_sample', 'verified_identity')
"""
