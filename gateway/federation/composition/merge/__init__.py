"""Subgraphs → one merged graph: same-named things become one, a module per kind of thing. Never stops at the first problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.federation.composition.elements import (
    Applied,
    Directive,
    Directives,
    Type,
    applied,
    has,
)
from gateway.federation.composition.fieldsets import fields_text
from gateway.federation.composition.findings import Findings, listed
from gateway.federation.composition.merge.access import with_access
from gateway.federation.composition.merge.carried import join_directives
from gateway.federation.composition.merge.composed import composed_directives
from gateway.federation.composition.merge.definitions import merged_definitions
from gateway.federation.composition.merge.directives import merged_directives
from gateway.federation.composition.merge.enums import merged_values, usage
from gateway.federation.composition.merge.inputs import merged_inputs
from gateway.federation.composition.merge.interface_objects import (
    check_interface,
    with_abstracted_fields,
)
from gateway.federation.composition.merge.kinds import merged_kinds
from gateway.federation.composition.merge.links import (
    hint_upgrades,
    join_version,
    printed_names,
    supergraph_links,
)
from gateway.federation.composition.merge.merged import Merged
from gateway.federation.composition.merge.merging import Declared, Merging, description, join
from gateway.federation.composition.merge.objects import join_implements, merged_fields
from gateway.federation.composition.merge.unions import join_members
from gateway.federation.composition.subgraph import Subgraph


def merge_subgraphs(subgraphs: Sequence[Subgraph], found: Findings) -> Merged:
    """The merged graph; worth keeping only when `found` has no problems afterwards."""
    merging = _prepared(tuple(subgraphs), found)
    types = {name: _merged(merging, name) for name in merging.kinds}
    if "Query" not in types or not types["Query"].fields:
        message = "No subgraph has a query; define at least one field on Query"
        found.problem("NO_QUERIES", message)
    types = with_access(with_abstracted_fields(merging, types))
    definitions = merged_definitions(merging)
    hint_upgrades(subgraphs, found)
    names = printed_names(subgraphs, found)
    version = join_version(subgraphs)
    schema = [Declared(one, one.schema) for one in subgraphs]
    return Merged(
        types=_with_enums(merging, types, definitions),
        directives=definitions,
        links=supergraph_links(names, merging.composed.values(), version),
        names={**names, **{one: one.removeprefix("@") for one in merging.composed}},
        graphs=tuple((one.graph, one.name, one.url) for one in subgraphs),
        schema=merged_directives(merging, "the schema", schema),
        description=description(
            merging, "The schema", (Declared(one, one.description) for one in subgraphs)
        ),
        join=version,
    )


def _prepared(subgraphs: tuple[Subgraph, ...], found: Findings) -> Merging:
    """What must be known of the whole first: kinds, implementations and members decide which type is a subtype of which."""
    kinds = merged_kinds(subgraphs, found)
    every = {name: [s.types[name] for s in subgraphs if name in s.types] for name in kinds}
    return Merging(
        subgraphs=subgraphs,
        found=found,
        kinds=kinds,
        interfaces={
            name: tuple(dict.fromkeys(i for one in types for i in one.interfaces))
            for name, types in every.items()
        },
        members={
            name: tuple(dict.fromkeys(m for one in types for m in one.members))
            for name, types in every.items()
            if kinds[name] == "UNION"
        },
        composed=composed_directives(subgraphs, found),
    )


def _merged(merging: Merging, name: str) -> Type:
    """One type; enums get their values at the end, when it is known where they are used."""
    declared = merging.types(name)
    kind = merging.kinds[name]
    _check_base(merging, name, declared)
    if kind == "INTERFACE":
        check_interface(merging, name)
    directives = [Declared(one.subgraph, one.it.directives) for one in declared]
    is_composite = kind in ("OBJECT", "INTERFACE")
    return Type(
        kind=kind,
        name=name,
        description=description(
            merging, name, (Declared(one.subgraph, one.it.description) for one in declared)
        ),
        directives=(
            *join_implements(declared),
            *(one for each in declared for one in _join_types(each)),
            *(join_members(merging, name, declared) if kind == "UNION" else ()),
            *join_directives(directives),
            *merged_directives(merging, name, directives),
        ),
        interfaces=merging.interfaces[name],
        fields=merged_fields(merging, name, declared) if is_composite else {},
        inputs=merged_inputs(merging, name, declared) if kind == "INPUT_OBJECT" else {},
        members=merging.members.get(name, ()),
    )


def _with_enums(
    merging: Merging, types: Mapping[str, Type], definitions: Mapping[str, Directive]
) -> dict[str, Type]:
    used = usage(types.values(), definitions.values())
    return {
        name: replace(one, values=merged_values(merging, name, merging.types(name), used))
        if one.kind == "ENUM"
        else one
        for name, one in types.items()
    }


def _join_types(one: Declared[Type]) -> Directives:
    """One `@join__type` for each key, or one without a key."""
    subgraph, declared = one.subgraph, one.it
    stand_in = "true" if subgraph.is_interface_object(declared.name) else None
    keys = list(applied(declared.directives, "key"))
    if not keys:
        return (join("type", graph=subgraph.graph, isInterfaceObject=stand_in),)
    return tuple(_join_key(one, key, stand_in) for key in keys)


def _join_key(one: Declared[Type], key: Applied, stand_in: str | None) -> Applied:
    extension = key.extension or has(one.it.directives, "extends")
    return join(
        "type",
        graph=one.subgraph.graph,
        key=f'"{fields_text(key)}"',
        extension="true" if extension else None,
        resolvable="false" if key.value("resolvable") is False else None,
        isInterfaceObject=stand_in,
    )


def _check_base(merging: Merging, name: str, declared: Sequence[Declared[Type]]) -> None:
    if name in ("Query", "Mutation", "Subscription"):
        return
    if not any(one.it.defined for one in declared):
        where = listed(one.subgraph.name for one in declared)
        message = f'Type "{name}" is only extended (in {where}) and defined nowhere; define it once without `extend`'
        merging.found.problem("EXTENSION_WITH_NO_BASE", message)
