"""Keys of an island → the link node's crossings, or whose they are: one question for many keys.

The link node is asked through the same signed door as any subgraph: it sees purpose, role and
organisation, and decides for each child.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson

from gateway.crossing import Ask, Crossed, Crossing, Key, LinkUnavailable
from gateway.federation.execution.transport import Call, Fetch, Transport, prefix
from gateway.federation.planning.steps import Kind, Step
from gateway.linking.opened import opened
from gateway.register import Register

log = logging.getLogger(__name__)

DOCUMENT = (
    "query($island: String!, $keys: [String!]!)"
    "{crossings(island: $island, keys: $keys){subject open missing{condition categories}}}"
)
WHOSE = "query($island: String!, $keys: [String!]!){subjects(island: $island, keys: $keys)}"
AT_ONCE = 1_000
"""Keys in one question: as many as the link node takes."""


def asking(door: Transport, register: Register) -> Ask:
    """Asks the link node about keys, for the one request that the door was made for."""

    async def ask(island: str, keys: Sequence[Key]) -> list[Crossing | None]:
        fetch = _fetch(register.link_subgraph, DOCUMENT)
        written = [orjson.dumps(dict(key)).decode() for key in keys]
        reply = await door.send(Call(fetch, {"island": island, "keys": written}))
        if reply.failure is not None or reply.body is None:
            raise LinkUnavailable
        return _crossings(reply.body, len(keys), register)

    return ask


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
    found = opened(one["open"], one["missing"], register)
    return Crossing(one["subject"], *found, one.get("seen", True))
