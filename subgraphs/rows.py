"""A row → an object of the graph, column by field name; codes become values of their sets.

A type that reads its rows this way names its fields as the columns are named, and says the rest in `more`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields
from enum import Enum
from functools import lru_cache, partial
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from subgraphs.codes import coded

T = TypeVar("T")
Decode = Callable[[Any], Any]


def read(kind: type[T], row: Mapping[str, Any], /, **more: object) -> T:
    """Raises TypeError when a field is neither a column nor in `more`: the type and the query disagree."""
    values: dict[str, object] = {
        name: decode(row[name])
        for name, decode in _columns(kind, frozenset(row.keys()).difference(more))  # type: ignore[arg-type]
    }
    return kind(**values, **more)


@lru_cache
def _columns(kind: Hashable, known: frozenset[str]) -> tuple[tuple[str, Decode], ...]:
    assert isinstance(kind, type)
    hints = get_type_hints(kind)
    named = (each.name for each in fields(kind) if each.init and each.name in known)
    return tuple((name, _decoder(hints[name])) for name in named)


def _decoder(hint: object) -> Decode:
    inner = _without_none(hint)
    if isinstance(inner, type) and issubclass(inner, Enum):
        return partial(_coded, inner)
    return _as_is


def _without_none(hint: object) -> object:
    if get_origin(hint) in (Union, UnionType):
        return next(each for each in get_args(hint) if each is not type(None))
    return hint


def _coded(kind: type[Enum], stored: object) -> Enum | None:
    return None if stored is None else coded(kind, str(stored))


def _as_is(value: object) -> object:
    return value
