"""Two people say that two records are one child → one record, where the link node's own rules allow it; else what is to be done.

Only a verified number joins (domain.md §2.1): of the two exactly one may be verified, and the other may bring no NHS
number of its own. Two verified numbers are one child when the NHS says so, and two unverified ones when one is traced.
"""

from __future__ import annotations

from enum import Enum

import strawberry

from subgraphs.codes import code
from subgraphs.link.acting import Acting
from subgraphs.link.decide import VERIFIED
from subgraphs.link.identities import merged
from subgraphs.link.loaders import Known, Reads


@strawberry.enum(description="What is to be done next about two records.")
class NextStep(Enum):
    NOTHING = code("NOTHING", "Nothing: it is done, or stays as it is")
    SECOND_PERSON = code("SECOND_PERSON", "A second person is to judge it")
    TRACE = code("TRACE", "Trace the one that is not verified: a verified number joins it")
    SUPERSEDE = code("SUPERSEDE", "Both have an NHS number: trace which took the other's place")
    LOOK_AGAIN = code("LOOK_AGAIN", "One of them is not there any more")


async def joined(reads: Reads, one: Known | None, other: Known | None) -> NextStep:
    """Raises NEEDS_A_PERSON where the two disagree about the birth date."""
    if one is None or other is None:
        return NextStep.LOOK_AGAIN
    if one.child == other.child:
        return NextStep.NOTHING
    verified = [known for known in (one, other) if known.person.status == VERIFIED]
    if len(verified) != 1:
        return NextStep.SUPERSEDE if verified else NextStep.TRACE
    stays = verified[0]
    gone = other if stays is one else one
    if await reads.connections.fetchval(_ANOTHER_NUMBER, gone.child, stays.child):
        return NextStep.TRACE
    await merged(Acting(reads, gone), stays.child, stays.row["birth_date"])
    return NextStep.NOTHING


_ANOTHER_NUMBER = """
    select exists (
        select from link.identifier g where g.child = $1 and g.kind = 'NHS' and not exists (
            select from link.identifier s where s.child = $2 and s.kind = 'NHS' and s.index = g.index)
    )
"""
