"""The graph as crossing sees it: keys of an island → the link node's crossings, one request for many keys.

The link node is asked through the same signed door as any subgraph: it sees purpose, role and
organisation, and decides for each child.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
import orjson

from gateway.crossing import Crossed, Crossing, Link
from gateway.crossing.door import Ask, Key, LinkUnavailable, Told
from gateway.federation.execution.transport import Call, Fetch, Reply, Transport, prefix
from gateway.federation.planning.steps import Kind, Step
from gateway.federation.selection import fields
from gateway.federation.supergraph import Supergraph
from gateway.purpose.labels import Labels
from gateway.register import Register

log = logging.getLogger(__name__)

DOCUMENT = (
    "query($island: String!, $keys: [String!]!)"
    "{crossings(island: $island, keys: $keys){subject open missing{condition categories}}}"
)


Opened = tuple[int, tuple[tuple[str, int], ...]]
"""What is open, as a mask, and the conditions that were missing, each with what it would have opened."""

WHOSE = "query($island: String!, $keys: [String!]!){subjects(island: $island, keys: $keys)}"
AT_ONCE = 1_000
"""Keys in one question: as many as the link node takes."""


async def identify(crossed: Crossed, door: Transport, register: Register) -> None:
    """Finds out whose the rows are that islands' own staff read: a question for each island, beside each other.

    Whom the link node does not name stays unnamed: the record says of whom by a digest alone.
    """
    fetch = _fetch(register.link_subgraph, WHOSE)
    await asyncio.gather(
        *(
            _named(fetch, door, (island, keys[first : first + AT_ONCE]), crossed)
            for island, read in crossed.read.items()
            if (keys := [key for key, subject in read.items() if subject is None])
            for first in range(0, len(keys), AT_ONCE)
        )
    )


async def _named(
    fetch: Fetch, door: Transport, asked: tuple[str, Sequence[Key]], crossed: Crossed
) -> None:
    island, keys = asked
    written = [orjson.dumps(dict(key)).decode() for key in keys]
    reply = await door.send(Call(fetch, {"island": island, "keys": written}))
    try:
        found = orjson.loads(reply.body or b"null")
        crossed.read[island].update(zip(keys, found["data"]["subjects"], strict=True))
        crossed.kin.update(found.get("extensions", {}).get("kin", ()))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        log.warning("the link node did not say whose %d rows of %s are", len(keys), island)


def asking(door: Transport, register: Register) -> Ask:
    """Asks the link node about keys, for the one request that the door was made for."""
    fetch = _fetch(register.link_subgraph, DOCUMENT)

    async def ask(island: str, keys: Sequence[Key]) -> list[Crossing | None]:
        written = [orjson.dumps(dict(key)).decode() for key in keys]
        reply = await door.send(Call(fetch, {"island": island, "keys": written}))
        if reply.failure is not None or reply.body is None:
            raise LinkUnavailable
        return _crossings(reply.body, len(keys), register)

    return ask


class _One(msgspec.Struct):
    """A child in a reply. What is open and what is missing stay as they are written, to be read once for all."""

    subject: str
    open: msgspec.Raw
    missing: msgspec.Raw
    seen: bool = True


class _Alike(msgspec.Struct):
    island: str
    open: msgspec.Raw
    missing: msgspec.Raw
    children: list[tuple[str, dict[str, str]]]


class _Extensions(msgspec.Struct):
    crossings: list[_One] | None = None
    ways: list[_Alike] = []
    whose: list[dict[str, Any]] | None = None
    kin: list[str] = []


class _Told(msgspec.Struct):
    extensions: _Extensions = msgspec.field(default_factory=_Extensions)


_read_told = msgspec.json.Decoder(_Told).decode


def telling(register: Register) -> Link:
    """How the link node's own replies say which children they are about. Made once: it remembers what it read."""

    @lru_cache(maxsize=4_096)
    def opened(open_: bytes, missing: bytes) -> Opened:
        return _opened(orjson.loads(open_), orjson.loads(missing), register)

    def told(reply: Reply) -> Told:
        if reply.body is None:
            return Told()
        try:
            found = _read_told(reply.body).extensions
            children = None if found.crossings is None else _told(found.crossings, opened)
            return Told(children, dict(_ways(found.ways, opened)), found.kin)
        except (msgspec.DecodeError, KeyError, TypeError, ValueError, AttributeError):
            return Told()

    return Link(register.link_subgraph, told, _read_keys)


def _read_keys(reply: Reply) -> list[Key] | None:
    try:
        found = _read_told(reply.body or b"null").extensions.whose
    except msgspec.DecodeError:
        return None
    return None if found is None else [tuple(sorted(key.items())) for key in found]


def _told(found: Sequence[_One], opened: Callable[[bytes, bytes], Opened]) -> list[Crossing]:
    return [
        Crossing(one.subject, *opened(bytes(one.open), bytes(one.missing)), one.seen)
        for one in found
    ]


def _ways(
    found: Sequence[_Alike], opened: Callable[[bytes, bytes], Opened]
) -> Iterator[tuple[tuple[str, Key], Crossing]]:
    """Of each group of children who are alike in an island, every one with its own key."""
    for group in found:
        alike = opened(bytes(group.open), bytes(group.missing))
        for subject, key in group.children:
            yield (group.island, tuple(sorted(key.items()))), Crossing(subject, *alike)


@lru_cache(maxsize=16)
def _fetch(subgraph: str, document: str) -> Fetch:
    step = Step(0, subgraph, Kind.ROOT, "query", (), (), (), (), document, ("island", "keys"))
    return Fetch(
        subgraph, "query", ((step,),), (), (), step.variables, document, (), prefix(document)
    )


def _crossings(body: bytes, asked: int, register: Register) -> list[Crossing | None]:
    """Raises LinkUnavailable for anything but one whole answer for each key."""
    try:
        answer = orjson.loads(body)
        found = answer["data"]["crossings"]
        if answer.get("errors") or len(found) != asked:
            raise LinkUnavailable
        return [None if one is None else _crossing(one, register) for one in found]
    except (orjson.JSONDecodeError, KeyError, TypeError) as unreadable:
        raise LinkUnavailable from unreadable


def _crossing(one: Any, register: Register) -> Crossing:
    opened = _opened(one["open"], one["missing"], register)
    return Crossing(one["subject"], *opened, one.get("seen", True))


def _opened(open_: Any, missing: Any, register: Register) -> Opened:
    reasons = tuple(
        (reason["condition"], register.scale.read(reason["categories"])) for reason in missing
    )
    return register.scale.read(open_), reasons


@dataclass(frozen=True, slots=True)
class Graph:
    """What crossing needs to know of the graph: what a field needs, and where it leads."""

    supergraph: Supergraph
    labels: Labels

    def need(self, owner: str, field: str) -> int | None:
        """The permissions that a field needs; None when it has no label."""
        return self.labels.need(owner, field)

    def leads_to(self, owner: str, field: str) -> str:
        """The named type of a field."""
        return self.supergraph.types[owner].fields[field].type.name


def crossing_keys(supergraph: Supergraph, link: str) -> Mapping[str, tuple[str, ...]]:
    """The entities of islands that the link node says whose they are, and by which key fields."""
    found: dict[str, tuple[str, ...]] = {}
    for name, one in supergraph.types.items():
        join = one.joins.get(link)
        if join and join.keys and len(one.joins) > 1:
            found[name] = tuple(sorted(f.name for f in fields(join.keys[0].fields)))
    return found
