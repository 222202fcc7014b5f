"""Crossed: a door that lets each child's part of a call through as far as the link node opens it.

For every entity that a call names in an island, the link node is asked which child that is and what is
open for the child there. No answer, no crossing. Children for whom different things are open are asked
about in different requests; whoever asks through this door sees one reply.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from time import monotonic

from gateway.crossing.decisions import (
    NO_CHILD,
    NOBODY,
    Decided,
    Decision,
    Place,
    Silence,
    decisions,
    unseen,
)
from gateway.crossing.keys import key_of
from gateway.crossing.narrow import Narrower
from gateway.crossing.parts import Part, parts, problems, sent
from gateway.crossing.told import NO_LINK, Ask, Crossing, Key, Link, LinkUnavailable
from gateway.federation.execution.transport import Call, Failure, Fetch, Reply, Transport
from gateway.federation.planning.steps import Kind

LINK_DOWN = "LINK_UNAVAILABLE"

ROOT = Kind.ROOT
BELIEVED = 2.0
"""Seconds for which what was told is believed within a request; then the link node is asked anew."""

Known = dict[tuple[str, Key], Crossing | None]
"""What was told of keys, by island. It is left behind and never emptied: an answer that was under way when it was
forgotten ends there, and is not believed."""


class Crossed:
    """The door of one request. `keys` are, by entity type, the key fields that the link node knows.

    `entered` are the subgraphs that were asked by a root field.
    """

    __slots__ = (
        "_as_of",
        "_ask",
        "_asking",
        "_decided",
        "_door",
        "_keys",
        "_kin",
        "_known",
        "_link",
        "_narrower",
        "_read",
        "_told",
        "_under_way",
        "entered",
    )

    def __init__(
        self,
        door: Transport,
        ask: Ask,
        narrower: Narrower,
        keys: Mapping[str, tuple[str, ...]],
        link: Link = NO_LINK,
        *,
        told: bool = False,
    ) -> None:
        self._door = door
        self._link = link
        self._ask = ask
        self._narrower = narrower
        self._keys = keys
        self._told = told
        self._known: Known = {}
        self._as_of = monotonic()
        self._asking: asyncio.Lock | None = None
        self._under_way: list[tuple[Fetch, asyncio.Future[Reply]]] = []
        self._decided: list[Decided] = []
        self._read: dict[str, dict[Key, str | None]] = {}
        self._kin: set[str] = set()
        self.entered: dict[str, None] = {}

    @property
    def decisions(self) -> Mapping[Place, Decision]:
        """What was decided, by child and island."""
        if self._under_way:
            self._hear_all()
        return decisions(self._decided)

    @property
    def read(self) -> dict[str, dict[Key, str | None]]:
        """By island, the keys that a root read for its own staff, and whose they are once somebody has found out."""
        if self._under_way:
            self._hear_all()
        return self._read

    @property
    def kin(self) -> set[str]:
        """The pseudonyms of children whom the asker is, or is a parent of, and asks about in a professional role."""
        if self._under_way:
            self._hear_all()
        return self._kin

    def send(self, call: Call) -> Awaitable[Reply]:
        """The island's reply, without what is not open; what was cut is reported as not available.

        Nobody waits here unless the link node has to be asked or the call is cut: most calls go on as they are,
        without a task of their own.
        """
        fetch = call.fetch
        island = fetch.subgraph
        if fetch.step.kind is ROOT:
            self.entered[island] = None
            return self._followed(call)
        if island == self._link.subgraph:
            return self._followed(call)
        if self._under_way:
            self._hear_all()
        if monotonic() - self._as_of > BELIEVED:
            self._known, self._as_of = {}, monotonic()
        known, keys = self._known, self._keys
        try:
            crossings = [
                known[island, key] if (key := key_of(one, keys)) else None
                for one in call.representations
            ]
        except KeyError:
            return self._asked_first(call)
        return self._crossed(call, crossings)

    def hear(self, event: Reply) -> None:
        """An event of a stream that was opened before: what it tells counts like a reply of now."""
        fetch = event.call.fetch
        self.entered[fetch.subgraph] = None
        if fetch.subgraph == self._link.subgraph:
            self._remember_told(fetch, event)

    def _followed(self, call: Call) -> Awaitable[Reply]:
        """The reply to what crosses nothing: the link node decides about its own fields itself, and says about
        whom."""
        reply = asyncio.ensure_future(self._door.send(call))
        self._under_way.append((call.fetch, reply))
        return reply

    def _hear_all(self) -> None:
        """Takes in what came back since the last look: before the next decision, and before the record."""
        waiting, self._under_way = self._under_way, []
        for fetch, reply in waiting:
            if not reply.done():
                self._under_way.append((fetch, reply))
            elif not reply.cancelled() and reply.exception() is None:
                self._take_in(fetch, reply.result())

    def _take_in(self, fetch: Fetch, reply: Reply) -> None:
        if fetch.operation == "mutation":
            self._known = {}  # what was open before a change is asked about anew
        if fetch.subgraph == self._link.subgraph:
            self._remember_told(fetch, reply)
        else:
            self._remember_read(fetch.subgraph, self._link.read(reply))

    def _remember_told(self, fetch: Fetch, reply: Reply) -> None:
        told, island = self._link.told(reply), fetch.subgraph
        self._kin.update(told.kin)
        if fetch.operation == "query":  # after a change, what was told before it may not hold
            self._known.update(told.ways)
        if told.children is None:
            return
        if not told.children:
            self._decided.append((island, NOBODY, Silence(NO_CHILD)))
        for child in told.children:
            part = self._narrower.measured(fetch, child.open) if child.seen else unseen(child)
            self._decided.append((island, (child,), part))

    def _remember_read(self, island: str, keys: Sequence[Key] | None) -> None:
        if keys is None:
            return
        read = self._read.setdefault(island, {})
        for key in keys:
            known = self._known.get((island, key))
            read.setdefault(key, known.subject if known else None)

    async def _asked_first(self, call: Call) -> Reply:
        keys = [key_of(one, self._keys) for one in call.representations]
        try:
            crossings = await self._learn(call.subgraph, keys)
        except LinkUnavailable:
            failure = Failure(LINK_DOWN, "who the records belong to could not be asked; try again")
            return Reply(call, failure=failure)
        return await self._crossed(call, crossings)

    async def _learn(self, island: str, keys: Sequence[Key | None]) -> list[Crossing | None]:
        """A crossing for each key, None for none. One asks at a time, about what nobody has been told of yet."""
        if self._asking is None:
            self._asking = asyncio.Lock()
        async with self._asking:
            while lacking := [
                k for k in dict.fromkeys(keys) if k and (island, k) not in self._known
            ]:
                known = self._known
                answers = await self._ask(island, lacking)
                known.update(((island, k), a) for k, a in zip(lacking, answers, strict=True))
            return [self._known[island, key] if key else None for key in keys]

    def _crossed(self, call: Call, crossings: Sequence[Crossing | None]) -> Awaitable[Reply]:
        opened = {0 if one is None else one.open for one in crossings}
        if len(opened) == 1:
            part = self._narrower.narrowed(call.fetch, opened.pop())
            if part.whole:
                self._decided.append((call.fetch.subgraph, crossings, part))
                return self._door.send(call)
        parted = parts(call, crossings, self._narrower)
        for indexes, part in parted:
            children = [crossings[index] for index in indexes]
            self._decided.append((call.fetch.subgraph, children, part))
        return self._pruned(call, crossings, parted)

    async def _pruned(
        self, call: Call, crossings: Sequence[Crossing | None], parted: Sequence[Part]
    ) -> Reply:
        kept_back = _kept_back(crossings) if self._told else frozenset()
        return (await sent(self._door, call, parted)).adding(*problems(parted, kept_back))


def _kept_back(crossings: Sequence[Crossing | None]) -> frozenset[int]:
    """The representations of whose children something is open to the asker, so that the rest is kept back."""
    return frozenset(index for index, one in enumerate(crossings) if one is not None and one.open)
