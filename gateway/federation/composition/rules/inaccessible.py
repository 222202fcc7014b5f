"""@inaccessible hides an element from clients: nothing they still see may need what they do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from graphql import EnumValueNode, ListValueNode, ObjectValueNode, ValueNode, parse_value

from gateway.federation.composition.elements import (
    BUILT_IN,
    Field,
    InputValue,
    Type,
    has,
    named,
)
from gateway.federation.composition.merge.merged import Merged
from gateway.federation.composition.merge.merging import inaccessible
from gateway.federation.composition.subgraph import Subgraph

Types = Mapping[str, Type]


def _visible(merged: Merged) -> Iterator[Type]:
    return (one for one in merged.types.values() if not inaccessible(one.directives))


def _visible_fields(merged: Merged) -> Iterator[tuple[Type, Field]]:
    for one in _visible(merged):
        for field in one.fields.values():
            if not inaccessible(field.directives):
                yield one, field


def _visible_inputs(merged: Merged) -> Iterator[tuple[str, InputValue]]:
    """Arguments and input fields that clients see, each with its place."""
    for one, field in _visible_fields(merged):
        for argument in field.arguments.values():
            if not inaccessible(argument.directives):
                yield f"{one.name}.{field.name}({argument.name}:)", argument
    for one in _visible(merged):
        for value in one.inputs.values():
            if not inaccessible(value.directives):
                yield f"{one.name}.{value.name}", value


def _is_hidden(types: Types, name: str) -> bool:
    return name in types and inaccessible(types[name].directives)


def referenced(_: Sequence[Subgraph], merged: Merged) -> Iterator[str]:
    for one, field in _visible_fields(merged):
        if _is_hidden(merged.types, named(field.type)):
            yield f'"{named(field.type)}" is @inaccessible, but "{one.name}.{field.name}" gives it; hide that field too'
    for place, value in _visible_inputs(merged):
        if _is_hidden(merged.types, named(value.type)):
            yield f'"{named(value.type)}" is @inaccessible, but "{place}" takes it; hide that too'


def query_root(_: Sequence[Subgraph], merged: Merged) -> Iterator[str]:
    if _is_hidden(merged.types, "Query"):
        yield '"Query" is @inaccessible, but clients must be able to ask something; hide its fields one by one'


def only_hidden_children(_: Sequence[Subgraph], merged: Merged) -> Iterator[str]:
    for one in _visible(merged):
        children = [
            *(inaccessible(field.directives) for field in one.fields.values()),
            *(inaccessible(value.directives) for value in one.inputs.values()),
            *(inaccessible(value.directives) for value in one.values.values()),
            *(_is_hidden(merged.types, member) for member in one.members),
        ]
        if children and all(children):
            yield f'everything in "{one.name}" is @inaccessible, but "{one.name}" is not; hide it as well'


def required(_: Sequence[Subgraph], merged: Merged) -> Iterator[str]:
    for one, field in _visible_fields(merged):
        for argument in field.arguments.values():
            place = f"{one.name}.{field.name}({argument.name}:)"
            if inaccessible(argument.directives):
                if argument.required:
                    yield f'"{place}" is @inaccessible but required; make it optional'
                yield from _required_below(merged, one, field, argument, place)
    for one in _visible(merged):
        for value in one.inputs.values():
            if inaccessible(value.directives) and value.required:
                yield f'"{one.name}.{value.name}" is @inaccessible but required; make it optional'


def _required_below(
    merged: Merged, one: Type, field: Field, argument: InputValue, place: str
) -> Iterator[str]:
    for other, implementation in _visible_fields(merged):
        if one.name in other.interfaces and implementation.name == field.name:
            same = implementation.arguments.get(argument.name)
            if same and same.required and not inaccessible(same.directives):
                yield f'"{place}" is @inaccessible, but "{other.name}.{field.name}({same.name}:)" requires it; hide that too, or make it optional'


def implemented_by(_: Sequence[Subgraph], merged: Merged) -> Iterator[str]:
    seen = {(one.name, field.name): field for one, field in _visible_fields(merged)}
    for one in _visible(merged):
        for interface in one.interfaces:
            for field in one.fields.values():
                above = seen.get((interface, field.name))
                if above is not None:
                    yield from _hidden_below(one.name, field, interface, above)


def _hidden_below(name: str, field: Field, interface: str, above: Field) -> Iterator[str]:
    if inaccessible(field.directives):
        yield f'"{name}.{field.name}" is @inaccessible but implements "{interface}.{field.name}", which is not; hide both'
        return
    for argument in field.arguments.values():
        same = above.arguments.get(argument.name)
        if inaccessible(argument.directives) and same and not inaccessible(same.directives):
            yield f'"{name}.{field.name}({argument.name}:)" is @inaccessible but implements that of "{interface}.{field.name}", which is not; hide both'


def used_by_default(_: Sequence[Subgraph], merged: Merged) -> Iterator[str]:
    for place, value in _visible_inputs(merged):
        if value.default is not None:
            used = _used(merged.types, named(value.type), parse_value(value.default))
            for hidden in used:
                yield f'"{hidden}" is @inaccessible, but the default of "{place}" uses it; change the default'


def _used(types: Types, type_name: str, value: ValueNode) -> Iterator[str]:
    one = types.get(type_name)
    if isinstance(value, ListValueNode):
        for each in value.values:
            yield from _used(types, type_name, each)
    elif one and isinstance(value, EnumValueNode) and value.value in one.values:
        if inaccessible(one.values[value.value].directives):
            yield f"{type_name}.{value.value}"
    elif one and isinstance(value, ObjectValueNode):
        for field in value.fields:
            declared = one.inputs.get(field.name.value)
            if declared is None:
                continue
            if inaccessible(declared.directives):
                yield f"{type_name}.{declared.name}"
            yield from _used(types, named(declared.type), field.value)


def disallowed(subgraphs: Sequence[Subgraph], _: Merged) -> Iterator[str]:
    for subgraph in subgraphs:
        for name in sorted(BUILT_IN & subgraph.types.keys()):
            if inaccessible(subgraph.types[name].directives):
                yield f'{subgraph.name}: "{name}" is built in and cannot be @inaccessible'
        for directive in subgraph.directives.values():
            for argument in directive.arguments.values():
                if has(argument.directives, "inaccessible"):
                    yield f'{subgraph.name}: argument "{argument.name}" of directive "{directive.name}" cannot be @inaccessible'
