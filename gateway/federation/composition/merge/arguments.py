"""The arguments one field (or directive) takes in several subgraphs → those it takes in the supergraph: the ones all have.

An argument that a subgraph fills from a context belongs to that subgraph alone and never reaches the supergraph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.federation.composition.elements import InputValue, has
from gateway.federation.composition.merge.directives import merged_directives
from gateway.federation.composition.merge.merging import (
    Declared,
    Merging,
    description,
    grouped,
    names,
    present,
)
from gateway.federation.composition.merge.references import input_type

Arguments = Mapping[str, InputValue]


def merged_arguments(
    merging: Merging, place: str, declared: Sequence[Declared[Arguments]]
) -> dict[str, InputValue]:
    """The arguments all subgraphs have; the others are a problem when required anywhere, else a hint."""
    every = dict.fromkeys(name for one in declared for name in one.it)
    merged = {}
    for name in every:
        versions = [Declared(one.subgraph, one.it.get(name)) for one in declared]
        there = present(versions)
        here = f"{place}({name}:)"
        if any(has(one.it.directives, "fromContext") for one in there):
            _check_contextual(merging, here, there)
        elif len(there) < len(versions):
            _check_dropped(merging, here, versions)
        else:
            merged[name] = merged_input(merging, here, there)
    return merged


def merged_input(
    merging: Merging, place: str, declared: Sequence[Declared[InputValue]]
) -> InputValue:
    """An argument or input field that several subgraphs have."""
    return InputValue(
        name=declared[0].it.name,
        type=input_type(merging, place, [Declared(d.subgraph, d.it.type) for d in declared]),
        default=_default(merging, place, declared),
        description=description(
            merging, place, (Declared(d.subgraph, d.it.description) for d in declared)
        ),
        directives=merged_directives(
            merging, place, (Declared(d.subgraph, d.it.directives) for d in declared)
        ),
    )


def _default(merging: Merging, place: str, declared: Sequence[Declared[InputValue]]) -> str | None:
    given = [one for one in declared if one.it.default is not None]
    if not given:
        return None
    if len({one.it.default for one in given}) > 1:
        code = "FIELD_ARGUMENT" if place.endswith(")") else "INPUT_FIELD"
        values = grouped(given, lambda one: str(one.default))
        message = f'The default of "{place}" is {values}; use one default everywhere'
        merging.found.problem(f"{code}_DEFAULT_MISMATCH", message)
    elif len(given) < len(declared):
        message = f'"{place}" has a default only in {names(given)}; the supergraph has none. Give it everywhere.'
        merging.found.hint("INCONSISTENT_DEFAULT_VALUE_PRESENCE", message)
        return None
    return given[0].it.default


def _check_contextual(
    merging: Merging, place: str, declared: Sequence[Declared[InputValue]]
) -> None:
    for one in declared:
        if has(one.it.directives, "fromContext"):
            continue
        if one.it.required:
            message = f'"{place}" comes from a context in another subgraph but is required and has no @fromContext in "{one}"; add @fromContext, a default, or make it nullable'
            code = "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS"
            merging.found.problem(code, message)
        else:
            message = f'"{place}" comes from a context in another subgraph, so the supergraph leaves it out of "{one}" too'
            code = "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS"
            merging.found.hint(code, message)


def _check_dropped(
    merging: Merging, place: str, versions: Sequence[Declared[InputValue | None]]
) -> None:
    there = present(versions)
    without = names(one for one in versions if one.it is None)
    required = [one for one in there if one.it.required]
    if required:
        message = f'"{place}" is required in {names(required)} but missing in {without}; add it there or make it optional'
        merging.found.problem("REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH", message)
    else:
        message = (
            f'"{place}" is left out of the supergraph: {names(there)} has it, {without} has not'
        )
        merging.found.hint("INCONSISTENT_ARGUMENT_PRESENCE", message)
