"""What the client wrote → Shape: its own keys in its own order, for each object type that may stand there.

A field that is closed keeps its key and has no source. Types and nullability are the API schema's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from gateway.federation.planning.operation import INTROSPECTION, Operation, possible, standing
from gateway.federation.planning.places import Place
from gateway.federation.planning.steps import Branch, Leaf, Shape
from gateway.federation.selection import Field, On, Selections
from gateway.federation.supergraph import Supergraph

WITHHELD = ""


def answer(operation: Operation, supergraph: Supergraph, root: Place) -> Shape:
    """The shape of the answer without its deferred parts."""
    return _Shaping(operation, supergraph).shape(operation.root, operation.written, root)


def answer_part(operation: Operation, supergraph: Supergraph, place: Place, fragment: On) -> Shape:
    """The shape of what a deferred fragment adds to each of its objects."""
    return _Shaping(operation, supergraph).shape(fragment.type, fragment.inside, place)


class _Shaping:
    def __init__(self, operation: Operation, supergraph: Supergraph) -> None:
        self.schema = operation.schema
        self.closed = operation.closed
        self.supergraph = supergraph

    def shape(self, name: str, selections: Selections, place: Place) -> Shape:
        found = {one: self.fields(one, selections, place) for one in standing(self.schema, name)}
        is_abstract = isinstance(
            self.schema.type_map[name], GraphQLInterfaceType | GraphQLUnionType
        ) and self.depends_on_type(name, found)
        if is_abstract:
            return Shape(name, abstract=True, fields=found)
        return Shape(name, abstract=False, fields={name: next(iter(found.values()))})

    def depends_on_type(self, name: str, found: dict[str, tuple[Leaf | Branch, ...]]) -> bool:
        """Whether one must know what the object is to answer for it."""
        shapes = list(found.values())
        hidden = len(shapes) < len(self.supergraph.possible(name))
        asks = any(one.source == "__typename" for shape in shapes for one in shape)
        return hidden or asks or any(shape != shapes[0] for shape in shapes)

    def fields(self, name: str, selections: Selections, place: Place) -> tuple[Leaf | Branch, ...]:
        collected: dict[str, Field] = {}
        for one in self.collect(name, selections):
            known = collected.get(one.key)
            more = known.inside + one.inside if known else one.inside
            collected[one.key] = replace(one, inside=more)
        return tuple(self.field(name, one, place) for one in collected.values())

    def collect(self, name: str, selections: Selections) -> Iterator[Field]:
        for one in selections:
            if isinstance(one, Field):
                yield one
            elif one.part:
                continue
            elif name == one.type or name in possible(self.schema, one.type):
                yield from self.collect(name, one.inside)

    def field(self, name: str, one: Field, place: Place) -> Leaf | Branch:
        if one.name == "__typename":
            return Leaf(one.key, "__typename", "String", (True,))
        if one.name in INTROSPECTION:
            return Leaf(one.key, one.key, one.name, (one.name == "__schema",))
        owner = self.schema.type_map[name]
        assert isinstance(owner, GraphQLObjectType | GraphQLInterfaceType)
        declared = owner.fields[one.name].type
        found = get_named_type(declared)
        is_closed = (name, one.name) in self.closed
        source = WITHHELD if is_closed else place.tree_key(name, one.key)
        if not is_leaf_type(found):
            # Even with nothing left to select below it, an object is an object.
            inside = self.shape(found.name, one.inside, place.child(one.key))
            return Branch(one.key, source, required(declared), inside)
        values = frozenset(found.values) if isinstance(found, GraphQLEnumType) else None
        return Leaf(one.key, source, found.name, required(declared), values)


def required(declared: GraphQLOutputType) -> tuple[bool, ...]:
    """For each list level, outermost first, and for what is in them: whether null is excluded."""
    levels: list[bool] = []
    while True:
        levels.append(isinstance(declared, GraphQLNonNull))
        inner = declared.of_type if isinstance(declared, GraphQLNonNull) else declared
        if not isinstance(inner, GraphQLList):
            return tuple(levels)
        declared = inner.of_type
