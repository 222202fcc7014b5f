"""Merged → SDL: the supergraph as every federation gateway reads it; the same text for the same graph.

Definitions stand in the order of their names, fields in the order the subgraphs first name them.
https://specs.apollo.dev/join, https://specs.apollo.dev/link
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from graphql.language.block_string import print_block_string

from gateway.federation.composition.elements import (
    ROOTS,
    Applied,
    Directive,
    Directives,
    Field,
    InputValue,
    Kind,
    Type,
    text_of,
)
from gateway.federation.composition.merge.merged import Merged, SupergraphLink
from gateway.federation.composition.specs import DIRECTIVES, SCALARS, Version

_KEYWORDS: dict[Kind, str] = {
    "SCALAR": "scalar",
    "OBJECT": "type",
    "INTERFACE": "interface",
    "UNION": "union",
    "ENUM": "enum",
    "INPUT_OBJECT": "input",
}


def print_supergraph(merged: Merged) -> str:
    """The supergraph document."""
    printer = _Printer(merged.names)
    directives = [*_machine_directives(merged), *map(printer.directive, _custom(merged))]
    types = {**_machine_types(merged), **{n: printer.type(t) for n, t in merged.types.items()}}
    return (
        "\n\n".join(
            (
                _schema(merged, printer),
                *sorted(directives),
                *(text for _, text in sorted(types.items())),
                "",
            )
        ).rstrip("\n")
        + "\n"
    )


def _schema(merged: Merged, printer: _Printer) -> str:
    applications = [_link(one) for one in merged.links] + printer.applied(merged.schema)
    roots = [f"  {kind}: {name}" for kind, name in ROOTS.items() if name in merged.types]
    lines = ["schema", *(f"  {text}" for text in applications), "{", *roots, "}"]
    return described(merged.description, "") + "\n".join(lines)


def _link(link: SupergraphLink) -> str:
    arguments = [f"url: {text_of(link.url)}"]
    if link.imports:
        imports = ", ".join(
            text_of(own) if own == used else text_of({"name": own, "as": used})
            for own, used in link.imports
        )
        arguments.append(f"import: [{imports}]")
    if link.purpose:
        arguments.append(f"for: {link.purpose}")
    return f"@link({', '.join(arguments)})"


def _custom(merged: Merged) -> Iterable[Directive]:
    return merged.directives.values()


def _machine_directives(merged: Merged) -> Iterator[str]:
    version = merged.join
    yield "directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA"
    for name, shape in _JOIN.items():
        yield f"directive @join__{name}{shape}"
    yield f"directive @join__field({_join_field(version)}) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION"
    if version >= (0, 4):
        yield "directive @join__directive(graphs: [join__Graph!], name: String!, args: join__DirectiveArguments) repeatable on SCHEMA | OBJECT | INTERFACE | FIELD_DEFINITION"
    for name in merged.names.keys() & DIRECTIVES.keys():
        yield f"directive @{merged.names[name]}{DIRECTIVES[name].shape.format(**_scalars(name))}"


_JOIN = {
    "graph": "(name: String!, url: String!) on ENUM_VALUE",
    "type": "(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR",
    "implements": "(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE",
    "unionMember": "(graph: join__Graph!, member: String!) repeatable on UNION",
    "enumValue": "(graph: join__Graph!) repeatable on ENUM_VALUE",
}


def _join_field(version: Version) -> str:
    arguments = "graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean"
    if version >= (0, 4):
        arguments += ", overrideLabel: String"
    if version >= (0, 5):
        arguments += ", contextArguments: [join__ContextArgument!]"
    return arguments


def _scalars(directive: str) -> Mapping[str, str]:
    """The scalars of a specification under its own prefix: `requiresScopes__Scope`."""
    prefix = DIRECTIVES[directive].spec.rpartition("/")[2]
    return {scalar: f"{prefix}__{scalar}" for scalar in SCALARS}


def _machine_types(merged: Merged) -> dict[str, str]:
    graphs = [
        f"  {graph} @join__graph(name: {text_of(name)}, url: {text_of(url)})"
        for graph, name, url in merged.graphs
    ]
    types = {
        "join__Graph": "\n".join(("enum join__Graph {", *graphs, "}")),
        "join__FieldSet": "scalar join__FieldSet",
        "link__Import": "scalar link__Import",
        "link__Purpose": _PURPOSE,
    }
    if merged.join >= (0, 4):
        types["join__DirectiveArguments"] = "scalar join__DirectiveArguments"
    if merged.join >= (0, 5):
        types["join__FieldValue"] = "scalar join__FieldValue"
        types["join__ContextArgument"] = _CONTEXT_ARGUMENT
    for name in merged.names.keys() & DIRECTIVES.keys():
        for scalar, written in _scalars(name).items():
            if f"{{{scalar}}}" in DIRECTIVES[name].shape:
                types[written] = f"scalar {written}"
    return types


_CONTEXT_ARGUMENT = """input join__ContextArgument {
  name: String!
  type: String!
  context: String!
  selection: join__FieldValue!
}"""

_PURPOSE = '''enum link__Purpose {
  """What is needed to resolve fields securely: refuse to serve without understanding it."""
  SECURITY

  """What is needed to execute operations: refuse to execute without understanding it."""
  EXECUTION
}'''


def described(description: str | None, indent: str) -> str:
    """The description as a block string above what it describes, or nothing."""
    if description is None:
        return ""
    return "".join(
        f"{indent}{line}".rstrip() + "\n" for line in print_block_string(description).split("\n")
    )


@dataclass(frozen=True, slots=True)
class _Printer:
    """Elements → SDL, directives under the supergraph's names for them."""

    names: Mapping[str, str]

    def applied(self, directives: Directives) -> list[str]:
        return [
            str(Applied(self.names.get(one.name, one.name.removeprefix("@")), one.arguments))
            for one in directives
        ]

    def _inline(self, directives: Directives) -> str:
        return "".join(f" {text}" for text in self.applied(directives))

    def type(self, one: Type) -> str:
        head = f"{_KEYWORDS[one.kind]} {one.name}"
        if one.interfaces:
            head += " implements " + " & ".join(one.interfaces)
        lines = [head, *(f"  {text}" for text in self.applied(one.directives))]
        if one.members:
            lines.append("  = " + " | ".join(one.members))
        inside = [*self._inside(one)]
        if inside:
            lines += ["{", *inside, "}"]
        return described(one.description, "") + "\n".join(lines)

    def _inside(self, one: Type) -> Iterator[str]:
        for field in one.fields.values():
            yield described(field.description, "  ") + "  " + self.field(field)
        for value in one.inputs.values():
            yield described(value.description, "  ") + "  " + self.input(value)
        for each in one.values.values():
            text = f"  {each.name}{self._inline(each.directives)}"
            yield described(each.description, "  ") + text

    def field(self, field: Field) -> str:
        arguments = self._arguments(field.arguments.values(), "    ")
        return f"{field.name}{arguments}: {field.type}{self._inline(field.directives)}"

    def _arguments(self, arguments: Iterable[InputValue], indent: str) -> str:
        every = list(arguments)
        if not every:
            return ""
        if not any(one.description for one in every):
            return "(" + ", ".join(map(self.input, every)) + ")"
        lines = (described(a.description, indent) + indent + self.input(a) for a in every)
        return "(\n" + "\n".join(lines) + f"\n{indent[2:]})"

    def input(self, one: InputValue) -> str:
        default = f" = {one.default}" if one.default is not None else ""
        return f"{one.name}: {one.type}{default}{self._inline(one.directives)}"

    def directive(self, one: Directive) -> str:
        arguments = self._arguments(one.arguments.values(), "  ")
        repeatable = " repeatable" if one.repeatable else ""
        name = self.names.get(one.name, one.name.removeprefix("@"))
        text = f"directive @{name}{arguments}{repeatable} on {' | '.join(one.locations)}"
        return described(one.description, "") + text
