"""The queue in the graph: what may be one child, what disagrees, and what people say of it. Under its own purpose alone.

Each finding is decided about for every child in it, and shown when all of them may be; those of another authority are
as if they had never been. Two people make two records one, and the link node's own rules still stand before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import strawberry

from subgraphs.codes import coded
from subgraphs.labels import fact, reads
from subgraphs.link.acting import NOTHING_FOUND, may
from subgraphs.link.child import Info, reading
from subgraphs.link.loaders import Known, Reads
from subgraphs.link.matching.codes import ConflictKind, JudgementReason, SameChild, State
from subgraphs.link.matching.conflicts import Source
from subgraphs.link.matching.findings import DUPLICATE, sources_of
from subgraphs.link.matching.joining import NextStep, joined
from subgraphs.link.matching.loading import Matching
from subgraphs.link.matching.run import PURPOSE
from subgraphs.link.references import reference_in
from subgraphs.link.telling import tell
from subgraphs.outward import Withheld

MATCH = "N.MATCH"
SHOWN = 20


@strawberry.type(description="One line of the evidence: what was compared, what was found, what it weighs.")  # fmt: skip
class MatchGround:
    compared: str = fact(MATCH, about="Name, birth date, postcode, sex or UPN.")
    found: str = fact(MATCH, about="What was alike, in words. Never what a record says.")
    weight: float = fact(MATCH, about="Bits: above 0 for one child, below 0 for two.")


@strawberry.type(description="A record in question.")
class RecordInQuestion:
    place: int = fact(MATCH, about="By which a correction is asked for.")
    kind: str = fact(MATCH, about="LA, UPN or ULN.")
    number: str = fact(MATCH, about="What its island knows the child by.")
    custodian: str | None = fact(MATCH, about="Who keeps it.")

    @classmethod
    def of(cls, place: int, source: Source) -> RecordInQuestion:
        return cls(place=place, kind=source.kind, number=source.number, custodian=source.custodian)


@strawberry.type(description="Two records that may be one child. Nothing is joined until people have said so.")  # fmt: skip
class PossibleDuplicate:
    id: strawberry.ID = fact(MATCH, about="What it is judged by.")
    weight: float = fact(MATCH, about="The sum of the evidence and of how rare duplicates are, in bits.")  # fmt: skip
    evidence: list[MatchGround] = fact(MATCH, about="Comparison by comparison.")
    records: list[RecordInQuestion] = fact(MATCH, about="The two.")
    state: State = fact(MATCH, about="What was said so far.")
    judged: int = fact(MATCH, about="How many have judged it.")


@strawberry.type(description="What records disagree about. Shown with its sources, and not decided.")  # fmt: skip
class IdentityConflict:
    id: strawberry.ID = fact(MATCH, about="What a correction is asked for by.")
    kind: ConflictKind = fact(MATCH, about="What is in conflict.")
    said: str = fact(MATCH, about="How they differ, in words. Never what a record says.")
    records: list[RecordInQuestion] = fact(MATCH, about="Where it is found.")


@strawberry.type(description="A judgement, and what comes next.")
class DuplicateJudgement:
    state: State = fact(MATCH, about="What was said so far.")
    next: NextStep = fact(MATCH, about="What is to be done, by whom.")


@strawberry.type
class MatchingQueries:
    @reads(MATCH, about=f"What waits to be judged in the caller's own authority, the likeliest first; {SHOWN} at most.")  # fmt: skip
    async def possible_duplicates(self, info: Info) -> list[PossibleDuplicate]:
        queue = await Queue.opened(info)
        return [_duplicate(row, sources) for row, sources in await queue.waiting(_DUPLICATES)]

    @reads(MATCH, about=f"What disagrees about children whom the caller's own authority works with; {SHOWN} at most.")  # fmt: skip
    async def identity_conflicts(self, info: Info) -> list[IdentityConflict]:
        queue = await Queue.opened(info)
        return [_conflict(row, sources) for row, sources in await queue.waiting(_CONFLICTS)]


@strawberry.type
class MatchingChanges:
    @reads(MATCH, about="Says whether two records are one child. The same needs a second person, and what the link node asks of any merger.")  # fmt: skip
    async def judge_duplicate(
        self, info: Info, duplicate: strawberry.ID, verdict: SameChild, reason: JudgementReason
    ) -> DuplicateJudgement | None:
        queue = await Queue.opened(info)
        row, sources = await queue.one(duplicate)
        if row["kind"] != DUPLICATE or row["state"] not in ("OPEN", "PROPOSED"):
            raise Withheld(NOTHING_FOUND)
        return await _judged(queue, row, sources, (verdict, reason))


class Queue:
    """What one authority's people may judge."""

    def __init__(self, info: Info, matching: Matching) -> None:
        self._info = info
        self._matching = matching
        self.reads: Reads = reading(info)
        self.connections = self.reads.connections

    @classmethod
    async def opened(cls, info: Info) -> Queue:
        """Raises Withheld under any other purpose."""
        asker = reading(info).asker
        if asker.purpose != PURPOSE or asker.kind != "LA":
            raise Withheld("NOT_FOR_THIS_PURPOSE")
        matching: Matching = info.context.load.matching
        await matching.seal()
        return cls(info, matching)

    async def waiting(self, statement: str) -> list[tuple[Any, list[Source]]]:
        rows = await self.connections.fetch(statement, self.reads.asker.organisation)
        sources = await self._sources(rows)
        return [(row, sources[row["finding"]]) for row in rows if await self._shown(sources[row["finding"]])]  # fmt: skip

    async def one(self, reference: str) -> tuple[Any, list[Source]]:
        """Raises NOT_AVAILABLE: none, or not for this caller."""
        found = reference_in(reference)
        row = await self.connections.fetchrow(_ONE, found, self.reads.asker.organisation)
        if row is None:
            tell(self._info.context, self.reads, [None])
            raise Withheld(NOTHING_FOUND)
        sources = (await self._sources([row]))[row["finding"]]
        if not await self._shown(sources):
            raise Withheld(NOTHING_FOUND)
        return row, sources

    async def known(self, sources: Sequence[Source]) -> list[Known | None]:
        """The child that each record leads to now. The link node keeps no record without one."""
        return [await self.reads.to_act_on_number(one.kind, one.number) for one in sources]

    async def _sources(self, rows: Sequence[Any]) -> dict[UUID, list[Source]]:
        seal = await self._matching.seal()
        return await sources_of(self.connections, seal, [row["finding"] for row in rows])

    async def _shown(self, sources: Sequence[Source]) -> bool:
        """Whether every child in question may be known of to this caller; told for the record either way."""
        shown = True
        for known in await self.known(sources):
            if known is None:
                # Two children have the number, or the one has been sealed since: then there is nothing to judge.
                shown = shown and await self._contested(sources)
                continue
            decided = may(self.reads, known, MATCH, own=False)
            tell(self._info.context, self.reads, [replace(known, open=decided)])
            shown = shown and bool(decided.mask)
        return shown

    async def _contested(self, sources: Sequence[Source]) -> bool:
        """A number that stands for two children leads to neither: it is shown if both may be."""
        for one in sources:
            children = await self.reads.all_standing_under(one.kind, one.number)
            for child in children:
                known = await self.reads.to_act_on(child)
                if known is None or not may(self.reads, known, MATCH, own=False).mask:
                    return False
                tell(self._info.context, self.reads, [known])
            if not children:
                return False
        return True


async def _judged(
    queue: Queue, row: Any, sources: Sequence[Source], said: tuple[SameChild, JudgementReason]
) -> DuplicateJudgement:
    verdict, reason = said
    asker = queue.reads.asker
    earlier = await queue.connections.fetch(_SAID_SAME, row["finding"])
    if verdict is SameChild.SAME and any(one["actor"] == asker.actor for one in earlier):
        raise Withheld("SECOND_PERSON_NEEDED")
    state, step = State.OPEN, NextStep.NOTHING
    if verdict is SameChild.NOT_SAME:
        state = State.NOT_SAME
    elif verdict is SameChild.SAME and not earlier:
        state, step = State.PROPOSED, NextStep.SECOND_PERSON
    elif verdict is SameChild.SAME:
        one, other = await queue.known(sources)
        state, step = State.SAME, await joined(queue.reads, one, other)
    async with queue.connections.acquire() as connection, connection.transaction():
        judged = (verdict.value, reason.value, asker.actor, asker.organisation)
        await connection.execute(_VERDICT, row["finding"], *judged)
        await connection.execute(_STATE, row["finding"], state.value)
    return DuplicateJudgement(state=state, next=step)


def _duplicate(row: Any, sources: Sequence[Source]) -> PossibleDuplicate:
    grounds = [MatchGround(**ground) for ground in orjson.loads(row["grounds"])]
    return PossibleDuplicate(
        id=strawberry.ID(str(row["finding"])),
        weight=row["weight"],
        evidence=grounds,
        records=[RecordInQuestion.of(*one) for one in enumerate(sources)],
        state=State(row["state"]),
        judged=row["judged"],
    )


def _conflict(row: Any, sources: Sequence[Source]) -> IdentityConflict:
    kind = coded(ConflictKind, row["kind"])
    assert kind is not None, "a run writes no other kinds"
    return IdentityConflict(
        id=strawberry.ID(str(row["finding"])),
        kind=kind,
        said=row["said"],
        records=[RecordInQuestion.of(*one) for one in enumerate(sources)],
    )


_WAITING = f"""
    select f.*, (select count(*) from matching.verdict v where v.finding = f.finding) as judged
    from matching.finding f
    where f.authority = $1 and f.state in ('OPEN', 'PROPOSED') and f.kind {{kind}} '{DUPLICATE}'
    order by f.weight desc nulls last, f.finding limit {SHOWN}
"""
_DUPLICATES = _WAITING.format(kind="=")
_CONFLICTS = _WAITING.format(kind="<>")
_ONE = "select * from matching.finding where finding = $1 and authority = $2"
_SAID_SAME = "select actor from matching.verdict where finding = $1 and said = 'SAME'"
_VERDICT = "insert into matching.verdict (finding, said, reason, actor, organisation) values ($1, $2, $3, $4, $5)"
_STATE = "update matching.finding set state = $2 where finding = $1"
