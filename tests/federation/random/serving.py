"""A Graph and the World → a subgraph in this process, which notes whatever it should not have been asked.

It answers from the world; beyond that it checks what a real subgraph trusts its gateway for: that a
representation is one of its own resolvable keys and names a thing there is, that everything a field
@requires is there and true, that no external field is asked outside of a @provides, and that nobody asks
for what was overridden away.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    build_schema,
    execute,
    parse,
    print_ast,
    validate,
)

from gateway.federation.selection import Field, On, Selections, print_selections
from tests.federation.random.graphs import Declared, Graph, Kept
from tests.federation.random.world import State, Thing, World, _places


class Served:
    """One subgraph. `labels` are the progressive overrides that are on."""

    def __init__(self, graph: Graph, world: World, labels: Collection[str]) -> None:
        self.graph = graph
        self.world = world
        self.schema: GraphQLSchema = build_schema(schema_text(graph), assume_valid_sdl=True)
        self.keys = {
            place
            for kept in graph.types.values()
            for selections, _ in kept.keys
            for place in _places(graph, kept.name, selections)
        }
        self.away = set(overridden(graph, world.graphs, labels))
        self._usual = {own: operation.title() for operation, own in graph.roots.items()}
        self._known: dict[tuple[str, Selections], dict[str, Thing]] = {}
        self._documents: dict[str, tuple[DocumentNode, list[GraphQLError]]] = {}

    def answer(self, text: str, variables: Mapping[str, Any], state: State) -> dict[str, Any]:
        """The subgraph's response to one request, as it would be in JSON."""
        if text not in self._documents:
            document = parse(text, no_location=True)
            self._documents[text] = document, list(validate(self.schema, document))
        document, errors = self._documents[text]
        for error in errors:
            state.violations.append(f"{self.graph.name}: invalid request: {error.message}: {text}")
        if errors:
            return {"errors": [error.formatted for error in errors]}
        return self._execute(document, variables, state)

    def _execute(
        self, document: DocumentNode, variables: Mapping[str, Any], state: State
    ) -> dict[str, Any]:
        (operation,) = (one for one in document.definitions if hasattr(one, "operation"))
        root = operation.operation.value.title()

        def field_resolver(thing: Thing, info: Any, **arguments: Any) -> Any:
            if info.field_name == "_entities":
                return [self.refer(one, state) for one in arguments["representations"]]
            kept = self.graph.types[self._usual.get(info.parent_type.name, info.parent_type.name)]
            return self.resolve(thing, kept, info.field_name, arguments, state)

        result = execute(
            self.schema,
            document,
            root_value=Thing(root, 0),
            variable_values=dict(variables),
            field_resolver=field_resolver,
            type_resolver=lambda thing, *_: self.type_of(thing),
        )
        return result.formatted

    def type_of(self, thing: Thing) -> str:
        """What this graph calls a thing: by its own type, or by the interface object that hides it."""
        if thing.type in self.graph.types:
            return thing.type
        hiding = (t.name for t in self.graph.types.values() if t.interface_object)
        return next(name for name in hiding if thing.type in self.world.whole.possible(name))

    def refer(self, representation: Mapping[str, Any], state: State) -> Thing | None:
        """The thing that a representation stands for, None if this graph happens not to know it.

        Raises if it stands for nothing at all.
        """
        kept = self.graph.types.get(representation.get("__typename", ""))
        if kept is None or not any(resolvable for _, resolvable in kept.keys):
            raise self._wrong(state, f"{representation} is no entity here")
        for name in representation:
            if name != "__typename" and name not in kept.fields:
                raise self._wrong(state, f"{representation}: {kept.name} has no {name} here")
        for selections, resolvable in kept.keys:
            if resolvable and covers(selections, representation):
                known = self._things(kept, selections)
                thing = known.get(_text(_only(selections, representation)))
                if thing is None:
                    raise self._wrong(state, f"{representation} names nothing")
                if self.world.is_missing(self.graph.name, thing):
                    return None
                return Thing(thing.type, thing.no, sent=representation)
        raise self._wrong(state, f"{representation} has no key of {kept.name}")

    def _things(self, kept: Kept, selections: Selections) -> dict[str, Thing]:
        place = kept.name, selections
        if place not in self._known:
            known = {}
            for thing in self.world.things(kept.name):
                if kept.kind == "object" or thing.type in self.graph.possible(kept.name):
                    known[_text(self.world.read(thing, selections))] = thing
            self._known[place] = known
        return self._known[place]

    def resolve(
        self, thing: Thing, kept: Kept, name: str, arguments: Mapping[str, Any], state: State
    ) -> Any:
        """The value of a field, if this graph may be asked for it here."""
        declared = kept.fields[name]
        place = kept.name, name
        state.touched.add(f"{thing.type}.{name}")
        given = [one for one in thing.given if not isinstance(one, On) and one.name == name]
        if place not in self.keys and not given:
            if declared.external:
                raise self._wrong(state, f"{kept.name}.{name} is external")
            if place in self.away:
                raise self._wrong(state, f"{kept.name}.{name} is overridden")
        if declared.requires:
            self._check_required(thing, kept, declared, state)
        value = self.world.resolve(thing, name, arguments, state)
        below = tuple(child for one in given for child in one.inside)
        return self.give(value, declared.provides + below)

    def give(self, value: Any, selections: Selections) -> Any:
        """The value, its things knowing what their provider may be asked for."""
        if isinstance(value, list):
            return [self.give(one, selections) for one in value]
        if isinstance(value, Thing):
            return Thing(value.type, value.no, given=tuple(self._of(value, selections)))
        return value

    def _of(self, thing: Thing, selections: Selections) -> Iterable[Field]:
        for one in selections:
            if not isinstance(one, On):
                yield one
            elif thing.type in self.world.whole.possible(one.type):
                yield from self._of(thing, one.inside)

    def _check_required(self, thing: Thing, kept: Kept, declared: Declared, state: State) -> None:
        expected = self.world.read(thing, declared.requires)
        if thing.sent is None or not holds(expected, thing.sent):
            if state.failures:
                raise GraphQLError(f"{kept.name}.{declared.name} misses what it requires")
            place = f"{kept.name}.{declared.name} @requires {print_selections(declared.requires)}"
            sent = dict(thing.sent) if thing.sent else None
            raise self._wrong(state, f"{place}: {_text(expected)} expected, {_text(sent)} sent")

    def _wrong(self, state: State, sentence: str) -> GraphQLError:
        state.violations.append(f"{self.graph.name}: {sentence}")
        return GraphQLError(sentence)


def overridden(
    graph: Graph, graphs: Iterable[Graph], labels: Collection[str]
) -> Iterable[tuple[str, str]]:
    """The fields that this graph must not be asked for while these labels are on."""
    for other in graphs:
        for kept in other.types.values():
            for declared in kept.fields.values():
                source, label = declared.override or (None, None)
                taken = label is None or label in labels
                if (source == graph.name and taken) or (
                    source is not None and other is graph and not taken
                ):
                    yield kept.name, declared.name


def covers(selections: Selections, representation: Any) -> bool:
    """Whether a representation has every field of a key, at every depth."""
    if isinstance(representation, list):
        return all(covers(selections, one) for one in representation)
    return isinstance(representation, Mapping) and all(
        isinstance(one, On)
        or (
            one.name in representation
            and (not one.inside or covers(one.inside, representation[one.name]))
        )
        for one in selections
    )


def _only(selections: Selections, representation: Any) -> Any:
    if isinstance(representation, list):
        return [_only(selections, one) for one in representation]
    fields = (one for one in selections if not isinstance(one, On) and one.name != "__typename")
    return {
        one.name: _only(one.inside, representation[one.name])
        if one.inside
        else representation[one.name]
        for one in fields
    }


def holds(expected: Any, sent: Any) -> bool:
    """Whether what was sent has all that was expected, and the same."""
    if isinstance(expected, dict):
        return isinstance(sent, Mapping) and all(
            name in sent and holds(value, sent[name]) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(sent, list)
            and len(sent) == len(expected)
            and all(map(holds, expected, sent))
        )
    return type(expected) is type(sent) and expected == sent


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def schema_text(graph: Graph) -> str:
    """The schema that the subgraph serves, without federation's directives."""
    operations = {one: own for one, own in graph.roots.items() if one.title() in graph.types}
    entities = sorted(
        {name for t in graph.types.values() if t.keys for name in graph.possible(t.name)}
    )
    query = graph.types.get("Query") or Kept("Query", "object")
    operations["query"] = graph.roots["query"]
    parts = [_printed(t, graph, ()) for t in graph.types.values() if t is not query]
    extra = ["_service: _Service!"]
    if entities:
        extra.append("_entities(representations: [_Any!]!): [_Entity]!")
        parts.append(f"union _Entity = {' | '.join(entities)}\nscalar _Any")
    parts.append(_printed(query, graph, extra) + "\ntype _Service { sdl: String }")
    roots = " ".join(f"{one}: {own}" for one, own in operations.items())
    return "\n".join([f"schema {{ {roots} }}", *parts])


def _printed(kept: Kept, graph: Graph, extra: Iterable[str]) -> str:
    name = (
        graph.roots.get(kept.name.lower(), kept.name)
        if kept.name.lower() in graph.roots
        else kept.name
    )
    match kept.kind:
        case "scalar":
            return f"scalar {name}"
        case "union":
            return f"union {name} = {' | '.join(kept.members)}"
        case "enum":
            return f"enum {name} {{ {' '.join(kept.values)} }}"
    above = f" implements {' & '.join(kept.interfaces)}" if kept.interfaces else ""
    word = {"object": "type", "interface": "interface", "input": "input"}[kept.kind]
    lines = [_field_text(one) for one in kept.fields.values()] + list(extra)
    return f"{word} {name}{above} {{\n  " + "\n  ".join(lines) + "\n}"


def _field_text(declared: Declared) -> str:
    arguments = f"({', '.join(declared.arguments.values())})" if declared.arguments else ""
    return f"{declared.name}{arguments}: {print_ast(declared.type)}"
