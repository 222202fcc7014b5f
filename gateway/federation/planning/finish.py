"""Drafts → Steps: numbered, with final keys, printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from gateway.federation.planning.document import batch_document, entity_document, root_document
from gateway.federation.planning.drafts import Being, Borrowed, Draft, Out, Route, Sending
from gateway.federation.planning.places import Place
from gateway.federation.planning.shape import is_named
from gateway.federation.planning.steps import (
    Batch,
    Each,
    Input,
    Key,
    Kind,
    Only,
    Path,
    Segment,
    Sent,
    Step,
    Taken,
)
from gateway.federation.selection import Field, On, Selections
from gateway.federation.supergraph import Supergraph

TYPENAME = Sent("__typename", "__typename", key=False)


class Finishing:
    """The last stage of one plan."""

    def __init__(self, supergraph: Supergraph, definitions: Mapping[str, str]) -> None:
        self.supergraph = supergraph
        self.definitions = definitions

    def steps(self, drafts: Sequence[Draft]) -> tuple[Step, ...]:
        """The steps, numbered from one in the drafts' order."""
        numbers = {draft: number for number, draft in enumerate(drafts, start=1)}
        return tuple(self.step(draft, numbers) for draft in drafts)

    def step(self, draft: Draft, numbers: Mapping[Draft, int]) -> Step:
        output = selections(draft.output)
        lent = {one.variable: f"${one.variable}: {one.type}" for one in draft.borrowed}
        definitions = {**self.definitions, **lent}
        if draft.kind is Kind.ROOT:
            document, used = root_document(draft.operation, output, definitions)
        else:
            document, used = entity_document(output, definitions)
        return Step(
            id=numbers[draft],
            subgraph=draft.graph,
            kind=draft.kind,
            operation=draft.operation,
            path=path(draft.route),
            inputs=tuple(self.input(sending, draft.graph) for sending in draft.sendings),
            output=output,
            needs=tuple(sorted(numbers[need] for need in draft.needs)),
            document=document,
            variables=tuple(name for name in used if name not in lent),
            taken=tuple(self.taken(one) for one in draft.borrowed),
        )

    def taken(self, one: Borrowed) -> Taken:
        """Where the value of a contextual argument stands, by the ancestor's type where that matters."""
        sources: dict[str, tuple[str, ...]] = {}
        for name in self.supergraph.possible(one.holder) or (one.holder,):
            sources[name] = tuple(self.value_keys(name, one.selections, one.place))
        if len(set(sources.values())) == 1:
            sources = {"": next(iter(sources.values()))}
        return Taken(one.variable, len(path(one.above)), sources)

    def value_keys(self, owner: str, chosen: Selections, place: Place) -> Iterator[str]:
        """The keys on the way to the one leaf of a selection."""
        for one in chosen:
            if isinstance(one, On):
                if owner in self.supergraph.possible(one.type):
                    yield from self.value_keys(owner, one.inside, place)
            else:
                key = place.key_for(one.name, one.arguments)
                yield place.tree_key(owner, key)
                below = self.supergraph.types[owner].fields[one.name].type.name
                yield from self.value_keys(below, one.inside, place.child(key))

    def input(self, sending: Sending, graph: str) -> Input:
        found = [
            one
            for is_key, chosen in ((True, sending.keys), (False, sending.requires))
            for one in self.sent(sending.type, chosen, sending.place, graph, is_key)
        ]
        return Input(sending.on, sending.told, _united(found))

    def sent(
        self, owner: str, chosen: Selections, place: Place, graph: str, is_key: bool
    ) -> Iterator[Sent]:
        for one in chosen:
            if isinstance(one, On):
                yield from self.sent_only(owner, one, place, graph, is_key)
            elif one.name == "__typename":
                continue
            else:
                yield from self.sent_field(owner, one, place, graph, is_key)

    def sent_only(
        self, owner: str, one: On, place: Place, graph: str, is_key: bool
    ) -> Iterator[Sent]:
        allowed = frozenset(self.supergraph.possible(one.type))
        covers = set(self.supergraph.possible(owner)) <= allowed
        for inner in self.sent(one.type, one.inside, place, graph, is_key):
            only = inner.only & allowed if inner.only else allowed
            yield inner if covers else replace(inner, only=only)

    def sent_field(
        self, owner: str, one: Field, place: Place, graph: str, is_key: bool
    ) -> Iterator[Sent]:
        join = self.supergraph.field_in(owner, one.name, graph)
        ref = join.type if join else self.supergraph.types[owner].fields[one.name].type
        key = place.key_for(one.name, one.arguments)
        inside: tuple[Sent, ...] = ()
        if one.inside:
            inside = tuple(self.sent(ref.name, one.inside, place.child(key), graph, is_key))
            if is_named(self.supergraph.types[ref.name]):
                inside = (TYPENAME, *inside)
        for source, types in tree_keys(self.supergraph, place, owner, key).items():
            yield Sent(one.name, source, inside, ref.required[0], types, is_key)

    def batches(self, steps: Sequence[Step], drafts: Sequence[Draft]) -> tuple[Batch, ...]:
        """The entity steps that become ready together, by subgraph."""
        ready: dict[tuple[str, tuple[int, ...], int], list[Step]] = {}
        for step, draft in zip(steps, drafts, strict=True):
            if step.kind is Kind.ENTITY and not step.taken:
                ready.setdefault((step.subgraph, step.needs, draft.part), []).append(step)
        return tuple(self.batch(found) for found in ready.values() if len(found) > 1)

    def batch(self, steps: Sequence[Step]) -> Batch:
        groups: dict[object, list[Step]] = {}
        for step in steps:
            groups.setdefault((step.inputs, step.output), []).append(step)
        outputs = [found[0].output for found in groups.values()]
        document, used = batch_document(outputs, self.definitions)
        ids = tuple(tuple(step.id for step in found) for found in groups.values())
        return Batch(ids, document, used)


def _united(found: Iterable[Sent]) -> tuple[Sent, ...]:
    """The fields with those that are sent for two reasons as one."""
    united: dict[tuple[str, str, frozenset[str]], Sent] = {}
    for one in found:
        place = (one.name, one.source, one.only)
        known = united.get(place)
        united[place] = (
            one
            if known is None
            else replace(
                known,
                inside=_united((*known.inside, *one.inside)),
                required=known.required or one.required,
                key=known.key or one.key,
            )
        )
    return tuple(united.values())


def tree_keys(
    supergraph: Supergraph, place: Place, owner: str, key: str
) -> dict[str, frozenset[str]]:
    """Under which keys of the tree the objects of a type have a field; with the types if they differ."""
    found: dict[str, set[str]] = {}
    for name in supergraph.possible(owner) or (owner,):
        found.setdefault(place.tree_key(name, key), set()).add(name)
    if len(found) == 1:
        return dict.fromkeys(found, frozenset())
    return {source: frozenset(types) for source, types in found.items()}


def path(route: Route) -> Path:
    """The route in the tree, with final keys."""
    found: list[Segment] = []
    for one in route:
        if isinstance(one, Being):
            found.append(Only(one.types))
        else:
            found.append(Key(one.place.tree_key(one.type, one.key)))
            if one.many:
                found.append(Each())
    return tuple(found)


def selections(out: Out) -> Selections:
    """What is selected, with final keys; something always is."""
    found: list[Field | On] = []
    for key, (one, below) in out.fields.items():
        real = out.place.tree_key(out.type, key)
        alias = real if real != one.name else None
        inside = selections(below) if below is not None else ()
        found.append(Field(one.name, alias, one.arguments, inside))
    for name, inner in out.on.items():
        found.append(On(name, selections(inner)))
    return tuple(found) or (Field("__typename"),)
