"""The same fetch for the same kind of object below different types → one, for any of these types.

Runs when keys are final: only then is it known that the ways to the objects read alike.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.federation.planning.drafts import Being, Draft, Route, replaced
from gateway.federation.planning.finish import path, selections
from gateway.federation.planning.steps import Only, Path


def merge_routes(drafts: Sequence[Draft]) -> list[Draft]:
    """Merge every two that differ in one type of their routes and in nothing else."""
    found = list(drafts)
    for one in drafts:
        for other in drafts:
            if one is not other and one in found and other in found and _are_equal(one, other):
                difference = _difference(path(one.route), path(other.route))
                if difference is not None:
                    one.route = _united(one.route, other.route)
                    found = replaced(found, other, one)
    return found


def _are_equal(one: Draft, other: Draft) -> bool:
    return (
        one.goes_with(other)
        and len(one.route) == len(other.route)
        and one.sendings == other.sendings
        and selections(one.output) == selections(other.output)
    )


def _difference(one: Path, other: Path) -> int | None:
    """Where two paths have different types, if that is all the difference there is."""
    if len(one) != len(other):
        return None
    differing = [
        place for place, pair in enumerate(zip(one, other, strict=True)) if len({*pair}) > 1
    ]
    if len(differing) == 1:
        place = differing[0]
        if isinstance(one[place], Only) and isinstance(other[place], Only):
            return place
    return None


def _united(one: Route, other: Route) -> Route:
    return tuple(
        Being(mine.types | theirs.types)
        if isinstance(mine, Being) and isinstance(theirs, Being)
        else mine
        for mine, theirs in zip(one, other, strict=True)
    )
