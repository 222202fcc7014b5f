"""Directives that clients may write in operations: only what every subgraph understands, since any of them may be sent it."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.federation.composition.elements import Directive
from gateway.federation.composition.merge.arguments import merged_arguments
from gateway.federation.composition.merge.merging import (
    Declared,
    Merging,
    description,
    names,
    present,
)

_EXECUTABLE = frozenset(
    (
        "QUERY",
        "MUTATION",
        "SUBSCRIPTION",
        "FIELD",
        "FRAGMENT_DEFINITION",
        "FRAGMENT_SPREAD",
        "INLINE_FRAGMENT",
        "VARIABLE_DEFINITION",
    )
)


def merged_definitions(merging: Merging) -> dict[str, Directive]:
    """The executable directives of the supergraph and the composed ones."""
    merged = {name: one.definition for name, one in merging.composed.items()}
    every = dict.fromkeys(name for s in merging.subgraphs for name in s.directives)
    for name in every:
        if name not in merged:
            versions = [Declared(s, _executable(s.directives.get(name))) for s in merging.subgraphs]
            one = _merged(merging, name, versions)
            if one is not None:
                merged[name] = one
    return merged


def _executable(one: Directive | None) -> Directive | None:
    return one if one is not None and _EXECUTABLE.intersection(one.locations) else None


def _merged(
    merging: Merging, name: str, versions: Sequence[Declared[Directive | None]]
) -> Directive | None:
    there = present(versions)
    if len(there) < len(versions):
        if there:
            without = names(one for one in versions if one.it is None)
            message = (
                f'Directive "{name}" is left out of the supergraph: {without} does not know it'
            )
            merging.found.hint("INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE", message)
        return None
    locations = tuple(
        location
        for location in there[0].it.locations
        if location in _EXECUTABLE and all(location in one.it.locations for one in there)
    )
    if not locations:
        message = f'Directive "{name}" is left out of the supergraph: no location of it is common to {names(there)}'
        merging.found.hint("NO_EXECUTABLE_DIRECTIVE_INTERSECTION", message)
        return None
    _hint_differences(merging, name, there)
    arguments = [Declared(one.subgraph, one.it.arguments) for one in there]
    descriptions = (Declared(one.subgraph, one.it.description) for one in there)
    return Directive(
        name=name,
        arguments=merged_arguments(merging, name, arguments),
        locations=locations,
        repeatable=all(one.it.repeatable for one in there),
        description=description(merging, name, descriptions),
    )


def _hint_differences(merging: Merging, name: str, there: Sequence[Declared[Directive]]) -> None:
    if len({one.it.repeatable for one in there}) > 1:
        message = f'Directive "{name}" is not repeatable in every subgraph, so it is not in the supergraph'
        merging.found.hint("INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE", message)
    if len({_EXECUTABLE.intersection(one.it.locations) for one in there}) > 1:
        message = f'Directive "{name}" has different locations; the supergraph keeps those of all: {names(there)}'
        merging.found.hint("INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS", message)
