"""Tree and path → the objects there, each with where it was found.

Places are parent-linked pairs, so nothing is built for them until an error asks where it happened.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from gateway.federation.planning.steps import Each, Key, Only, Path, Segment

Place = tuple[Any, str | int] | None
"""The way back to the root: (the place before, the key or index from there); None is the root."""


class Spot(NamedTuple):
    """An object of the tree and where it stands."""

    object: dict[str, Any]
    place: Place


def collect(tree: dict[str, Any], path: Path) -> list[Spot]:
    """The objects at `path` in the tree's order; absent and null ones, and what is no object, are left out."""
    spots: list[tuple[Any, Place]] = [(tree, None)]
    for segment in path:
        spots = _further(spots, segment)
    return [Spot(cast("dict[str, Any]", v), p) for v, p in spots if isinstance(v, dict)]


def _further(spots: list[tuple[Any, Place]], segment: Segment) -> list[tuple[Any, Place]]:
    match segment:
        case Key(name):
            return [
                (value, (place, name))
                for found, place in spots
                if isinstance(found, dict) and (value := found.get(name)) is not None
            ]
        case Each():
            return [one for value, place in spots for one in _elements(value, place)]
        case Only(types):
            return [
                (found, place)
                for found, place in spots
                if isinstance(found, dict) and found.get("__typename") in types
            ]


def _elements(value: Any, place: Place) -> list[tuple[Any, Place]]:
    if not isinstance(value, list):
        return [(value, place)]
    return [
        one
        for index, element in enumerate(value)
        if element is not None
        for one in _elements(element, (place, index))
    ]


def steps_to(place: Place) -> list[str | int]:
    """The place as a path from the root."""
    found: list[str | int] = []
    while place is not None:
        place, key = place
        found.append(key)
    return found[::-1]
