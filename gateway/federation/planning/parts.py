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
    """Where a part's fragment stands: the ways there in the tree, the place, and the fragment.

    Its objects are of these `types` of the API; `type` is the type that was narrowed to them.
    """

    paths: tuple[Path, ...]
    place: Place
    fragment: On
    type: str
    types: frozenset[str]


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
    types = possible(operation.schema, operation.root)
    start = _Way(operation.root, operation.root, types, root, ((),))
    found = _find(operation, start, operation.written, part)
    assert found is not None
    return found


@dataclass(frozen=True, slots=True)
class _Way:
    """`written` is the type that selections are written on; the rest as in Found."""

    written: str
    type: str
    types: frozenset[str]
    place: Place
    paths: tuple[Path, ...]


def _find(operation: Operation, way: _Way, chosen: Selections, part: int) -> Found | None:
    for one in chosen:
        if isinstance(one, On):
            ahead = _narrowed(operation, way, one)
            if one.part == part:
                return Found(ahead.paths, way.place, one, ahead.type, ahead.types)
        elif one.inside and not one.name.startswith("__"):
            ahead = _down(operation, way, one)
        else:
            continue
        found = _find(operation, ahead, one.inside, part)
        if found is not None:
            return found
    return None


def _narrowed(operation: Operation, way: _Way, one: On) -> _Way:
    """Into a fragment; only with some types, when they are fewer than may stand there."""
    types = way.types & possible(operation.schema, one.type)
    if types == way.types:
        return replace(way, written=one.type)
    return _Way(one.type, one.type, types, way.place, _longer(way, Only(types)))


def _down(operation: Operation, way: _Way, one: Field) -> _Way:
    """Into a field, which may be under different keys for objects of different types."""
    owners = sorted(way.types) or [way.written]
    keys: dict[str, set[str]] = {}
    for name in owners:
        keys.setdefault(way.place.tree_key(name, one.key), set()).add(name)
    if len(keys) == 1:
        paths = _longer(way, *map(Key, keys))
    else:
        apart = (_longer(way, Only(frozenset(on)), Key(key)) for key, on in keys.items())
        paths = tuple(path for some in apart for path in some)
    declared = operation.schema.type_map[owners[0]].fields[one.name].type  # type: ignore[attr-defined]
    if is_list_type(get_nullable_type(declared)):
        paths = tuple((*path, Each()) for path in paths)
    below = field_type(operation.schema, way.written, one.name).name
    types = possible(operation.schema, below)
    return _Way(below, below, types, way.place.child(one.key), paths)


def _longer(way: _Way, *more: Segment) -> tuple[Path, ...]:
    return tuple((*path, *more) for path in way.paths)
