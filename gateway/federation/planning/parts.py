"""An operation with `@defer` → its parts: what is asked at once, and what may come later, and where.

Part 0 is all that is not deferred; every deferred fragment is a part of its own, and a fragment deferred
inside it is another. A part keeps the fields on the way to its fragment, because the walk starts at the
root, and nothing else of what stands beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from graphql import get_nullable_type, is_list_type

from gateway.federation.planning.operation import Operation
from gateway.federation.planning.places import Place
from gateway.federation.planning.standing import field_type, possible
from gateway.federation.planning.steps import Each, Key, Only, Path, Segment
from gateway.federation.selection import Field, On, Selections


@dataclass(frozen=True, slots=True)
class Found:
    """Where a part's fragment stands: the way there in the tree, the place, and the fragment."""

    path: Path
    place: Place
    fragment: On


def at_once(selections: Selections) -> Selections:
    """The selections without anything deferred."""
    return tuple(_kept(selections, 0))


def later(selections: Selections, part: int) -> Selections:
    """The one deferred part, with the way to it."""
    return tuple(_way(selections, part))


def _kept(selections: Selections, part: int) -> Iterator[Field | On]:
    for one in selections:
        if isinstance(one, On) and one.part:
            continue
        inside = tuple(_kept(one.inside, part))
        if inside or not one.inside:
            yield replace(one, inside=inside)
        elif isinstance(one, Field):
            # Everything below is deferred: that there is something is still answered at once.
            yield replace(one, inside=(Field("__typename"),))


def _way(selections: Selections, part: int) -> Iterator[Field | On]:
    for one in selections:
        if isinstance(one, On) and one.part == part:
            yield On(one.type, tuple(_kept(one.inside, part)))
        elif inside := tuple(_way(one.inside, part)):
            yield (
                replace(one, part=0, inside=inside)
                if isinstance(one, On)
                else replace(one, inside=inside)
            )


def find(operation: Operation, root: Place, part: int) -> Found:
    """Where a part's fragment stands in the tree, once the tree's keys are final."""
    found = _find(operation, operation.root, operation.written, root, (), part)
    assert found is not None
    return found


def _find(
    operation: Operation, name: str, chosen: Selections, place: Place, path: Path, part: int
) -> Found | None:
    for one in chosen:
        if isinstance(one, On):
            here = (*path, *_narrowed(operation, name, one.type))
            if one.part == part:
                return Found(here, place, one)
            found = _find(operation, one.type, one.inside, place, here, part)
        elif one.inside and not one.name.startswith("__"):
            below = field_type(operation.schema, name, one.name).name
            here = (*path, *_down(operation, name, one, place))
            found = _find(operation, below, one.inside, place.child(one.key), here, part)
        else:
            continue
        if found is not None:
            return found
    return None


def _narrowed(operation: Operation, name: str, to: str) -> tuple[Segment, ...]:
    """The types that a fragment goes on with, when they are fewer than may stand there."""
    types = possible(operation.schema, name) & possible(operation.schema, to)
    return () if types == possible(operation.schema, name) else (Only(types),)


def _down(operation: Operation, name: str, one: Field, place: Place) -> tuple[Segment, ...]:
    owners = sorted(possible(operation.schema, name)) or [name]
    key = Key(place.tree_key(owners[0], one.key))
    declared = operation.schema.type_map[owners[0]].fields[one.name].type  # type: ignore[attr-defined]
    return (key, Each()) if is_list_type(get_nullable_type(declared)) else (key,)
