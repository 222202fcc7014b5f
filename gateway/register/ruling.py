"""An opening and the facts about one child in one island → what is released, and what is missing.

Monotone: more facts never release less. An emergency stands in for the conditions that its purpose lists,
never for a missing grant, a prohibition or a seal: those are not conditions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.register.bits import Scale
from gateway.register.conditions import (
    CONDITIONS,
    EVERYTHING,
    NEVER_OVERRIDDEN,
    Facts,
    Scope,
    within,
)
from gateway.register.opening import Opening


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is released for one child in one island, out of what was asked.

    `missing` names each condition that kept something closed, with what it kept; it is for the
    record and for the roles the register lets be told. `overridden` was opened by an emergency.
    """

    released: int
    withheld: int
    missing: Mapping[str, int]
    overridden: int = 0


def rule(
    opening: Opening, facts: Facts, scale: Scale, asked: int, *, emergency: bool = False
) -> Ruling:
    """Decide. `emergency`: a break-glass grant that is valid for this caller, child and moment."""
    holds = _holding(opening, facts, scale)
    plain = _released(opening, holds) & asked
    released = plain
    if emergency:
        stood_in = opening.purpose.break_glass - NEVER_OVERRIDDEN
        released = _released(opening, {**holds, **dict.fromkeys(stood_in, scale.full)}) & asked
    withheld = asked & opening.open & ~released
    return Ruling(
        released, asked & ~released, _missing(opening, holds, withheld), released & ~plain
    )


def _holding(opening: Opening, facts: Facts, scale: Scale) -> dict[str, int]:
    """Each condition of the opening → the permissions it holds for."""
    names = dict.fromkeys(name for way in opening.ways for name in way.conditions)
    return {name: scale.within(_scope(name, opening, facts)) for name in names}


def _scope(name: str, opening: Opening, facts: Facts) -> Scope:
    if name == "age":
        bounds = opening.purpose.age_months
        return within(bounds, facts) if bounds else EVERYTHING
    return CONDITIONS[name](facts)


def _released(opening: Opening, holds: Mapping[str, int]) -> int:
    released = 0
    for way in opening.ways:
        opens = way.opens
        for name in way.conditions:
            opens &= holds[name]
        released |= opens
    return released


def _missing(opening: Opening, holds: Mapping[str, int], withheld: int) -> dict[str, int]:
    missing: dict[str, int] = {}
    for way in opening.ways:
        for name in way.conditions:
            kept = way.opens & ~holds[name] & withheld
            if kept:
                missing[name] = missing.get(name, 0) | kept
    return missing
