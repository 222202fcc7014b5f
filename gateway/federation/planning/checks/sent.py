"""A Step → what is wrong with its representations: each must be a resolvable key of its target and what
the fields asked there require, and every field of it must come from a step before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.federation.planning.steps import Input, Kind, Only, Path, Sent, Step
from gateway.federation.planning.supplies import Entry, Levels, Supplies
from gateway.federation.selection import Field, On, Selections
from gateway.federation.supergraph import Supergraph


class Representations:
    """What the steps of one plan send. `before` has, for each step, all that are done by then."""

    def __init__(self, supplies: Supplies, before: Mapping[int, set[int]]) -> None:
        self.supergraph: Supergraph = supplies.supergraph
        self.supplies = supplies
        self.before = before

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
