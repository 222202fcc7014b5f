"""CP-IS: the authority puts a child on it and ends that; its workers hear of each access, with why and whom to ring.

An access is not an attendance. One notice for each encounter, to the responsible authority alone, decided anew for each.
A stream ends when what opened it has ended.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import strawberry

from subgraphs.labels import fact, reads, says
from subgraphs.link.acting import acting, after
from subgraphs.link.child import Child, Info, reading
from subgraphs.link.identifier import IdentifierInput
from subgraphs.link.loaders import Known, Loaders, Row
from subgraphs.link.parts import CpisAccess, CpisPlanType, CpisRecord
from subgraphs.link.telling import tell
from subgraphs.link.watching import Watch, watching
from subgraphs.outward import Withheld
from subgraphs.rows import read

CPIS = "N.CPIS"

Resolver = TypeVar("Resolver", bound=Callable[..., Any])


@strawberry.input(description="What an authority puts on CP-IS.")
class CpisPlanInput:
    plan_type: CpisPlanType
    start_date: date
    end_date: date | None = None
    contact_telephone: str


@strawberry.type(
    description="That a child's CP-IS record was opened, for the authority that is responsible."
)
class CpisNotice:
    access: CpisAccess = fact("STRUCTURE", about="Who opened it, why, and whom to ring there.")
    subject: strawberry.Private[Known]

    @reads("STRUCTURE", about="The child, as it may be seen now.")
    def child(self) -> Child | None:
        return Child(known=self.subject)


@strawberry.type(description="A CP-IS record as it stands.")
class CpisKept:
    record: CpisRecord = fact("STRUCTURE", about="What CP-IS holds now.")
    subject: strawberry.Private[UUID]

    @reads("STRUCTURE", about="The child, as it may be seen now.")
    async def child(self, info: Info) -> Child | None:
        return await after(info, self.subject)


@strawberry.type
class CpisChanges:
    @reads(
        CPIS, about="Puts a child on CP-IS, or changes what is there; by the responsible authority."
    )
    async def keep_cpis_plan(
        self, info: Info, child: IdentifierInput, plan: CpisPlanInput
    ) -> CpisKept | None:
        if reading(info).asker.kind != "LA":
            raise Withheld("NOT_THEIRS_TO_GIVE")
        if plan.end_date and plan.end_date < plan.start_date:
            raise Withheld("ENDS_BEFORE_IT_BEGINS")
        found = await acting(info, child, CPIS)
        row: Row = await found.reads.connections.fetchrow(
            _KEEP, found.child, plan.plan_type.name, plan.start_date, plan.end_date,
            found.reads.asker.organisation, plan.contact_telephone,
        )  # fmt: skip
        return CpisKept(record=CpisRecord.of(row, []), subject=found.child)


told: Callable[[Resolver], Resolver] = strawberry.subscription(
    description="Each access to the CP-IS record of a child of the caller's authority, once for each encounter.",
    directives=says(CPIS),
)


@strawberry.type
class Subscription:
    @told
    async def cpis_accesses(
        self, info: Info, child: IdentifierInput | None = None
    ) -> AsyncGenerator[CpisNotice, None]:
        if reading(info).asker.kind != "LA":
            raise Withheld("NOT_AVAILABLE")
        watch = await watching(info, CPIS, child)
        loaders: Loaders = info.context.load
        async with aclosing(loaders.hearing.heard()) as heard:
            async for access in heard:
                if access is None:
                    if not await watch.stands():
                        return
                elif notice := await _notice(info, access, watch):
                    yield notice


async def _notice(info: Info, access: UUID, watch: Watch) -> CpisNotice | None:
    """None for what is another authority's, another child's, or not for this worker to know."""
    reads = reading(info)
    row: Row = await reads.connections.fetchrow(_HEARD, access, reads.asker.organisation)
    if row is None or watch.child not in (None, row["child"]):
        return None
    known = await watch.known(row["child"])
    if known is None:
        return None
    tell(info.context, reading(info), [known])
    return CpisNotice(access=read(CpisAccess, row), subject=known)


_KEEP = """
    insert into link.cpis_plan (child, plan_type, start_date, end_date, la_code, contact_telephone)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (child, plan_type, la_code, start_date) do update
        set end_date = excluded.end_date, contact_telephone = excluded.contact_telephone
    returning *
"""
_HEARD = """
    select a.* from link.cpis_access a
    where a.access = $1 and exists (
        select from link.cpis_plan p where p.child = a.child and p.la_code = $2
            and (p.end_date is null or p.end_date > current_date - interval '12 months')
    )
"""
