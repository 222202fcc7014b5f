"""Selections → for every leaf its candidate paths through the graph.

A candidate goes from a root, by fields, into object types, and over jumps into other subgraphs. Which
of them are taken is not decided here, but two things are: an interface that several subgraphs answer is
walked from those that suffice alone, and a union's member only where every candidate knows it.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.federation.errors import Unplannable
from gateway.federation.planning.graph import Graph
from gateway.federation.planning.limits import Budget
from gateway.federation.planning.moves import Moves
from gateway.federation.planning.shape import TYPENAME, Spreading
from gateway.federation.planning.ways import Path
from gateway.federation.selection import Field, On, Selections


class Walk:
    """One operation's walk. `leaves` grows: per leaf, the paths to choose from."""

    def __init__(self, graph: Graph, spreading: Spreading, budget: Budget) -> None:
        self.graph = graph
        self.supergraph = graph.supergraph
        self.spreading = spreading
        self.moves = Moves(graph, budget)
        self.leaves: list[list[Path]] = []

    def select(self, name: str, selections: Selections, paths: list[Path]) -> None:
        """Walk all of a selection set on the named type."""
        for one in self.spreading.spread(name, selections):
            if isinstance(one, On):
                self.fragment(name, one, paths)
            else:
                self.field(name, one, paths)

    def field(self, name: str, one: Field, paths: Sequence[Path]) -> None:
        """Walk one field and everything below it."""
        ahead = self.moves.advance(paths, one, one.key)
        if not ahead:
            self._field_apart(name, one, paths)
            return
        if ahead[0].node is None:
            cheapest = min(path.cost for path in ahead)
            self.leaves.append([path for path in ahead if path.cost == cheapest])
            return
        below = self.moves.type_of(name, one)
        ahead = self.from_one_source(name, one, ahead)
        if not ahead:
            raise Unplannable(
                f"{name}.{one.name}: no one subgraph resolves everything selected on {below}, "
                "and two subgraphs may mean two different objects"
            )
        self.select(below, one.inside, ahead)

    def _field_apart(self, name: str, one: Field, paths: Sequence[Path]) -> None:
        """Walk a field of an interface for each of its objects."""
        apart = self.moves.apart(self.spreading, name, paths)
        if not apart:
            raise Unplannable(self._why(name, one, paths))
        for each, narrowed in apart:
            self.field(each, one, narrowed)

    def fragment(self, name: str, one: On, paths: Sequence[Path]) -> None:
        """Walk a fragment on an object type; where it is impossible, ask only what is there."""
        narrowed = (
            [] if self._is_partial(name, one.type, paths) else self.moves.narrow(paths, one.type)
        )
        if narrowed:
            self.select(one.type, one.inside, narrowed)
        else:
            self.field(name, TYPENAME, paths)

    def _is_partial(self, name: str, member: str, paths: Sequence[Path]) -> bool:
        """Whether only some of the subgraphs that may yet answer know this member of a union.

        What is asked must not depend on which of them is chosen in the end.
        """
        if self.supergraph.types[name].kind != "union":
            return False
        nodes = {path.node for path in paths if path.node is not None}
        known = {node.graph for node in nodes if self.graph.narrow(node, member) is not None}
        return bool(known) and len({node.graph for node in nodes}) > len(known)

    def from_one_source(self, name: str, one: Field, paths: list[Path]) -> list[Path]:
        """Of the ways to an interface that several subgraphs answer, those that suffice alone.

        Two subgraphs may answer with two different objects; what the fragments select on either must
        then not be put together.
        """
        below = self.supergraph.types[self.moves.type_of(name, one)]
        if below.kind != "interface" or not self._is_shared(name, one.name):
            return paths
        inside = self.spreading.spread(below.name, one.inside)
        fragments = [child for child in inside if isinstance(child, On)]
        if len(fragments) < 2 and all(
            isinstance(child, On) or self.moves.advance(paths, child, child.key) for child in inside
        ):
            return paths
        return [path for path in paths if self._suffices(path, below.name, inside)]

    def _is_shared(self, name: str, field_name: str) -> bool:
        joins = self.supergraph.types[name].joins
        live = [
            graph for graph in joins if self.graph.fields(self.graph.node(name, graph), field_name)
        ]
        return len(live) > 1

    def _suffices(self, path: Path, name: str, inside: Selections) -> bool:
        """Whether everything can be had of the very objects that this path leads to."""
        for child in inside:
            owner, paths = name, [path]
            chosen: Selections = (child,)
            if isinstance(child, On):
                owner, paths = child.type, self.moves.narrow(paths, child.type)
                chosen = child.inside if paths else ()
            for one in chosen:
                assert isinstance(one, Field)
                if not self._has(owner, one, paths):
                    return False
        return True

    def _has(self, name: str, one: Field, paths: list[Path]) -> bool:
        if self.moves.advance(paths, one, one.key):
            return True
        apart = self.moves.apart(self.spreading, name, paths)
        return bool(apart) and all(self._has(each, one, narrowed) for each, narrowed in apart)

    def _why(self, name: str, one: Field, paths: Sequence[Path]) -> str:
        """The sentence for a field that cannot be reached, with the reason for each subgraph."""
        standing = dict.fromkeys(path.graph for path in paths)
        where = f"{name}.{one.name} cannot be reached from {', '.join(standing)}"
        tried = {
            edge_jump.target.graph
            for path in paths
            if path.node is not None
            for edge_jump, _ in self.graph.leads(path.node, one.name)
        }
        if tried:
            return f"{where}: no key of {', '.join(sorted(tried))} can be given"
        return f"{where}: no subgraph that resolves it can be entered with a key"
