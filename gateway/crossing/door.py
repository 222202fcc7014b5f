"""Crossed: a door that lets each child's part of a call through as far as the link node opens it.

For every entity that a call names in an island, the link node is asked which child that is and what is
open for the child there. No answer, no crossing. Children for whom different things are open are asked
about in different requests; whoever asks through this door sees one reply.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import orjson

from gateway.crossing.narrow import Cut, Measured, Narrowed, Narrower
from gateway.federation.execution.transport import Call, Failure, Problem, Reply, Transport
from gateway.federation.planning.steps import Kind

NOT_AVAILABLE = "NOT_AVAILABLE"
WITHHELD = "WITHHELD"
"""Instead of it, to a role that the register lets know that something of a child it sees is kept back; never why."""
MESSAGE = "not available"
LINK_DOWN = "LINK_UNAVAILABLE"
NO_CHILD = "no_child"
NOT_OPEN = "not_open"
NO_CROSSING = "no_crossing"

BELIEVED = 2.0
"""Seconds for which what was told is believed within a request; then the link node is asked anew."""

Key = tuple[tuple[str, Any], ...]
"""An entity's key in its island, fields in order of name."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """What the link node says of one key: the child's ledger pseudonym, and what is open there.

    Not `seen`: there is such a child, and whoever asked was answered as if there were none.
    """

    subject: str
    open: int
    reasons: tuple[tuple[str, int], ...] = ()
    seen: bool = True


Ask = Callable[[str, Sequence[Key]], Awaitable[Sequence[Crossing | None]]]
"""Island and keys → a crossing each, None for none. Raises LinkUnavailable."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a reply of the link node says of children.

    `children` are None for a reply that looked no child up, and empty when none was found. `ways` are
    crossings by island and key, of keys that the reply holds: nobody has to ask for them again. `kin` are the
    pseudonyms of children whom the asker is, or is a parent of, and asks about in a professional role.
    """

    children: Sequence[Crossing] | None = None
    ways: Mapping[tuple[str, Key], Crossing] = field(default_factory=dict)
    kin: Sequence[str] = ()


def untold(_: Reply) -> Told:
    """What a link node tells that says of no reply which children it is about."""
    return Told()


def unread(_: Reply) -> Sequence[Key] | None:
    """What an island tells that never says whose rows its own staff read."""
    return None


@dataclass(frozen=True, slots=True)
class Link:
    """The link node by name, how its replies say which children they are about, and how an island's say which
    of its keys a root read: none for nothing found, None for a root that reads of nobody."""

    subgraph: str = ""
    told: Callable[[Reply], Told] = untold
    read: Callable[[Reply], Sequence[Key] | None] = unread


class LinkUnavailable(Exception):
    """The link node could not be asked: nothing crosses, and it is not the same as no child."""


@dataclass(slots=True)
class Decision:
    """What was decided for one child in one island: coordinates released, and withheld with why."""

    released: dict[str, None] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)


Part = tuple[tuple[int, ...], Narrowed]
"""Some of a call's representations, by index, and what is asked about them."""


class Crossed:
    """The door of one request. `keys` are, by entity type, the key fields that the link node knows.

    `entered` are the subgraphs that were asked by a root field.
    """

    def __init__(
        self,
        door: Transport,
        ask: Ask,
        narrower: Narrower,
        keys: Mapping[str, tuple[str, ...]],
        link: Link = Link(),
        *,
        told: bool = False,
    ) -> None:
        self._door = door
        self._link = link
        self._ask = ask
        self._narrower = narrower
        self._keys = keys
        self._crossings: dict[tuple[str, Key], Crossing | None] = {}
        self._told = told
        self._as_of = monotonic()
        self._asking = asyncio.Lock()
        self._under_way: list[tuple[Call, asyncio.Future[Reply]]] = []
        self._decisions: dict[tuple[str | None, str], Decision] = {}
        self._read: dict[str, dict[Key, str | None]] = {}
        self.entered: dict[str, None] = {}
        self._kin: set[str] = set()

    @property
    def decisions(self) -> Mapping[tuple[str | None, str], Decision]:
        """What was decided, by child and island."""
        self._hear_all()
        return self._decisions

    @property
    def read(self) -> dict[str, dict[Key, str | None]]:
        """By island, the keys that a root read for its own staff, and whose they are once somebody has found out."""
        self._hear_all()
        return self._read

    @property
    def kin(self) -> set[str]:
        """The pseudonyms of children whom the asker is, or is a parent of, and asks about in a professional role."""
        self._hear_all()
        return self._kin

    def send(self, call: Call) -> Awaitable[Reply]:
        """The island's reply, without what is not open; what was cut is reported as not available.

        Nobody waits here unless the link node has to be asked or the call is cut: most calls go on as they are,
        without a task of their own.
        """
        island = call.fetch.subgraph
        enters = call.step.kind is Kind.ROOT
        if enters:
            self.entered[island] = None
        if enters or island == self._link.subgraph:
            # The link node decides about its own fields itself, and says about whom.
            reply = asyncio.ensure_future(self._door.send(call))
            self._under_way.append((call, reply))
            return reply
        if self._under_way:
            self._hear_all()
        if monotonic() - self._as_of > BELIEVED:
            self._crossings, self._as_of = {}, monotonic()
        keys = [self._key(one) for one in call.representations]
        for key in keys:
            if key and (island, key) not in self._crossings:
                return self._asked_first(call, keys)
        return self._crossed(call, self._parts(call, keys))

    def hear(self, event: Reply) -> None:
        """An event of a stream that was opened before: what it tells counts like a reply of now."""
        self.entered[event.call.subgraph] = None
        self._remember_told(event.call, event)

    def _hear_all(self) -> None:
        """Takes in what came back since the last look: before the next decision, and before the record."""
        waiting, self._under_way = self._under_way, []
        for call, reply in waiting:
            if not reply.done():
                self._under_way.append((call, reply))
            elif not reply.cancelled() and reply.exception() is None:
                if call.fetch.operation == "mutation":
                    self._crossings.clear()  # what was open before a change is asked about anew
                self._remember_told(call, reply.result())
                self._remember_read(call, reply.result())

    async def _asked_first(self, call: Call, keys: Sequence[Key | None]) -> Reply:
        try:
            await self._learn(call.subgraph, keys)
        except LinkUnavailable:
            failure = Failure(LINK_DOWN, "who the records belong to could not be asked; try again")
            return Reply(call, failure=failure)
        return await self._crossed(call, self._parts(call, keys))

    async def _learn(self, island: str, keys: Sequence[Key | None]) -> None:
        async with self._asking:
            known = self._crossings
            lacking = [k for k in dict.fromkeys(keys) if k and (island, k) not in known]
            if lacking:
                answers = await self._ask(island, lacking)
                known.update(((island, k), a) for k, a in zip(lacking, answers, strict=True))

    def _crossed(self, call: Call, parts: Sequence[Part]) -> Awaitable[Reply]:
        if len(parts) == 1 and parts[0][1].whole:
            return self._door.send(call)
        return self._pruned(call, parts)

    async def _pruned(self, call: Call, parts: Sequence[Part]) -> Reply:
        asked = [
            (places, part) for indexes, part in parts if (places := _asked(call, indexes, part))
        ]
        kept_back = self._kept_back(call) if self._told else frozenset()
        return (await self._sent(call, asked)).adding(*_problems(parts, kept_back))

    def _kept_back(self, call: Call) -> frozenset[int]:
        """The representations of whose children something is open to the asker, so that the rest is kept back."""
        found = enumerate(
            self._crossings.get((call.subgraph, self._key(one) or ()))
            for one in call.representations
        )
        return frozenset(index for index, one in found if one is not None and one.open)

    async def _sent(self, call: Call, asked: Sequence[Part]) -> Reply:
        if len(asked) == 1 and len(asked[0][0]) == len(call.representations):
            return _for(call, await self._door.send(_as(call, asked[0][1])))
        replies = await asyncio.gather(
            *(self._door.send(_as(call.only(places), part)) for places, part in asked)
        )
        return woven(call, [places for places, _ in asked], replies)

    def _key(self, representation: Mapping[str, Any]) -> Key | None:
        names = self._keys.get(representation.get("__typename", ""), ())
        values = [representation.get(name) for name in names]
        return tuple(zip(names, values, strict=True)) if values and None not in values else None

    def _parts(self, call: Call, keys: Sequence[Key | None]) -> list[Part]:
        """The representations sorted by what is open for their child; each decision is remembered."""
        island = call.subgraph
        by_open: dict[int, tuple[list[int], dict[Crossing | None, None]]] = {}
        for index, key in enumerate(keys):
            crossing = self._crossings[island, key] if key else None
            indexes, children = by_open.setdefault(crossing.open if crossing else 0, ([], {}))
            indexes.append(index)
            children[crossing] = None
        parts = []
        for opened, (indexes, children) in by_open.items():
            part = self._narrower.narrowed(call.fetch, opened)
            parts.append((tuple(indexes), part))
            for crossing in children:
                self._remember(island, crossing, part)
        return parts

    def _remember_read(self, call: Call, reply: Reply) -> None:
        if call.subgraph == self._link.subgraph:
            return
        keys = self._link.read(reply)
        if keys is None:
            return
        island = self._read.setdefault(call.subgraph, {})
        for key in keys:
            known = self._crossings.get((call.subgraph, key))
            island.setdefault(key, known.subject if known else None)

    def _remember_told(self, call: Call, reply: Reply) -> None:
        if call.subgraph != self._link.subgraph:
            return
        told = self._link.told(reply)
        self._kin.update(told.kin)
        if call.fetch.operation == "query":  # after a change, what was told before it may not hold
            self._crossings.update(told.ways)
        children = told.children
        if children is None:
            return
        if not children:
            self._decision(None, call.subgraph).withheld["*"] = NO_CHILD
        for child in children:
            if child.seen:
                self._remember(
                    call.subgraph, child, self._narrower.measured(call.fetch, child.open)
                )
            else:
                why = next((name for name, _ in child.reasons), NOT_OPEN)
                self._decision(child.subject, call.subgraph).withheld["*"] = why

    def _decision(self, subject: str | None, island: str) -> Decision:
        return self._decisions.setdefault((subject, island), Decision())

    def _remember(self, island: str, crossing: Crossing | None, part: Measured) -> None:
        decision = self._decision(crossing.subject if crossing else None, island)
        decision.released.update(part.kept)
        for cut in part.cuts:
            decision.withheld.setdefault(cut.coordinate, _reason(crossing, cut))


def _reason(crossing: Crossing | None, cut: Cut) -> str:
    """Why, for the record and never for the caller: the condition that was missing."""
    if crossing is None:
        return NO_CROSSING
    return next((name for name, mask in crossing.reasons if mask & cut.need), NOT_OPEN)


def _problems(parts: Sequence[Part], kept_back: frozenset[int]) -> list[Problem]:
    return [
        Problem(
            WITHHELD if index in kept_back else NOT_AVAILABLE,
            MESSAGE,
            position=index,
            path=cut.path,
        )
        for indexes, part in parts
        for cut in part.cuts
        for index in indexes
    ]


def _asked(call: Call, indexes: Sequence[int], part: Narrowed) -> tuple[int, ...]:
    """Those of the representations about which something is left to ask."""
    groups = zip(call.fetch.answers, call.sizes, strict=True)
    names = [name for name, size in groups for _ in range(size)]
    return tuple(index for index in indexes if names[index] in part.answers)


def _as(call: Call, part: Narrowed) -> Call:
    """The call with a narrower fetch."""
    if part.fetch is call.fetch:
        return call
    return Call(
        part.fetch,
        call.variables,
        call.representations,
        sizes=call.sizes,
        positions=call.positions,
        headers=call.headers,
    )


def _for(call: Call, reply: Reply) -> Reply:
    """A reply to a narrower call, as the answer to the whole one."""
    return Reply(call, reply.body, reply.status, reply.failure, reply.problems)


def woven(call: Call, parts: Sequence[Sequence[int]], replies: Sequence[Reply]) -> Reply:
    """Replies about parts of a call → one reply about all of it; what nobody was asked about is null."""
    failed = next(
        (reply for reply in replies if reply.failure is not None or reply.body is None), None
    )
    if failed is not None:
        return Reply(call, failed.body, failed.status, failed.failure, failed.problems)
    names = call.fetch.answers
    starts = [sum(call.sizes[:group]) for group in range(len(names))]
    data: dict[str, list[Any]] = {n: [None] * s for n, s in zip(names, call.sizes, strict=True)}
    errors: list[Any] = []
    for indexes, reply in zip(parts, replies, strict=True):
        try:
            body = orjson.loads(reply.body or b"null")
        except orjson.JSONDecodeError:
            return _for(call, reply)
        places = _places(indexes, starts, call.sizes)
        if not _fill(data, names, places, body):
            return _for(call, reply)
        errors += [_moved(error, names, places) for error in body.get("errors") or ()]
    found: dict[str, Any] = {"data": data} | ({"errors": errors} if errors else {})
    return Reply(call, orjson.dumps(found))


def _places(indexes: Sequence[int], starts: Sequence[int], sizes: Sequence[int]) -> list[list[int]]:
    """By group, where in the whole call's group each entity of a part stands."""
    return [
        [index - start for index in indexes if start <= index < start + size]
        for start, size in zip(starts, sizes, strict=True)
    ]


def _fill(
    data: dict[str, list[Any]], names: Sequence[str], places: Sequence[Sequence[int]], body: Any
) -> bool:
    """Puts a part's entities into their places; False when the part is no whole answer."""
    found = body.get("data") if isinstance(body, dict) else None
    if not isinstance(found, dict):
        return False
    for name, wanted in zip(names, places, strict=True):
        entities = found.get(name)
        if wanted and (not isinstance(entities, list) or len(entities) != len(wanted)):
            return False
        for place, entity in zip(wanted, entities or (), strict=False):
            data[name][place] = entity
    return True


def _moved(error: Any, names: Sequence[str], places: Sequence[Sequence[int]]) -> Any:
    path = error.get("path") if isinstance(error, dict) else None
    if not isinstance(path, list) or len(path) < 2 or path[0] not in names:
        return error
    group = places[names.index(path[0])]
    if not isinstance(path[1], int) or not 0 <= path[1] < len(group):
        return {**error, "path": None}
    return {**error, "path": [path[0], group[path[1]], *path[2:]]}
