"""Chosen paths → drafts of the fetches that walk them.

Every path is followed move by move; paths that begin alike are followed once. A jump becomes a fetch
that waits for whoever supplies what it sends. The law: a draft needs another only because that one
supplies something it sends, or because the other must have happened first (mutations).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.federation.planning.drafts import (
    Being,
    Borrowed,
    Down,
    Draft,
    Out,
    Route,
    Sending,
    replaced,
)
from gateway.federation.planning.steps import Kind
from gateway.federation.planning.ways import Path
from gateway.federation.selection import Field, On, Selections
from gateway.federation.supergraph import Supergraph


@dataclass(frozen=True, slots=True)
class Standing:
    """Where following a path has led: in which fetch, at which of its selection sets, by which way."""

    draft: Draft
    out: Out
    route: Route


class Fetches:
    """The drafts of one operation, as paths are followed."""

    def __init__(self, supergraph: Supergraph, operation: str) -> None:
        self.supergraph = supergraph
        self.operation = operation
        self.drafts: list[Draft] = []
        self.turn = self.part = 0
        self.standing: dict[tuple[int, int], Standing] = {}

    def follow_all(self, paths: Iterable[Path], turn: int = 0, part: int = 0) -> None:
        """Fetch what these paths lead to, for that root field of a mutation or that deferred part."""
        self.turn, self.part = turn, part
        for path in paths:
            self.follow(path).draft.parts.add(part)

    def follow(self, path: Path) -> Standing:
        """Where the path leads; its moves are made if they have not been made before."""
        place = (path.number, self.part if _has_landed(path) else 0)
        if place not in self.standing:
            self.standing[place] = self._follow(path)
        return self.standing[place]

    def _follow(self, path: Path) -> Standing:
        if path.before is None:
            return self._enter(path)
        before = self.follow(path.before)
        if path.jump is not None:
            return self._jump(path, before)
        if path.narrowed:
            before.out.typename()
            route = _being(before.route, frozenset((path.narrowed,)))
            return Standing(before.draft, before.out.narrowed(path.narrowed), route)
        return self._field(path, before)

    def _enter(self, path: Path) -> Standing:
        assert path.node is not None
        output = Out(path.node.type, path.place)
        draft = self._draft(path.graph, Kind.ROOT, self.operation, (), output)
        return Standing(draft, draft.output, ())

    def _draft(self, graph: str, kind: Kind, operation: str, route: Route, output: Out) -> Draft:
        draft = Draft(graph, kind, operation, route, output, self.turn, self.part)
        self.drafts.append(draft)
        return draft

    def _field(self, path: Path, before: Standing) -> Standing:
        assert path.field is not None and path.edge is not None and path.before is not None
        if path.edge.target is None:
            before.out.leaf(path.field, path.key)
            return before
        out = before.out.branch(path.field, path.key, path.edge.target.type)
        down = Down(path.before.place, before.out.type, path.key, path.edge.type.depth > 0)
        return Standing(before.draft, out, (*before.route, down))

    def _jump(self, path: Path, before: Standing) -> Standing:
        assert path.jump is not None and path.node is not None
        suppliers = {self.follow(need).draft: None for need in path.needs}
        if not path.jump.key:
            return self._enter_again(path, before)
        if path.jump.told is None:
            before.out.typename()
            suppliers[before.draft] = None
        draft = self._entity(path, before, suppliers)
        draft.send(
            Sending(
                frozenset(),
                path.node.type,
                path.jump.told,
                path.jump.key,
                path.requires,
                path.place,
                self._is_strict(path.node.type, path.requires, path.graph),
            )
        )
        for one in path.borrows:
            assert one.holder.node is not None
            above = self.follow(one.holder).route
            borrowed = Borrowed(
                one.variable,
                one.argument.type,
                above,
                one.holder.node.type,
                one.holder.place,
                one.selections,
            )
            if borrowed not in draft.borrowed:
                draft.borrowed.append(borrowed)
        return Standing(draft, draft.output.narrowed(path.node.type), before.route)

    def _is_strict(self, name: str, required: Selections, graph: str) -> bool:
        """Whether the subgraph declares something of what it requires as never null."""
        for one in required:
            owner = one.type if isinstance(one, On) else name
            join = (
                self.supergraph.field_in(owner, one.name, graph) if isinstance(one, Field) else None
            )
            if join is not None and any(join.type.required):
                return True
            if self._is_strict(join.type.name if join else owner, one.inside, graph):
                return True
        return False

    def _entity(self, path: Path, before: Standing, suppliers: dict[Draft, None]) -> Draft:
        """The fetch for a jump: one that asks the same with the same, or a new one."""
        assert path.jump is not None
        for known in self.drafts:
            if self._serves(known, path, before) and not _any_after(known, suppliers):
                break
        else:
            output = Out("", path.place)
            known = self._draft(path.graph, Kind.ENTITY, "query", before.route, output)
        for supplier in suppliers:
            known.wait_for(supplier)
        return known

    def _serves(self, known: Draft, path: Path, before: Standing) -> bool:
        assert path.jump is not None and path.node is not None
        return (
            known.kind is Kind.ENTITY
            and known.graph == path.graph
            and (known.turn, known.part) == (self.turn, self.part)
            and known.route == before.route
            and len(known.sendings) == 1
            and known.sendings[0].type == path.node.type
            and known.sendings[0].told == path.jump.told
            and known.sendings[0].keys == path.jump.key
            and known.sendings[0].requires == path.requires
            and [one.variable for one in known.borrowed] == [one.variable for one in path.borrows]
        )

    def _enter_again(self, path: Path, before: Standing) -> Standing:
        """The root type again, below a field: a request of its own, merged into the same place."""
        assert path.node is not None
        before.out.typename()
        output = Out(path.node.type, path.place)
        draft = self._draft(path.graph, Kind.ROOT, "query", before.route, output)
        draft.wait_for(before.draft)
        return Standing(draft, draft.output, before.route)


def _has_landed(path: Path) -> bool:
    """Whether the path is just behind a jump: a deferred part makes that jump for itself, and takes
    from there only what no other part has taken."""
    if path.narrowed and path.before is not None:
        return _has_landed(path.before)
    return path.jump is not None


def _any_after(known: Draft, suppliers: Iterable[Draft]) -> bool:
    """Whether waiting for the suppliers would make the draft wait for itself."""
    return any(one is known or known in one.ancestors() for one in suppliers)


def _being(route: Route, types: frozenset[str]) -> Route:
    being = Being(types)
    return route if route and route[-1] == being else (*route, being)


def in_turns(drafts: Iterable[Draft]) -> list[Draft]:
    """The drafts with every root field of a mutation waiting for all of the one before (GraphQL 6.2.2).

    Fields that follow each other in one subgraph share a request, if nothing else comes between.
    """
    by_turn: dict[int, list[Draft]] = {}
    for one in drafts:
        by_turn.setdefault(one.turn, []).append(one)
    kept: list[list[Draft]] = []
    for _, group in sorted(by_turn.items()):
        root, *below = group
        if kept and len(kept[-1]) == 1 and kept[-1][0].graph == root.graph:
            earlier = kept[-1][0]
            earlier.output.absorb(root.output)
            kept[-1] = [earlier, *replaced(below, root, earlier)]
            continue
        for one in kept[-1] if kept else ():
            root.wait_for(one)
        kept.append(group)
    return [one for group in kept for one in group]
