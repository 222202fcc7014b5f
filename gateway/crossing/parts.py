"""A call, and for whom what is open → its parts, each cut to what is open; sent, they are one reply again.

Representations of children for whom the same is open go together. Of what was cut the reply says that it is not
available, at each child's place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from gateway.crossing.narrow import Narrowed, Narrower
from gateway.crossing.told import Crossing
from gateway.crossing.weave import answering, woven
from gateway.federation.execution.transport import Call, Problem, Reply, Transport

NOT_AVAILABLE = "NOT_AVAILABLE"
WITHHELD = "WITHHELD"
"""Instead of it, to a role that the register lets know that something of a child it sees is kept back; never why."""
MESSAGE = "not available"

Part = tuple[tuple[int, ...], Narrowed]
"""Some of a call's representations, by index, and what is asked about them."""


def parts(call: Call, crossings: Sequence[Crossing | None], narrower: Narrower) -> list[Part]:
    """The representations sorted by what is open for their child: nothing, where there is none."""
    by_open: dict[int, list[int]] = {}
    for index, one in enumerate(crossings):
        by_open.setdefault(0 if one is None else one.open, []).append(index)
    return [
        (tuple(indexes), narrower.narrowed(call.fetch, opened))
        for opened, indexes in by_open.items()
    ]


async def sent(door: Transport, call: Call, parted: Sequence[Part]) -> Reply:
    """The reply to those parts about which something is left to ask."""
    asked = [(places, part) for indexes, part in parted if (places := _asked(call, indexes, part))]
    if len(asked) == 1 and len(asked[0][0]) == len(call.representations):
        return answering(call, await door.send(_as(call, asked[0][1])))
    replies = await asyncio.gather(
        *(door.send(_as(call.only(places), part)) for places, part in asked)
    )
    return woven(call, [places for places, _ in asked], replies)


def problems(parted: Sequence[Part], kept_back: frozenset[int]) -> list[Problem]:
    """What was cut, at the place of each child; of those `kept_back` it is said that there is something."""
    return [
        Problem(
            WITHHELD if index in kept_back else NOT_AVAILABLE,
            MESSAGE,
            position=index,
            path=cut.path,
        )
        for indexes, part in parted
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
