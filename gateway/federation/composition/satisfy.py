"""Can every operation on the API be answered? Walks all of it, standing in every subgraph that could have led there.

A state is an API type and the nodes one may stand on. Fewer nodes is harder: a state is skipped when a visited one of the same type had
a subset of them (federation.md §2.16). Every override label is walked active and not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from gateway.federation.composition.fieldsets import TYPENAME
from gateway.federation.composition.findings import Findings, listed
from gateway.federation.composition.reach import Reach
from gateway.federation.composition.reasons import reasons
from gateway.federation.planning.graph import Graph, Node
from gateway.federation.supergraph import FieldDefinition, Supergraph, Type, contexts_of

MOST_STATES = 1_000_000
"""Nodes stood on before the walk is given up."""
ALL_COMBINATIONS = 6
"""Labels up to which every combination is walked; beyond, each alone, each missing, none and all."""


@dataclass(frozen=True, slots=True)
class _State:
    """`path` is how one got here, as (type, field) steps, for the message. `contexts` are those set on the way."""

    type: str
    nodes: tuple[Node, ...]
    path: tuple[str, ...]
    contexts: frozenset[str] = frozenset()

    @property
    def standing(self) -> frozenset[object]:
        return frozenset((*self.nodes, *self.contexts))


def check_satisfiable(supergraph: Supergraph, found: Findings, most: int = MOST_STATES) -> None:
    """A SATISFIABILITY_ERROR for every field out of reach, once, by the shortest way there.

    Given up after standing on `most` nodes, with MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED.
    """
    for labels in _label_sets(supergraph):
        _Walk(Reach(Graph(supergraph, labels)), found, most).run()


def _label_sets(supergraph: Supergraph) -> Iterator[frozenset[str]]:
    labels = sorted(
        {
            join.label
            for one in supergraph.types.values()
            for field in one.fields.values()
            for join in field.joins.values()
            if join.label
        }
    )
    some = range(len(labels) + 1)
    sizes = some if len(labels) <= ALL_COMBINATIONS else (0, 1, len(labels) - 1, len(labels))
    for size in sizes:
        yield from map(frozenset, combinations(labels, size))


class _Walk:
    """One walk over the API, breadth first so that the first path to a problem is a shortest one."""

    def __init__(self, reach: Reach, found: Findings, most: int) -> None:
        self.reach = reach
        self.supergraph = reach.graph.supergraph
        self.found = found
        self.labels = reach.graph.labels
        self.most = most
        self.visited: dict[str, list[frozenset[object]]] = {}
        self.queue: list[_State] = []
        self.stood = 0

    def run(self) -> None:
        for kind, root in self.supergraph.roots.items():
            entries = self.reach.graph.entries(root)
            start = _State(root, entries, (kind,))
            if kind == "mutation":
                self._mutations(start)
            else:
                self._push(start)
                self._drain()

    def _mutations(self, start: _State) -> None:
        """A mutation is sent once: one of the subgraphs that share it must do for all that follows."""
        for field in self._fields(start.type):
            able = [node for node in start.nodes if self.reach.graph.fields(node, field.name)]
            alone = [self._tried(start, node, field) for node in able]
            if all(each.problems for each in alone):
                for each in alone:
                    self.found.problems.update(each.problems)
            for each in alone:
                self.found.hints.update(each.hints)

    def _tried(self, start: _State, node: Node, field: FieldDefinition) -> Findings:
        walk = _Walk(self.reach, Findings(), self.most)
        walk._advance(_State(start.type, (node,), start.path), field)
        walk._drain()
        return walk.found

    def _push(self, state: _State) -> None:
        standing = state.standing
        before = self.visited.setdefault(state.type, [])
        if any(each <= standing for each in before):
            return
        before[:] = [each for each in before if not standing <= each] + [standing]
        self.queue.append(state)

    def _drain(self) -> None:
        place = 0
        while place < len(self.queue):
            state = self.queue[place]
            place += 1
            self.stood += len(state.nodes)
            if self.stood > self.most:
                message = f"more than {self.most} ways through the graph; it cannot be checked. Share fewer fields between fewer subgraphs."
                self.found.problem("MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED", message)
                return
            self._visit(state)
        self.queue.clear()

    def _visit(self, state: _State) -> None:
        one = self.supergraph.types[state.type]
        for field in self._fields(state.type):
            self._advance(state, field)
        if one.is_abstract:
            for name in self.supergraph.possible(state.type):
                if not self.supergraph.types[name].inaccessible:
                    self._narrow(state, name)

    def _fields(self, name: str) -> list[FieldDefinition]:
        fields = self.supergraph.types[name].fields.values()
        return [field for field in fields if not field.inaccessible]

    def _narrow(self, state: _State, name: str) -> None:
        """To one runtime type. A subgraph that cannot give it says that the object is never of it."""
        nodes: dict[Node, None] = {}
        for node in state.nodes:
            here = {each.type: each for each in self.reach.objects(node)}
            if name in here:
                nodes[here[name]] = None
            elif not self.reach.graph.is_interface_object(node):
                return
        path = (*state.path, f"... on {name}")
        if nodes:
            self._push(_State(name, tuple(nodes), path, self._contexts(state, name)))
        elif self.supergraph.types[state.type].kind == "interface":
            self._refuse(state, (*path, TYPENAME), TYPENAME)

    def _contexts(self, state: _State, name: str) -> frozenset[str]:
        return state.contexts | contexts_of(self.supergraph.types[name])

    def _advance(self, state: _State, field: FieldDefinition) -> None:
        path = (*state.path, field.name)
        ways = self._targets(state, state.nodes, field.name)
        targets = dict.fromkeys(target for target in ways if target is not None)
        if not ways:
            self._refuse(state, path, field.name)
        elif targets:
            below = self.supergraph.types[field.type.name]
            self._check_runtime_types(state.type, field, below, tuple(targets))
            self._hint_parts(state.type, field, below, tuple(targets))
            contexts = self._contexts(state, below.name)
            self._push(_State(below.name, tuple(targets), path, contexts))

    def _targets(self, state: _State, nodes: tuple[Node, ...], name: str) -> list[Node | None]:
        """Where a field leads, None for a leaf; nothing when it cannot be had from any of the nodes."""
        found = self._direct(state, nodes, name)
        if self.supergraph.types[nodes[0].type].is_abstract:
            for node in nodes:
                if not self._direct(state, (node,), name):
                    found += self._by_object(state, node, name)
        return found

    def _direct(self, state: _State, nodes: tuple[Node, ...], name: str) -> list[Node | None]:
        return [
            edge.target
            for edge in self.reach.edges(nodes, name)
            if all(one.context in state.contexts for one in edge.contextual)
        ]

    def _by_object(self, state: _State, node: Node, name: str) -> list[Node | None]:
        """An interface's field asked of every object that may stand there."""
        below = [self._targets(state, (each,), name) for each in self.reach.objects(node)]
        if not below and not self.reach.graph.is_interface_object(node):
            # Where nothing implements the interface, only null can stand.
            return [None]
        return [each for targets in below for each in targets] if all(below) else []

    def _refuse(self, state: _State, path: Sequence[str], field: str) -> None:
        why = reasons(self.reach, state.nodes, field)
        wrong = (
            f"cannot be answered: {why}. Define the field there, or share a @key that leads to it."
        )
        always = f'"{shown(path)}" {wrong}'
        if self.labels and ("SATISFIABILITY_ERROR", always) not in self.found.problems:
            under = f"under the override labels {listed(sorted(self.labels))}"
            self.found.problem("SATISFIABILITY_ERROR", f'"{shown(path)}", {under}, {wrong}')
        else:
            self.found.problem("SATISFIABILITY_ERROR", always)

    def _check_runtime_types(
        self, name: str, field: FieldDefinition, below: Type, targets: Sequence[Node]
    ) -> None:
        """A shared field must be able to give the same objects wherever it is asked."""
        if not below.is_abstract or self.supergraph.types[name].kind != "object":
            return
        given = {
            node.graph: frozenset(self.supergraph.possible_in(node.type, node.graph))
            for node in targets
            if not self.reach.graph.is_interface_object(node)
        }
        if len(set(given.values())) < 2 or not _is_shared(field):
            return
        where = " and ".join(
            f'{listed(sorted(types)) if types else "nothing"} in "{graph}"'
            for graph, types in given.items()
        )
        place = f'"{name}.{field.name}"'
        if frozenset.intersection(*given.values()):
            message = (
                f"{place} is shared, but can give {where}; only what all can give may be given"
            )
            self.found.hint("INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN", message)
        else:
            message = f"{place} is shared, but gives {where}, which can never be the same object; let them have a type in common"
            self.found.problem("SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES", message)

    def _hint_parts(
        self, name: str, field: FieldDefinition, below: Type, targets: Sequence[Node]
    ) -> None:
        """An interface that no subgraph answers whole: planning never puts two answers together."""
        if below.kind != "interface" or len(targets) < 2 or not _is_shared(field):
            return
        lacking = {node.graph: self._lacking(node) for node in targets}
        if all(lacking.values()):
            each = ", ".join(
                f'"{place}" cannot be had from "{graph}"' for graph, place in lacking.items()
            )
            message = (
                f'"{name}.{field.name}" is shared, but no subgraph can answer all of "{below.name}" from there: {each}. '
                "What only both have together cannot be asked for, as two subgraphs may mean two different objects; "
                "let one of them resolve it all, or share a @key that leads to it"
            )
            self.found.hint("SHARED_INTERFACE_NOT_WHOLE", message)

    def _lacking(self, node: Node) -> str:
        """The first field of the objects at a node that cannot be had from it; empty when all can."""
        for one in self.reach.objects(node):
            for field in self._fields(one.type):
                if not self._targets(_State(one.type, (one,), ()), (one,), field.name):
                    return f"{one.type}.{field.name}"
        return ""


def _is_shared(field: FieldDefinition) -> bool:
    live = [join for join in field.joins.values() if not join.external and not join.overridden]
    return field.everywhere or len(live) > 1


def shown(path: Sequence[str]) -> str:
    """`query { pupil { name } }`."""
    return " { ".join(path) + " }" * (len(path) - 1)
