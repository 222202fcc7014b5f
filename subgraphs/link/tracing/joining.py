"""A child and the number that the NHS gave for it → the link node's record, changed as `settling` says, whole or not at all.

The NHS is asked once more whether the number is in force, before anything is held fast; then both records are, and
what was decided on is looked at again. Without an answer from the NHS nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from gateway.identifiers import NhsNumber
from subgraphs.link.finding import KEYED, Finding
from subgraphs.link.keys import KeyRing
from subgraphs.link.numbers import Entry, add
from subgraphs.link.provenance import BY_JUDGEMENT, BY_TRACE, NHS, Check, NumberCheck
from subgraphs.link.tracing.pds import Answer, Failed, Found, Pds
from subgraphs.link.tracing.person import Person
from subgraphs.link.tracing.settling import Case, Conflict, Decided, Record, Settled, settled
from subgraphs.link.tracing.status import NumberStatus


@dataclass(frozen=True, slots=True)
class Given:
    """A number for a child, on that day. `judged`: a person of that organisation says that it is the same child."""

    number: NhsNumber
    today: date
    judged: bool = False
    by: str = NHS

    @property
    def provenance(self) -> str:
        return BY_JUDGEMENT if self.judged else BY_TRACE

    @property
    def check(self) -> Check:
        return Check(NumberCheck.JUDGED if self.judged else NumberCheck.TRACED, self.by)


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of it, and which record is the child's now. `decided` None: nothing, for `fault`."""

    child: UUID
    decided: Decided | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    """The link node's records and the NHS."""

    connections: asyncpg.Pool
    ring: KeyRing
    pds: Pds

    async def join(self, child: UUID, given: Given) -> Joined:
        """Never raises for what the NHS does."""
        found = await self.pds.retrieve(given.number)
        if not isinstance(found, Found):
            fault = found.code if isinstance(found, Failed) else "NOT_IN_FORCE"
            return Joined(child, None, fault)
        before = await _records(self.connections, self.ring, [child])
        held = await self._held(before[0] if before else None, found.person.number)
        if isinstance(held, Failed):
            return Joined(child, None, held.code)
        async with self.connections.acquire() as connection, connection.transaction():
            case = await self._case(connection, child, (found.person, held))
            if case is None or [case.child] != before:
                return Joined(child, None, "CHANGED_MEANWHILE")
            decided = settled(replace(case, judged=given.judged))
            return await self._done(connection, (case, decided), given)

    async def mark(self, child: UUID, status: NumberStatus) -> None:
        """What a trace came to that gave no number to rely on. A number that was verified stays so."""
        await self.connections.execute(_MARK, child, status.value)

    async def _held(self, child: Record | None, number: NhsNumber) -> Answer | None:
        """What the NHS says of the number that the child has, if it is another."""
        has = child.number("NHS") if child else None
        return await self.pds.retrieve(NhsNumber.parse(has)) if has and has != str(number) else None

    async def _case(
        self, connection: Any, child: UUID, nhs: tuple[Person, Answer | None]
    ) -> Case | None:
        """With both records held fast, and nobody else putting this number anywhere."""
        person, held = nhs
        number = str(person.number)
        await connection.execute(_LOCK, self.ring.now().index("NHS", number))
        rows = await Finding(connection, self.ring).under(_HOLDERS, ("NHS", [number]), ())
        holder = next((row["child"] for row in rows if row["child"] not in (None, child)), None)
        known = [child, holder] if holder else [child]
        records = {one.child: one for one in await _records(connection, self.ring, known)}
        if child not in records:
            return None
        return Case(records[child], person, held, records.get(holder) if holder else None)

    async def _done(self, connection: Any, case: tuple[Case, Decided], given: Given) -> Joined:
        of, decided = case
        child, person = of.child.child, of.person
        if isinstance(decided, Conflict):
            await connection.execute(_MARK, child, NumberStatus.CONFLICT.value)
            return Joined(child, decided)
        await self._numbers(connection, of, decided, given)
        stays = of.holder.child if of.holder and decided is Settled.JOINED else child
        await connection.execute(
            _VERIFIED, stays, given.today, given.provenance, person.born, person.confidentiality
        )
        return Joined(stays, decided)

    async def _numbers(self, connection: Any, of: Case, decided: Settled, given: Given) -> None:
        child = of.child.child
        if decided is Settled.SUPERSEDED:
            await connection.execute(_FORMER, child)
        elif decided is not Settled.CONFIRMED and not _superseded(of):
            await connection.execute(_WRONG, child)
        if decided is Settled.JOINED and of.holder:
            await connection.execute(_MERGE, child, of.holder.child)
        else:
            number = str(of.person.number)
            entry = Entry(child, "NHS", number, provenance=given.provenance, check=given.check)
            await add(connection, self.ring, entry)


def _superseded(of: Case) -> bool:
    return isinstance(of.held, Found) and of.held.person.number == of.person.number


async def _records(connection: Any, ring: KeyRing, children: Sequence[UUID]) -> list[Record]:
    rows = await connection.fetch(_RECORDS, list(children))
    keys = ring.now()  # after the rows: what they are under is known by now
    numbers: dict[UUID, list[tuple[str, str]]] = {child: [] for child in children}
    for row in rows:
        if row["cipher"]:
            text = keys.unsealed(row["kind"], row["cipher"])
            numbers[row["child"]].append((row["kind"], text))
    first = {row["child"]: row for row in rows}
    return [
        Record(
            child, row["status"], row["birth_date"], row["restriction"], row["adopted"],
            tuple(sorted(numbers[child])),
        )
        for child, row in first.items()
    ]  # fmt: skip


_RECORDS = """
    select c.child, c.status, c.birth_date, c.restriction, c.adopted, i.kind, i.cipher
    from link.child c left join link.identifier i on i.child = c.child and not i.former
    where c.child = any ($1::uuid[]) and c.sealed_at is null for update of c
"""
_LOCK = "select pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 4250004))"
_HOLDERS = f"""
    select a.nth, c.child, {KEYED.format(kind="'NHS'")} from unnest($1::bytea[]) with ordinality a (index, nth)
    left join (
        link.identifier i join link.child c on c.child = i.child and c.sealed_at is null
    ) on i.kind = 'NHS' and i.index = a.index
"""
_MARK = "update link.child set status = $2 where child = $1 and status <> '01'"
_FORMER = (
    "update link.identifier set former = true where child = $1 and kind = 'NHS' and not former"
)
_WRONG = "delete from link.identifier where child = $1 and kind = 'NHS' and not former"
_MERGE = "select link.merge($1, $2)"
_VERIFIED = """
    update link.child set status = '01', verified_on = $2, verified_by = $3,
        birth_date = coalesce(birth_date, $4),
        restriction = case when 'V' in (restriction, $5) then 'V' when 'R' in (restriction, $5) then 'R' else 'U' end
    where child = $1
"""
