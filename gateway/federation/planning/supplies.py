"""Steps → what they put into the tree, symbolically: under every key, for which types, from whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gateway.federation.planning.steps import Each, Key, Kind, Only, Path, Step
from gateway.federation.selection import Argument, On, Selections
from gateway.federation.supergraph import Supergraph


@dataclass(slots=True, eq=False)
class Entry:
    """A key of the tree: for objects of which types (None: all), from which step, and what is below.

    `step` 0 is only a way through. `type` is the field's type in the step's subgraph, `owner` whose
    field it is.
    """

    types: frozenset[str] | None
    key: str
    step: int
    name: str
    arguments: tuple[Argument, ...]
    subgraph: str
    owner: str
    type: str
    below: Level


@dataclass(slots=True, eq=False)
class Level:
    """What steps put into an object at one position."""

    entries: list[Entry] = field(default_factory=list)

    def of(self, key: str, name: str | None) -> Iterator[Entry]:
        """The entries under a key for an object of the named type."""
        for entry in self.entries:
            if entry.key == key and (entry.types is None or name is None or name in entry.types):
                yield entry


Levels = Sequence[Level]


class Supplies:
    """The tree of one plan, as its steps fill it."""

    def __init__(self, supergraph: Supergraph) -> None:
        self.supergraph = supergraph
        self.root = Level()

    def supply(self, step: Step) -> None:
        """Put in what the step answers."""
        level, types = self.root, None
        for segment in step.path:
            if isinstance(segment, Only):
                types = segment.types
            elif isinstance(segment, Key):
                through = Entry(types, segment.name, 0, "", (), "", "", "", Level())
                level.entries.append(through)
                level, types = through.below, None
        if step.kind is Kind.ROOT:
            root = self.supergraph.roots[step.operation]
            self.supplied(step, level, root, step.output, types)
            return
        for one in step.output:
            assert isinstance(one, On)
            narrowed = self.narrowed(types, one.type)
            self.supplied(step, level, one.type, one.inside, narrowed)

    def narrowed(self, types: frozenset[str] | None, name: str) -> frozenset[str] | None:
        possible = frozenset(self.supergraph.possible(name))
        if types is not None:
            return types & possible or types
        return possible if not self.supergraph.types[name].is_abstract else None

    def supplied(
        self,
        step: Step,
        level: Level,
        name: str,
        chosen: Selections,
        types: frozenset[str] | None,
    ) -> None:
        for one in chosen:
            if isinstance(one, On):
                inner = frozenset(self.supergraph.possible(one.type))
                both = inner if types is None else inner & types
                self.supplied(step, level, one.type, one.inside, both)
                continue
            join = self.supergraph.field_in(name, one.name, step.subgraph)
            type_name = join.type.name if join else ""
            entry = Entry(
                types,
                one.key,
                step.id,
                one.name,
                one.arguments,
                step.subgraph,
                name,
                type_name,
                Level(),
            )
            level.entries.append(entry)
            if one.inside:
                self.supplied(step, entry.below, type_name, one.inside, None)

    def at(self, path: Path) -> Levels:
        """Every level that objects at the path may be at."""
        entries = self.leading(path)
        return [self.root] if entries is None else [entry.below for entry in entries]

    def leading(self, path: Path) -> list[Entry] | None:
        """The entries that hold the objects at the path; None for the root."""
        found: list[Entry] | None = None
        levels: Levels = [self.root]
        types: frozenset[str] | None = None
        for segment in path:
            if isinstance(segment, Only):
                types = segment.types
            elif isinstance(segment, Key):
                found = _under(levels, segment.name, types)
                levels, types = [entry.below for entry in found], None
            else:
                assert isinstance(segment, Each)
        return found


def _under(levels: Levels, key: str, types: frozenset[str] | None) -> list[Entry]:
    return [
        entry
        for level in levels
        for entry in level.entries
        if entry.key == key and (not types or entry.types is None or types & entry.types)
    ]
