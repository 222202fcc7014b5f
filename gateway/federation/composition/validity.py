"""Is one SDL valid GraphQL, once the definitions its links promise are added? Everything that is not becomes a problem.

GraphQL's own rules are graphql-core's; federation only lets a subgraph extend what it does not define and have no queries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    GraphQLError,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    ScalarTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
    Visitor,
    build_ast_schema,
    get_argument_values,
    parse,
    print_ast,
    validate_schema,
    visit,
)
from graphql.validation.validate import validate_sdl

from gateway.federation.composition.findings import Findings
from gateway.federation.composition.link import Links
from gateway.federation.composition.specs import (
    DIRECTIVES,
    FEDERATION,
    LATEST,
    LINK_DEFINITIONS,
    OWN_LINKS,
    SCALARS,
    shape,
)

_BASES: dict[type[TypeExtensionNode], type[TypeDefinitionNode]] = {
    ScalarTypeExtensionNode: ScalarTypeDefinitionNode,
    ObjectTypeExtensionNode: ObjectTypeDefinitionNode,
    InterfaceTypeExtensionNode: InterfaceTypeDefinitionNode,
    UnionTypeExtensionNode: UnionTypeDefinitionNode,
    EnumTypeExtensionNode: EnumTypeDefinitionNode,
    InputObjectTypeExtensionNode: InputObjectTypeDefinitionNode,
}
_UNKNOWN_DIRECTIVE = re.compile(r"Unknown directive '@(\w+)'\.?")


def check_validity(document: DocumentNode, links: Links, subgraph: str, found: Findings) -> None:
    """Adds a problem for every rule of GraphQL the document breaks, unless its links or definitions already are at fault."""
    known = len(found.problems)
    _check_own_definitions(document, links, subgraph, found)
    if len(found.problems) > known:
        return
    complete = completed(document, links)
    for error in document_errors(complete) or _argument_errors(complete, links):
        found.problem("INVALID_GRAPHQL", f"{subgraph}: {_explained(error, links)}")


def document_errors(document: DocumentNode) -> list[GraphQLError]:
    """What GraphQL says of a complete document, by its grammar's rules first and then by its types."""
    errors = validate_sdl(document)
    if errors:
        return errors
    try:
        errors = validate_schema(build_ast_schema(document, assume_valid_sdl=True))
    except GraphQLError as error:
        # Wrong arguments of GraphQL's own directives are only noticed when they are used.
        return [error]
    return [one for one in errors if not one.message.endswith(_TOO_NEW)]


_TOO_NEW = "must not be deprecated."
"""A rule of GraphQL's 2025 edition about implementations of what is not deprecated: harmless, and running services break it."""


def _argument_errors(complete: DocumentNode, links: Links) -> list[GraphQLError]:
    arguments = _Arguments(build_ast_schema(complete, assume_valid_sdl=True), links)
    visit(complete, arguments)
    return arguments.errors


class _Arguments(Visitor):
    """Are the arguments of applied directives of their types? graphql-core asks that of operations only."""

    def __init__(self, schema: GraphQLSchema, links: Links) -> None:
        super().__init__()
        self.definitions = {one.name: one for one in schema.directives}
        self.links = links
        self.errors: list[GraphQLError] = []

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        # The rules about field sets have more to say about these.
        if self.links.canonical(node.name.value) in ("key", "requires", "provides"):
            return
        try:
            get_argument_values(self.definitions[node.name.value], node)
        except GraphQLError as error:
            self.errors.append(error)


def _explained(error: GraphQLError, links: Links) -> str:
    match = _UNKNOWN_DIRECTIVE.match(error.message)
    known = DIRECTIVES.get(match[1]) if match else None
    if match is None or known is None:
        return error.message
    if not links.of(FEDERATION):
        return f'{error.message} It is federation 2: add `extend schema @link(url: "{FEDERATION}/v2.3", import: ["@{match[1]}"])`.'
    if known.since > links.version:
        return f"{error.message} It came with federation v{known.since[0]}.{known.since[1]}: link that version."
    return f'{error.message} Import it in the @link to federation: `import: ["@{match[1]}"]`.'


def completed(document: DocumentNode, links: Links) -> DocumentNode:
    """The document with bases for its lonely extensions and the definitions its links promise."""
    definitions = list(_with_bases(document))
    names = {_key(node) for node in definitions}
    for promised in _promised(links):
        for node in parse(promised, no_location=True).definitions:
            if _key(node) not in names:
                names.add(_key(node))
                definitions.append(node)
    return DocumentNode(definitions=tuple(_with_query(definitions)))


def _key(node: DefinitionNode) -> tuple[bool, str]:
    name = getattr(node, "name", None)
    return isinstance(node, DirectiveDefinitionNode), name.value if name else ""


def _with_bases(document: DocumentNode) -> Iterator[DefinitionNode]:
    defined = {n.name.value for n in document.definitions if isinstance(n, TypeDefinitionNode)}
    for node in document.definitions:
        if isinstance(node, TypeExtensionNode) and node.name.value not in defined:
            defined.add(node.name.value)
            parts = {key: getattr(node, key) for key in node.keys if hasattr(node, key)}
            yield _BASES[type(node)](**parts)
        elif not isinstance(node, (SchemaDefinitionNode, SchemaExtensionNode)):
            # Links are read apart, and the roots already have their usual names.
            yield node


def _with_query(definitions: list[DefinitionNode]) -> Iterator[DefinitionNode]:
    """A subgraph may lack queries of its own: every subgraph answers `_service`."""
    place = parse("type Query { _service: String }", no_location=True).definitions[0]
    assert isinstance(place, ObjectTypeDefinitionNode)
    rooted = False
    for node in definitions:
        if isinstance(node, ObjectTypeDefinitionNode) and node.name.value == "Query":
            rooted = True
            yield node if node.fields else replace(node, fields=place.fields)
        else:
            yield node
    if not rooted:
        yield place


def _promised(links: Links) -> Iterator[str]:
    link = links.directive
    yield LINK_DEFINITIONS.format(link=link, Purpose=f"{link}__Purpose", Import=f"{link}__Import")
    yield from ("scalar _Any", "scalar _FieldSet") if not links.of(FEDERATION) else ("scalar _Any",)
    scalars = {name: links.written(name) for name in SCALARS}
    for name, since in SCALARS.items():
        if since <= links.version:
            yield f"scalar {scalars[name]}"
    for name, known in DIRECTIVES.items():
        if known.since <= links.version:
            written = links.written("@" + name).removeprefix("@")
            yield f"directive @{written}{shape(name, links.version, scalars)}"
    yield from _promised_by_own_links(links)


def _promised_by_own_links(links: Links) -> Iterator[str]:
    for identity, names in OWN_LINKS.items():
        link = links.of(identity)
        for name in names if link else ():
            assert link is not None
            written = link.written("@" + name).removeprefix("@")
            scalars = {scalar: link.written(scalar) for scalar in SCALARS}
            used = DIRECTIVES[name].shape
            yield from (f"scalar {scalars[s]}" for s in SCALARS if f"{{{s}}}" in used)
            yield f"directive @{written}{shape(name, LATEST, scalars)}"


def _check_own_definitions(
    document: DocumentNode, links: Links, subgraph: str, found: Findings
) -> None:
    """A subgraph may spell out a specification's definition, but not change it."""
    for node in document.definitions:
        name = links.canonical(node.name.value) if isinstance(node, DirectiveDefinitionNode) else ""
        if name in DIRECTIVES:
            assert isinstance(node, DirectiveDefinitionNode)
            _check_definition(node, name, links, subgraph, found)
    for scalar in SCALARS:
        written = links.written(scalar)
        for node in document.definitions:
            wrong = isinstance(node, TypeDefinitionNode) and node.name.value == written
            if wrong and links.of(FEDERATION) and not isinstance(node, ScalarTypeDefinitionNode):
                message = f'{subgraph}: type "{written}" is a scalar of federation; declare it as `scalar {written}` or leave it out'
                found.problem("TYPE_DEFINITION_INVALID", message)


def _check_definition(
    node: DirectiveDefinitionNode, name: str, links: Links, subgraph: str, found: Findings
) -> None:
    scalars = {scalar: links.written(scalar) for scalar in SCALARS}
    version = links.version if links.version >= DIRECTIVES[name].since else LATEST
    known = f"directive @{node.name.value}{shape(name, version, scalars)}"
    if _differs(node, _definition(known), scalars["FieldSet"]):
        message = f"{subgraph}: its definition of @{node.name.value} is not that of the specification, which is `{known}`; leave the definition out"
        found.problem("DIRECTIVE_DEFINITION_INVALID", message)


def _definition(text: str) -> DirectiveDefinitionNode:
    node = parse(text, no_location=True).definitions[0]
    assert isinstance(node, DirectiveDefinitionNode)
    return node


def _differs(node: DirectiveDefinitionNode, known: DirectiveDefinitionNode, field_set: str) -> bool:
    """Whether it says more than the specification does, or something else; saying less is allowed."""
    given = {one.name.value: one for one in node.arguments or ()}
    arguments = {one.name.value: one for one in known.arguments or ()}
    needed = {n for n, one in arguments.items() if print_ast(one.type).endswith("!")}
    places = {one.value for one in node.locations} - {one.value for one in known.locations}
    if given.keys() - arguments.keys() or needed - given.keys() or places:
        return True
    if node.repeatable and not known.repeatable:
        return True
    return any(_argument_differs(one, arguments[n], field_set) for n, one in given.items())


def _argument_differs(
    one: InputValueDefinitionNode, known: InputValueDefinitionNode, field_set: str
) -> bool:
    wanted, given = print_ast(known.type), print_ast(one.type)
    # Field sets were `_FieldSet!`, strings or lists of strings before; asking for a value that is optional is harmless.
    spellings = ("_FieldSet", "String", "[String!]")
    same = {wanted, f"{wanted}!", *(wanted.replace(field_set, each) for each in spellings)}
    default = print_ast(known.default_value) if known.default_value else None
    return given not in same or default != (
        print_ast(one.default_value) if one.default_value else None
    )
