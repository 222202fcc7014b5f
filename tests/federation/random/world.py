"""A seed and the types → the value of every field of every thing, as a pure function.

Any number of subgraphs can answer the same field and agree, because there is nothing to disagree about:
a value is a digest of the seed, the thing, the field and its arguments. Only a mutation changes
something, a counter; so the order in which mutations run shows in the answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from graphql import DocumentNode, GraphQLSchema, build_schema, execute, parse
from graphql.execution.values import get_argument_values

from gateway.federation.selection import Field, On, Selections, print_selections
from tests.federation.random.graphs import Declared, Graph, levels, named, read

POOL = 4
"""How many things there are of each entity type."""

MASK = (1 << 64) - 1


@dataclass(slots=True)
class Thing:
    """One object. `sent` is the representation it came by, `given` what its provider may be asked below.
    `above` is whoever has it, where that is known."""

    type: str
    no: int
    sent: Mapping[str, Any] | None = None
    given: Selections = ()
    above: Thing | None = None


@dataclass(slots=True)
class State:
    """What one run of an operation left behind."""

    count: int = 0
    failures: int = 0
    violations: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Law:
    """What may be the value of one field: never null where `required`; one of `picks` if composite."""

    required: tuple[bool, ...]
    kind: str
    name: str
    picks: tuple[str, ...]
    unique: bool
    arguments: frozenset[str]


class Failed(Exception):
    """A field that fails because the case says so."""


class World:
    """The values behind the monolith and behind every subgraph."""

    def __init__(
        self,
        seed: int,
        monolith: str,
        graphs: Iterable[Graph],
        failing: Iterable[str] = (),
        counters: Iterable[str] = (),
        missing: Iterable[str] = (),
    ) -> None:
        self.seed = seed
        self.graphs = tuple(graphs)
        self.whole = read("monolith", monolith)
        self.schema: GraphQLSchema = build_schema(monolith, assume_valid_sdl=True)
        self.failing = frozenset(failing)
        self.counters = frozenset(counters)
        self.shut: frozenset[str] = frozenset()
        self.missing = frozenset(missing)
        self.uniques = {place for g in self.graphs for place in key_places(g, self.whole)}
        self.entities = self._entities()
        self._laws: dict[tuple[str, str], Law] = {}
        self._coerced: dict[tuple[str, Field], dict[str, Any]] = {}

    def _entities(self) -> frozenset[str]:
        keyed = (t.name for g in self.graphs for t in g.types.values() if t.keys)
        return frozenset(object_ for name in keyed for object_ in self.whole.possible(name))

    def declarations(self, type_name: str, name: str) -> Iterable[tuple[Graph, Declared]]:
        """Every graph's declaration of an object's field, those on an interface object included."""
        for graph in self.graphs:
            for kept in graph.types.values():
                stands = kept.name == type_name or (
                    kept.interface_object and type_name in self.whole.possible(kept.name)
                )
                if stands and name in kept.fields:
                    yield graph, kept.fields[name]

    def law(self, type_name: str, name: str) -> Law:
        """The law of one object's field."""
        place = type_name, name
        if place not in self._laws:
            self._laws[place] = self._derive(type_name, name)
        return self._laws[place]

    def _derive(self, type_name: str, name: str) -> Law:
        whole = self.whole.types[type_name].fields[name]
        declared = list(self.declarations(type_name, name))
        required = [levels(whole.type), *(levels(one.type) for _, one in declared)]
        result = named(whole.type)
        kind = self.whole.types[result].kind if result in self.whole.types else "scalar"
        picks = self._options(result, kind)
        for graph, one in declared:
            picks &= self._options_in(graph, named(one.type), kind)
        hidden = {a for _, one in declared for a in one.hidden_arguments}
        lent = {a for _, one in declared for a in one.contextual}
        return Law(
            tuple(
                any(level) or (type_name, name) in self.uniques
                for level in zip(*required, strict=True)
            ),
            kind,
            result,
            tuple(sorted(picks)),
            (type_name, name) in self.uniques,
            (frozenset(whole.arguments) | lent) - hidden,
        )

    def gap(self) -> str:
        """A field that could have no value, because no type or enum value is known to all who resolve it."""
        for one in self.whole.types.values():
            for name in one.fields if one.kind == "object" else ():
                law = self.law(one.name, name)
                if law.kind != "scalar" and not law.picks:
                    return f"{one.name}.{name}"
        return ""

    def _options(self, name: str, kind: str) -> frozenset[str]:
        if kind == "enum":
            return frozenset(self.whole.types[name].values)
        return frozenset() if kind == "scalar" else self.whole.possible(name)

    def _options_in(self, graph: Graph, name: str, kind: str) -> frozenset[str]:
        if kind == "enum":
            return frozenset(graph.types[name].values)
        if kind == "scalar":
            return frozenset()
        if graph.types[name].interface_object:
            return self.whole.possible(name)
        return graph.possible(name)

    def digest(self, *parts: Any) -> int:
        """64 bits that depend on the seed and the parts, and on nothing else."""
        text = repr((self.seed, parts)).encode()
        return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")

    def value(self, thing: Thing, name: str, arguments: Mapping[str, Any], state: State) -> Any:
        """The value of a thing's field: plain data, or things."""
        law = self.law(thing.type, name)
        if self.missing and not law.required[0] and self._unknown(thing, name):
            return None
        known = {k: v for k, v in arguments.items() if k in law.arguments}
        if f"{thing.type}.{name}" in self.counters:
            return state.count
        turn = state.count if thing.type == "Mutation" else 0
        text = json.dumps(known, sort_keys=True)
        return self._at(law, thing, name, 0, self.digest(thing.type, thing.no, name, text, turn))

    def _unknown(self, thing: Thing, name: str) -> bool:
        """Whether the one subgraph that has the field does not know the thing."""
        having = [g.name for g, one in self.declarations(thing.type, name) if not one.external]
        return (thing.type, name) not in self.uniques and any(
            self.is_missing(graph, thing) for graph in having
        )

    def _at(self, law: Law, thing: Thing, name: str, level: int, digest: int) -> Any:
        if not law.required[level] and digest % 6 == 0:
            return None
        if level == len(law.required) - 1:
            return self._leaf(law, thing, name, digest // 6)
        count = max(law.unique, (digest // 6) % (4 if level == 0 else 3))
        parts = (_mixed(digest, i) for i in range(count))
        return [self._at(law, thing, name, level + 1, part) for part in parts]

    def _leaf(self, law: Law, thing: Thing, name: str, digest: int) -> Any:
        if law.kind == "scalar":
            return self._unique(law, thing, name) if law.unique else scalar(law.name, name, digest)
        if not law.picks:
            return None
        pick = law.picks[digest % len(law.picks)]
        if law.kind == "enum":
            return pick
        rest = digest // len(law.picks)
        if pick in self.entities:
            rest = (thing.no if law.unique else rest) % POOL
        return Thing(pick, rest)

    def _unique(self, law: Law, thing: Thing, name: str) -> Any:
        if law.name == "Int":
            return (self.digest(thing.type, name) % 1000) * 1000 + thing.no % 1000
        return f"{name}-{thing.type}{thing.no}"

    def fails(self, thing: Thing, name: str) -> bool:
        """Whether the case makes this field of this thing fail."""
        place = f"{thing.type}.{name}"
        return place in self.failing and self.digest("fails", place, thing.no) % 3 == 0

    def is_missing(self, graph: str, thing: Thing) -> bool:
        """Whether a subgraph does not know a thing, as the case has it."""
        place = f"{graph} {thing.type}"
        return place in self.missing and self.digest("missing", place, thing.no) % 3 == 0

    def resolve(self, thing: Thing, name: str, arguments: Mapping[str, Any], state: State) -> Any:
        """As `value`; what is shut is null, a failing field raises, and a mutation counts."""
        if f"{thing.type}.{name}" in self.shut:
            return None
        if thing.type == "Mutation":
            state.count += 1
        if self.fails(thing, name):
            state.failures += 1
            raise Failed(f"{thing.type}.{name} fails")
        return self.value(thing, name, arguments, state)

    def lent(self, thing: Thing, name: str) -> dict[str, Any]:
        """The arguments of a field that have their value from the nearest that sets a context."""
        found: dict[str, Any] = {}
        for graph, declared in self.declarations(thing.type, name):
            for argument, (context, selections) in declared.contextual.items():
                holder: Thing | None = thing
                while holder is not None and not _sets(graph, holder.type, context):
                    holder = holder.above
                assert holder is not None
                (found[argument],) = self.read(holder, selections).values()
        return found

    def read(self, thing: Thing, selections: Selections) -> dict[str, Any]:
        """What a representation holds of a thing under these selections, by field name."""
        found: dict[str, Any] = {}
        for one in selections:
            if isinstance(one, On):
                if thing.type in self.whole.possible(one.type):
                    _merge(found, self.read(thing, one.inside))
            elif one.name != "__typename":
                value = self.value(thing, one.name, self._arguments(thing.type, one), State())
                _merge(found, {one.name: self._inside(value, one.inside)})
        return found

    def _inside(self, value: Any, selections: Selections) -> Any:
        if isinstance(value, list):
            return [self._inside(one, selections) for one in value]
        return self.read(value, selections) if isinstance(value, Thing) else value

    def _arguments(self, type_name: str, field_: Field) -> dict[str, Any]:
        known = self._coerced.get((type_name, field_))
        if known is None:
            text = print_selections((Field(field_.name, None, field_.arguments),))
            node = parse(text).definitions[0].selection_set.selections[0]  # type: ignore[attr-defined]
            definition = self.schema.type_map[type_name].fields[field_.name]  # type: ignore[attr-defined]
            known = self._coerced[type_name, field_] = get_argument_values(definition, node)
        return known

    def things(self, name: str) -> list[Thing]:
        """Every thing of an entity type or interface."""
        types = sorted(self.whole.possible(name) & self.entities)
        return [Thing(one, no) for one in types for no in range(POOL)]


def key_places(graph: Graph, whole: Graph) -> Iterable[tuple[str, str]]:
    """Every (object type, field) that is part of a key in this graph."""
    for kept in graph.types.values():
        for selections, _ in kept.keys:
            yield from _places(whole, kept.name, selections)


def _places(whole: Graph, type_name: str, selections: Selections) -> Iterable[tuple[str, str]]:
    for one in selections:
        if isinstance(one, On):
            yield from _places(whole, one.type, one.inside)
            continue
        for object_ in whole.possible(type_name):
            yield object_, one.name
        if one.name != "__typename":
            yield from _places(
                whole, named(whole.types[type_name].fields[one.name].type), one.inside
            )


def _mixed(digest: int, index: int) -> int:
    mixed = (digest + (index + 1) * 0x9E3779B97F4A7C15) & MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    return mixed ^ (mixed >> 27)


def scalar(type_name: str, name: str, digest: int) -> Any:
    """A value of a scalar type; of a custom one, any JSON."""
    match type_name:
        case "Int":
            return digest % 100
        case "Float":
            return digest % 100 + 0.5
        case "Boolean":
            return digest % 2 == 0
        case "String":
            return f'{name} "{digest % 100}"'
        case "ID":
            return str(digest % 100)
    return [{"id": digest % 10}, None, digest % 3 == 0][: digest % 4]


def _sets(graph: Graph, name: str, context: str) -> bool:
    return name in graph.types and context in graph.types[name].contexts


def _held(value: Any, above: Thing) -> Any:
    """The value, its things knowing who has them."""
    if isinstance(value, list):
        return [_held(one, above) for one in value]
    return Thing(value.type, value.no, above=above) if isinstance(value, Thing) else value


def _merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        into[name] = _merged(into[name], value) if name in into else value


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        _merge(one, other)
        return one
    if isinstance(one, list) and isinstance(other, list):
        return [_merged(a, b) for a, b in zip(one, other, strict=True)]
    return other


def run(
    world: World,
    schema: GraphQLSchema,
    document: DocumentNode,
    variables: Mapping[str, Any],
    state: State,
) -> dict[str, Any]:
    """The operation on one schema that has everything: what every plan must come to."""

    def field_resolver(thing: Thing, info: Any, **arguments: Any) -> Any:
        name = info.field_name
        return _held(world.resolve(thing, name, arguments | world.lent(thing, name), state), thing)

    def type_resolver(thing: Thing, *_: Any) -> str:
        return thing.type

    (operation,) = (one for one in document.definitions if hasattr(one, "operation"))
    root = operation.operation.value.title()
    result = execute(
        schema,
        document,
        root_value=Thing(root, 0),
        variable_values=dict(variables),
        field_resolver=field_resolver,
        type_resolver=type_resolver,
    )
    return result.formatted
