"""An Operation and a Supergraph → a Plan. The order of things, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from gateway.federation.errors import Unplannable
from gateway.federation.planning.answer import answer, answer_part, whole_answer
from gateway.federation.planning.choose import choose
from gateway.federation.planning.conflicts import settle
from gateway.federation.planning.drafts import Draft, in_order
from gateway.federation.planning.fetches import Fetches, in_turns
from gateway.federation.planning.finish import Finishing
from gateway.federation.planning.graph import Graph
from gateway.federation.planning.limits import Budget
from gateway.federation.planning.operation import INTROSPECTION, Operation
from gateway.federation.planning.parts import at_once, find, later
from gateway.federation.planning.passes import PASSES, Pass, improved
from gateway.federation.planning.passes.routes import merge_routes
from gateway.federation.planning.passes.travel import travel_together
from gateway.federation.planning.places import places
from gateway.federation.planning.shape import TYPENAME, Spreading
from gateway.federation.planning.steps import Deferred, Plan, Shape
from gateway.federation.planning.walk import Walk
from gateway.federation.planning.ways import Path
from gateway.federation.selection import Field, Selections, print_selections
from gateway.federation.supergraph import Supergraph


def plan(
    operation: Operation,
    supergraph: Supergraph,
    labels: frozenset[str] = frozenset(),
    passes: Sequence[Pass] = PASSES,
) -> Plan:
    """Who is asked what to answer the operation.

    `labels` are the progressive overrides that are on. Raises Unplannable with the place and the
    reason, or TooCostly when the operation's limits do not allow the planning.
    """
    return _Planning(operation, graph_of(supergraph, labels)).plan(passes)


@lru_cache(maxsize=64)
def graph_of(supergraph: Supergraph, labels: frozenset[str] = frozenset()) -> Graph:
    """The graph of a supergraph under these overrides, made once; those of an earlier supergraph go in time."""
    return Graph(supergraph, labels)


class _Planning:
    def __init__(self, operation: Operation, graph: Graph) -> None:
        self.operation = operation
        self.graph = graph
        self.budget = Budget(operation.limits)
        self.root = places(operation.written)
        self.spreading = Spreading(graph.supergraph, operation.closed)
        self.walk = Walk(graph, self.spreading, self.budget)

    def plan(self, passes: Sequence[Pass]) -> Plan:
        drafts = in_order(improved(self.drafts(), self.graph.supergraph, passes))
        self.budget.fetches(drafts)
        settle(drafts, self.graph.supergraph)
        drafts = travel_together(merge_routes(drafts)) if passes else drafts
        finishing = Finishing(self.graph.supergraph, self.operation.definitions)
        steps = finishing.steps(drafts)
        return Plan(
            operation=self.operation.kind,
            steps=steps,
            shape=answer(self.operation, self.graph.supergraph, self.root),
            batches=finishing.batches(steps, drafts),
            deferred=self.deferred(drafts),
            whole=self.whole(),
            introspection=self.introspection(),
        )

    def drafts(self) -> list[Draft]:
        fetches = Fetches(self.graph.supergraph, self.operation.kind)
        asked = self.asked(at_once(self.operation.written))
        if self.operation.kind != "query":
            for turn, one in enumerate(asked):
                fetches.follow_all(self.from_one_subgraph(one, turn), turn)
            return in_turns(fetches.drafts)
        fetches.follow_all(self.choose(asked, self.entries()))
        keys = {one.key for one in asked}
        for part in range(1, len(self.operation.labels) + 1):
            for one in self.asked(later(self.operation.written, part)):
                # A root field that nobody waits for is asked in a request of its own.
                starts = self.entries(0 if one.key in keys else part)
                fetches.follow_all(self.choose([one], starts), part=part)
        return fetches.drafts

    def asked(self, selections: Selections) -> list[Field]:
        """The root fields that subgraphs answer."""
        return [
            one
            for one in self.spreading.spread(self.operation.root, selections)
            if isinstance(one, Field) and one.name not in INTROSPECTION and one != TYPENAME
        ]

    def deferred(self, drafts: Sequence[Draft]) -> tuple[Deferred, ...]:
        """The parts that may come later, each with the steps that only later parts wait for."""
        return tuple(
            self.part(part, label, drafts)
            for part, label in enumerate(self.operation.labels, start=1)
        )

    def whole(self) -> Shape | None:
        if not self.operation.labels:
            return None
        return whole_answer(self.operation, self.graph.supergraph, self.root)

    def part(self, part: int, label: str | None, drafts: Sequence[Draft]) -> Deferred:
        found = find(self.operation, self.root, part)
        waits: set[Draft] = set()
        for draft in drafts:
            if part in draft.parts:
                waits |= {draft} | draft.ancestors()
        steps = tuple(
            number for number, one in enumerate(drafts, start=1) if one in waits and one.part
        )
        shape = answer_part(self.operation, self.graph.supergraph, found)
        return Deferred(label, found.paths, shape, steps)

    def entries(self, turn: int = 0) -> list[Path]:
        entries = self.graph.entries(self.operation.root)
        return [self.walk.moves.enter(entry, self.root, turn) for entry in entries]

    def choose(self, asked: Sequence[Field], starts: list[Path]) -> list[Path]:
        self.walk.leaves = []
        for one in asked:
            self.walk.field(self.operation.root, one, starts)
        return choose(self.walk.leaves, self.graph.order)

    def from_one_subgraph(self, one: Field, turn: int) -> list[Path]:
        """A mutation's or subscription's root field is asked once, of one subgraph, whoever has it."""
        found: list[tuple[int, list[Path]]] = []
        failures: list[Unplannable] = []
        for start in self.entries(turn):
            try:
                paths = self.choose([one], [start])
            except Unplannable as error:
                failures.append(error)
            else:
                found.append((sum(path.cost for path in paths), paths))
        if not found:
            raise failures[-1]
        return min(found, key=lambda pair: pair[0])[1]

    def introspection(self) -> str:
        asked = [
            one
            for one in self.operation.written
            if isinstance(one, Field) and one.name in INTROSPECTION
        ]
        return print_selections(tuple(asked)) if asked else ""
