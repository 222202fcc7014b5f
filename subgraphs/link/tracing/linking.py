"""Traces in the graph → the link node: a verified number becomes the child's, and what is not certain waits for a person.

Only an officer to whom the number itself is open links or judges, a child at a time and on the record. Of whom the NHS
has they are shown which items agree and which do not, never what stands there: a former address finds a present one.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry

from gateway.identifiers import DfeLaCode, LocalChildId, MalformedIdentifier
from subgraphs.codes import code, coded
from subgraphs.labels import fact, reads
from subgraphs.link.acting import NOTHING_FOUND, Acting, acting, acting_on
from subgraphs.link.child import Info, reading
from subgraphs.link.identifier import IdentifierInput, LaChildInput
from subgraphs.link.tracing.asking import NUMBER, links_of, means_of, owner_of, uuid_in
from subgraphs.link.tracing.demographics import Told
from subgraphs.link.tracing.joining import Given, Joined
from subgraphs.link.tracing.judging import Judged, Question, Queue
from subgraphs.link.tracing.matching import MatchStatus
from subgraphs.link.tracing.node import Means, Traced
from subgraphs.link.tracing.outcomes import Outcome, outcomes
from subgraphs.link.tracing.reconcile import against
from subgraphs.link.tracing.reconciling import FoundDifferences
from subgraphs.link.tracing.sealing import Place
from subgraphs.link.tracing.settling import Conflict, Settled
from subgraphs.link.tracing.shown import TraceLink, shown_link
from subgraphs.link.tracing.status import NumberStatus
from subgraphs.outward import Withheld

SHOWN = 20
AT_ONCE = 100
LONGEST = 2_000


@strawberry.enum(description="Why a trace waits for a person.")
class JudgeReason(Enum):
    POSSIBLE_MATCH = code("POSSIBLE_MATCH", "The NHS is not sure enough")
    WITHOUT_GIVEN_NAME = code("WITHOUT_GIVEN_NAME", "Found without a given name")
    NUMBER_DIFFERS = code("NUMBER_DIFFERS", "The record came with another number")
    BIRTH_DATE_DIFFERS = code("BIRTH_DATE_DIFFERS", "The link node has another birth date")
    HOLDS_ANOTHER = code("HOLDS_ANOTHER", "The child has another number, which is in force")
    HELD_BY_ANOTHER = code(
        "HELD_BY_ANOTHER", "The number is on a record that may be another child's"
    )
    INVALIDATED = code("INVALIDATED", "The child's number was invalidated: what has happened must be found out first")  # fmt: skip


@strawberry.type(description="A trace that a person decides on.")
class TraceToJudge:
    id: strawberry.ID = fact(NUMBER, about="What it is judged by.")
    reason: JudgeReason | None = fact(NUMBER, about="Why a person decides.")
    job: str = fact(NUMBER, about="The name of the job; empty for one child asked about alone.")
    reference: str = fact(NUMBER, about="The asker's own for the row.")
    given_name: str = fact(NUMBER, about="As it was handed in.")
    family_name: str = fact(NUMBER, about="As it was handed in.")
    birth_date: str = fact(NUMBER, about="As it was handed in.")
    status: MatchStatus = fact(NUMBER, about="The match.")
    score: float | None = fact(NUMBER, about="How well they agree, 0 to 1.")
    rule: str = fact(NUMBER, about="The rule that found whom it found.")
    since: datetime = fact(NUMBER, about="Waiting since.")
    question: strawberry.Private[Question]

    @reads(NUMBER, about="How what was handed in agrees with what the NHS has now; null where it cannot be asked.")  # fmt: skip
    async def evidence(self, info: Info) -> FoundDifferences | None:
        means = await means_of(info)
        found = await against(means.pds, self.question.told, self.question.number)
        return FoundDifferences.of(found) if found else None


@strawberry.type(description="That a trace was judged.")
class TraceJudged:
    link: TraceLink | None = fact(NUMBER, about="What it did to the child; null where none was known.")  # fmt: skip


@strawberry.type(description="What linking the outcomes of a job did.")
class TraceLinked:
    position: int = fact(NUMBER, about="Place in what was handed in.")
    link: TraceLink = fact(NUMBER, about="What it did to the child that the reference names.")


@strawberry.type
class JudgingQueries:
    @reads(NUMBER, about=f"Traces of this organisation that a person decides on, the longest waiting first; {SHOWN} at most.")  # fmt: skip
    async def traces_to_judge(self, info: Info) -> list[TraceToJudge]:
        queue = queue_of(info, await means_of(info))
        return [_shown(question) for question in await queue.waiting(SHOWN)]


@strawberry.type
class LinkingChanges:
    @reads(NUMBER, about="Decides whether whom the NHS has is whom the row is about, and says why. What is the same is linked.")  # fmt: skip
    async def judge_trace(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002
        same_person: bool,
        why: str,
        child: IdentifierInput | None = None,
    ) -> TraceJudged | None:
        if not why.strip() or len(why) > LONGEST:
            raise Withheld("REASON_NEEDED")
        means = await means_of(info)
        queue = queue_of(info, means)
        question = await queue.one(str(id))
        if question is None:
            raise Withheld(NOTHING_FOUND)
        found = await _about(info, question, child)
        return await _judged(info, means, (queue, question, found), (same_person, why))

    @reads(NUMBER, about=f"Links what a job verified to the children whom its references name, as this authority calls them; {AT_ONCE} after a position.")  # fmt: skip
    async def link_trace_batch(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002
        after: int = 0,
    ) -> list[TraceLinked]:
        means = await means_of(info)
        batch = await _own(info, means, uuid_in(str(id)))
        linked: list[TraceLinked] = []
        async for each in outcomes(means.connections, means.seal, batch):
            if each.position > after and each.number and not each.link and len(linked) < AT_ONCE:
                linked.append(await _linked(info, means, (batch, each)))
        return linked


def queue_of(info: Info, means: Means) -> Queue:
    return Queue(means.connections, means.seal, owner_of(reading(info)))


async def link_traced(info: Info, means: Means, found: tuple[Acting, Traced, Told]) -> TraceLink:
    """One child that was asked about on its own: linked, or put before a person."""
    acting_, traced, told = found
    links, child = links_of(info, means), acting_.child
    if traced.worth.status.joins and traced.verdict.number:
        joined = await links.join(child, Given(traced.verdict.number, reading(info).today))
        if isinstance(joined.decided, Conflict):
            await queue_of(info, means).put(child, told, (traced, joined.decided))
        return shown_link(joined)
    if traced.verdict.status is not MatchStatus.ERROR:
        await links.mark(child, traced.worth.status)
    if traced.verdict.number:
        await queue_of(info, means).put(child, told, (traced, None))
        return TraceLink.TO_BE_JUDGED
    return TraceLink.NOT_NOW if traced.verdict.fault else TraceLink.NOT_LINKED


async def _about(info: Info, question: Question, child: IdentifierInput | None) -> Acting | None:
    """The child that the row is about, if it is known. Raises NOT_AVAILABLE where it is not this officer's to change."""
    if question.child:
        return await acting_on(info, question.child, NUMBER)
    return await acting(info, child, NUMBER) if child else None


async def _judged(
    info: Info, means: Means, of: tuple[Queue, Question, Acting | None], said: tuple[bool, str]
) -> TraceJudged:
    queue, question, found = of
    asker, (same, why) = reading(info).asker, said
    joined = await _joined(info, means, question, found) if found and same else None
    link = shown_link(joined) if joined else None
    if joined and isinstance(joined.decided, Conflict):
        await queue.raise_(question.place, joined.child, joined.decided)
    if joined and not isinstance(joined.decided, Settled):
        return TraceJudged(link=link)
    if not await queue.settle(question, Judged(same, why, (asker.actor, asker.role))):
        raise Withheld(NOTHING_FOUND)
    if joined and link:
        await queue.linked(question.place, joined.child, link.name)
    elif found:
        await links_of(info, means).mark(found.child, NumberStatus.NO_OR_MANY_MATCHES)
    return TraceJudged(link=link)


async def _joined(info: Info, means: Means, question: Question, found: Acting) -> Joined:
    by = owner_of(reading(info))
    given = Given(question.number, reading(info).today, judged=True, by=by)
    return await links_of(info, means).join(found.child, given)


async def _linked(info: Info, means: Means, row: tuple[UUID, Outcome]) -> TraceLinked:
    batch, each = row
    queue, place = queue_of(info, means), Place(batch, each.position)
    assert each.number is not None, "the row is verified"
    try:
        found = await acting(info, _named(info, each.reference), NUMBER)
    except (Withheld, MalformedIdentifier):
        return TraceLinked(position=each.position, link=TraceLink.NOT_LINKED)
    joined = await links_of(info, means).join(found.child, Given(each.number, reading(info).today))
    link = shown_link(joined)
    if isinstance(joined.decided, Conflict):
        await queue.raise_(place, found.child, joined.decided)
    elif joined.decided:
        await queue.linked(place, joined.child, link.name)
    return TraceLinked(position=each.position, link=link)


def _named(info: Info, reference: str) -> IdentifierInput:
    """A reference as the asking authority's own number of a child. Raises MalformedIdentifier, or Withheld for no authority."""
    asker = reading(info).asker
    if asker.kind != "LA":
        raise Withheld(NOTHING_FOUND)
    known = LaChildInput(
        la_code=DfeLaCode.parse(asker.organisation), local_child_id=LocalChildId.parse(reference)
    )
    return IdentifierInput(la_child=known)


async def _own(info: Info, means: Means, batch: UUID | None) -> UUID:
    owner = owner_of(reading(info))
    if batch and await means.connections.fetchval(_OWN, batch, owner):
        return batch
    raise Withheld(NOTHING_FOUND)


def _shown(question: Question) -> TraceToJudge:
    told = question.told
    return TraceToJudge(
        id=strawberry.ID(question.reference),
        reason=coded(JudgeReason, question.conflict.value),
        job=question.name,
        reference=told.reference,
        given_name=told.given,
        family_name=told.family,
        birth_date=told.birth_date,
        status=question.status,
        score=question.score,
        rule=question.rule,
        since=question.since,
        question=question,
    )


_OWN = "select exists (select from tracing.batch where id = $1 and owner = $2)"
