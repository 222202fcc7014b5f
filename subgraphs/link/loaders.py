"""Every read the link node makes: one query for many keys, each row with the facts that decide about it.

Numbers go into a query as indexes and come out as ciphers; the database never sees one. A number that leads to
nobody gets a decoy's place, which is decided about like a child's and then dropped: silence takes the time of an
answer, so that nobody learns from a clock which silence it was (trust.md §5.6).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from aiodataloader import DataLoader

from gateway.assertion import Assertion
from gateway.register.rows import Purpose
from subgraphs.link.canary import alert
from subgraphs.link.circumstances import Circumstances
from subgraphs.link.decide import Asker, Decisions, Open, Person, hidden, person_of
from subgraphs.link.finding import Finding
from subgraphs.link.hearing import Hearing
from subgraphs.link.islands import BY_NUMBER, LEDGER, LINK, Island
from subgraphs.link.keys import KeyRing, Keys, StaleKeys
from subgraphs.link.sealed import SealedStore
from subgraphs.link.statements import (
    ACCESS,
    ACCESSES,
    ADVISERS,
    KEPT,
    NUMBERS,
    OF_CHILDREN,
    OF_NUMBERS,
    PLANS,
    PROVENANCES,
    STANDING_UNDER,
)

Row = Any  # an asyncpg.Record, which its stubs do not call a Mapping

DECOY = UUID(int=0)
"""Stands for whoever a number does not lead to."""


@dataclass(frozen=True, slots=True)
class Number:
    """One of a child's numbers, or that it has none of a kind; and what is open where the number leads.

    `alone`: the number stands for this child and no other.
    """

    island: Island
    text: str | None
    open: Open
    alone: bool = False

    @property
    def kind(self) -> str:
        return self.island.number


@dataclass(frozen=True, slots=True)
class Known:
    """A child the link node knows, for one asker."""

    child: UUID
    row: Row
    person: Person
    open: Open
    numbers: tuple[Number, ...] = ()

    @property
    def decoy(self) -> bool:
        return self.child == DECOY

    @property
    def visible(self) -> bool:
        """Whether the asker may know of anything about the child at all."""
        if self.decoy:
            return False
        return bool(self.open.mask) or any(number.open.mask for number in self.numbers)


class Loaders:
    """What reads are made of; `under` an assertion they can be made."""

    def __init__(
        self,
        connections: asyncpg.Pool,
        keys: KeyRing | Keys,
        sealed: SealedStore,
        decisions: Decisions,
        hearing: Hearing,
    ) -> None:
        self.connections = connections
        self.keys = keys
        self.sealed = sealed
        self.hearing = hearing
        self.decisions = decisions
        self._reads: Reads | None = None

    def renew(self) -> None:
        """Forgets what was read: something was changed."""
        self._reads = None

    def under(self, assertion: Assertion) -> Reads:
        """The reads of the one request that these loaders live for."""
        if self._reads is None:
            self._reads = Reads(self, Asker.of(assertion, self.decisions.register))
        return self._reads


class Reads:
    """The reads of one request, for one asker."""

    def __init__(self, loaders: Loaders, asker: Asker) -> None:
        self.unseen: list[Known] = []
        """Children who were found, and of whom the asker may know nothing: for the record alone."""
        self.asker = asker
        self.ring = loaders.keys
        self.keys = loaders.keys.now()
        self.sealed = loaders.sealed
        self.decisions = loaders.decisions
        self.connections = loaders.connections
        self._finding = Finding(self.connections, self.ring)
        self.today = datetime.now(UTC).date()
        self._circumstances = Circumstances(self.connections, self.asker, self.decisions.register)
        self.by_number: DataLoader[tuple[str, str], Known | None] = DataLoader(self._by_numbers)
        self.by_child: DataLoader[UUID, Known | None] = DataLoader(self._by_children)
        self.advisers: DataLoader[UUID, list[Row]] = DataLoader(partial(self._many, ADVISERS))
        self.plans: DataLoader[UUID, list[Row]] = DataLoader(partial(self._many, PLANS))
        self.accesses: DataLoader[UUID, list[Row]] = DataLoader(partial(self._many, ACCESSES))
        self.provenances: DataLoader[UUID, list[Row]] = DataLoader(partial(self._many, PROVENANCES))

    @property
    def purpose(self) -> Purpose:
        return self.decisions.register.purposes[self.asker.purpose]

    def child_of(self, outward: str) -> UUID | None:
        """The child behind an id that was given to this asker's organisation and family of purposes."""
        return self.keys.inward(outward, self.asker.organisation, self.asker.family)

    def id_of(self, child: UUID) -> str:
        return self.keys.outward(child, self.asker.organisation, self.asker.family)

    async def crossings(self, island: Island, numbers: Sequence[str | None]) -> list[Known | None]:
        """What is open in an island under each of its numbers, in order and in one round trip."""
        if island is LEDGER:
            return await self._by_ids(numbers)
        return _real(await self._found(island.number, island, [text or "" for text in numbers]))

    async def standing_under(
        self, island: Island, numbers: Sequence[str | None]
    ) -> list[UUID | None]:
        """The child that each of an island's numbers stands for, whatever is open of it; nobody across a seal."""
        texts = [text or "" for text in numbers]
        rows = await self._finding.under(STANDING_UNDER, (island.number, texts), (island.number,))
        standing_for = Counter(row["nth"] for row in rows)
        found: list[UUID | None] = [None] * len(numbers)
        for row in rows:
            if standing_for[row["nth"]] == 1:
                found[row["nth"] - 1] = row["child"]
        return found

    async def all_standing_under(self, kind: str, text: str) -> list[UUID]:
        """All children that one number stands for; none of them across a seal."""
        rows = await self._finding.under(STANDING_UNDER, (kind, [text]), (kind,))
        return [row["child"] for row in rows if row["child"]]

    async def _by_ids(self, ids: Sequence[str | None]) -> list[Known | None]:
        """What is open in the ledger of the children that the asker was given these ids for."""
        children = [self.child_of(text) if text else None for text in ids]
        rows = await self.connections.fetch(OF_CHILDREN, children, *self._who())
        return _real(await self._in_order(rows, LEDGER, len(children)))

    async def to_act_on_number(self, kind: str, text: str) -> Known | None:
        """A child whatever is open of it: whether it may be changed is a decision of its own."""
        return _real(await self._found(kind, LINK, [text]))[0]

    async def to_act_on(self, child: UUID) -> Known | None:
        rows = await self.connections.fetch(OF_CHILDREN, [child], *self._who())
        return _real(await self._in_order(rows, LINK, 1))[0]

    async def numbers_kept(self, child: UUID) -> set[str]:
        """The kinds of this child's numbers under which the asker's organisation keeps a record."""
        rows = await self.connections.fetch(KEPT, child, self.asker.organisation)
        return {row["kind"] for row in rows}

    async def record_access(self, child: UUID, *why: object) -> None:
        """Once for each encounter of this asker's organisation."""
        encounter = self.asker.case or str(self.today)
        said = why or (None,) * 5
        await self.connections.execute(ACCESS, child, self.asker.organisation, encounter, *said)

    async def _by_numbers(self, asked: list[tuple[str, str]]) -> list[Known | None]:
        found: dict[tuple[str, str], Known | None] = {}
        for kind in dict.fromkeys(kind for kind, _ in asked):
            texts = [text for one, text in asked if one == kind]
            known = await self._found(kind, LINK, texts)
            found.update(((kind, text), one) for text, one in zip(texts, known, strict=True))
        return await self._with_numbers([found[one] for one in asked])

    async def _by_children(self, children: list[UUID]) -> list[Known | None]:
        rows = await self.connections.fetch(OF_CHILDREN, children, *self._who())
        return await self._with_numbers(await self._in_order(rows, LINK, len(children)))

    async def _found(self, kind: str, island: Island, texts: Sequence[str]) -> list[Known | None]:
        about = (*self._who(), kind, island.name, DECOY)
        rows = await self._finding.under(OF_NUMBERS, (kind, texts), about)
        return await self._in_order(rows, island, len(texts))

    async def _with_numbers(self, known: list[Known | None]) -> list[Known | None]:
        """Only children of whom the asker may know something; the others are as if unknown."""
        by_child = {one.child: one for one in known if one}
        numbers: dict[UUID, list[Number]] = {child: [] for child in by_child}
        asker = self.asker
        for row in await self.connections.fetch(
            NUMBERS, list(by_child), asker.kind, asker.organisation, asker.purpose, self.today
        ):
            numbers[row["child"]].append(self._number(row, by_child[row["child"]]))
        whole = [one and replace(one, numbers=tuple(numbers[one.child])) for one in known]
        self.unseen += [one for one in whole if one and not one.visible and not one.decoy]
        return [one if one and one.visible else None for one in whole]

    def _number(self, row: Row, of: Known) -> Number:
        kind, cipher = row["kind"], row["cipher"]
        island = BY_NUMBER.get(kind, LINK)
        text = self.text_of(kind, cipher) if cipher else None
        return Number(island, text, self._opened(island, of.person, row), row["alone"])

    def text_of(self, kind: str, cipher: bytes) -> str:
        try:
            return self.keys.unsealed(kind, cipher)
        except StaleKeys:  # put under a new key since this request began
            self.keys = self._finding.renewed(self.keys)
            return self.keys.unsealed(kind, cipher)

    async def _in_order(
        self, rows: Sequence[Row], island: Island, count: int
    ) -> list[Known | None]:
        """By place asked. A number that stands for two children leads to a decoy, as a hidden child's does."""
        standing_for = Counter(row["nth"] for row in rows)
        seen = [standing_for[row["nth"]] == 1 and not hidden(row) for row in rows]
        children = [
            row["child"] if one and row["child"] else DECOY
            for row, one in zip(rows, seen, strict=True)
        ]
        if any(row["canary"] for row in rows):
            alert(self.connections, self.asker)
        await self._circumstances.learn(child for child in children if child != DECOY)
        found: list[Known | None] = [None] * count
        for child, row in zip(children, rows, strict=True):
            person = self._circumstances.of(child, person_of(self.asker, row, self.today))
            found[row["nth"] - 1] = Known(child, row, person, self._opened(island, person, row))
        return found

    def _opened(self, island: Island, person: Person, row: Row) -> Open:
        custody = (row["custodian"], row["agreed"])
        return self.decisions.opened(self.asker, island, person, custody)

    def _who(self) -> tuple[str, str, str, str, str | None, date, str]:
        asker = self.asker
        return (
            asker.kind, asker.organisation, asker.purpose, asker.relationship, asker.case, self.today, asker.actor,
        )  # fmt: skip

    async def _many(self, statement: str, children: list[UUID]) -> list[list[Row]]:
        found: dict[UUID, list[Row]] = {child: [] for child in children}
        for row in await self.connections.fetch(statement, children):
            found[row["owner"]].append(row)
        return [found[child] for child in children]


def _real(known: Sequence[Known | None]) -> list[Known | None]:
    return [None if one is None or one.decoy else one for one in known]
