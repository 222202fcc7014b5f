"""Objects and interfaces: the fields of all their subgraphs, together."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.federation.composition.elements import ROOTS, Directives, Field, Type
from gateway.federation.composition.merge.fields import Versions, merged_field
from gateway.federation.composition.merge.merging import Declared, Merging, join, names
from gateway.federation.composition.merge.overrides import overriding
from gateway.federation.composition.merge.sharing import check_sharing


def merged_fields(
    merging: Merging, name: str, declared: Sequence[Declared[Type]]
) -> dict[str, Field]:
    """The fields of an object or interface, in the order the subgraphs first name them."""
    _hint_entity(merging, name, declared)
    return {
        field: _merged(merging, name, field, declared)
        for field in dict.fromkeys(field for one in declared for field in one.it.fields)
    }


def _merged(merging: Merging, name: str, field: str, declared: Sequence[Declared[Type]]) -> Field:
    versions = _versions(merging, name, field, declared)
    _hint_value_field(merging, name, field, declared)
    overridden = overriding(merging, (name, field), versions)
    if merging.kinds[name] == "OBJECT":
        check_sharing(merging, (name, field), versions, overridden)
    if name == "Subscription":
        _check_subscription(merging, field, versions)
    return merged_field(merging, (name, field), versions, overridden)


def _versions(
    merging: Merging, name: str, field: str, declared: Sequence[Declared[Type]]
) -> Versions:
    """Where the field is, and where it might be: subgraphs with the type, or an @interfaceObject of it."""
    here = {one.subgraph.name: one.it.fields.get(field) for one in declared}
    return [
        Declared(subgraph, here.get(subgraph.name))
        for subgraph in merging.subgraphs
        if subgraph.name in here
        or any(subgraph.is_interface_object(i) for i in merging.interfaces.get(name, ()))
    ]


def join_implements(declared: Sequence[Declared[Type]]) -> Directives:
    """Who says that the type implements what."""
    return tuple(
        join("implements", graph=one.subgraph.graph, interface=f'"{interface}"')
        for one in declared
        for interface in one.it.interfaces
    )


def _check_subscription(merging: Merging, field: str, versions: Versions) -> None:
    there = [one for one in versions if one.it is not None]
    marked = [one for one in there if ("Subscription", field) in one.subgraph.shareable]
    if marked:
        message = f'"Subscription.{field}" is @shareable in {names(marked)}; a subscription has one source: remove @shareable'
        merging.found.problem("INVALID_FIELD_SHARING", message)


def _hint_entity(merging: Merging, name: str, declared: Sequence[Declared[Type]]) -> None:
    with_key = [one for one in declared if any(True for _ in one.subgraph.keys(name))]
    without = [one for one in declared if one not in with_key]
    if with_key and without and merging.kinds[name] == "OBJECT":
        message = f'Type "{name}" has a @key in {names(with_key)} but none in {names(without)}, which nothing can jump to'
        merging.found.hint("INCONSISTENT_ENTITY", message)


def _hint_value_field(
    merging: Merging, name: str, field: str, declared: Sequence[Declared[Type]]
) -> None:
    """A value, unlike an entity, cannot be completed by another subgraph."""
    if name in ROOTS.values() or any(True for one in declared for _ in one.subgraph.keys(name)):
        return
    without = [
        one
        for one in declared
        if field not in one.it.fields
        and any((name, other) not in one.subgraph.external for other in one.it.fields)
    ]
    if without:
        kind = merging.kinds[name]
        message = f'"{name}.{field}" is not in {names(without)}, where it cannot be asked for: "{name}" has no @key'
        merging.found.hint(f"INCONSISTENT_{kind}_VALUE_TYPE_FIELD", message)
