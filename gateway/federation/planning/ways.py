"""Moves through the graph → Paths, of which the cheapest to each node are kept."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from gateway.federation.planning.graph import FieldEdge, Jump, Node
from gateway.federation.planning.places import Place
from gateway.federation.selection import Field, Selections
from gateway.federation.supergraph import Contextual

JUMP = 1000
LATER = 100
TIES = 4


@dataclass(slots=True, eq=False)
class Path:
    """A way to one place: the last move of it, and the way before.

    One of `entered`, `field`, `narrowed` and `jump` says what the last move was. `number` is equal for
    equal ways. `needs` are the ways to what a jump must bring along.
    """

    before: Path | None
    node: Node | None
    place: Place
    number: int
    cost: int
    depth: int
    graph: str
    field: Field | None = None
    key: str = ""
    edge: FieldEdge | None = None
    narrowed: str = ""
    jump: Jump | None = None
    requires: Selections = ()
    needs: tuple[Path, ...] = ()
    borrows: tuple[Borrow, ...] = ()
    known: dict[object, Path | None] = dataclasses.field(default_factory=dict)

    @property
    def weight(self) -> int:
        """What this last move adds to a plan that has not made it yet."""
        if self.jump is not None or self.before is None:
            return JUMP + LATER * self.depth
        return 1


@dataclass(frozen=True, slots=True)
class Borrow:
    """An argument that takes its value from an ancestor: from whom, and what of it."""

    variable: str
    argument: Contextual
    holder: Path
    selections: Selections


class Best:
    """The cheapest paths to each node, in the order found."""

    def __init__(self) -> None:
        self.found: dict[object, list[Path]] = {}

    def add(self, path: Path) -> None:
        """Keep the path unless a cheaper one to the same node is known."""
        known = self.found.setdefault(path.node, [])
        if known and path.cost < known[0].cost:
            known.clear()
        if not known or (path.cost == known[0].cost and len(known) < TIES):
            known.append(path)

    def paths(self) -> list[Path]:
        """All that were kept."""
        return [path for paths in self.found.values() for path in paths]
