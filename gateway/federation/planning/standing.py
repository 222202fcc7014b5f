"""The API schema and a type's name → who may stand where the type does, and what its fields are."""

from __future__ import annotations

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)


def possible(schema: GraphQLSchema, name: str) -> frozenset[str]:
    """The object types of the API that may stand where the type does."""
    found = schema.type_map[name]
    if isinstance(found, GraphQLInterfaceType | GraphQLUnionType):
        return frozenset(one.name for one in schema.get_possible_types(found))
    return frozenset((name,))


def standing(schema: GraphQLSchema, name: str) -> tuple[str, ...]:
    """The types that objects standing here have, in order of name; itself, if no other is known.

    An interface that is an object type in some subgraph may have no object type of the API.
    """
    return tuple(sorted(possible(schema, name))) or (name,)


def field_type(schema: GraphQLSchema, parent: str, name: str) -> GraphQLNamedType:
    """The named type of a field of the API."""
    owner = schema.type_map[parent]
    assert isinstance(owner, GraphQLObjectType | GraphQLInterfaceType)
    found: GraphQLNamedType = get_named_type(owner.fields[name].type)
    return found
