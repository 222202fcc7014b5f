"""Tree and Shape → what the client gets: only what was asked, in the client's order.

A whitelist (I-8): the answer is built anew from the shape, so nothing that a subgraph added, and
nothing fetched for a key or a requirement, can be in it (I-5). Null in a position that may not be
null takes the nearest position that may with it, up to the whole answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.federation.execution import faults
from gateway.federation.planning.steps import Branch, Leaf, Shape

_TYPENAME = "__typename"
_BUILT_IN = frozenset({"String", "Int", "Float", "Boolean", "ID", _TYPENAME})

_SCALARS = (str, int, float)

NOTHING = object()
"""A null that has been reported already: it may take the position above with it, in silence."""


class Projector:
    """One projection: the shape applied to the tree, and what was found wrong on the way."""

    __slots__ = ("_path", "wrong")

    def __init__(self, path: Sequence[str | int] = ()) -> None:
        self._path: list[str | int] = list(path)
        self.wrong: list[tuple[list[str | int], str]] = []
        """Client path and message."""

    def answer(self, found: Any, shape: Shape) -> dict[str, Any] | None:
        """What the client gets of an object of the tree; None when null reached it."""
        projected = self._object(found, shape)
        return projected if isinstance(projected, dict) else None

    def value(self, found: Any, field: Branch) -> Any:
        """What the client gets under one key; what is `wrong` makes it worthless."""
        return self._level(found, field, 0)

    def _object(self, found: Any, shape: Shape) -> Any:
        if not isinstance(found, dict):
            return self._wrong("the subgraph's value is no object")
        runtime = found.get(_TYPENAME) if shape.abstract else shape.type
        fields = shape.fields.get(runtime) if isinstance(runtime, str) else None
        if fields is None:
            return None
        answer: dict[str, Any] = {}
        for field in fields:
            value = self._field(found, field, runtime)
            if value is NOTHING:
                return NOTHING
            answer[field.key] = value
        return answer

    def _field(self, found: dict[str, Any], field: Leaf | Branch, runtime: Any) -> Any:
        if field.source == _TYPENAME:
            return runtime
        value = found.get(field.source)
        if isinstance(value, _SCALARS) and isinstance(field, Leaf) and _is_plain(field):
            return value  # most values are such: nothing can be wrong with them
        self._path.append(field.key)
        value = self._level(value, field, 0)
        self._path.pop()
        return value

    def _level(self, value: Any, field: Leaf | Branch, level: int) -> Any:
        if value is not None:
            value = self._complete(value, field, level)
        if field.required[level]:
            return self._wrong("null where the schema allows none") if value is None else value
        return None if value is NOTHING else value

    def _complete(self, value: Any, field: Leaf | Branch, level: int) -> Any:
        if level < len(field.required) - 1:
            return self._list(value, field, level)
        return (
            self._object(value, field.inside)
            if isinstance(field, Branch)
            else self._leaf(value, field)
        )

    def _list(self, value: Any, field: Leaf | Branch, level: int) -> Any:
        if not isinstance(value, list):
            return self._wrong("the subgraph's value is no list")
        answer = []
        for index, element in enumerate(value):
            self._path.append(index)
            one = self._level(element, field, level + 1)
            self._path.pop()
            if one is NOTHING:
                return NOTHING
            answer.append(one)
        return answer

    def _leaf(self, value: Any, field: Leaf) -> Any:
        if field.values is not None:
            if not isinstance(value, str) or value not in field.values:
                return self._wrong(f"the value is none of {field.scalar}'s")
        elif isinstance(value, dict | list) and field.scalar in _BUILT_IN:
            return self._wrong(f"the value is no {field.scalar}")
        return value

    def _wrong(self, message: str) -> Any:
        self.wrong.append((list(self._path), message))
        return NOTHING


def _is_plain(leaf: Leaf) -> bool:
    return leaf.values is None and len(leaf.required) == 1


def unreported(
    wrong: Sequence[tuple[list[str | int], str]], errors: Sequence[faults.Error]
) -> list[tuple[list[str | int], str]]:
    """Those findings that no error already explains: one whose path leads to or from the same place.

    An error's path without list indexes stands for every element.
    """
    explained = [error.get("path") or [] for error in errors]
    return [one for one in wrong if not any(_on_one_line(one[0], path) for path in explained)]


def _on_one_line(found: Sequence[str | int], path: Sequence[str | int]) -> bool:
    if not any(isinstance(key, int) for key in path):
        found = [key for key in found if isinstance(key, str)]
    return all(a == b for a, b in zip(found, path, strict=False))
