"""Answers → the one tree: what is known stays, what was null or absent is filled.

A null never replaces a value. Of two type names the one that names an object type wins: a subgraph
that knows a type as an interface object can only say the interface's name.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from gateway.federation.execution.collect import Spot


class Merger:
    """Merges, and counts the lists that two subgraphs gave in different lengths."""

    __slots__ = ("_object_types", "uneven")

    def __init__(self, object_types: Container[str]) -> None:
        self._object_types = object_types
        self.uneven = 0

    def into_all(self, spots: Sequence[Spot], source: dict[str, Any]) -> None:
        """Merge into each object; all but the first get copies, so that no two share a part."""
        for spot in spots[1:]:
            self.into(spot.object, copied(source))
        if spots:
            self.into(spots[0].object, source)

    def into(self, target: dict[str, Any], source: dict[str, Any]) -> None:
        """Merge one object into another, in place."""
        for key, value in source.items():
            if key not in target:
                target[key] = value
            elif key == "__typename":
                target[key] = self._typename(target[key], value)
            elif value is not None:
                target[key] = self._merged(target[key], value)

    def _merged(self, old: Any, new: Any) -> Any:
        if isinstance(old, dict) and isinstance(new, dict):
            self.into(old, new)
            return old
        if isinstance(old, list) and isinstance(new, list):
            return self._zipped(old, new)
        return old if new is None else new

    def _zipped(self, old: list[Any], new: list[Any]) -> list[Any]:
        self.uneven += len(old) != len(new)
        both = min(len(old), len(new))
        # In place: objects of the old list may be in the hands of a step that waits.
        old[:both] = map(self._merged, old[:both], new[:both])
        old.extend(new[both:])
        return old

    def _typename(self, old: Any, new: Any) -> Any:
        return new if old not in self._object_types and new is not None else old


def copied(value: Any) -> Any:
    """The same JSON value, sharing nothing that can change."""
    if isinstance(value, dict):
        return {key: copied(inside) for key, inside in value.items()}
    if isinstance(value, list):
        return [copied(inside) for inside in value]
    return value
