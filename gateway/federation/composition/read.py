"""SDL → Subgraph: links resolved, root types under their usual names, extensions folded in, federation's machinery left out.

Raises nothing: what is wrong with the SDL goes to the findings, and an SDL that cannot be read gives None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    FieldDefinitionNode,
    GraphQLSyntaxError,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    NamedTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    ScalarTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
    ValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from gateway.federation.composition.connectors import check_connectors
from gateway.federation.composition.elements import (
    ROOTS,
    Applied,
    Directive,
    Directives,
    EnumValue,
    Field,
    InputValue,
    Kind,
    Type,
)
from gateway.federation.composition.findings import Findings
from gateway.federation.composition.link import Links, read_links
from gateway.federation.composition.specs import FEDERATION, LINK, OWN_LINKS
from gateway.federation.composition.subgraph import Subgraph
from gateway.federation.composition.validity import check_validity

_KINDS: dict[type[DefinitionNode], Kind] = {
    ScalarTypeDefinitionNode: "SCALAR",
    ScalarTypeExtensionNode: "SCALAR",
    ObjectTypeDefinitionNode: "OBJECT",
    ObjectTypeExtensionNode: "OBJECT",
    InterfaceTypeDefinitionNode: "INTERFACE",
    InterfaceTypeExtensionNode: "INTERFACE",
    UnionTypeDefinitionNode: "UNION",
    UnionTypeExtensionNode: "UNION",
    EnumTypeDefinitionNode: "ENUM",
    EnumTypeExtensionNode: "ENUM",
    InputObjectTypeDefinitionNode: "INPUT_OBJECT",
    InputObjectTypeExtensionNode: "INPUT_OBJECT",
}
_MACHINERY = frozenset(("_Any", "_Entity", "_Service", "_FieldSet"))
_MACHINE_FIELDS = ("_entities", "_service")


@dataclass(frozen=True, slots=True)
class Source:
    """A subgraph to compose: its name, where it answers, and its SDL."""

    name: str
    url: str
    sdl: str


def read(source: Source, graph: str, found: Findings) -> Subgraph | None:
    """The subgraph; None when its SDL cannot be parsed."""
    known = len(found.problems)
    try:
        document = parse(source.sdl, no_location=True)
    except GraphQLSyntaxError as error:
        where = ", ".join(f"line {at.line}, column {at.column}" for at in error.locations or ())
        found.problem("INVALID_GRAPHQL", f"{source.name}: {error.message} At {where}.")
        return None
    document = _usual_roots(document, source.name, found)
    schema = [n for n in document.definitions if isinstance(n, _SCHEMA)]
    links = read_links((d for n in schema for d in n.directives or ()), source.name, found)
    check_connectors(document, links, source.name, found)
    if len(found.problems) == known:
        check_validity(document, links, source.name, found)
    reader = _Reader(links)
    return Subgraph(
        name=source.name,
        url=source.url,
        graph=graph,
        links=links,
        types=reader.types(document.definitions),
        directives=reader.definitions(document.definitions),
        schema=tuple(a for n in schema for a in reader.applied(n.directives)),
        description=next(
            (_description(n) for n in schema if isinstance(n, SchemaDefinitionNode)), None
        ),
    )


_SCHEMA = (SchemaDefinitionNode, SchemaExtensionNode)


def graph_names(names: Iterable[str]) -> dict[str, str]:
    """Subgraph names → values of `enum join__Graph`: upper-cased, made names, numbered where they clash."""
    by_value: dict[str, list[str]] = {}
    for name in names:
        value = re.sub(r"[^A-Za-z0-9_]", "_", name).upper()
        value = "_" + value if value[:1].isdigit() else value
        # A trailing number is kept apart from the numbers that clashes are given.
        value = value + "_" if re.search(r"_\d+$", value) else value
        by_value.setdefault(value, []).append(name)
    return {
        name: value if len(clashing) == 1 else f"{value}_{number}"
        for value, clashing in by_value.items()
        for number, name in enumerate(clashing, start=1)
    }


def _usual_roots(document: DocumentNode, subgraph: str, found: Findings) -> DocumentNode:
    """The document with its root types called Query, Mutation and Subscription."""
    renames: dict[str, str] = {}
    names = {n.name.value for n in document.definitions if isinstance(n, TypeDefinitionNode)}
    for node in document.definitions:
        for root in (node.operation_types or ()) if isinstance(node, _SCHEMA) else ():
            usual = ROOTS[root.operation.value]
            if root.type.name.value != usual:
                renames[root.type.name.value] = usual
    for written, usual in renames.items():
        if usual in names:
            message = f'{subgraph}: type "{usual}" exists beside the root type "{written}"; rename it, since the supergraph calls that root "{usual}"'
            found.problem(f"ROOT_{usual.upper()}_USED", message)
    return visit(document, _Rename(renames)) if renames else document


class _Rename(Visitor):
    def __init__(self, renames: Mapping[str, str]) -> None:
        super().__init__()
        self.renames = renames

    def leave(self, node: object, *_: object) -> object:
        if isinstance(node, (NamedTypeNode, TypeDefinitionNode, TypeExtensionNode)):
            usual = self.renames.get(node.name.value)
            if usual is not None:
                return replace(node, name=replace(node.name, value=usual))
        return None


def value_text(node: ValueNode) -> str:
    """A value on one line."""
    if isinstance(node, StringValueNode):
        node = replace(node, block=False)
    return print_ast(node)


def _description(node: object) -> str | None:
    description = getattr(node, "description", None)
    return description.value if description else None


@dataclass(frozen=True, slots=True)
class _Reader:
    """AST → elements, under one subgraph's links."""

    links: Links

    def types(self, definitions: Iterable[DefinitionNode]) -> dict[str, Type]:
        found: dict[str, Type] = {}
        for node in definitions:
            if isinstance(node, (TypeDefinitionNode, TypeExtensionNode)):
                name = node.name.value
                if not self._is_machinery(name):
                    one = self._type(node)
                    found[name] = _joined(found[name], one) if name in found else one
        # Every subgraph answers `_service`, so every subgraph has a Query.
        found.setdefault("Query", Type("OBJECT", "Query"))
        return found

    def _is_machinery(self, name: str) -> bool:
        if name in _MACHINERY:
            return True
        if name.startswith((f"{self.links.directive}__", "federation__")):
            return True
        source = self.links.source(name)
        return source is not None and (
            source[0].identity in (FEDERATION, LINK) or source[0].identity in OWN_LINKS
        )

    def _type(self, node: TypeDefinitionNode | TypeExtensionNode) -> Type:
        extension = isinstance(node, TypeExtensionNode)
        kind = _KINDS[type(node)]
        fields = getattr(node, "fields", None) or ()
        return Type(
            kind=kind,
            name=node.name.value,
            description=_description(node),
            directives=self.applied(node.directives, extension=extension),
            interfaces=tuple(i.name.value for i in getattr(node, "interfaces", None) or ()),
            fields=self._fields(fields, extension=extension) if kind != "INPUT_OBJECT" else {},
            inputs=self._inputs(fields) if kind == "INPUT_OBJECT" else {},
            members=tuple(m.name.value for m in getattr(node, "types", None) or ()),
            values={
                v.name.value: EnumValue(v.name.value, _description(v), self.applied(v.directives))
                for v in getattr(node, "values", None) or ()
            },
            defined=not extension,
            extended=extension,
        )

    def _fields(self, nodes: Iterable[FieldDefinitionNode], *, extension: bool) -> dict[str, Field]:
        return {
            node.name.value: Field(
                name=node.name.value,
                type=print_ast(node.type),
                arguments=self._inputs(node.arguments or ()),
                description=_description(node),
                directives=self.applied(node.directives),
                extension=extension,
            )
            for node in nodes
            if node.name.value not in _MACHINE_FIELDS
        }

    def _inputs(self, nodes: Iterable[InputValueDefinitionNode]) -> dict[str, InputValue]:
        return {
            node.name.value: InputValue(
                name=node.name.value,
                type=print_ast(node.type),
                default=value_text(node.default_value) if node.default_value else None,
                description=_description(node),
                directives=self.applied(node.directives),
            )
            for node in nodes
        }

    def applied(
        self, nodes: Iterable[ConstDirectiveNode] | None, *, extension: bool = False
    ) -> Directives:
        return tuple(
            Applied(
                self.links.canonical(node.name.value),
                tuple((a.name.value, value_text(a.value)) for a in node.arguments or ()),
                extension,
            )
            for node in nodes or ()
            if node.name.value != self.links.directive
        )

    def definitions(self, nodes: Iterable[DefinitionNode]) -> dict[str, Directive]:
        """The subgraph's own directive definitions, those of the specifications left out."""
        return {one.name: one for one in self._definitions(nodes)}

    def _definitions(self, nodes: Iterable[DefinitionNode]) -> Iterator[Directive]:
        for node in nodes:
            if not isinstance(node, DirectiveDefinitionNode):
                continue
            name = self.links.canonical(node.name.value)
            if name.startswith("@") and node.name.value != self.links.directive:
                yield Directive(
                    name=name,
                    arguments=self._inputs(node.arguments or ()),
                    locations=tuple(location.value for location in node.locations),
                    repeatable=node.repeatable,
                    description=_description(node),
                )


def _joined(first: Type, second: Type) -> Type:
    """A type and its extension as one."""
    return replace(
        first,
        description=first.description or second.description,
        directives=first.directives + second.directives,
        interfaces=tuple(dict.fromkeys(first.interfaces + second.interfaces)),
        fields={**first.fields, **second.fields},
        inputs={**first.inputs, **second.inputs},
        members=tuple(dict.fromkeys(first.members + second.members)),
        values={**first.values, **second.values},
        defined=first.defined or second.defined,
        extended=first.extended or second.extended,
    )
