"""A Supergraph → the schemas drawn out of it: what clients see, and what each subgraph has.

The API schema is the supergraph without the machinery of its specifications and without everything
that is `@inaccessible`. A subgraph's schema is what the supergraph remembers of it, external fields
included, with `_entities`: enough to check a request to that subgraph, not to rebuild its SDL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from graphql import (
    DefinitionNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLSchema,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NameNode,
    Node,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    build_ast_schema,
    parse,
    parse_type,
)

from gateway.federation.links import named
from gateway.federation.supergraph import INACCESSIBLE, FieldDefinition, Supergraph, Type, TypeRef

_Some = TypeVar("_Some", bound=Node)

DEFER = """
"The fragment's part of the answer may come later."
directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
"""


def _with(node: _Some, **changes: Any) -> _Some:
    """The same node with other values under these keys."""
    return type(node)(**{**{key: getattr(node, key) for key in node.keys}, **changes})


def api_schema(supergraph: Supergraph) -> GraphQLSchema:
    """What clients may ask: validate and introspect against this."""
    definitions = tuple(_visible_definitions(supergraph))
    if not any(_name(node) == "defer" for node in definitions):
        definitions = (*definitions, *parse(DEFER, no_location=True).definitions)
    return build_ast_schema(DocumentNode(definitions=definitions), assume_valid_sdl=True)


def _name(node: DefinitionNode) -> str:
    return getattr(getattr(node, "name", None), "value", "")


def _visible_definitions(supergraph: Supergraph) -> Iterator[DefinitionNode]:
    hidden = {one.name for one in supergraph.types.values() if one.inaccessible}
    for node in supergraph.document.definitions:
        name = _name(node)
        is_directive = node.kind == "directive_definition"
        if name in hidden or named(supergraph.links, name, directive=is_directive):
            continue
        yield _visible(supergraph, node, hidden)


def _visible(supergraph: Supergraph, node: _Some, hidden: set[str]) -> _Some:
    """The node without the directives of specifications, and without what is inaccessible in it."""
    changes: dict[str, Any] = {}
    for key in node.keys:
        value = getattr(node, key, None)
        if key == "directives":
            changes[key] = tuple(_foreign(supergraph, value))
        elif key in ("fields", "values", "arguments", "types", "interfaces") and value:
            changes[key] = tuple(
                _visible(supergraph, one, hidden)
                for one in value
                if not _is_hidden(supergraph, one, hidden)
            )
    return _with(node, **changes)


def _foreign(supergraph: Supergraph, directives: Iterable[Any] | None) -> Iterator[Any]:
    """The directives that no linked specification brought, such as `@deprecated`."""
    for one in directives or ():
        if named(supergraph.links, one.name.value, directive=True) is None:
            yield one


def _is_hidden(supergraph: Supergraph, node: Any, hidden: set[str]) -> bool:
    if isinstance(node, NamedTypeNode):
        return node.name.value in hidden
    return any(
        named(supergraph.links, one.name.value, directive=True) == (INACCESSIBLE, "inaccessible")
        for one in getattr(node, "directives", None) or ()
    )


def subgraph_schema(supergraph: Supergraph, name: str) -> GraphQLSchema:
    """What the supergraph knows of one subgraph; raises KeyError for a name it has not."""
    if name not in supergraph.subgraphs:
        raise KeyError(name)
    definitions = [
        definition
        for one in supergraph.types.values()
        if name in one.joins and (definition := _own_type(supergraph, one, name)) is not None
    ]
    definitions += _machinery(supergraph, name)
    roots = _schema_definition(supergraph, definitions)
    document = DocumentNode(definitions=(*definitions, *roots))
    return build_ast_schema(document, assume_valid=True, assume_valid_sdl=True)


def _own_type(supergraph: Supergraph, one: Type, graph: str) -> DefinitionNode | None:
    node = one.node
    if one.kind in ("object", "interface"):
        return _own_object(supergraph, one, graph)
    if one.kind == "input_object":
        fields = tuple(
            _with(definition.node, directives=(), type=_type_node(definition, graph))
            for definition in one.fields.values()
            if supergraph.field_in(one.name, definition.name, graph)
        )
        return _with(node, fields=fields, directives=())
    if one.kind == "union":
        members = tuple(_named(member) for member in one.members.get(graph, ()))
        return _with(node, types=members, directives=())
    if one.kind == "enum":
        own = one.values.get(graph, ())
        values = [_with(value, directives=()) for value in node.values if value.name.value in own]  # type: ignore[attr-defined]
        return _with(node, values=tuple(values), directives=())
    return _with(node, directives=())


def _own_object(supergraph: Supergraph, one: Type, graph: str) -> DefinitionNode:
    fields = tuple(
        _own_field(supergraph, definition, graph)
        for definition in one.fields.values()
        if supergraph.field_in(one.name, definition.name, graph)
    )
    is_object = one.kind == "object" or supergraph.is_interface_object(one.name, graph)
    if one.name == supergraph.roots["query"]:
        fields += _entry_points(supergraph, graph)
    kind = ObjectTypeDefinitionNode if is_object else InterfaceTypeDefinitionNode
    interfaces = tuple(
        _named(interface)
        for interface in one.interfaces.get(graph, ())
        if graph in supergraph.types[interface].joins
        and not supergraph.is_interface_object(interface, graph)
    )
    return kind(name=NameNode(value=one.name), fields=fields, interfaces=interfaces, directives=())


def _own_field(
    supergraph: Supergraph, definition: FieldDefinition, graph: str
) -> FieldDefinitionNode:
    node = definition.node
    assert isinstance(node, FieldDefinitionNode)
    join = definition.joins.get(graph)
    arguments = [_with(argument, directives=()) for argument in node.arguments or ()]
    arguments += [
        InputValueDefinitionNode(
            name=NameNode(value=one.name), type=parse_type(one.type, no_location=True)
        )
        for one in (join.contextual if join else ())
    ]
    return _with(
        node, arguments=tuple(arguments), directives=(), type=_type_node(definition, graph)
    )


def _type_node(definition: FieldDefinition, graph: str) -> TypeNode:
    join = definition.joins.get(graph)
    return _as_node(join.type) if join else definition.node.type


def _as_node(ref: TypeRef) -> TypeNode:
    node: TypeNode = _named(ref.name)
    for depth, required in enumerate(reversed(ref.required)):
        if depth:
            node = ListTypeNode(type=node)
        if required:
            assert isinstance(node, NamedTypeNode | ListTypeNode)
            node = NonNullTypeNode(type=node)
    return node


def _named(name: str) -> NamedTypeNode:
    return NamedTypeNode(name=NameNode(value=name))


def _entities(supergraph: Supergraph, graph: str) -> list[str]:
    """The types that the subgraph answers `_entities` with."""
    found: dict[str, None] = {}
    for one in supergraph.types.values():
        join = one.joins.get(graph)
        if join is not None and any(key.resolvable for key in join.keys):
            found.update(dict.fromkeys(supergraph.possible_in(one.name, graph)))
    return list(found)


def _entry_points(supergraph: Supergraph, graph: str) -> tuple[FieldDefinitionNode, ...]:
    if not _entities(supergraph, graph):
        return ()
    text = "type Query { _entities(representations: [_Any!]!): [_Entity]! }"
    query = parse(text, no_location=True).definitions[0]
    assert isinstance(query, ObjectTypeDefinitionNode)
    return tuple(query.fields or ())


def _machinery(supergraph: Supergraph, graph: str) -> list[DefinitionNode]:
    """`_Any` and `_Entity`, and a query type for a subgraph that has only entities."""
    entities = _entities(supergraph, graph)
    text = f"scalar _Any union _Entity = {' | '.join(entities)}" if entities else ""
    query = supergraph.roots["query"]
    if graph not in supergraph.types[query].joins and entities:
        text += f" type {query} {{ _entities(representations: [_Any!]!): [_Entity]! }}"
    return list(parse(text, no_location=True).definitions) if text else []


def _schema_definition(
    supergraph: Supergraph, definitions: list[DefinitionNode]
) -> tuple[DefinitionNode, ...]:
    present = {one.name.value for one in definitions if isinstance(one, TypeDefinitionNode)}
    roots = " ".join(f"{op}: {name}" for op, name in supergraph.roots.items() if name in present)
    return parse(f"schema {{ {roots} }}", no_location=True).definitions if roots else ()
