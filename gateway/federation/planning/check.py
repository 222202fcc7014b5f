"""Is this plan right? Asked of every plan in every test: a Plan → the sentences that say what is wrong.

Nothing here trusts the planner: each request is validated on its subgraph's schema, what is sent is
compared with the keys and requirements that the target declares, and the answers are put together
symbolically to see whether everything that is read has been supplied by someone who came before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from weakref import WeakKeyDictionary

from graphql import GraphQLSchema, parse, validate

from gateway.federation.planning.operation import Operation
from gateway.federation.planning.steps import (
    Branch,
    Input,
    Kind,
    Leaf,
    Only,
    Path,
    Plan,
    Sent,
    Shape,
    Step,
)
from gateway.federation.planning.supplies import Entry, Levels, Supplies
from gateway.federation.schema import subgraph_schema
from gateway.federation.selection import Field, On, Selections
from gateway.federation.supergraph import Supergraph


def check(plan: Plan, operation: Operation, supergraph: Supergraph) -> list[str]:
    """Everything that is wrong with the plan; nothing, when it is right."""
    return list(_Check(plan, operation, supergraph).problems())


class _Check:
    def __init__(self, plan: Plan, operation: Operation, supergraph: Supergraph) -> None:
        self.plan = plan
        self.operation = operation
        self.supergraph = supergraph
        self.supplies = Supplies(supergraph)
        self.before = _closure(plan.steps)
        self.read: set[Entry] = set()

    def problems(self) -> Iterator[str]:
        yield from self.order()
        for step in self.plan.steps:
            yield from self.document(step)
            self.supplies.supply(step)
        for step in self.plan.steps:
            yield from self.inputs(step)
        yield from self.shape(self.plan.shape, [self.supplies.root], [], ())
        for part in self.plan.deferred:
            yield from self.shape(part.shape, self.supplies.at(part.path), [], ("…",))
        yield from self.batches()

    # The order of steps

    def order(self) -> Iterator[str]:
        done: set[int] = set()
        for step in self.plan.steps:
            if not set(step.needs) <= done:
                yield f"step {step.id} comes before a step that it needs"
            done.add(step.id)
        if self.plan.operation == "mutation":
            yield from self.one_after_the_other()

    def one_after_the_other(self) -> Iterator[str]:
        roots = [step for step in self.plan.steps if step.operation == "mutation"]
        for earlier, later in pairwise(roots):
            between = {step.id for step in self.plan.steps if earlier.id in self.before[step.id]}
            between = {one for one in between if later.id not in self.before[one]} - {later.id}
            if not (between | {earlier.id}) <= self.before[later.id]:
                yield f"step {later.id} does not wait for all of the mutation before it"

    # What is asked

    def document(self, step: Step) -> Iterator[str]:
        for error in validate(_schema(self.supergraph, step.subgraph), parse(step.document)):
            yield f"step {step.id}: {step.subgraph} does not accept it: {error.message}"
        for one in step.output:
            if step.kind is Kind.ENTITY and isinstance(one, On):
                yield from self.owned(step, one.type, one.inside, ())
        if step.kind is Kind.ROOT:
            root = self.supergraph.roots[step.operation]
            yield from self.owned(step, root, step.output, ())

    def owned(
        self, step: Step, name: str, chosen: Selections, provided: Selections
    ) -> Iterator[str]:
        """Only what the subgraph resolves itself, or provides just here."""
        for one in chosen:
            if isinstance(one, On):
                inner = [
                    *(p for p in provided if isinstance(p, Field)),
                    *(i for p in provided if isinstance(p, On) for i in p.inside),
                ]
                yield from self.owned(step, one.type, one.inside, tuple(inner))
            elif one.name != "__typename":
                yield from self.owned_field(step, name, one, provided)

    def owned_field(self, step: Step, name: str, one: Field, provided: Selections) -> Iterator[str]:
        join = self.supergraph.field_in(name, one.name, step.subgraph)
        given = [p for p in provided if isinstance(p, Field) and p.name == one.name]
        if join is None or ((join.external or join.overridden) and not given):
            yield f"step {step.id}: {step.subgraph} does not resolve {name}.{one.name}"
            return
        more = tuple(i for p in given for i in p.inside) + join.provides
        yield from self.owned(step, join.type.name, one.inside, more)

    # What is sent

    def inputs(self, step: Step) -> Iterator[str]:
        if step.kind is not Kind.ENTITY:
            return
        levels = self.supplies.at(step.path)
        for one in step.output:
            assert isinstance(one, On)
            sent = [i for i in step.inputs if self.is_for(i, one.type, step.path)]
            if not sent:
                yield f"step {step.id}: nothing is sent for {one.type}"
            for each in sent:
                yield from self.declared(step, one, each, levels)
                for name in self.types_at(each, one.type, step.path):
                    yield from self.available(step, name, each.fields, levels)

    def is_for(self, sent: Input, name: str, path: Path) -> bool:
        if sent.typename is not None:
            return sent.typename == name
        return not sent.types or bool(sent.types & set(self.supergraph.possible(name)))

    def types_at(self, sent: Input, name: str, path: Path) -> Iterable[str | None]:
        if sent.types:
            return sorted(sent.types)
        last = path[-1] if path else None
        if isinstance(last, Only):
            return sorted(last.types)
        return (None,) if self.supergraph.types[name].is_abstract else (name,)

    def declared(self, step: Step, one: On, sent: Input, levels: Levels) -> Iterator[str]:
        """A resolvable key is sent, and everything that the fields asked for require."""
        keys = self.supergraph.types[one.type].joins[step.subgraph].keys
        if not any(key.resolvable and _covers(sent.fields, key.fields) for key in keys):
            yield f"step {step.id}: no key of {one.type} in {step.subgraph} is sent"
        for chosen in one.inside:
            if isinstance(chosen, On) or chosen.name == "__typename":
                continue
            join = self.supergraph.field_in(one.type, chosen.name, step.subgraph)
            if join and join.requires and not self.brought(sent.fields, join.requires, levels):
                yield f"step {step.id}: what {one.type}.{chosen.name} requires is not sent"

    def brought(self, sent: Sequence[Sent], required: Selections, levels: Levels) -> bool:
        """Whether the required fields are among those sent, read from where they were so asked."""
        for one in required:
            if isinstance(one, On):
                if not self.brought(sent, one.inside, levels):
                    return False
            elif one.name != "__typename" and not self.brought_field(sent, one, levels):
                return False
        return True

    def brought_field(self, sent: Sequence[Sent], one: Field, levels: Levels) -> bool:
        for each in sent:
            if each.name != one.name:
                continue
            sources = [entry for level in levels for entry in level.of(each.source, None)]
            asked = [entry for entry in sources if entry.step]
            below = [entry.below for entry in sources]
            if all(
                (e.name, e.arguments) == (one.name, one.arguments) for e in asked
            ) and self.brought(each.inside, one.inside, below):
                return True
        return False

    def available(
        self, step: Step, name: str | None, sent: Sequence[Sent], levels: Levels
    ) -> Iterator[str]:
        """Everything sent of an object of that type comes from a step before."""
        for one in sent:
            if (one.only and name not in one.only) or one.name == "__typename":
                continue
            found = [
                entry
                for level in levels
                for entry in level.of(one.source, name)
                if not entry.step or entry.step in self.before[step.id]
            ]
            self.read.update(found)
            supplied = [entry for entry in found if entry.step]
            if not supplied:
                yield f"step {step.id}: {one.source} of {name or 'any'} is sent, but nobody before supplies it"
            below = [entry.below for entry in found]
            for inner in sorted(self.standing(supplied)) if one.inside else ():
                if self.is_told_of(step.subgraph, name, one, inner):
                    yield from self.available(step, inner, one.inside, below)

    def is_told_of(self, graph: str, owner: str | None, one: Sent, name: str) -> bool:
        """Whether the subgraph can be told of that type in the field. Where it has one type instead
        of a union, nothing is sent that holds another."""
        if owner is None:
            return True
        join = self.supergraph.field_in(owner, one.name, graph)
        known = join.type if join else self.supergraph.types[owner].fields[one.name].type
        return name in self.supergraph.possible(known.name)

    def standing(self, entries: Iterable[Entry]) -> set[str]:
        """The object types that may stand where these entries put something."""
        found: set[str] = set()
        for entry in entries:
            found.update(self.supergraph.possible_in(entry.type, entry.subgraph))
        return found

    # What the client gets

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
            return self.can_stand(name, shape.type, sources)
        objects = self.supergraph.possible(name) or (name,)
        return any(self.can_stand(one, shape.type, sources) for one in objects)

    def can_stand(self, name: str, static: str, sources: Sequence[Entry]) -> bool:
        """Whether the type may stand here, given who answered. Members that not every subgraph of a
        union knows may stay unasked: which one answers must not show."""
        for entry in sources:
            possible = self.supergraph.possible_in(entry.type, entry.subgraph)
            if name not in possible and entry.type not in possible:
                continue
            return self.supergraph.types[static].kind != "union" or self.all_know(name, entry)
        return False

    def all_know(self, name: str, entry: Entry) -> bool:
        """Whether every subgraph that has the field may answer it with that type."""
        for graph in self.supergraph.types[entry.owner].joins:
            join = self.supergraph.field_in(entry.owner, entry.name, graph)
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
        self.read.update(found)
        supplied = [entry for entry in found if entry.step]
        if not supplied:
            where = ".".join((*path, one.key))
            yield f"{where} of {name} is read from {one.source}, but nobody supplies it"
        elif isinstance(one, Branch):
            below = [entry.below for entry in found]
            yield from self.shape(one.inside, below, supplied, (*path, one.key))

    # What travels together

    def batches(self) -> Iterator[str]:
        steps = {step.id: step for step in self.plan.steps}
        for batch in self.plan.batches:
            ids = [one for group in batch.groups for one in group]
            if len({(steps[one].subgraph, steps[one].needs) for one in ids}) != 1:
                yield f"steps {ids} travel together, but are not ready together"
            subgraph = steps[ids[0]].subgraph
            for error in validate(_schema(self.supergraph, subgraph), parse(batch.document)):
                yield f"steps {ids}: {subgraph} does not accept them: {error.message}"


def waste(plan: Plan, operation: Operation, supergraph: Supergraph) -> list[str]:
    """What is fetched and read by nobody: no fault, but not a good plan."""
    checked = _Check(plan, operation, supergraph)
    list(checked.problems())
    return list(checked.supplies.unread(checked.read))


_SCHEMAS: WeakKeyDictionary[Supergraph, dict[str, GraphQLSchema]] = WeakKeyDictionary()


def _schema(supergraph: Supergraph, name: str) -> GraphQLSchema:
    """The subgraph's schema, made once for all plans on the supergraph."""
    known = _SCHEMAS.setdefault(supergraph, {})
    if name not in known:
        known[name] = subgraph_schema(supergraph, name)
    return known[name]


def _closure(steps: Sequence[Step]) -> dict[int, set[int]]:
    """For every step, all that are done before it starts."""
    before: dict[int, set[int]] = {}
    for step in steps:
        found = set(step.needs)
        for need in step.needs:
            found |= before.get(need, set())
        before[step.id] = found
    return before


def _covers(sent: Sequence[Sent], wanted: Selections) -> bool:
    """Whether every field of a key is among those sent."""
    for one in wanted:
        if isinstance(one, On):
            if not _covers(sent, one.inside):
                return False
        elif one.name != "__typename" and not any(
            each.name == one.name and _covers(each.inside, one.inside) for each in sent
        ):
            return False
    return True
