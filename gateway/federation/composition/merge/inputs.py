"""Input objects: the fields all their subgraphs have, since a value must suit every one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.federation.composition.elements import Directives, InputValue, Type, text_of
from gateway.federation.composition.merge.arguments import merged_input
from gateway.federation.composition.merge.merging import (
    Declared,
    Merging,
    inaccessible,
    join,
    names,
    present,
)

Versions = Sequence[Declared[InputValue | None]]


def merged_inputs(
    merging: Merging, name: str, declared: Sequence[Declared[Type]]
) -> dict[str, InputValue]:
    """The fields of the input object in the supergraph."""
    merged = {}
    for field in dict.fromkeys(field for one in declared for field in one.it.inputs):
        versions = [Declared(one.subgraph, one.it.inputs.get(field)) for one in declared]
        there = present(versions)
        place = f"{name}.{field}"
        one = merged_input(merging, place, there)
        # What is hidden on purpose need not be everywhere: nobody can give it a value.
        if len(there) == len(versions) or inaccessible(one.directives):
            merged[field] = replace(one, directives=_joins(versions) + one.directives)
        else:
            _check_dropped(merging, place, versions)
    if not merged:
        message = f'Input "{name}" has no field that is in all of {names(declared)}; give them one in common'
        merging.found.problem("EMPTY_MERGED_INPUT_TYPE", message)
    return merged


def _joins(versions: Versions) -> Directives:
    there = present(versions)
    same = len({one.it.type for one in there}) == 1
    if same and len(there) == len(versions):
        return ()
    return tuple(
        join("field", graph=one.subgraph.graph, type=None if same else text_of(one.it.type))
        for one in there
    )


def _check_dropped(merging: Merging, place: str, versions: Versions) -> None:
    there = present(versions)
    without = names(one for one in versions if one.it is None)
    required = [one for one in there if one.it.required]
    if required:
        message = f'"{place}" is required in {names(required)} but missing in {without}; add it there or make it optional'
        merging.found.problem("REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH", message)
    else:
        message = (
            f'"{place}" is left out of the supergraph: {names(there)} has it, {without} has not'
        )
        merging.found.hint("INCONSISTENT_INPUT_OBJECT_FIELD", message)
