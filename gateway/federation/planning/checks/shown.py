"""A Shape → what is wrong with what the client gets: whatever is read must have been supplied, and whose
type decides must have been told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.federation.planning.steps import Branch, Deferred, Leaf, Shape
from gateway.federation.planning.supplies import Entry, Levels, Supplies
from gateway.federation.supergraph import Supergraph


class Shown:
    """What the client reads of one plan's answer."""

    def __init__(self, supplies: Supplies) -> None:
        self.supergraph: Supergraph = supplies.supergraph
        self.supplies = supplies

    def part(self, part: Deferred) -> Iterator[str]:
        """A part, unless nobody leads to it: then it is one of something withheld, or the shape that it
        is a part of is wrong already."""
        for path in part.paths:
            entries = self.supplies.leading(path)
            sources = [entry for entry in entries or () if entry.step]
            if sources or entries is None:
                yield from self.shape(part.shape, self.supplies.at(path), sources, ("…",))

    def shape(
        self, shape: Shape, levels: Levels, sources: Sequence[Entry], path: tuple[str, ...]
    ) -> Iterator[str]:
        for name, fields in shape.fields.items():
            if sources and not self.could_be(name, shape, sources):
                continue
            if shape.abstract and not self.is_told(name, levels):
                yield f"{'.'.join(path)} may be {name}, but nobody says what it is"
            for one in fields:
                yield from self.reads(name, shape, one, levels, path)

    def is_told(self, name: str, levels: Levels) -> bool:
        """Whether someone supplies the `__typename` by which an object of that type is told."""
        return any(entry.step for level in levels for entry in level.of("__typename", name))

    def could_be(self, name: str, shape: Shape, sources: Sequence[Entry]) -> bool:
        """Whether an object of that type, or of any type if it does not matter, may stand here."""
        if shape.abstract:
            return self.can_stand(name, sources)
        objects = self.supergraph.possible(name) or (name,)
        return any(self.can_stand(one, sources) for one in objects)

    def can_stand(self, name: str, sources: Sequence[Entry]) -> bool:
        """Whether the type may stand here, given who answered. Members that not every subgraph of a
        union knows may stay unasked: which one answers must not show."""
        for entry in sources:
            possible = self.supergraph.possible_in(entry.type, entry.subgraph)
            if name not in possible and entry.type not in possible:
                continue
            declared = self.supergraph.types[entry.owner].fields[entry.name].type.name
            return self.supergraph.types[declared].kind != "union" or self.all_know(name, entry)
        return False

    def all_know(self, name: str, entry: Entry) -> bool:
        """Whether every subgraph that has the field, of some object that has it, may answer it with that type."""
        objects = self.supergraph.possible(entry.owner) or (entry.owner,)
        return any(self.all_know_of(name, owner, entry.name) for owner in objects)

    def all_know_of(self, name: str, owner: str, field: str) -> bool:
        for graph in self.supergraph.types[owner].joins:
            join = self.supergraph.field_in(owner, field, graph)
            if join is not None and name not in self.supergraph.possible_in(join.type.name, graph):
                return False
        return True

    def reads(
        self,
        name: str,
        shape: Shape,
        one: Leaf | Branch,
        levels: Levels,
        path: tuple[str, ...],
    ) -> Iterator[str]:
        if not one.source or (one.source == "__typename" and not shape.abstract):
            return
        if isinstance(one, Leaf) and one.scalar in ("__schema", "__type"):
            return
        asked = None if self.supergraph.types[name].is_abstract else name
        found = [entry for level in levels for entry in level.of(one.source, asked)]
        supplied = [entry for entry in found if entry.step]
        if not supplied:
            where = ".".join((*path, one.key))
            yield f"{where} of {name} is read from {one.source}, but nobody supplies it"
        elif isinstance(one, Branch):
            below = [entry.below for entry in found]
            yield from self.shape(one.inside, below, supplied, (*path, one.key))
