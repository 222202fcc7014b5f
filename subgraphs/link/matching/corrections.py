"""Something in a record looks wrong → its keeper is asked, and says what came of it. Nobody else changes a record."""

from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from subgraphs.labels import fact, reads
from subgraphs.link.acting import NOTHING_FOUND
from subgraphs.link.child import Info, reading
from subgraphs.link.decide import Asker
from subgraphs.link.islands import BY_NUMBER
from subgraphs.link.matching.codes import CorrectionAnswer, CorrectionSubject
from subgraphs.link.matching.graph import Queue
from subgraphs.link.matching.loading import Matching
from subgraphs.link.matching.run import PURPOSE
from subgraphs.link.matching.sealing import Seal
from subgraphs.link.references import reference_in
from subgraphs.link.telling import tell
from subgraphs.outward import Withheld

CORRECTION = "N.CORRECTION"
SHOWN = 100


@strawberry.type(description="A record whose keeper is asked to look at something in it.")
class CorrectionRequest:
    id: strawberry.ID = fact(CORRECTION, about="What it is answered by.")
    kind: str = fact(CORRECTION, about="LA, UPN or ULN.")
    number: str = fact(CORRECTION, about="What the record's island knows the child by.")
    about: CorrectionSubject = fact(CORRECTION, about="What is to be looked at.")
    asked_by: str = fact(CORRECTION, about="The authority that asks.")
    asked_on: date = fact(CORRECTION, about="When.")
    answer: CorrectionAnswer | None = fact(CORRECTION, about="Null: not answered yet.")

    @classmethod
    def of(cls, row: Any, seal: Seal) -> CorrectionRequest:
        source = seal.source(row["kind"], row["cipher"], row["custodian"])
        return cls(
            id=strawberry.ID(str(row["correction"])),
            kind=source.kind,
            number=source.number,
            about=CorrectionSubject(row["about"]),
            asked_by=row["asked_by"],
            asked_on=row["asked_on"],
            answer=CorrectionAnswer(row["answer"]) if row["answer"] else None,
        )


@strawberry.type
class CorrectionQueries:
    @reads(CORRECTION, about="What the caller's organisation is asked about records that it keeps, the oldest first.")  # fmt: skip
    async def correction_requests(self, info: Info) -> list[CorrectionRequest]:
        asker, seal = await _opened(info)
        rows = await reading(info).connections.fetch(_ASKED_OF, asker.organisation, _kinds(asker))
        found = [CorrectionRequest.of(row, seal) for row in rows]
        await _record(info, found)
        return found

    @reads(CORRECTION, about="What the caller's own authority asked for, and what came of it, the newest first.")  # fmt: skip
    async def corrections_asked(self, info: Info) -> list[CorrectionRequest]:
        asker, seal = await _opened(info)
        rows = await reading(info).connections.fetch(_ASKED_BY, asker.organisation)
        found = [CorrectionRequest.of(row, seal) for row in rows]
        await _record(info, found)
        return found


@strawberry.type
class CorrectionChanges:
    @reads(CORRECTION, about="Asks whoever keeps a record to look at it: of a possible duplicate or a conflict, by the record's place.")  # fmt: skip
    async def request_correction(
        self, info: Info, finding: strawberry.ID, place: int, about: CorrectionSubject
    ) -> CorrectionRequest | None:
        asker, seal = await _opened(info)
        queue = await Queue.opened(info)
        row, sources = await queue.one(finding)
        if not 0 <= place < len(sources) or not sources[place].custodian:
            raise Withheld("NOBODY_TO_ASK")
        asked = (row["finding"], place, about.value, sources[place].custodian)
        by = (asker.organisation, asker.actor, queue.reads.today)
        await queue.connections.execute(_ASK, *asked, *by)
        kept = await queue.connections.fetchrow(_OPEN, *asked[:3])
        return CorrectionRequest.of(kept, seal)

    @reads(CORRECTION, about="Says what came of a request, for the organisation that keeps the record.")  # fmt: skip
    async def answer_correction(
        self, info: Info, request: strawberry.ID, answer: CorrectionAnswer
    ) -> CorrectionRequest | None:
        asker, seal = await _opened(info)
        connections = reading(info).connections
        row = await connections.fetchrow(
            _ANSWER, reference_in(request), asker.organisation, _kinds(asker), answer.value,
            asker.actor, reading(info).today,
        )  # fmt: skip
        if row is None:
            tell(info.context, reading(info), [None])
            raise Withheld(NOTHING_FOUND)
        found = CorrectionRequest.of(await connections.fetchrow(_KEPT, row["correction"]), seal)
        await _record(info, [found])
        return found


async def _opened(info: Info) -> tuple[Asker, Seal]:
    asker = reading(info).asker
    if asker.purpose != PURPOSE:
        raise Withheld("NOT_FOR_THIS_PURPOSE")
    matching: Matching = info.context.load.matching
    return asker, await matching.seal()


def _kinds(asker: Asker) -> list[str]:
    """The kinds of number under which this kind of organisation keeps records."""
    return [kind for kind, island in BY_NUMBER.items() if asker.kind in island.custodians]


async def _record(info: Info, found: list[CorrectionRequest]) -> None:
    """Tells for the record whose records these are."""
    known = reading(info)
    for one in found:
        tell(info.context, known, [await known.to_act_on_number(one.kind, one.number)])


_JOINED = "matching.correction c join matching.record r using (finding, place)"
_COLUMNS = "c.*, r.kind, r.cipher"
_ASKED_OF = f"""
    select {_COLUMNS} from {_JOINED}
    where c.custodian = $1 and r.kind = any ($2::text[]) and c.answer is null order by c.asked_on, c.correction limit {SHOWN}
"""
_ASKED_BY = f"""
    select {_COLUMNS} from {_JOINED} where c.asked_by = $1 order by c.asked_on desc, c.correction limit {SHOWN}
"""
_ASK = """
    insert into matching.correction (finding, place, about, custodian, asked_by, actor, asked_on)
    values ($1, $2, $3, $4, $5, $6, $7) on conflict (finding, place, about) where answer is null do nothing
"""
_OPEN = f"""
    select {_COLUMNS} from {_JOINED} where c.finding = $1 and c.place = $2 and c.about = $3 and c.answer is null
"""
_ANSWER = """
    update matching.correction c set answer = $4, answered_by = $5, answered_on = $6
    from matching.record r
    where c.correction = $1 and c.custodian = $2 and c.answer is null
        and r.finding = c.finding and r.place = c.place and r.kind = any ($3::text[])
    returning c.correction
"""
_KEPT = f"select {_COLUMNS} from {_JOINED} where c.correction = $1"
