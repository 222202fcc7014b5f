"""SDL → Supergraph, or the sentence that says why it is none that can be served.

Directives are known by the identity of the specification they were linked from, never by the name they
happen to have in the document (CVE-2025-64347). A link marked `for: SECURITY` or `for: EXECUTION` that
nobody here understands refuses the whole document: ignoring it would answer what it was meant to stop.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    ConstDirectiveNode,
    DirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLSyntaxError,
    InputValueDefinitionNode,
    TypeDefinitionNode,
    parse,
    parse_type,
    value_from_ast_untyped,
)

from gateway.federation.errors import InvalidSupergraph
from gateway.federation.links import Link, links_of, named
from gateway.federation.selection import Selections, parse_selections
from gateway.federation.supergraph.model import (
    INACCESSIBLE,
    JOIN,
    OPERATIONS,
    Applied,
    Contextual,
    FieldDefinition,
    FieldJoin,
    Key,
    Supergraph,
    Type,
    TypeJoin,
    TypeRef,
    reference,
)


def load(sdl: str, understood: Collection[str] = ()) -> Supergraph:
    """Read a supergraph of join v0.1 to v0.5.

    `understood` are the identities of further specifications that the caller enforces itself; any
    other link for security or execution raises InvalidSupergraph, as does everything malformed.
    """
    try:
        document = parse(sdl, no_location=True)
    except GraphQLSyntaxError as error:
        raise InvalidSupergraph(f"the supergraph is not GraphQL SDL: {error}") from error
    return _Reader(document, links_of(document, understood)).read()


class _Reader:
    """One document on its way to a Supergraph."""

    def __init__(self, document: DocumentNode, links: tuple[Link, ...]) -> None:
        self.document = document
        self.links = links
        self.graphs: dict[str, str] = {}

    def read(self) -> Supergraph:
        subgraphs = self._subgraphs()
        nodes = [
            node
            for node in self.document.definitions
            if isinstance(node, TypeDefinitionNode) and not self._of_a_spec(node.name.value)
        ]
        types = {node.name.value: self._type(node) for node in nodes}
        roots = self._roots(types)
        if "query" not in roots:
            raise InvalidSupergraph("the supergraph has no query root type")
        supergraph = Supergraph(subgraphs, types, roots, self.links, self.document)
        _check_names(supergraph)
        return supergraph

    def _of_a_spec(self, name: str) -> bool:
        return named(self.links, name, directive=False) is not None

    def _subgraphs(self) -> dict[str, str]:
        subgraphs: dict[str, str] = {}
        for node in self.document.definitions:
            found = named(self.links, _name(node), directive=False)
            if node.kind != "enum_type_definition" or found != (JOIN, "Graph"):
                continue
            for value in node.values or ():  # type: ignore[attr-defined]
                arguments = self._one(value.directives, "graph")
                self.graphs[value.name.value] = str(arguments["name"])
                subgraphs[str(arguments["name"])] = str(arguments.get("url") or "")
        if not subgraphs:
            raise InvalidSupergraph(
                "the supergraph names no subgraphs: it has no join__Graph enum; is this a subgraph's SDL?"
            )
        return subgraphs

    def _one(self, directives: Iterable[DirectiveNode] | None, name: str) -> Mapping[str, Any]:
        for arguments in self._joined(directives, name):
            return arguments
        raise InvalidSupergraph(f"a value of join__Graph has no @join__{name}")

    def _roots(self, types: Mapping[str, Type]) -> dict[str, str]:
        for node in self.document.definitions:
            if node.kind in ("schema_definition", "schema_extension"):
                named_roots = node.operation_types or ()  # type: ignore[attr-defined]
                found = {one.operation.value: one.type.name.value for one in named_roots}
                if found:
                    return found
        return {one: one.title() for one in OPERATIONS if one.title() in types}

    def _applied(self, directives: Iterable[DirectiveNode] | None) -> Iterator[Applied]:
        for node in directives or ():
            found = named(self.links, node.name.value, directive=True)
            if found is not None:
                yield Applied(*found, _arguments(node))

    def _joined(
        self, directives: Iterable[DirectiveNode] | None, name: str
    ) -> Iterator[Mapping[str, Any]]:
        for one in self._applied(directives):
            if one.spec == JOIN and one.name == name:
                yield one.arguments

    def _graph(self, arguments: Mapping[str, Any], place: str) -> str:
        found = self.graphs.get(str(arguments.get("graph")))
        if found is None:
            raise InvalidSupergraph(
                f"{place}: {arguments.get('graph')} is no value of the join__Graph enum"
            )
        return found

    def _directives(self, node: Any) -> tuple[Applied, ...]:
        return tuple(one for one in self._applied(node.directives) if one.spec != JOIN)

    def _type(self, node: TypeDefinitionNode) -> Type:
        name = node.name.value
        joins = self._type_joins(node)
        directives = self._directives(node)
        interfaces = self._by_graph(node, "implements", "interface")
        kind = node.kind.removesuffix("_type_definition")
        if kind in ("object", "interface") and not interfaces:  # join v0.1 has no join__implements
            declared = tuple(one.name.value for one in getattr(node, "interfaces", None) or ())
            interfaces = dict.fromkeys(joins, declared) if declared else {}
        return Type(
            name=name,
            kind=kind,
            joins=joins,
            fields={
                one.name.value: self._field(name, one)
                for one in getattr(node, "fields", None) or ()
            },
            interfaces=interfaces,
            members=self._members(node, joins),
            values=self._values(node, joins),
            inaccessible=_hidden(directives),
            directives=directives,
            node=node,
        )

    def _type_joins(self, node: TypeDefinitionNode) -> dict[str, TypeJoin]:
        keys: dict[str, list[Key]] = {}
        objects: set[str] = set()
        for arguments in self._joined(node.directives, "type"):
            graph = self._graph(arguments, node.name.value)
            found = keys.setdefault(graph, [])
            if arguments.get("key"):
                selections = self._field_set(arguments["key"], f"@key on {node.name.value}")
                found.append(Key(selections, arguments.get("resolvable", True)))
            if arguments.get("isInterfaceObject"):
                objects.add(graph)
        if not keys:  # join v0.1 marks entities only: a type without a mark is wherever it is used
            keys = {graph: [] for graph in self.graphs.values()}
        order = [graph for graph in self.graphs.values() if graph in keys]
        return {graph: TypeJoin(tuple(keys[graph]), graph in objects) for graph in order}

    def _field_set(self, text: object, place: str) -> Selections:
        try:
            return parse_selections(str(text))
        except (GraphQLSyntaxError, ValueError) as error:
            raise InvalidSupergraph(f"{place}: {text!r} is no field set") from error

    def _by_graph(
        self, node: TypeDefinitionNode, directive: str, argument: str
    ) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for arguments in self._joined(node.directives, directive):
            graph = self._graph(arguments, node.name.value)
            found[graph] = (*found.get(graph, ()), str(arguments[argument]))
        return found

    def _members(
        self, node: TypeDefinitionNode, joins: Mapping[str, TypeJoin]
    ) -> dict[str, tuple[str, ...]]:
        if node.kind != "union_type_definition":
            return {}
        declared = tuple(one.name.value for one in getattr(node, "types", None) or ())
        return self._by_graph(node, "unionMember", "member") or dict.fromkeys(joins, declared)

    def _values(
        self, node: TypeDefinitionNode, joins: Mapping[str, TypeJoin]
    ) -> dict[str, tuple[str, ...]]:
        if node.kind != "enum_type_definition":
            return {}
        found: dict[str, list[str]] = {}
        for value in getattr(node, "values", None) or ():
            marks = list(self._joined(value.directives, "enumValue"))
            graphs = [self._graph(one, node.name.value) for one in marks] or list(joins)
            for graph in graphs:
                found.setdefault(graph, []).append(value.name.value)
        return {graph: tuple(values) for graph, values in found.items()}

    def _field(
        self, owner: str, node: FieldDefinitionNode | InputValueDefinitionNode
    ) -> FieldDefinition:
        place = f"{owner}.{node.name.value}"
        type_ref = reference(node.type)
        marks = list(self._joined(node.directives, "field"))
        joins = {
            self._graph(one, place): self._field_join(one, type_ref, place)
            for one in marks
            if one.get("graph") is not None
        }
        directives = self._directives(node)
        return FieldDefinition(
            name=node.name.value,
            type=type_ref,
            joins=joins,
            everywhere=not marks,
            inaccessible=_hidden(directives),
            directives=directives,
            node=node,
        )

    def _field_join(self, arguments: Mapping[str, Any], merged: TypeRef, place: str) -> FieldJoin:
        own = arguments.get("type")
        label = arguments.get("overrideLabel")
        override = arguments.get("override")
        return FieldJoin(
            type=_own_type(own, place) if own else merged,
            requires=self._optional_set(arguments.get("requires"), f"@requires on {place}"),
            provides=self._optional_set(arguments.get("provides"), f"@provides on {place}"),
            external=bool(arguments.get("external")),
            # With a label both subgraphs stay live, and usedOverridden says nothing.
            overridden=bool(arguments.get("usedOverridden")) and label is None,
            override=override,
            label=label,
            contextual=tuple(
                Contextual(one["name"], one["type"], one["context"], one["selection"])
                for one in arguments.get("contextArguments") or ()
            ),
        )

    def _optional_set(self, text: object, place: str) -> Selections:
        return self._field_set(text, place) if text else ()


def _own_type(text: object, place: str) -> TypeRef:
    try:
        return reference(parse_type(str(text), no_location=True))
    except GraphQLSyntaxError as error:
        raise InvalidSupergraph(f"{place}: {text!r} is no type") from error


def _check_names(supergraph: Supergraph) -> None:
    """Every type that something refers to is there."""
    builtin = {"String", "Int", "Float", "Boolean", "ID"}
    for one in supergraph.types.values():
        for definition in one.fields.values():
            if definition.type.name not in supergraph.types and definition.type.name not in builtin:
                raise InvalidSupergraph(
                    f"{one.name}.{definition.name} is of type {definition.type.name}, which is not defined"
                )
        for names in (*one.interfaces.values(), *one.members.values()):
            for name in names:
                if name not in supergraph.types:
                    raise InvalidSupergraph(f"{one.name} refers to {name}, which is not defined")
    for operation, name in supergraph.roots.items():
        if name not in supergraph.types:
            raise InvalidSupergraph(f"the {operation} root type {name} is not defined")


def _hidden(directives: tuple[Applied, ...]) -> bool:
    return any(one.spec == INACCESSIBLE and one.name == "inaccessible" for one in directives)


def _name(node: Any) -> str:
    name = getattr(node, "name", None)
    return name.value if name is not None else ""


def _arguments(node: DirectiveNode | ConstDirectiveNode) -> dict[str, Any]:
    return {one.name.value: value_from_ast_untyped(one.value) for one in node.arguments or ()}
