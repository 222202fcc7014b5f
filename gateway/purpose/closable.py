"""The API schema → the same schema in which every field that a purpose may close can be null.

A withheld field is null. Where a subgraph promises a value, that null would take the object around it
along, and with it fields that are open: the child would not be helped because one field is closed.
Items of lists keep their promise, because a list is withheld whole.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    FieldDefinitionNode,
    GraphQLSchema,
    NonNullTypeNode,
    Visitor,
    build_schema,
    parse,
    print_ast,
    print_schema,
    visit,
)


def closable(schema: GraphQLSchema) -> GraphQLSchema:
    """The schema that clients of a gateway with purposes see."""
    opened = visit(parse(print_schema(schema), no_location=True), _Nullable())
    return build_schema(print_ast(opened), assume_valid=True)


class _Nullable(Visitor):
    def leave_field_definition(self, node: FieldDefinitionNode, *_: object) -> Any:
        if not isinstance(node.type, NonNullTypeNode):
            return None
        return FieldDefinitionNode(
            name=node.name,
            description=node.description,
            arguments=node.arguments,
            directives=node.directives,
            type=node.type.type,
        )
