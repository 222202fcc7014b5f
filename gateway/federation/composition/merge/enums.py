"""Enums, merged last: all values when the enum only comes out, the common ones when it only goes in, equal ones when both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.federation.composition.elements import Directive, EnumValue, Type, named
from gateway.federation.composition.merge.directives import merged_directives
from gateway.federation.composition.merge.merging import (
    Declared,
    Merging,
    description,
    inaccessible,
    join,
    names,
    present,
)


@dataclass(frozen=True, slots=True)
class Usage:
    """The first place where each enum goes in, and where it comes out."""

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


def usage(types: Iterable[Type], directives: Iterable[Directive]) -> Usage:
    """Where the merged types and directives use their enums (or anything else)."""
    outputs: dict[str, str] = {}
    inputs = {
        named(argument.type): f"{one.name}({argument.name}:)"
        for one in directives
        for argument in one.arguments.values()
    }
    for one in types:
        for place, type_text in _taken(one):
            inputs.setdefault(named(type_text), place)
        for field in one.fields.values():
            outputs.setdefault(named(field.type), f"{one.name}.{field.name}")
    return Usage(inputs, outputs)


def _taken(one: Type) -> Iterator[tuple[str, str]]:
    for value in one.inputs.values():
        yield f"{one.name}.{value.name}", value.type
    for field in one.fields.values():
        for argument in field.arguments.values():
            yield f"{one.name}.{field.name}({argument.name}:)", argument.type


def merged_values(
    merging: Merging, name: str, declared: Sequence[Declared[Type]], used: Usage
) -> dict[str, EnumValue]:
    """The values of the enum in the supergraph."""
    goes_in, comes_out = name in used.inputs, name in used.outputs
    if not goes_in and not comes_out:
        message = f'Enum "{name}" is used nowhere; the supergraph has all its values'
        merging.found.hint("UNUSED_ENUM_TYPE", message)
    merged = {}
    for value in dict.fromkeys(value for one in declared for value in one.it.values):
        versions = [Declared(one.subgraph, one.it.values.get(value)) for one in declared]
        result = _merged(merging, f"{name}.{value}", present(versions))
        everywhere = all(one.it is not None for one in versions)
        if everywhere or not goes_in or inaccessible(result.directives):
            merged[value] = result
            if not everywhere and not goes_in:
                _mention(merging, name, value, versions, code="OUTPUT")
        elif comes_out:
            _refuse(merging, name, value, versions, used)
            merged[value] = result
        else:
            _mention(merging, name, value, versions, code="INPUT")
    if not merged:
        message = f'Enum "{name}" goes in only, and no value of it is in all of {names(declared)}; give them one in common'
        merging.found.problem("EMPTY_MERGED_ENUM_TYPE", message)
    return merged


def _merged(merging: Merging, place: str, there: Sequence[Declared[EnumValue]]) -> EnumValue:
    joins = tuple(join("enumValue", graph=one.subgraph.graph) for one in there)
    descriptions = (Declared(one.subgraph, one.it.description) for one in there)
    directives = (Declared(one.subgraph, one.it.directives) for one in there)
    return EnumValue(
        there[0].it.name,
        description(merging, place, descriptions),
        joins + merged_directives(merging, place, directives),
    )


def _refuse(
    merging: Merging,
    name: str,
    value: str,
    versions: Sequence[Declared[EnumValue | None]],
    used: Usage,
) -> None:
    without = names(one for one in versions if one.it is None)
    message = f'Enum "{name}" goes in (at "{used.inputs[name]}") and comes out (at "{used.outputs[name]}"), but its value "{value}" is in {names(present(versions))} and not in {without}; define the same values everywhere'
    merging.found.problem("ENUM_VALUE_MISMATCH", message)


def _mention(
    merging: Merging,
    name: str,
    value: str,
    versions: Sequence[Declared[EnumValue | None]],
    *,
    code: str,
) -> None:
    without = names(one for one in versions if one.it is None)
    left_out = " and is left out of the supergraph" if code == "INPUT" else ""
    message = f'Value "{value}" of enum "{name}" is unknown in {without}{left_out}'
    merging.found.hint(f"INCONSISTENT_ENUM_VALUE_FOR_{code}_ENUM", message)
