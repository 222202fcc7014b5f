"""The tree in tiles: 256 hashes wide and 8 levels high, as C2SP tlog-tiles cuts it.

Tile (0, n) holds leaf hashes 256·n …; tile (l, n) holds the roots of 256 full tiles of level l−1.
Growing the tree touches only its right-hand tiles; any proof reads at most two tiles a level.
Pure: tiles come in as a mapping and go out as a mapping.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.ledger.merkle import Frontier, root

WIDTH = 256
HASH = 32

Place = tuple[int, int]
"""(level, number) of a tile."""


def hashes(tile: bytes) -> list[bytes]:
    """A tile's bytes as its hashes."""
    return [tile[at : at + HASH] for at in range(0, len(tile), HASH)]


def edge(size: int) -> list[Place]:
    """The tiles that the next leaf of a tree of `size` leaves may touch, lowest first."""
    places, level, width = [], 0, size
    while True:
        places.append((level, width // WIDTH))
        if width < WIDTH:
            return places
        level, width = level + 1, width // WIDTH


def grown(size: int, leaves: Iterable[bytes], known: Mapping[Place, bytes]) -> dict[Place, bytes]:
    """The tiles that change when `leaves` are appended to a tree of `size`; `known` holds its edge."""
    changed: dict[Place, bytes] = {}
    for number, leaf in enumerate(leaves, start=size):
        level, at, node = 0, number, leaf
        while True:
            place = (level, at // WIDTH)
            changed[place] = changed.get(place, known.get(place, b"")) + node
            if (at + 1) % WIDTH:
                break
            level, at, node = level + 1, at // WIDTH, root(hashes(changed[place]))
    return changed


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of `size` leaves read from its tiles."""

    size: int
    tiles: Mapping[Place, bytes]

    def subtree(self, first: int, end: int) -> bytes:
        """The root over leaves `first` to `end`, `first` aligned as RFC 6962 splits trees."""
        frontier = Frontier()
        while first < end:
            height = self._height(first, end)
            frontier.push(height, self._node(height, first >> height))
            first += 1 << height
        return frontier.root()

    def root(self) -> bytes:
        """The root of the whole tree."""
        return self.subtree(0, self.size)

    @staticmethod
    def _height(first: int, end: int) -> int:
        fits = (end - first).bit_length() - 1
        return min(fits, (first & -first).bit_length() - 1) if first else fits

    def _node(self, height: int, at: int) -> bytes:
        level, above = divmod(height, 8)
        start = at << above
        row = hashes(self.tiles[level, start // WIDTH])
        return root(row[start % WIDTH : start % WIDTH + (1 << above)])


def needed(size: int, first: int, end: int) -> set[Place]:
    """The tiles that `Tree.subtree(first, end)` of a tree of `size` reads."""
    places: set[Place] = set()
    while first < end:
        height = Tree._height(first, end)
        level, above = divmod(height, 8)
        places.add((level, ((first >> height) << above) // WIDTH))
        first += 1 << height
    return places
