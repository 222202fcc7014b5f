"""Supergraph: its types, and for every field which subgraphs resolve it, and how. Data that answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graphql import (
    DocumentNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    TypeDefinitionNode,
    TypeNode,
)

from gateway.federation.links import Link
from gateway.federation.selection import On, Selections, parse_selections

JOIN = "https://specs.apollo.dev/join"
INACCESSIBLE = "https://specs.apollo.dev/inaccessible"
OPERATIONS = ("query", "mutation", "subscription")


@dataclass(frozen=True, slots=True)
class TypeRef:
    """A named type inside its lists: `required` says per level, outermost first, if null is excluded."""

    name: str
    required: tuple[bool, ...]

    @property
    def depth(self) -> int:
        """How many lists stand around the named type."""
        return len(self.required) - 1


@dataclass(frozen=True, slots=True)
class Applied:
    """A directive on a type or field, by the specification it came from and its name there."""

    spec: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """A `@key`: what identifies an entity, and whether this subgraph answers to it."""

    fields: Selections
    resolvable: bool


@dataclass(frozen=True, slots=True)
class TypeJoin:
    """A type as one subgraph has it."""

    keys: tuple[Key, ...]
    interface_object: bool


@dataclass(frozen=True, slots=True)
class Contextual:
    """An argument filled from an ancestor (`@fromContext`): by subgraph type of the context, a selection."""

    name: str
    type: str
    context: str
    selection: str


@dataclass(frozen=True, slots=True)
class FieldJoin:
    """A field as one subgraph has it. `type` is that subgraph's own type for it."""

    type: TypeRef
    requires: Selections = ()
    provides: Selections = ()
    external: bool = False
    overridden: bool = False
    override: str | None = None
    label: str | None = None
    contextual: tuple[Contextual, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A field of the merged type.

    `joins` is by subgraph. It is empty for a field that an object has only through an interface object
    elsewhere (`everywhere` False), and for one that every subgraph with the type resolves alike
    (`everywhere` True).
    """

    name: str
    type: TypeRef
    joins: Mapping[str, FieldJoin]
    everywhere: bool
    inaccessible: bool
    directives: tuple[Applied, ...]
    node: FieldDefinitionNode | InputValueDefinitionNode


@dataclass(frozen=True, slots=True)
class Type:
    """A merged type. `interfaces`, `members` and `values` are by subgraph."""

    name: str
    kind: str
    joins: Mapping[str, TypeJoin]
    fields: Mapping[str, FieldDefinition]
    interfaces: Mapping[str, tuple[str, ...]]
    members: Mapping[str, tuple[str, ...]]
    values: Mapping[str, tuple[str, ...]]
    inaccessible: bool
    directives: tuple[Applied, ...]
    node: TypeDefinitionNode

    @property
    def is_abstract(self) -> bool:
        """Whether objects standing here have another type than this one."""
        return self.kind in ("interface", "union")

    @property
    def is_composite(self) -> bool:
        """Whether a selection is needed below it."""
        return self.kind in ("object", "interface", "union")


@dataclass(frozen=True, eq=False)
class Supergraph:
    """What the planner plans on. `subgraphs` maps each name to its URL, in the document's order."""

    subgraphs: Mapping[str, str]
    types: Mapping[str, Type]
    roots: Mapping[str, str]
    links: tuple[Link, ...]
    document: DocumentNode = field(repr=False, compare=False)

    @cached_property
    def _objects(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for one in self.types.values():
            for names in (*one.interfaces.values(), *one.members.values()):
                for name in names:
                    above, below = (one.name, name) if one.kind == "union" else (name, one.name)
                    if self.types[below].kind == "object":
                        found.setdefault(above, {})[below] = None
        return {name: tuple(objects) for name, objects in found.items()}

    def possible(self, name: str) -> tuple[str, ...]:
        """The object types that may stand where `name` does, anywhere in the graph."""
        return (name,) if self.types[name].kind == "object" else self._objects.get(name, ())

    @cached_property
    def _objects_in(self) -> dict[tuple[str, str], tuple[str, ...]]:
        found: dict[tuple[str, str], dict[str, None]] = {}
        for one in self.types.values():
            for graph, names in one.members.items():
                found.setdefault((one.name, graph), {}).update(dict.fromkeys(names))
            if one.kind == "object":
                for graph, names in one.interfaces.items():
                    for name in names:
                        found.setdefault((name, graph), {})[one.name] = None
        return {place: tuple(objects) for place, objects in found.items()}

    def possible_in(self, name: str, graph: str) -> tuple[str, ...]:
        """The object types that this subgraph may answer with where `name` stands."""
        one = self.types[name]
        if one.kind == "object" or self.is_interface_object(name, graph):
            return (name,)
        return self._objects_in.get((name, graph), ())

    def is_interface_object(self, name: str, graph: str) -> bool:
        """Whether the interface is an object type in this subgraph."""
        join = self.types[name].joins.get(graph)
        return join is not None and join.interface_object

    def interfaces(self, name: str) -> tuple[str, ...]:
        """Every interface that the type implements in some subgraph."""
        found = self.types[name].interfaces.values()
        return tuple(dict.fromkeys(one for names in found for one in names))

    def field_in(self, type_name: str, name: str, graph: str) -> FieldJoin | None:
        """The field as the subgraph has it, external or not; None when it has it not."""
        one = self.types[type_name]
        found = one.fields.get(name)
        if found is None or graph not in one.joins:
            return None
        if found.everywhere:
            return FieldJoin(found.type)
        return found.joins.get(graph)

    def requirements(self, type_name: str, name: str) -> frozenset[tuple[str, str]]:
        """Every (type, field) that some subgraph must be given to resolve this field, keys excluded.

        Follows @requires and @fromContext, and what those require in turn, to the end. A required
        field of an interface stands for itself and for each object that may stand there.
        """
        found: set[tuple[str, str]] = set()
        open_ends = [(type_name, name)]
        while open_ends:
            for one in self._required(*open_ends.pop()):
                if one not in found:
                    found.add(one)
                    open_ends.append(one)
        return frozenset(found)

    def _required(self, type_name: str, name: str) -> Iterator[tuple[str, str]]:
        definition = self.types[type_name].fields.get(name)
        for join in definition.joins.values() if definition else ():
            yield from self.coordinates(type_name, join.requires)
            for argument in join.contextual:
                yield from self._from_context(argument)
        for interface in self.interfaces(type_name):
            if interface in self.types and name in self.types[interface].fields:
                yield from self._required_of_interface(type_name, interface, name)

    def _required_of_interface(
        self, type_name: str, interface: str, name: str
    ) -> Iterator[tuple[str, str]]:
        """What an interface object needs of the objects whose field it resolves."""
        for graph, join in self.types[interface].fields[name].joins.items():
            if join.requires and self.is_interface_object(interface, graph):
                yield from self.coordinates(interface, join.requires)
                yield from self.coordinates(type_name, join.requires)

    def _from_context(self, argument: Contextual) -> Iterator[tuple[str, str]]:
        for holder in self.types.values():
            if argument.context in contexts_of(holder):
                selections = context_selection(argument.selection, holder.name, self)
                yield from self.coordinates(holder.name, selections)

    def coordinates(self, type_name: str, selections: Selections) -> Iterator[tuple[str, str]]:
        """Every (type, field) that the selections on a type touch, for each object that may stand there."""
        for one in selections:
            if isinstance(one, On):
                yield from self.coordinates(one.type, one.inside)
                continue
            definition = self.types[type_name].fields.get(one.name)
            if definition is None:
                continue
            for owner in {type_name: None, **dict.fromkeys(self.possible(type_name))}:
                yield owner, definition.name
            yield from self.coordinates(definition.type.name, one.inside)


def contexts_of(holder: Type) -> frozenset[str]:
    """The contexts that a type sets (`@context`), by their names in the supergraph."""
    spec = "https://specs.apollo.dev/context"
    return frozenset(
        str(one.arguments["name"])
        for one in holder.directives
        if one.spec == spec and one.name == "context"
    )


def context_selection(selection: str, holder: str, supergraph: Supergraph) -> Selections:
    """What of a `@fromContext` selection applies to one type that sets the context."""
    kept: Selections = ()
    for one in parse_selections(selection):
        if not isinstance(one, On):
            kept += (one,)
        elif holder == one.type or holder in supergraph.possible(one.type):
            kept += one.inside
    return kept


def reference(node: TypeNode) -> TypeRef:
    """A type as written, `[Child!]!`, as a TypeRef."""
    required: list[bool] = []
    while True:
        required.append(isinstance(node, NonNullTypeNode))
        inner = node.type if isinstance(node, NonNullTypeNode) else node
        if isinstance(inner, ListTypeNode):
            node = inner.type
            continue
        assert isinstance(inner, NamedTypeNode)
        return TypeRef(inner.name.value, tuple(required))
