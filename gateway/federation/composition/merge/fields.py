"""One field of an object or interface, as its subgraphs declare it → the field of the supergraph and who resolves it how.

`@join__field` is left out when every subgraph with the type simply resolves the field, at the same type (see `_is_plain`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gateway.federation.composition.elements import (
    Applied,
    Coordinate,
    Directives,
    Field,
    applied,
    has,
    text_of,
)
from gateway.federation.composition.fieldsets import fields_text
from gateway.federation.composition.merge.arguments import merged_arguments
from gateway.federation.composition.merge.carried import join_directives
from gateway.federation.composition.merge.directives import merged_directives
from gateway.federation.composition.merge.externals import check_externals, check_somewhere_real
from gateway.federation.composition.merge.merging import (
    Declared,
    Merging,
    description,
    join,
    present,
)
from gateway.federation.composition.merge.overrides import Overriding
from gateway.federation.composition.merge.references import output_type

Versions = Sequence[Declared[Field | None]]


def merged_field(
    merging: Merging, coordinate: Coordinate, declared: Versions, overridden: Overriding
) -> Field:
    """The field of the supergraph, its `@join__field`s before its other directives."""
    there = present(declared)
    resolved = [one for one in there if coordinate not in one.subgraph.external]
    if not resolved:
        check_somewhere_real(merging, coordinate, declared)
    types = [Declared(one.subgraph, one.it.type) for one in resolved or there]
    merged = _without_directives(merging, coordinate, resolved, types)
    check_externals(merging, coordinate, merged, there)
    same = len({one.it for one in types}) == 1
    joins = (
        ()
        if same and _is_plain(declared, coordinate, overridden)
        else _joins(there, coordinate, overridden, same=same)
    )
    directives = [Declared(one.subgraph, one.it.directives) for one in resolved]
    kept = merged_directives(merging, ".".join(coordinate), directives)
    return replace(merged, directives=(*joins, *join_directives(directives), *kept))


def _without_directives(
    merging: Merging,
    coordinate: Coordinate,
    resolved: Sequence[Declared[Field]],
    types: Sequence[Declared[str]],
) -> Field:
    place = ".".join(coordinate)
    descriptions = [Declared(one.subgraph, one.it.description) for one in resolved]
    return Field(
        name=coordinate[1],
        type=output_type(merging, place, types),
        arguments=merged_arguments(
            merging, place, [Declared(one.subgraph, one.it.arguments) for one in resolved]
        ),
        description=description(merging, place, descriptions),
    )


def _is_plain(declared: Versions, coordinate: Coordinate, overridden: Overriding) -> bool:
    """In every subgraph with the type, resolved there, without conditions."""
    if overridden.used or overridden.labels:
        return False
    return all(_is_ordinary(one, coordinate, overridden) for one in declared)


def _is_ordinary(
    one: Declared[Field | None], coordinate: Coordinate, overridden: Overriding
) -> bool:
    if one.it is None or one.subgraph.name in overridden.unused:
        return coordinate[0] not in one.subgraph.types
    conditional = any(has(one.it.directives, name) for name in ("requires", "provides"))
    contextual = any(has(a.directives, "fromContext") for a in one.it.arguments.values())
    return not conditional and not contextual and coordinate not in one.subgraph.external


def _joins(
    there: Iterable[Declared[Field]],
    coordinate: Coordinate,
    overridden: Overriding,
    *,
    same: bool,
) -> Directives:
    return tuple(
        _join(one, coordinate, overridden, same=same)
        for one in there
        if one.subgraph.name not in overridden.unused or one.subgraph.name in overridden.labels
    )


def _join(
    one: Declared[Field], coordinate: Coordinate, overridden: Overriding, *, same: bool
) -> Applied:
    subgraph, declared = one.subgraph, one.it
    override = next(applied(declared.directives, "override"), None)
    label = overridden.labels.get(subgraph.name)
    return join(
        "field",
        graph=subgraph.graph,
        requires=_field_set(declared, "requires"),
        provides=_field_set(declared, "provides"),
        type=None if same else text_of(declared.type),
        external="true" if coordinate in subgraph.external else None,
        override=override.text("from") if override else None,
        usedOverridden="true" if subgraph.name in overridden.used else None,
        overrideLabel=text_of(label) if label else None,
        contextArguments=_context_arguments(one, coordinate),
    )


def _field_set(declared: Field, name: str) -> str | None:
    application = next(applied(declared.directives, name), None)
    return text_of(fields_text(application)) if application else None


def _context_arguments(one: Declared[Field], coordinate: Coordinate) -> str | None:
    filled = [
        {
            "context": f"{one.subgraph.name}__{source.context}",
            "name": name,
            "type": one.it.arguments[name].type,
            "selection": source.selection,
        }
        for owner, declared, name, source in one.subgraph.contextual
        if (owner.name, declared.name) == coordinate
    ]
    return text_of(filled) if filled else None
