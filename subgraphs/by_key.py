"""Keys, and the rows that one query found for all of them → what each key has, in the order of the keys.

`of` gives a row's key. A row whose key was not asked for is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


def one_each(keys: Sequence[K], rows: Iterable[R], of: Callable[[R], K]) -> list[R | None]:
    """The last row of each key; None for a key without one."""
    found = {of(row): row for row in rows}
    return [found.get(key) for key in keys]


def all_each(keys: Sequence[K], rows: Iterable[R], of: Callable[[R], K]) -> list[list[R]]:
    """The rows of each key, in the order that they were found in."""
    found: dict[K, list[R]] = {key: [] for key in keys}
    for row in rows:
        if (mine := found.get(of(row))) is not None:
            mine.append(row)
    return [found[key] for key in keys]
