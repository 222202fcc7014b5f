"""Candidate paths → one path per leaf, cheapest together.

Paths share their beginnings, and what one leaf's path brings along may be on another's way: the cost of
a path is the weight of those of its moves that no chosen path makes yet. Leaves without a choice go
first, then each takes the cheapest of its own; then choices are taken again while that saves anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from gateway.federation.planning.ways import Path

FUEL = 200

Footprint = Mapping[int, int]


class Chosen:
    """The paths chosen so far, as the moves they make between them."""

    def __init__(self, order: Mapping[str, int]) -> None:
        self.order = order
        self.moves: Counter[int] = Counter()
        self.graphs: Counter[str] = Counter()
        self.footprints: dict[Path, Footprint] = {}

    def footprint(self, path: Path) -> Footprint:
        """Every move that the path makes, with its weight; what it brings along included."""
        if path not in self.footprints:
            found: dict[int, int] = {}
            stack: list[Path] = [path]
            while stack:
                one = stack.pop()
                while one.number not in found:
                    found[one.number] = one.weight
                    stack.extend(one.needs)
                    if one.before is None:
                        break
                    one = one.before
            self.footprints[path] = found
        return self.footprints[path]

    def price(self, path: Path) -> int:
        """What the path would add."""
        moves = self.moves
        return sum(weight for number, weight in self.footprint(path).items() if not moves[number])

    def preference(self, path: Path) -> tuple[int, int, bool, int]:
        """Cheapest first; then the shallower, a subgraph already asked, the supergraph's order."""
        return (
            self.price(path),
            path.depth,
            not self.graphs[path.graph],
            self.order[path.graph],
        )

    def take(self, path: Path) -> None:
        self.moves.update(dict.fromkeys(self.footprint(path), 1))
        self.graphs[path.graph] += 1

    def leave(self, path: Path) -> None:
        self.moves.subtract(dict.fromkeys(self.footprint(path), 1))
        self.graphs[path.graph] -= 1

    def total(self, paths: Sequence[Path]) -> int:
        """What all the paths cost together."""
        weights: dict[int, int] = {}
        for path in paths:
            weights.update(self.footprint(path))
        return sum(weights.values())


def choose(leaves: Sequence[Sequence[Path]], order: Mapping[str, int]) -> list[Path]:
    """One path per leaf, in the leaves' order; `order` breaks ties between subgraphs."""
    chosen = Chosen(order)
    picked: dict[int, Path] = {}
    for turn in sorted(range(len(leaves)), key=lambda turn: len(leaves[turn])):
        picked[turn] = min(leaves[turn], key=chosen.preference)
        chosen.take(picked[turn])
    _improve(leaves, picked, chosen)
    return [picked[turn] for turn in range(len(leaves))]


def _improve(leaves: Sequence[Sequence[Path]], picked: dict[int, Path], chosen: Chosen) -> None:
    open_turns = [turn for turn, paths in enumerate(leaves) if len(paths) > 1]
    fuel, changed = FUEL, True
    while changed and fuel > 0:
        changed = False
        for turn in open_turns:
            fuel -= 1
            current = picked[turn]
            chosen.leave(current)
            best = min(leaves[turn], key=chosen.preference)
            if chosen.price(best) < chosen.price(current):
                picked[turn], changed = best, True
            chosen.take(picked[turn])
