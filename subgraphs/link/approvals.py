"""A second person of the same organisation says yes → what needs two is open to their colleagues, for an hour.

Nobody is their own second person. Each says for which child and, by declaring it, for which purpose.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import strawberry

from subgraphs.labels import fact, reads
from subgraphs.link.acting import acting
from subgraphs.link.child import Info
from subgraphs.link.identifier import IdentifierInput

APPROVAL = "N.APPROVAL"


@strawberry.type(description="A second person's approval.")
class Approval:
    until: datetime = fact(APPROVAL, about="How long it holds.")


@strawberry.type
class ApprovalChanges:
    @reads(
        APPROVAL,
        about="Approves, as the second person, what a colleague may see for the declared purpose.",
    )
    async def approve_release(self, info: Info, child: IdentifierInput) -> Approval | None:
        found = await acting(info, child, APPROVAL)
        asker = found.reads.asker
        at: datetime = await found.reads.connections.fetchval(
            _APPROVE, found.child, asker.organisation, asker.purpose, asker.actor
        )
        minutes = found.reads.decisions.register.document.break_glass.minutes
        return Approval(until=at + timedelta(minutes=minutes))


_APPROVE = """
    insert into link.approval (child, organisation, purpose, approver) values ($1, $2, $3, $4) returning approved_at
"""
