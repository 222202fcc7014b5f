"""A representation → the key of its entity in its island; None where the key is not whole, and nothing crosses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any

from gateway.crossing.told import Key

Representation = Mapping[str, Any]


def key_of(one: Representation, names: Mapping[str, tuple[str, ...]]) -> Key | None:
    """By the key fields that the link node knows of its type."""
    return _reader(names.get(one.get("__typename", ""), ()))(one)


@lru_cache(maxsize=256)  # types of entities that cross: a few for each island
def _reader(names: tuple[str, ...]) -> Callable[[Representation], Key | None]:
    if len(names) == 1:
        return _single(*names)
    return _several(names) if names else _unknown


def _unknown(_: Representation) -> Key | None:
    return None


def _single(name: str) -> Callable[[Representation], Key | None]:
    def read(one: Representation) -> Key | None:
        value = one.get(name)
        return None if value is None else ((name, value),)

    return read


def _several(names: tuple[str, ...]) -> Callable[[Representation], Key | None]:
    values = itemgetter(*names)

    def read(one: Representation) -> Key | None:
        try:
            found = values(one)
        except KeyError:
            return None
        return None if None in found else tuple(zip(names, found, strict=True))

    return read
