"""A Supergraph as nodes and edges: where one can go from a type in a subgraph, and what that needs.

A node is a type in a subgraph, together with what a `@provides` above it has added. Edges are found
when they are asked for, and kept. The law: everything is listed in the supergraph's own order, so that
equal operations have equal plans.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.federation.selection import Field, On, Selections, merged
from gateway.federation.supergraph import Contextual, FieldJoin, Key, Supergraph, TypeRef


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A type in a subgraph. `provided` can be selected here although the subgraph has it elsewhere."""

    type: str
    graph: str
    provided: Selections = ()


@dataclass(frozen=True, slots=True, eq=False)
class FieldEdge:
    """From an object to the value of a field; `target` is None for a leaf.

    `requires` and `contextual` must be sent along when the object is entered.
    """

    name: str
    target: Node | None
    type: TypeRef
    requires: Selections = ()
    contextual: tuple[Contextual, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Jump:
    """Into another subgraph (or the same one again) as the same object.

    `key` is what it is known by there. `told` is the `__typename` it is sent with, None for its own
    runtime type. Without a key it is the root type, which every subgraph has.
    """

    target: Node
    key: Selections
    told: str | None


class Graph:
    """The edges of one supergraph under one set of active override labels."""

    def __init__(self, supergraph: Supergraph, labels: frozenset[str] = frozenset()) -> None:
        self.supergraph = supergraph
        self.labels = labels
        self.order = {name: place for place, name in enumerate(supergraph.subgraphs)}
        self._nodes: dict[tuple[str, str, Selections], Node] = {}
        self._fields: dict[tuple[Node, str], tuple[FieldEdge, ...]] = {}
        self._jumps: dict[tuple[str, str], tuple[Jump, ...]] = {}
        self._leads: dict[tuple[str, str, str], tuple[tuple[Jump, FieldEdge], ...]] = {}

    def node(self, name: str, graph: str, provided: Selections = ()) -> Node:
        """The one node of this type, subgraph and provision."""
        place = (name, graph, provided)
        # Several threads plan on one graph: setdefault is what keeps a node the one of its place.
        return self._nodes.get(place) or self._nodes.setdefault(place, Node(*place))

    def entries(self, root: str) -> tuple[Node, ...]:
        """The root type in every subgraph that has it."""
        return tuple(self.node(root, graph) for graph in self.supergraph.types[root].joins)

    def is_interface_object(self, node: Node) -> bool:
        """Whether the node's interface is an object type in its subgraph."""
        return self.supergraph.is_interface_object(node.type, node.graph)

    def fields(self, node: Node, name: str) -> tuple[FieldEdge, ...]:
        """The edges of a field at a node: none, or one, and one more when it is also provided."""
        place = (node, name)
        found = self._fields.get(place)
        if found is None:
            found = self._fields.setdefault(place, tuple(self._find_fields(node, name)))
        return found

    def _find_fields(self, node: Node, name: str) -> Iterator[FieldEdge]:
        if name == "__typename":
            if not self.is_interface_object(node):
                yield FieldEdge(name, None, TypeRef("String", (True,)))
            return
        join = self.supergraph.field_in(node.type, name, node.graph)
        if join is None:
            return
        provided = self._provided(node, name)
        if provided is not None:
            yield self._edge(node, name, join, provided, guarded=False)
        elif self._is_live(node, name, join):
            yield self._edge(node, name, join, (), guarded=True)

    def _provided(self, node: Node, name: str) -> Selections | None:
        """What is provided below a provided field; None for a field that is not."""
        found = [one for one in node.provided if isinstance(one, Field) and one.name == name]
        return merged(sub for one in found for sub in one.inside) if found else None

    def _is_live(self, node: Node, name: str, join: FieldJoin) -> bool:
        if join.external or join.overridden:
            return False
        if join.label is None:
            return True
        return (join.override is not None) == (join.label in self.labels)

    def _edge(
        self, node: Node, name: str, join: FieldJoin, provided: Selections, *, guarded: bool
    ) -> FieldEdge:
        below = self.supergraph.types.get(join.type.name)
        target = None
        if below is not None and below.is_composite:
            all_provided = merged((*provided, *join.provides))
            target = self.node(join.type.name, node.graph, all_provided)
        if guarded:
            return FieldEdge(name, target, join.type, join.requires, join.contextual)
        return FieldEdge(name, target, join.type)

    def narrow(self, node: Node, name: str) -> Node | None:
        """The node of an object type below an abstract one; None when it cannot stand there."""
        if self.is_interface_object(node) or name not in self.supergraph.possible_in(
            node.type, node.graph
        ):
            return None
        if node.type == name:
            return node
        provided: list[Field | On] = []
        for one in node.provided:
            if isinstance(one, Field):
                provided.append(one)
            elif name in self.supergraph.possible(one.type):
                provided.extend(one.inside)
        return self.node(name, node.graph, merged(provided))

    def jumps(self, node: Node) -> tuple[Jump, ...]:
        """Every way out of a node as the same object."""
        place = (node.type, node.graph)
        found = self._jumps.get(place)
        if found is None:
            found = self._jumps.setdefault(place, tuple(self._find_jumps(node)))
        return found

    def _find_jumps(self, node: Node) -> Iterator[Jump]:
        if node.type == self.supergraph.roots["query"]:
            for entry in self.entries(node.type):
                if entry.graph != node.graph:
                    yield Jump(entry, (), None)
            return
        for graph, key in self._keys(node.type):
            target = self.node(node.type, graph)
            yield Jump(target, key.fields, self._told(node, target))
        if self.supergraph.types[node.type].kind == "object":
            for interface in self.supergraph.interfaces(node.type):
                for graph, key in self._keys(interface):
                    if self.supergraph.is_interface_object(interface, graph):
                        yield Jump(self.node(interface, graph), key.fields, interface)

    def _keys(self, name: str) -> Iterator[tuple[str, Key]]:
        for graph, join in self.supergraph.types[name].joins.items():
            yield from ((graph, key) for key in join.keys if key.resolvable)

    def _told(self, node: Node, target: Node) -> str | None:
        """An abstract type is sent as what it is at run time, unless nobody knows that yet."""
        is_real = self.supergraph.types[node.type].is_abstract and not self.is_interface_object(
            target
        )
        return None if is_real and not self.is_interface_object(node) else node.type

    def leads(self, node: Node, name: str) -> tuple[tuple[Jump, FieldEdge], ...]:
        """The jumps after which the field is there, with its edge there."""
        place = (node.type, node.graph, name)
        found = self._leads.get(place)
        if found is None:
            found = self._leads.setdefault(place, tuple(self._find_leads(node, name)))
        return found

    def _find_leads(self, node: Node, name: str) -> Iterator[tuple[Jump, FieldEdge]]:
        for jump in self.jumps(node):
            stays = (jump.target.type, jump.target.graph) == (node.type, node.graph)
            for edge in self.fields(jump.target, name):
                # To enter a subgraph again is only of use for a field that must be entered with more.
                if not stays or edge.requires or edge.contextual:
                    yield jump, edge
