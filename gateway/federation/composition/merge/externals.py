"""`@external` declarations of one field: they define nothing, but must agree with the field as it is resolved elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.federation.composition.elements import Coordinate, Field, InputValue
from gateway.federation.composition.findings import listed
from gateway.federation.composition.merge.merging import Declared, Merging, grouped, names
from gateway.federation.composition.merge.references import is_subtype


def check_somewhere_real(
    merging: Merging, coordinate: Coordinate, declared: Sequence[Declared[Field | None]]
) -> None:
    """EXTERNAL_MISSING_ON_BASE when every subgraph leaves the field to the others."""
    for one in declared:
        for place in merging.abstracted(one.subgraph, coordinate) if one.it is None else ():
            if place not in one.subgraph.external:
                return
    where = listed(one.subgraph.name for one in declared if one.it is not None)
    message = f'"{".".join(coordinate)}" is @external in every subgraph that has it ({where}); define it without @external where it is resolved'
    merging.found.problem("EXTERNAL_MISSING_ON_BASE", message)


def check_externals(
    merging: Merging, coordinate: Coordinate, merged: Field, declared: Sequence[Declared[Field]]
) -> None:
    """Type and arguments of every external declaration against the merged field."""
    external = [one for one in declared if coordinate in one.subgraph.external]
    place = ".".join(coordinate)
    # Who resolves the field may disagree within the merged type, and so may those who only mention it.
    resolved = {one.it.type for one in declared if one not in external}
    wrong = [
        one
        for one in external
        if one.it.type != merged.type
        and (len(resolved) == 1 or not is_subtype(merging, one.it.type, merged.type))
    ]
    if wrong:
        types = grouped(wrong, lambda one: f'"{one.type}"')
        message = f'"{place}" is @external with type {types}, but its type is "{merged.type}"; use that type'
        merging.found.problem("EXTERNAL_TYPE_MISMATCH", message)
    for argument in merged.arguments.values():
        _check_argument(merging, place, argument, external)
    for one in external:
        _check_nothing_merged(merging, place, one)


def _check_argument(
    merging: Merging, place: str, argument: InputValue, external: Sequence[Declared[Field]]
) -> None:
    here = f"{place}({argument.name}:)"
    missing = [one for one in external if argument.name not in one.it.arguments]
    if missing:
        message = f'"{here}" is missing in {names(missing)}, where "{place}" is @external; declare it there as well'
        merging.found.problem("EXTERNAL_ARGUMENT_MISSING", message)
    there = [
        Declared(one.subgraph, one.it.arguments[argument.name])
        for one in external
        if argument.name in one.it.arguments
    ]
    wrong = [one for one in there if not is_subtype(merging, argument.type, one.it.type)]
    if wrong:
        types = grouped(wrong, lambda one: f'"{one.type}"')
        message = f'"{here}" has type {types} where "{place}" is @external, but its type is "{argument.type}"; use that type'
        merging.found.problem("EXTERNAL_ARGUMENT_TYPE_MISMATCH", message)
    wrong = [one for one in there if one.it.default != argument.default]
    if wrong:
        defaults = grouped(wrong, lambda one: f"{one.default or 'no default'}")
        message = f'"{here}" has {defaults} where "{place}" is @external, but its default is {argument.default or "none"}; make them equal'
        merging.found.problem("EXTERNAL_ARGUMENT_DEFAULT_MISMATCH", message)


def _check_nothing_merged(merging: Merging, place: str, one: Declared[Field]) -> None:
    for application in one.it.directives:
        if merging.is_kept(one.subgraph, application.name):
            name = application.name.removeprefix("@")
            message = f'{one}: "{place}" is @external, so its @{name} would say nothing; move @{name} to the subgraph that resolves the field'
            merging.found.problem("MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL", message)
