"""Paths → the paths one move longer: into a field, an object type or another subgraph.

A jump carries the paths of what it needs: its key, and whatever the field behind it requires; these are
made from where the jump starts, by the same moves. Per node only the cheapest ways are kept.

A field that requires something is entered anew: it is only reached by a jump that brings it along.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from gateway.federation.planning.graph import FieldEdge, Graph, Jump, Node
from gateway.federation.planning.limits import Budget
from gateway.federation.planning.places import Place
from gateway.federation.planning.shape import Spreading
from gateway.federation.planning.ways import JUMP, Best, Borrow, Path
from gateway.federation.selection import Argument, Field, On, Selections
from gateway.federation.supergraph import context_selection, contexts_of

DEEPEST = 24

Busy = frozenset[object]
NOTHING: Busy = frozenset()


class Moves:
    """The moves of one operation's walk; equal ways get equal numbers."""

    def __init__(self, graph: Graph, budget: Budget) -> None:
        self.graph = graph
        self.supergraph = graph.supergraph
        self.bringing = Spreading(graph.supergraph, inner=True)
        self.budget = budget
        self.numbers: dict[object, int] = {}
        self.near: dict[tuple[Node, Jump], bool] = {}

    def number(self, *move: object) -> int:
        return self.numbers.setdefault(move, len(self.numbers))

    def enter(self, node: Node, place: Place, turn: int = 0) -> Path:
        """The start of a way, at a root type; `turn` keeps mutations apart."""
        return Path(None, node, place, self.number("enter", node, turn), 0, 0, node.graph)

    def follow(self, path: Path, edge: FieldEdge, one: Field, key: str) -> Path:
        self.budget.tick()
        return Path(
            before=path,
            node=edge.target,
            place=path.place.child(key) if edge.target else path.place,
            number=self.number(path.number, edge.target, key, one.name, one.arguments),
            cost=path.cost + 1,
            depth=path.depth,
            graph=path.graph,
            field=one,
            key=key,
            edge=edge,
        )

    def narrow_to(self, path: Path, node: Node) -> Path:
        if node is path.node:
            return path
        return Path(
            before=path,
            node=node,
            place=path.place,
            number=self.number(path.number, "narrow", node.type),
            cost=path.cost,
            depth=path.depth,
            graph=path.graph,
            narrowed=node.type,
        )

    def leap(
        self, path: Path, jump: Jump, edge: FieldEdge | None = None, busy: Busy = NOTHING
    ) -> Path | None:
        """The path after a jump, with what it and the field behind it need; None when that cannot be had."""
        requires = edge.requires if edge else ()
        known = (jump, requires, edge if edge and edge.contextual else None, busy)
        if known not in path.known:
            path.known[known] = self._leap(path, jump, edge, busy)
        return path.known[known]

    def _leap(self, path: Path, jump: Jump, edge: FieldEdge | None, busy: Busy) -> Path | None:
        self.budget.tick()
        requires = edge.requires if edge else ()
        marks = {(jump, requires), (path.place, jump.target, requires)}
        if marks & busy or len(busy) > DEEPEST:
            return None
        needs = self.bring(path, (*jump.key, *requires), busy | marks)
        borrows = self.borrow(path, jump, edge) if edge else ()
        lent = [self.bring(one.holder, one.selections, busy | marks) for one in borrows or ()]
        if needs is None or borrows is None or None in lent:
            return None
        needs += tuple(need for one in lent for need in one or ())
        contextual = edge.contextual if edge else ()
        return Path(
            before=path,
            node=jump.target,
            place=path.place,
            number=self.number(path.number, jump.target, jump.key, requires, contextual),
            cost=path.cost + JUMP + sum(max(one.cost - path.cost, 1) for one in needs),
            depth=1 + max((one.depth for one in needs), default=path.depth),
            graph=jump.target.graph,
            jump=jump,
            requires=requires,
            needs=needs,
            borrows=borrows,
        )

    def borrow(self, path: Path, jump: Jump, edge: FieldEdge) -> tuple[Borrow, ...] | None:
        """For each contextual argument the nearest ancestor that sets its context; None without one."""
        found: list[Borrow] = []
        for one in edge.contextual:
            holder: Path | None = path
            while holder is not None and not self._sets(holder, one.context):
                holder = holder.before
            if holder is None or holder.node is None:
                return None
            selections = context_selection(one.selection, holder.node.type, self.supergraph)
            variable = f"_{jump.target.type}_{edge.name}_{one.name}"
            found.append(Borrow(variable, one, holder, selections))
        return tuple(found)

    def _sets(self, path: Path, context: str) -> bool:
        return path.node is not None and context in contexts_of(
            self.supergraph.types[path.node.type]
        )

    # What a jump brings along

    def bring(self, path: Path, needed: Selections, busy: Busy) -> tuple[Path, ...] | None:
        """The cheapest way to each leaf of a field set, from here on."""
        assert path.node is not None
        found: list[Path] = []
        if needed and not self._bring(path.node.type, needed, [path], busy, found):
            return None
        return tuple(found)

    def _bring(
        self, name: str, needed: Selections, paths: list[Path], busy: Busy, found: list[Path]
    ) -> bool:
        for one in self.bringing.spread(name, needed):
            if isinstance(one, On):
                narrowed = self.narrow(paths, one.type, busy)
                if narrowed and not self._bring(one.type, one.inside, narrowed, busy, found):
                    return False
                continue
            key = paths[0].place.key_for(one.name, one.arguments)
            ahead = self.advance(paths, one, key, busy)
            if not ahead:
                apart = self.apart(self.bringing, name, paths, busy)
                if not apart or not all(
                    self._bring(each, (one,), narrowed, busy, found) for each, narrowed in apart
                ):
                    return False
            elif ahead[0].node is None:
                found.append(min(ahead, key=self.preference))
            elif not self._bring(self.type_of(name, one), one.inside, ahead, busy, found):
                return False
        return True

    def preference(self, path: Path) -> tuple[int, int, int]:
        return path.cost, path.depth, self.graph.order[path.graph]

    def type_of(self, name: str, one: Field) -> str:
        return self.supergraph.types[name].fields[one.name].type.name

    # Steps of a walk

    def advance(
        self,
        paths: Iterable[Path],
        one: Field,
        key: str,
        busy: Busy = NOTHING,
    ) -> list[Path]:
        """Every cheapest way on to a field."""
        best = Best()
        for path in paths:
            assert path.node is not None
            direct = [
                self.follow(path, edge, one, key)
                for edge in self.graph.fields(path.node, one.name)
                if not edge.requires and not edge.contextual
            ]
            for ahead in direct:
                best.add(ahead)
            if direct and (direct[0].node is None or (busy and self._has_here(path.node, (one,)))):
                # What a jump needs is brought by the cheapest way, and none is cheaper than from here.
                continue
            for jump, edge in self._worthwhile(path, path.node, one.name, busy):
                landed = self.leap(path, jump, edge, busy)
                if landed is not None:
                    best.add(self.follow(landed, edge, _lent(one, landed), key))
        return best.paths()

    def _worthwhile(
        self, path: Path, node: Node, name: str, busy: Busy
    ) -> list[tuple[Jump, FieldEdge]]:
        """The jumps to a field, without those that must cost more than another to the same place.

        A key that is not at hand costs a jump of its own; looking for it again and again, from
        everywhere it may be, is what makes planning long.
        """
        leads = self.graph.leads(node, name)
        near = [self._is_at_hand(node, jump) for jump, _ in leads]
        cheap: set[Node | None] = set()
        for is_near, (jump, edge) in zip(near, leads, strict=True):
            landed = self.leap(path, jump, edge, busy) if is_near else None
            if landed is not None and landed.cost < path.cost + 2 * JUMP:
                cheap.add(edge.target)
        return [
            lead
            for is_near, lead in zip(near, leads, strict=True)
            if is_near or lead[1].target not in cheap
        ]

    def _is_at_hand(self, node: Node, jump: Jump) -> bool:
        """Whether the node's own subgraph has the jump's key."""
        if (node, jump) not in self.near:
            self.near[node, jump] = self._has_here(node, jump.key)
        return self.near[node, jump]

    def _has_here(self, node: Node, chosen: Selections) -> bool:
        return all(
            isinstance(one, Field)
            and any(
                edge.target is None or self._has_here(edge.target, one.inside)
                for edge in self.graph.fields(node, one.name)
                if not edge.requires and not edge.contextual
            )
            for one in chosen
        )

    def narrow(self, paths: Iterable[Path], name: str, busy: Busy = NOTHING) -> list[Path]:
        """The ways on into an object type; through another subgraph where this one cannot say."""
        best = Best()
        for path in paths:
            assert path.node is not None
            node = self.graph.narrow(path.node, name)
            if node is not None:
                best.add(self.narrow_to(path, node))
                continue
            for jump in self.graph.jumps(path.node):
                node = self.graph.narrow(jump.target, name)
                if node is not None and (landed := self.leap(path, jump, None, busy)):
                    best.add(self.narrow_to(landed, node))
        return best.paths()

    def apart(
        self, spreading: Spreading, name: str, paths: Sequence[Path], busy: Busy = NOTHING
    ) -> list[tuple[str, list[Path]]]:
        """The ways on into each object type that may stand here; none where no other type stands.

        An object may have the key that its interface does not have in the subgraph.
        """
        if not self.supergraph.types[name].is_abstract:
            return []
        found = [(each, self.narrow(paths, each, busy)) for each in spreading.objects(name)]
        return [(each, narrowed) for each, narrowed in found if narrowed]


def _lent(one: Field, landed: Path) -> Field:
    """The field with the arguments that it takes from above."""
    lent = tuple(
        Argument(borrow.argument.name, f"${borrow.variable}", (borrow.variable,))
        for borrow in landed.borrows
    )
    return dataclasses.replace(one, arguments=one.arguments + lent) if lent else one
