"""Answers → the one tree: only what was asked for; what is known stays, what was null or absent is filled.

A null never replaces a value. Of two type names the one that names an object type wins: a subgraph
that knows a type as an interface object can only say the interface's name.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from gateway.federation.execution.collect import Spot
from gateway.federation.selection import On, Selections

Wanted = Mapping[str, Any]
"""The response keys that were asked for, each with what was asked inside it (nothing for a leaf)."""


def wanted(selections: Selections) -> dict[str, Any]:
    """The keys of all fragments together: the runtime type decides which of them are there."""
    found: dict[str, Any] = {}
    for one in selections:
        inside = wanted(one.inside)
        _join(found, inside if isinstance(one, On) else {one.key: inside})
    return found


def _join(found: dict[str, Any], more: Wanted) -> None:
    for key, inside in more.items():
        _join(found.setdefault(key, {}), inside)


class Merger:
    """Merges, and counts the lists that two subgraphs gave in different lengths."""

    __slots__ = ("_object_types", "uneven")

    def __init__(self, object_types: Container[str]) -> None:
        self._object_types = object_types
        self.uneven = 0

    def into_all(self, spots: Sequence[Spot], source: dict[str, Any], asked: Wanted) -> None:
        """Merge what was asked for into each object; no two share a part that can change."""
        for spot in spots:
            self.into(spot.object, source, asked)

    def into(self, target: dict[str, Any], source: dict[str, Any], asked: Wanted) -> None:
        """Merge one object into another, in place."""
        for key, inside in asked.items():
            if key not in source:
                continue
            value = source[key]
            if key == "__typename":
                target[key] = self._typename(target.get(key), value)
            elif key not in target or target[key] is None:
                target[key] = cut(value, inside) if inside else value
            elif value is not None:
                target[key] = self._merged(target[key], value, inside)

    def _merged(self, old: Any, new: Any, inside: Wanted) -> Any:
        if isinstance(old, dict) and isinstance(new, dict) and inside:
            self.into(old, new, inside)
            return old
        if isinstance(old, list) and isinstance(new, list) and inside:
            return self._zipped(old, new, inside)
        return old if new is None else cut(new, inside)

    def _zipped(self, old: list[Any], new: list[Any], inside: Wanted) -> list[Any]:
        self.uneven += len(old) != len(new)
        both = min(len(old), len(new))
        # In place: objects of the old list may be in the hands of a step that waits.
        for place in range(both):
            old[place] = self._merged(old[place], new[place], inside)
        old.extend(cut(one, inside) for one in new[both:])
        return old

    def _typename(self, old: Any, new: Any) -> Any:
        return new if old not in self._object_types and new is not None else old


def cut(value: Any, inside: Wanted) -> Any:
    """The asked part of a value, sharing nothing that can change; what has no inside is a scalar."""
    if not inside:
        return value
    if isinstance(value, dict):
        return {key: cut(value[key], further) for key, further in inside.items() if key in value}
    if isinstance(value, list):
        return [cut(one, inside) for one in value]
    return value
