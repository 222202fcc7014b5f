"""From a node of the planner's graph → where one can get to as the same object, and what can be had on the way.

A jump can be made when what its key names can be had where it starts, which may take other jumps: the answers are the least fixed
point of these rules, so what needs itself is never had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.federation.planning.graph import FieldEdge, Graph, Jump, Node
from gateway.federation.selection import Field, On, Selections


class Reach:
    """What is known so far about one graph; grows as it is asked."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._reached: dict[Node, dict[Node, None]] = {}
        self._open: list[Node] = []
        self._together: dict[tuple[Node, ...], list[Node]] = {}
        self._entering: set[tuple[Node, Node, FieldEdge]] = set()

    def nodes(self, node: Node) -> list[Node]:
        """Every node that is this object too, itself first."""
        if node not in self._reached:
            self._known(node)
            self._settle()
        return list(self._reached[node])

    def _known(self, node: Node) -> dict[Node, None]:
        if node not in self._reached:
            self._reached[node] = {node: None}
            self._open.append(node)
        return self._reached[node]

    def _settle(self) -> None:
        """Until nothing new is found; what was settled before depends on nothing that is open now."""
        grown = True
        while grown:
            grown = False
            for node in self._open:
                grown |= self._grow(node)
        self._open.clear()

    def _grow(self, node: Node) -> bool:
        reached = self._reached[node]
        seen = len(self._open), len(reached)
        for here in list(reached):
            for jump in self.graph.jumps(here):
                if jump.target not in reached and self._has(here, jump.key):
                    reached[jump.target] = None
        return (len(self._open), len(reached)) != seen

    def has(self, node: Node, selections: Selections) -> bool:
        """Whether all of this can be had of the object at a node."""
        self.nodes(node)
        had = self._has(node, selections)
        while self._open:
            self._settle()
            had = self._has(node, selections)
        return had

    def _has(self, node: Node, selections: Selections) -> bool:
        return all(
            self._has_field(node, one) if isinstance(one, Field) else self._has_inside(node, one)
            for one in selections
        )

    def _has_inside(self, node: Node, one: On) -> bool:
        """A fragment asks nothing of what it does not apply to."""
        wanted = self.graph.supergraph.possible(one.type)
        return all(
            self._has(narrowed, one.inside)
            for narrowed in self.objects(node)
            if narrowed.type in wanted
        )

    def _has_field(self, node: Node, one: Field) -> bool:
        if any(
            not one.inside or (edge.target is not None and self._has(edge.target, one.inside))
            for edge in self._edges((node,), one.name, needed=True)
        ):
            return True
        objects = list(self.objects(node)) if self._is_abstract(node) else []
        return bool(objects) and all(self._has_field(each, one) for each in objects)

    def _is_abstract(self, node: Node) -> bool:
        return self.graph.supergraph.types[
            node.type
        ].is_abstract and not self.graph.is_interface_object(node)

    def objects(self, node: Node) -> Iterator[Node]:
        """The node by runtime type; an interface object must first jump to where that is known."""
        places: Iterable[Node] = (node,)
        if self.graph.is_interface_object(node):
            places = [one for one in self._known(node) if self._is_abstract(one)]
        seen = set()
        for place in places:
            for name in self.graph.supergraph.possible_in(place.type, place.graph):
                narrowed = self.graph.narrow(place, name)
                if narrowed is not None and narrowed.type not in seen:
                    seen.add(narrowed.type)
                    yield narrowed

    def edges(self, nodes: tuple[Node, ...], name: str) -> list[FieldEdge]:
        """Every way to a field of the object at any of the nodes."""
        for node in nodes:
            self.nodes(node)
        found = list(self._edges(nodes, name))
        while self._open:
            # Each level of what is required opens the nodes of the next.
            self._settle()
            found = list(self._edges(nodes, name))
        return found

    def _edges(
        self, nodes: tuple[Node, ...], name: str, *, needed: bool = False
    ) -> Iterator[FieldEdge]:
        """`needed`: for a key or a requirement, which may not depend on an override label."""
        for here in self._reached_from(nodes):
            if needed and self._is_labelled(here, name):
                continue
            for edge in self.graph.fields(here, name):
                is_plain = not edge.requires and not edge.contextual
                if is_plain or any(self._is_entered(node, here, edge) for node in nodes):
                    yield edge

    def _reached_from(self, nodes: tuple[Node, ...]) -> list[Node]:
        if len(nodes) == 1:
            return list(self._known(nodes[0]))
        if nodes not in self._together:
            self._together[nodes] = list(
                dict.fromkeys(here for node in nodes for here in self._known(node))
            )
        return self._together[nodes]

    def _is_labelled(self, node: Node, name: str) -> bool:
        join = self.graph.supergraph.field_in(node.type, name, node.graph)
        return join is not None and join.label is not None

    def _is_entered(self, node: Node, place: Node, edge: FieldEdge) -> bool:
        """A field that requires something is reached by a jump that brings it along.

        It must also be had from where the jump ends: that is where other gateways start to look for it.
        """
        entering = (node, place, edge)
        if entering in self._entering:
            return False  # what is needed for itself, by however long a way round, is never had
        self._entering.add(entering)
        try:
            return self._has(place, edge.requires) and any(
                self._same(jump, place)
                and self._has(here, jump.key)
                and self._has(here, edge.requires)
                for here in list(self._known(node))
                for jump in self.graph.jumps(here)
            )
        finally:
            self._entering.discard(entering)

    def _same(self, jump: Jump, place: Node) -> bool:
        return (jump.target.type, jump.target.graph) == (place.type, place.graph)
