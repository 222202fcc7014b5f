"""Who asks in a professional role → those children whom the same person asks about in a private one.

A worker who looks at their own child, or at themselves, may have every right to; the Caldicott Guardian hears of it all
the same. Known only as far as a verified identity says so, and told for the record alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from subgraphs.context import Context
from subgraphs.link.loaders import Reads

KIN = "kin"
PRIVATE = "verified_identity"
_OF_ACTOR = f"""
    select distinct child from link.relationship where actor = $1 and kind = '{PRIVATE}'
        and opened_on <= $2 and (closed_on is null or closed_on > $2)
"""


async def tell_kin(context: Context, reads: Reads, children: Iterable[UUID]) -> None:
    """Tells which of these children the asker is, or is a parent of."""
    asker = reads.asker
    if asker.relationship == PRIVATE:
        return
    rows = await reads.connections.fetch(_OF_ACTOR, asker.actor, reads.today)
    own = {row["child"] for row in rows}
    if found := [reads.keys.subject(child) for child in children if child in own]:
        context.told.setdefault(KIN, []).extend(found)
