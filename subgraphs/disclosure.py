"""True counts of one table → what may be published of it: `*` for few, the rest rounded, and a total that gives none away.

The rule is NHS England's for counts below national level: 1 to 7 is not shown, everything else is rounded
to the nearest 5, zeros stay (trust.md §5.7). Besides it: nothing of a population of fewer than ten, and
nothing to which fewer than three institutions contribute, because each of two could subtract its own.

Rounding alone would not do. Beside `*`, 10 and 10, a total of 15 says that `*` is 1: the two tens are at least
eight each, and the total is at most seventeen. So a total is drawn in towards the cells until it is one
that they could have with every `*` anywhere from 1 to 7. How far is worked out from the cells as they are
shown, and from nothing else: that it was drawn in tells nobody anything. Of each `*` at least five values
stay possible, to someone who knows this rule too; the tests try every small table there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FEW = 7
NEAREST = 5
LEAST_PEOPLE = 10
LEAST_INSTITUTIONS = 3

_OFF = NEAREST // 2


@dataclass(frozen=True, slots=True)
class Counted:
    """A true count. `institutions` is how many contribute to it; None where none does, as the people are counted
    by who asks."""

    people: int
    institutions: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be published: a multiple of five, or None for `*`."""

    total: int | None
    cells: Mapping[str, int | None]


def shown(total: Counted, cells: Mapping[str, Counted]) -> Shown:
    """A table as it may be published. `cells` divide the people of `total` between them."""
    if 0 < total.people < LEAST_PEOPLE:
        return Shown(None, dict.fromkeys(cells))
    public = {name: _cell(one) for name, one in cells.items()}
    hides_many = any(one.people > FEW and public[name] is None for name, one in cells.items())
    if _of_few(total) or hides_many:
        return Shown(None, public)
    return Shown(_drawn_in(_rounded(total.people), list(public.values())), public)


def _cell(one: Counted) -> int | None:
    return None if 1 <= one.people <= FEW or _of_few(one) else _rounded(one.people)


def _of_few(one: Counted) -> bool:
    if one.institutions is None or one.people == 0:
        return False
    return one.institutions < LEAST_INSTITUTIONS


def _rounded(people: int) -> int:
    return NEAREST * ((2 * people + NEAREST) // (2 * NEAREST))


def _drawn_in(total: int, cells: Sequence[int | None]) -> int:
    """The multiple of five next to `total` that leaves each `*` anything from 1 to 7."""
    stars = sum(one is None for one in cells)
    if not stars:
        return total
    least = sum(max(FEW + 1, one - _OFF) for one in cells if one)
    most = sum(one + _OFF for one in cells if one)
    # One of them may be seven with the others one each, and one with the others seven each.
    lowest = least + FEW + (stars - 1) - _OFF
    highest = most + 1 + FEW * (stars - 1) + _OFF
    return min(max(total, -(-lowest // NEAREST) * NEAREST), highest // NEAREST * NEAREST)
