"""The parts of calls, and for whom each was open → what was decided for each child in each island, for the record.

While a request runs its parts are only kept; what each releases and withholds is worked out once, at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from gateway.crossing.narrow import Measured
from gateway.crossing.told import Crossing, Reasons

KEPT = 4_000
"""Decisions remembered: of children about whom the same is asked, most are decided about alike."""

NO_CHILD = "no_child"
NOT_OPEN = "not_open"
NO_CROSSING = "no_crossing"

Place = tuple[str | None, str]
"""A child, by its ledger pseudonym or None for nobody that is known, and an island."""


Fields = dict[str, None] | MappingProxyType[str, None]
Refusals = dict[str, str] | MappingProxyType[str, str]


class Decision(msgspec.Struct, frozen=True, eq=False):
    """What was decided for one child in one island: coordinates released, and withheld with why.

    One that is made here is shared by all about whom the same was decided, in every request: nobody can change it.
    """

    released: Fields = MappingProxyType({})
    withheld: Refusals = MappingProxyType({})

    def __or__(self, later: Decision) -> Decision:
        """Both; of two reasons for one coordinate, the first."""
        return Decision(self.released | later.released, later.withheld | self.withheld)


NOBODY: Sequence[Crossing | None] = (None,)


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing was told of anybody, and why."""

    why: str


Decided = tuple[str, Sequence[Crossing | None], Measured | Silence]
"""An island, whose representations some were (None: the link node knows no such child), and what is open of
what was asked about them: the same for all."""


def decisions(decided: Iterable[Decided]) -> dict[Place, Decision]:
    """What was decided, by child and island, in the order of its being decided."""
    found: dict[Place, Decision] = {}
    for island, children, part in decided:
        for one in children:
            subject, reasons = (None, None) if one is None else (one.subject, one.reasons)
            place, decision = (subject, island), _decision(part, reasons)
            before = found.get(place)
            if before is not decision:
                found[place] = decision if before is None else before | decision
    return found


def unseen(child: Crossing) -> Silence:
    """Of a child whom whoever asked was told nothing of: the first condition that was missing."""
    return Silence(next((name for name, _ in child.reasons), NOT_OPEN))


_made: dict[tuple[int, int, Reasons | None], tuple[Measured, Decision]] = {}
"""By what was kept and what was cut, each the one object that it is, and why. The part is held beside its decision:
while it is, no other object has the same id."""


def _decision(part: Measured | Silence, reasons: Reasons | None) -> Decision:
    if isinstance(part, Silence):
        return Decision(withheld={"*": part.why})
    place = (id(part.kept), id(part.cuts), reasons if part.cuts else ())
    made = _made.get(place)
    if made is None:
        if len(_made) >= KEPT:
            _made.clear()
        made = _made[place] = (part, _weighed(part, reasons))
    return made[1]


def _weighed(part: Measured, reasons: Reasons | None) -> Decision:
    withheld: dict[str, str] = {}
    for cut in part.cuts:
        withheld.setdefault(cut.coordinate, _reason(reasons, cut.need))
    return Decision(MappingProxyType(dict(part.kept)), MappingProxyType(withheld))


def _reason(reasons: Reasons | None, need: int) -> str:
    """Why, for the record and never for the caller: the condition that was missing."""
    if reasons is None:
        return NO_CROSSING
    return next((name for name, mask in reasons if mask & need), NOT_OPEN)
