"""`fields:` of @key, @requires and @provides: readable, about fields that are there, and asking for what makes sense.

Every rule takes the directive's name first; the codes are the same for all three but for their prefix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import DirectiveNode, GraphQLError, Visitor, parse, visit

from gateway.federation.composition.elements import Applied, Field, applied, named
from gateway.federation.composition.fieldsets import TYPENAME, field_set, fields_text, runtime_types
from gateway.federation.composition.subgraph import Subgraph
from gateway.federation.selection import Field as Selected
from gateway.federation.selection import Selections

INTERFACE_KEYS = (2, 3)
"""The federation version since which an interface may have a @key."""


@dataclass(frozen=True, slots=True)
class Use:
    """One application: where it stands, and the type its fields are looked up on."""

    place: str
    on: str
    start: str
    application: Applied

    def __str__(self) -> str:
        return f"{self.application} on {self.place}"


def uses(subgraph: Subgraph, name: str) -> Iterator[Use]:
    """Every application of @key, @requires or @provides."""
    if name == "key":
        for one in subgraph.types.values():
            for key in applied(one.directives, "key"):
                yield Use(f'"{one.name}"', one.name, one.name, key)
    for one, field, start, application in subgraph.applications:
        if application.name == name:
            yield Use(f'"{one.name}.{field.name}"', one.name, start, application)


def fields_type(name: str, subgraph: Subgraph) -> Iterator[str]:
    for use in uses(subgraph, name):
        text = use.application.text("fields") or ""
        if not text.startswith('"') and not (subgraph.is_fed_1 and fields_text(use.application)):
            yield f'{use}: `fields` must be a string, as in `fields: "id"`'


class _Directives(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        self.names.append(node.name.value)


def directives_inside(name: str, subgraph: Subgraph) -> Iterator[str]:
    for use in uses(subgraph, name):
        try:
            document = parse("{" + (fields_text(use.application) or "__typename") + "}")
        except GraphQLError:
            continue
        found = _Directives()
        visit(document, found)
        for directive in found.names:
            yield f"{use}: `fields` cannot hold the directive @{directive}; remove it"


def on_interface(name: str, subgraph: Subgraph) -> Iterator[str]:
    for use in uses(subgraph, name):
        allowed = name == "key" and subgraph.version >= INTERFACE_KEYS
        if subgraph.types[use.on].kind == "INTERFACE" and not allowed:
            way_out = (
                "link federation v2.3 or move it to the implementations"
                if name == "key"
                else "move it to the fields of the implementations"
            )
            yield f"{use}: @{name} cannot stand on an interface; {way_out}"


def invalid_fields(name: str, subgraph: Subgraph) -> Iterator[str]:
    for use in uses(subgraph, name):
        if fields_text(use.application) is None or not subgraph.is_composite(use.start):
            continue
        selections = field_set(use.application)
        if selections is None:
            yield f'{use}: `fields` is not a field set such as "id organisation {{ id }}"'
        else:
            yield from (f"{use}: {wrong}" for wrong in _wrong(subgraph, use.start, selections))


def _wrong(subgraph: Subgraph, parent: str, selections: Selections) -> Iterator[str]:
    for one in selections:
        if not isinstance(one, Selected):
            yield from _wrong_fragment(subgraph, parent, one.type, one.inside)
        elif one.alias:
            yield f'"{one.alias}: {one.name}" is an alias, which a field set cannot have'
        elif one.name != TYPENAME:
            yield from _wrong_field(subgraph, parent, one)


def _wrong_fragment(
    subgraph: Subgraph, parent: str, condition: str, inside: Selections
) -> Iterator[str]:
    types = subgraph.types
    if condition not in types:
        yield f'the type "{condition}" is not defined here'
    elif not {*runtime_types(types, parent)} & {*runtime_types(types, condition)}:
        yield f'nothing of type "{parent}" can be a "{condition}"'
    else:
        yield from _wrong(subgraph, condition, inside)


def _wrong_field(subgraph: Subgraph, parent: str, one: Selected) -> Iterator[str]:
    declared = subgraph.types[parent].fields.get(one.name)
    if declared is None:
        yield f'"{parent}.{one.name}" is not defined here; define it, or mark it @external if another subgraph resolves it'
        return
    yield from _wrong_arguments(parent, one, declared)
    inner = named(declared.type)
    if subgraph.is_composite(inner):
        if not one.inside:
            yield f'"{parent}.{one.name}" needs a selection of its fields: "{one.name} {{ … }}"'
        yield from _wrong(subgraph, inner, one.inside)
    elif one.inside:
        yield f'"{parent}.{one.name}" has no fields to select: "{inner}" is a leaf'


def _wrong_arguments(parent: str, one: Selected, declared: Field) -> Iterator[str]:
    given = {argument.name for argument in one.arguments}
    for name in sorted(given - declared.arguments.keys()):
        yield f'"{parent}.{one.name}" has no argument "{name}"'
    for argument in declared.arguments.values():
        if argument.required and argument.name not in given:
            yield f'"{parent}.{one.name}" needs its argument "{argument.name}"'


def selected(
    subgraph: Subgraph, parent: str, selections: Selections
) -> Iterator[tuple[str, Selected, Field]]:
    """(type, selection, declaration) of every field that exists."""
    for one in selections:
        if not isinstance(one, Selected):
            yield from selected(subgraph, one.type, one.inside)
            continue
        types = subgraph.types
        declared = types[parent].fields.get(one.name) if parent in types else None
        if declared is not None:
            yield parent, one, declared
            yield from selected(subgraph, named(declared.type), one.inside)


def fields_with_arguments(name: str, subgraph: Subgraph) -> Iterator[str]:
    for use in uses(subgraph, name):
        for parent, one, declared in selected(
            subgraph, use.start, field_set(use.application) or ()
        ):
            if declared.arguments:
                yield f'{use}: "{parent}.{one.name}" takes arguments, which @{name} cannot give; leave it out'


def abstract_key_fields(subgraph: Subgraph) -> Iterator[str]:
    for use in uses(subgraph, "key"):
        for parent, one, declared in selected(
            subgraph, use.start, field_set(use.application) or ()
        ):
            inner = subgraph.types.get(named(declared.type))
            if inner and inner.kind in ("INTERFACE", "UNION"):
                yield f'{use}: "{parent}.{one.name}" is of the {inner.kind.lower()} "{inner.name}", which cannot be part of a key; choose fields of one type'


def provides_on_leaf(subgraph: Subgraph) -> Iterator[str]:
    for use in uses(subgraph, "provides"):
        if not subgraph.is_composite(use.start):
            yield f'{use}: the field gives "{use.start}", which has no fields to provide; remove @provides'


def provides_on_external(subgraph: Subgraph) -> Iterator[str]:
    for one, field, _, application in subgraph.applications:
        if application.name == "provides" and (one.name, field.name) in subgraph.external:
            yield f'"{one.name}.{field.name}" is both @provides and @external; it cannot provide what it does not resolve: remove one'


def missing_external(name: str, subgraph: Subgraph) -> Iterator[str]:
    for use in uses(subgraph, name):
        selections = field_set(use.application) or ()
        for parent, field in _owned_leaves(subgraph, use.start, selections):
            yield f'{use}: "{parent}.{field}" is resolved here anyway; leave it out, or mark it @external if another subgraph resolves it'


def _owned_leaves(
    subgraph: Subgraph, parent: str, selections: Selections
) -> Iterator[tuple[str, str]]:
    """The leaves that this subgraph resolves, with nothing external above them."""
    for one in selections:
        if not isinstance(one, Selected):
            yield from _owned_leaves(subgraph, one.type, one.inside)
            continue
        declared = subgraph.types[parent].fields.get(one.name) if parent in subgraph.types else None
        if declared is None or (parent, one.name) in subgraph.external:
            continue
        if not one.inside:
            yield parent, one.name
        elif not any((each, one.name) in subgraph.external for each in _below(subgraph, parent)):
            yield from _owned_leaves(subgraph, named(declared.type), one.inside)


def _below(subgraph: Subgraph, parent: str) -> tuple[str, ...]:
    is_interface = subgraph.types[parent].kind == "INTERFACE"
    return runtime_types(subgraph.types, parent) if is_interface else ()
