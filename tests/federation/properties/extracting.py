"""A Supergraph → the SDL of each subgraph that it was composed of, as far as the supergraph still tells.

What a subgraph alone knew (descriptions, custom directives, hints) is gone; the join information is all there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphql import InputValueDefinitionNode, print_ast

from gateway.federation.composition.specs import DIRECTIVES, FEDERATION
from gateway.federation.selection import parse_selections, print_selections
from gateway.federation.supergraph import (
    FieldDefinition,
    FieldJoin,
    Supergraph,
    Type,
    TypeRef,
)

KNOWN = ("2.9", "key external requires provides shareable override inaccessible interfaceObject")


def extracted(supergraph: Supergraph) -> dict[str, str]:
    """The subgraphs' SDLs by name."""
    version, names = KNOWN
    imports = ", ".join(f'"@{name}"' for name in names.split() if name in DIRECTIVES)
    link = f'extend schema @link(url: "{FEDERATION}/v{version}", import: [{imports}])'
    return {graph: "\n".join([link, *_types(supergraph, graph)]) for graph in supergraph.subgraphs}


def _types(supergraph: Supergraph, graph: str) -> Iterator[str]:
    for one in supergraph.types.values():
        if graph in one.joins and not one.name.startswith(("join__", "link__")):
            text = _type(supergraph, one, graph)
            if text:
                yield text


def _type(supergraph: Supergraph, one: Type, graph: str) -> str:
    hidden = " @inaccessible" if one.inaccessible else ""
    match one.kind:
        case "scalar":
            return f"scalar {one.name}{hidden}"
        case "union":
            return f"union {one.name}{hidden} = {' | '.join(one.members[graph])}"
        case "enum":
            return f"enum {one.name}{hidden} {{ {' '.join(_values(one, graph))} }}"
        case "input_object":
            return f"input {one.name}{hidden} {{ {' '.join(_inputs(one, graph))} }}"
    fields = list(_fields(supergraph, one, graph))
    return f"{_head(one, graph)}{hidden} {{ {' '.join(fields)} }}" if fields else ""


def _head(one: Type, graph: str) -> str:
    join = one.joins[graph]
    word = "interface" if one.kind == "interface" and not join.interface_object else "type"
    text = f"{word} {one.name}"
    if above := one.interfaces.get(graph):
        text += f" implements {' & '.join(above)}"
    for key in join.keys:
        more = "" if key.resolvable else ", resolvable: false"
        text += f' @key(fields: "{_quoted(print_selections(key.fields)[1:-1])}"{more})'
    return text + (" @interfaceObject" if join.interface_object else "")


def _values(one: Type, graph: str) -> Iterator[str]:
    hidden = {
        value.name.value
        for value in getattr(one.node, "values", ())
        if any(each.name.value == "inaccessible" for each in value.directives)
    }
    for name in one.values[graph]:
        yield name + (" @inaccessible" if name in hidden else "")


def _inputs(one: Type, graph: str) -> Iterator[str]:
    for field in one.fields.values():
        if field.everywhere or graph in field.joins:
            yield _argument(field.node)  # type: ignore[arg-type]


def _fields(supergraph: Supergraph, one: Type, graph: str) -> Iterator[str]:
    for field in one.fields.values():
        join = supergraph.field_in(one.name, field.name, graph)
        if join is not None:
            yield _field(one, field, join, graph)


def _field(one: Type, field: FieldDefinition, join: FieldJoin, graph: str) -> str:
    arguments = [_argument(each) for each in getattr(field.node, "arguments", None) or ()]
    text = f"{field.name}({', '.join(arguments)})" if arguments else field.name
    text += f": {_reference(join.type)}"
    for name, selections in (("requires", join.requires), ("provides", join.provides)):
        if selections:
            text += f' @{name}(fields: "{_quoted(print_selections(selections)[1:-1])}")'
    if join.override:
        label = f', label: "{join.label}"' if join.label else ""
        text += f' @override(from: "{join.override}"{label})'
    text += " @external" if join.external or join.overridden else ""
    text += " @inaccessible" if field.inaccessible else ""
    is_object = one.kind == "object" or one.joins[graph].interface_object
    shared = is_object and not join.external and not join.overridden
    return text + (" @shareable" if shared and not join.override else "")


def _argument(node: InputValueDefinitionNode) -> str:
    default = f" = {print_ast(node.default_value)}" if node.default_value else ""
    hidden = any(one.name.value == "inaccessible" for one in node.directives or ())
    return f"{node.name.value}: {print_ast(node.type)}{default}" + (
        " @inaccessible" if hidden else ""
    )


def _reference(type_: TypeRef) -> str:
    text = type_.name
    for required in reversed(type_.required[1:]):
        text = f"[{text}{'!' if required else ''}]"
    return text + ("!" if type_.required[0] else "")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def spelled_alike(sdl: str) -> str:
    """A supergraph with its field sets in the one spelling that the extraction gives them."""
    return re.sub(
        r'\b(key|requires|provides): "((?:[^"\\]|\\.)*)"',
        lambda found: f'{found[1]}: "{_quoted(_printed(_unquoted(found[2])))}"',
        sdl,
    )


def _printed(text: str) -> str:
    return print_selections(parse_selections(text))[1:-1]


def _unquoted(text: str) -> str:
    return text.replace('\\"', '"').replace("\\\\", "\\")
