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
    get_named_type,
    is_leaf_type,
)

from gateway.federation.planning.operation import INTROSPECTION, Operation
from gateway.federation.planning.parts import Found
from gateway.federation.planning.places import Place
from gateway.federation.planning.shape import covers, is_looser
from gateway.federation.planning.standing import possible, standing
from gateway.federation.planning.steps import Branch, Leaf, Shape
from gateway.federation.selection import Field, On, Selections
from gateway.federation.supergraph import Supergraph

WITHHELD = ""


def answer(operation: Operation, supergraph: Supergraph, root: Place) -> Shape:
    """The shape of the answer without its deferred parts."""
    return _Shaping(operation, supergraph).shape(operation.root, operation.written, root)


def whole_answer(operation: Operation, supergraph: Supergraph, root: Place) -> Shape:
    """The shape of the answer with its deferred parts in their places."""
    shaping = _Shaping(operation, supergraph, whole=True)
    return shaping.shape(operation.root, operation.written, root)


def answer_part(operation: Operation, supergraph: Supergraph, found: Found) -> Shape:
    """The shape of what a deferred fragment adds to each of its objects."""
    shaping = _Shaping(operation, supergraph)
    chosen, place = (replace(found.fragment, part=0),), found.place
    if found.types == possible(operation.schema, found.type):
        return shaping.shape(found.type, chosen, place)
    fields = {one: shaping.fields(one, chosen, place) for one in sorted(found.types)}
    name = found.type if len(fields) != 1 else next(iter(fields))
    return Shape(name, abstract=len(fields) != 1, fields=fields)


Fields = tuple[Leaf | Branch, ...]


class _Shaping:
    def __init__(
        self, operation: Operation, supergraph: Supergraph, *, whole: bool = False
    ) -> None:
        self.whole = whole
        self.schema = operation.schema
        self.closed = operation.closed
        self.supergraph = supergraph

    def shape(self, name: str, selections: Selections, place: Place) -> Shape:
        objects = standing(self.schema, name)
        if self.is_hidden(name):
            return Shape(name, abstract=True, fields={})
        if objects == (name,) or self.is_plain(name, selections, place):
            return Shape(name, abstract=False, fields={name: self.fields(name, selections, place)})
        found = {one: self.fields(one, selections, place) for one in objects}
        return Shape(name, abstract=True, fields=found)

    def is_hidden(self, name: str) -> bool:
        """Whether nothing may be told of whatever stands here: the API knows none of its types."""
        objects = self.supergraph.possible(name)
        return bool(objects) and not possible(self.schema, name) & set(objects)

    def is_plain(self, name: str, selections: Selections, place: Place) -> bool:
        """Whether one can answer for any object here without knowing what it is.

        So it is when only the interface's own fields are asked, and none that may be null on the
        interface and not on an object.
        """
        parent, objects = self.supergraph.types[name], self.supergraph.possible(name)
        if any(self.supergraph.types[one].inaccessible for one in objects):
            return False
        for one in selections:
            if isinstance(one, On):
                if not self.is_plain_fragment(name, one, place):
                    return False
            elif (
                one.name == "__typename"
                or is_looser(self.supergraph, parent, one.name)
                or any((own, one.name) in self.closed for own in objects)
                or any((own, one.key) in place.moved for own in objects)
            ):
                return False
        return True

    def is_plain_fragment(self, name: str, one: On, place: Place) -> bool:
        """As `is_plain`; what comes later or can never stand here does not matter."""
        objects = self.supergraph.possible(name)
        spoken = self.supergraph.possible(one.type)
        if self.is_later(one) or (objects and not set(objects) & set(spoken)):
            return True
        is_same = covers(self.supergraph, one.type, self.supergraph.types[name])
        return is_same and self.is_plain(name, one.inside, place)

    def is_later(self, one: On) -> bool:
        """Whether the fragment is a part that comes later."""
        return bool(one.part) and not self.whole

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
            elif self.is_later(one):
                continue
            elif name in possible(self.schema, one.type) or covers(
                self.supergraph, one.type, self.supergraph.types[name]
            ):
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
