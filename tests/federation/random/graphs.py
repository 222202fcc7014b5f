"""A subgraph's SDL → Graph: what it declares, with the federation directives read by their linked names.

Written apart from the engine's own reader on purpose: the tester must not share the engine's mistakes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import TypeNode, parse, print_ast, value_from_ast_untyped

from gateway.federation.selection import Selections, parse_selections

KINDS = {
    "object": "object",
    "interface": "interface",
    "union": "union",
    "enum": "enum",
    "scalar": "scalar",
    "input": "input",
}
MACHINERY = {"FieldSet", "_Any", "_FieldSet", "link__Import", "link__Purpose"}


@dataclass(slots=True)
class Declared:
    """A field of an object, interface or input type as one subgraph declares it."""

    name: str
    type: TypeNode
    arguments: dict[str, str]
    external: bool = False
    requires: Selections = ()
    provides: Selections = ()
    override: tuple[str, str | None] | None = None
    hidden: bool = False
    hidden_arguments: frozenset[str] = frozenset()
    contextual: dict[str, tuple[str, Selections]] = field(default_factory=dict)


@dataclass(slots=True)
class Kept:
    """A type as one subgraph declares it; `keys` are pairs of a field set and whether it resolves."""

    name: str
    kind: str
    keys: list[tuple[Selections, bool]] = field(default_factory=list)
    fields: dict[str, Declared] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    values: dict[str, bool] = field(default_factory=dict)
    interface_object: bool = False
    hidden: bool = False
    contexts: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Graph:
    """One subgraph. Its root types carry their usual names here; `roots` has what the SDL calls them."""

    name: str
    types: dict[str, Kept]
    roots: dict[str, str]

    def possible(self, name: str) -> frozenset[str]:
        """The object types this graph knows where `name` stands; an interface object is itself."""
        one = self.types[name]
        if one.kind == "union":
            return frozenset(one.members)
        if one.kind == "interface":
            below = (t for t in self.types.values() if t.kind == "object" and name in t.interfaces)
            return frozenset(t.name for t in below)
        return frozenset((name,))


@lru_cache(maxsize=64)
def read(name: str, sdl: str) -> Graph:
    """Read one subgraph. The same text is the same Graph: nobody changes one."""
    document = parse(sdl, no_location=True)
    names = _directive_names(document)
    roots = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}
    graph = Graph(name, {}, roots)
    for node in document.definitions:
        for operation in getattr(node, "operation_types", None) or ():
            roots[operation.operation.value] = operation.type.name.value
    usual = {own: operation.title() for operation, own in roots.items()}
    for node in document.definitions:
        kind = KINDS.get(node.kind.partition("_")[0])
        if kind and node.name.value not in MACHINERY:
            called = usual.get(node.name.value, node.name.value)
            kept = graph.types.setdefault(called, Kept(called, kind))
            _add(kept, node, names)
    return graph


def _directive_names(document: Any) -> dict[str, str]:
    """The name each federation directive has in this document → the name the specification gives it."""
    for node in document.definitions:
        for directive in getattr(node, "directives", None) or ():
            if directive.name.value == "link":
                given = _arguments(directive)
                if "/federation/" in given["url"]:
                    return _linked(given)
    plain = "key external requires provides extends inaccessible tag shareable"
    return {name: name for name in plain.split()}


def _linked(given: dict[str, Any]) -> dict[str, str]:
    prefix = given.get("as") or "federation"
    every = (
        "key external requires provides extends inaccessible tag shareable override "
        "interfaceObject context fromContext"
    )
    names = {f"{prefix}__{name}": name for name in every.split()}
    for one in given.get("import") or ():
        own, local = (
            (one, one) if isinstance(one, str) else (one["name"], one.get("as", one["name"]))
        )
        names[local.lstrip("@")] = own.lstrip("@")
    return names


def _arguments(directive: Any) -> dict[str, Any]:
    return {a.name.value: value_from_ast_untyped(a.value) for a in directive.arguments or ()}


def _applied(node: Any, names: dict[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for directive in node.directives or ():
        if directive.name.value in names:
            yield names[directive.name.value], _arguments(directive)


def _add(kept: Kept, node: Any, names: dict[str, str]) -> None:
    everything_external = False
    for name, given in _applied(node, names):
        if name == "key":
            selections = parse_selections(given["fields"])
            kept.keys.append((selections, given.get("resolvable", True)))
        kept.interface_object |= name == "interfaceObject"
        kept.hidden |= name == "inaccessible"
        kept.contexts |= {given["name"]} if name == "context" else set()
        everything_external |= name == "external"
    kept.interfaces += [one.name.value for one in getattr(node, "interfaces", None) or ()]
    if kept.kind == "union":
        kept.members += [one.name.value for one in node.types or ()]
    for value in getattr(node, "values", None) or ():
        kept.values[value.name.value] = _has(value, names, "inaccessible")
    for child in getattr(node, "fields", None) or ():
        one = _declared(child, names)
        one.external |= everything_external
        kept.fields[one.name] = one


def _has(node: Any, names: dict[str, str], wanted: str) -> bool:
    return any(name == wanted for name, _ in _applied(node, names))


def _declared(node: Any, names: dict[str, str]) -> Declared:
    arguments = getattr(node, "arguments", None) or ()
    one = Declared(
        node.name.value,
        node.type,
        {a.name.value: _plain(a) for a in arguments},
        hidden_arguments=frozenset(
            a.name.value for a in arguments if _has(a, names, "inaccessible")
        ),
    )
    for name, given in _applied(node, names):
        if name in ("requires", "provides"):
            setattr(one, name, parse_selections(given["fields"]))
        elif name == "override":
            one.override = (given["from"], given.get("label"))
        one.external |= name == "external"
        one.hidden |= name == "inaccessible"
    for argument in arguments:
        for name, given in _applied(argument, names):
            if name == "fromContext":
                context, _, selection = given["field"].strip().removeprefix("$").partition(" ")
                one.contextual[argument.name.value] = context, parse_selections(selection)
    return one


def _plain(argument: Any) -> str:
    """An argument's definition without directives: `name: Type = default`."""
    default = f" = {print_ast(argument.default_value)}" if argument.default_value else ""
    return f"{argument.name.value}: {print_ast(argument.type)}{default}"


def named(node: TypeNode) -> str:
    """The type inside its lists and exclamation marks."""
    while not hasattr(node, "name"):
        node = node.type  # type: ignore[union-attr]
    return node.name.value


def levels(node: TypeNode) -> tuple[bool, ...]:
    """For each level, outermost list first, whether null is excluded; lists are one fewer."""
    required = node.kind == "non_null_type"
    inner = node.type if required else node  # type: ignore[union-attr]
    return (required, *levels(inner.type)) if inner.kind == "list_type" else (required,)
