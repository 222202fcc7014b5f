"""Federation 1 subgraphs → what they would be in federation 2: the same service, its old habits spelled out or dropped.

A chain of small steps, each right alone. A federation 2 subgraph is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from gateway.federation.composition.elements import (
    ROOTS,
    Applied,
    Coordinate,
    Directives,
    Field,
    Type,
    applied,
    has,
    named,
    text_of,
)
from gateway.federation.composition.fieldsets import field_set, runtime_types, targets
from gateway.federation.composition.findings import Findings, listed
from gateway.federation.composition.subgraph import Subgraph
from gateway.federation.selection import Field as Selected
from gateway.federation.selection import On, Selections, print_selections


def upgraded(subgraphs: Sequence[Subgraph], found: Findings) -> list[Subgraph]:
    """All subgraphs, in the same order, none of them federation 1 in its ways any more."""
    _check_interface_keys(subgraphs, found)
    return [
        _upgraded(one, [other for other in subgraphs if other is not one], found)
        if one.is_fed_1
        else one
        for one in subgraphs
    ]


def _upgraded(subgraph: Subgraph, others: Sequence[Subgraph], found: Findings) -> Subgraph:
    _check_bases(subgraph, others, found)
    result = _without_meaningless_externals(subgraph)
    result = _without_external_keys(result, others)
    result = _without_idle_requirements(result)
    result = _as_definitions(result)
    result = _without_directives_on_interfaces(result)
    result = _without_unused_externals(result, found)
    result = _sharing(result, subgraph, others)
    return _without_repeated_tags(result, others)


def _with_types(subgraph: Subgraph, types: Iterable[Type]) -> Subgraph:
    return replace(subgraph, types={one.name: one for one in types})


def _with_fields(subgraph: Subgraph, change: Callable[[Type, Field], Field | None]) -> Subgraph:
    """The subgraph with every field changed, or left out where `change` gives None."""

    def changed(one: Type) -> Iterator[tuple[str, Field]]:
        for field in one.fields.values():
            result = change(one, field)
            if result is not None:
                yield field.name, result

    types = subgraph.types.values()
    return _with_types(subgraph, (replace(one, fields=dict(changed(one))) for one in types))


def _without(directives: Directives, *names: str) -> Directives:
    return tuple(one for one in directives if one.name not in names)


def is_extension(one: Type) -> bool:
    """An entity that federation 1 says is at home elsewhere (or a root: those are at home everywhere)."""
    extends = has(one.directives, "extends")
    return one.kind in ("OBJECT", "INTERFACE") and (extends or (one.extended and not one.defined))


def _check_bases(subgraph: Subgraph, others: Sequence[Subgraph], found: Findings) -> None:
    for one in subgraph.types.values():
        if is_extension(one) and one.name not in ROOTS.values():
            elsewhere = (other.types.get(one.name) for other in others)
            if not any(other and other.defined for other in elsewhere):
                message = f'{subgraph.name}: type "{one.name}" is only extended and defined in no other subgraph; define it once without `extend`'
                found.problem("EXTENSION_WITH_NO_BASE", message)


def _check_interface_keys(subgraphs: Sequence[Subgraph], found: Findings) -> None:
    for name in dict.fromkeys(name for one in subgraphs for name in one.types):
        stand_ins = [one.name for one in subgraphs if one.is_interface_object(name)]
        old = [
            one.name
            for one in subgraphs
            if one.is_fed_1
            and name in one.types
            and one.types[name].kind == "INTERFACE"
            and any(True for _ in one.keys(name))
        ]
        if stand_ins and old:
            message = f'"{name}" is an @interfaceObject in {listed(stand_ins)}, which needs subgraphs that resolve the interface by key; federation 1 cannot: link federation 2.3 in {listed(old)}, or remove the @key there'
            found.problem("INTERFACE_OBJECT_USAGE_ERROR", message)


def _without_meaningless_externals(subgraph: Subgraph) -> Subgraph:
    """@external on interface fields and on whole objects meant nothing in federation 1."""

    def change(one: Type, field: Field) -> Field:
        if one.kind != "INTERFACE":
            return field
        return replace(field, directives=_without(field.directives, "external"))

    result = _with_fields(subgraph, change)
    types = result.types.values()
    return _with_types(
        result, (replace(one, directives=_without(one.directives, "external")) for one in types)
    )


def _without_external_keys(subgraph: Subgraph, others: Sequence[Subgraph]) -> Subgraph:
    """The key fields of an extension had to be called @external, though the subgraph has them."""
    own = {
        coordinate
        for one in subgraph.types.values()
        if is_extension(one)
        for coordinate in _key_fields(subgraph, one.name, others)
    }

    def change(one: Type, field: Field) -> Field:
        if (one.name, field.name) not in own:
            return field
        return replace(field, directives=_without(field.directives, "external"))

    return _with_fields(subgraph, change)


def _key_fields(subgraph: Subgraph, name: str, others: Sequence[Subgraph]) -> Iterator[Coordinate]:
    """Of its own keys, or of the first key elsewhere when it has none."""
    keys = [(subgraph, key) for key in subgraph.keys(name)]
    if not keys:
        keys = [(other, next(other.keys(name))) for other in others if any(other.keys(name))]
    for where, key in keys:
        for coordinate, _ in targets(where.types, name, field_set(key) or ()):
            if coordinate[0] == name:
                yield coordinate


def _without_idle_requirements(subgraph: Subgraph) -> Subgraph:
    """@requires and @provides of what the subgraph has anyway."""

    def change(one: Type, field: Field) -> Field:
        directives = tuple(
            kept for each in field.directives if (kept := trimmed(one, field, each)) is not None
        )
        return replace(field, directives=directives)

    def trimmed(one: Type, field: Field, application: Applied) -> Applied | None:
        if application.name not in ("requires", "provides"):
            return application
        start = one.name if application.name == "requires" else named(field.type)
        selections = field_set(application)
        if selections is None or start not in subgraph.types:
            return application
        needed = _external_part(subgraph, start, selections)
        if needed == selections:
            return application
        text = print_selections(needed)[1:-1]
        return Applied(application.name, (("fields", text_of(text)),)) if needed else None

    return _with_fields(subgraph, change)


def _external_part(subgraph: Subgraph, parent: str, selections: Selections) -> Selections:
    kept: list[Selected | On] = []
    for one in selections:
        if not isinstance(one, Selected):
            inside = _external_part(subgraph, one.type, one.inside)
            kept += [replace(one, inside=inside)] if inside else []
            continue
        declared = subgraph.types[parent].fields.get(one.name) if parent in subgraph.types else None
        idle = declared is not None and not _is_external(subgraph, parent, one.name)
        if declared is None or not idle or _is_unfinished(subgraph, one, declared):
            kept.append(one)
        elif one.inside:
            inside = _external_part(subgraph, named(declared.type), one.inside)
            kept += [replace(one, inside=inside)] if inside else []
    return tuple(kept)


def _is_unfinished(subgraph: Subgraph, one: Selected, declared: Field) -> bool:
    """Whether a selection of its fields is missing: kept, for the rules to complain about."""
    return not one.inside and subgraph.is_composite(named(declared.type))


def _is_external(subgraph: Subgraph, parent: str, name: str) -> bool:
    """Here or, through an interface, in any implementation."""
    places = {parent, *runtime_types(subgraph.types, parent)}
    return any(
        name in subgraph.types[place].fields
        and has(subgraph.types[place].fields[name].directives, "external")
        for place in places
    )


def _as_definitions(subgraph: Subgraph) -> Subgraph:
    def change(one: Type) -> Type:
        if not is_extension(one):
            return one
        fields = {n: replace(field, extension=False) for n, field in one.fields.items()}
        directives = tuple(replace(each, extension=False) for each in one.directives)
        return replace(one, fields=fields, directives=directives, defined=True, extended=False)

    return _with_types(subgraph, map(change, subgraph.types.values()))


def _without_directives_on_interfaces(subgraph: Subgraph) -> Subgraph:
    """Keys of interfaces, and @requires and @provides there or (the latter) on leaves, did nothing."""

    def change(one: Type, field: Field) -> Field:
        gone = ("requires", "provides") if one.kind == "INTERFACE" else ()
        if not subgraph.is_composite(named(field.type)):
            gone = (*gone, "provides")
        return replace(field, directives=_without(field.directives, *gone))

    result = _with_fields(subgraph, change)
    return _with_types(
        result,
        (
            replace(one, directives=_without(one.directives, "key"))
            if one.kind == "INTERFACE"
            else one
            for one in result.types.values()
        ),
    )


def _without_unused_externals(subgraph: Subgraph, found: Findings) -> Subgraph:
    unused = subgraph.external - subgraph.used
    result = _with_fields(
        subgraph, lambda one, field: None if (one.name, field.name) in unused else field
    )
    emptied = [
        one.name
        for one in result.types.values()
        if not one.fields and subgraph.types[one.name].fields
    ]
    used = {named(field.type) for _, field in result.fields()}
    for name in emptied:
        if name in used:
            message = f'{subgraph.name}: type "{name}" has only @external fields that nothing uses; add one it resolves, or remove what refers to it'
            found.problem("TYPE_WITH_ONLY_UNUSED_EXTERNAL", message)
    return _with_types(result, (one for one in result.types.values() if one.name not in emptied))


def _sharing(subgraph: Subgraph, original: Subgraph, others: Sequence[Subgraph]) -> Subgraph:
    """Federation 1 let every subgraph resolve the fields of values, and an entity's where it was not @external."""

    def change(one: Type, field: Field) -> Field:
        coordinate = one.name, field.name
        if one.kind != "OBJECT" or one.name == "Subscription" or coordinate in original.shareable:
            return field
        is_entity = has(one.directives, "key") or one.name in ROOTS.values()
        shared = (
            any(_resolves(other, coordinate) for other in others)
            if is_entity
            else any(one.name in other.types for other in others)
        )
        return (
            replace(field, directives=(*field.directives, Applied("shareable")))
            if shared
            else field
        )

    return _with_fields(subgraph, change)


def _resolves(subgraph: Subgraph, coordinate: Coordinate) -> bool:
    name, field = coordinate
    there = name in subgraph.types and field in subgraph.types[name].fields
    return there and (coordinate not in subgraph.external or coordinate in subgraph.provided)


def _without_repeated_tags(subgraph: Subgraph, others: Sequence[Subgraph]) -> Subgraph:
    """A @tag on an @external field says nothing when the field itself carries it."""

    def change(one: Type, field: Field) -> Field:
        if not has(field.directives, "external"):
            return field
        elsewhere = {
            tag
            for other in others
            if one.name in other.types and field.name in other.types[one.name].fields
            for tag in applied(other.types[one.name].fields[field.name].directives, "tag")
            if (one.name, field.name) not in other.external
        }
        kept = tuple(each for each in field.directives if each not in elsewhere)
        return replace(field, directives=kept)

    return _with_fields(subgraph, change)
