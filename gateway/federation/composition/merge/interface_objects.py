"""`@interfaceObject`: a subgraph that sees an interface as one object gives its fields to every implementation."""

from __future__ import annotations

from dataclasses import replace

from gateway.federation.composition.elements import Field, Type
from gateway.federation.composition.findings import listed
from gateway.federation.composition.merge.fields import Versions
from gateway.federation.composition.merge.merging import Declared, Merging, join
from gateway.federation.composition.merge.overrides import Overriding
from gateway.federation.composition.merge.sharing import check_sharing


def with_abstracted_fields(merging: Merging, types: dict[str, Type]) -> dict[str, Type]:
    """The types, every implementation with the fields only an @interfaceObject gives it.

    Such a field has a bare `@join__field`: no subgraph resolves it on the implementation itself.
    """
    return {
        name: replace(one, fields={**one.fields, **_missing(merging, types, one)})
        if one.kind == "OBJECT"
        else one
        for name, one in types.items()
    }


def _missing(merging: Merging, types: dict[str, Type], one: Type) -> dict[str, Field]:
    added: dict[str, Field] = {}
    for interface in merging.interfaces.get(one.name, ()):
        for field in types[interface].fields.values() if interface in types else ():
            if field.name in one.fields or field.name in added:
                continue
            if _is_given(merging, interface, field.name):
                added[field.name] = _bare(field)
                versions: Versions = [Declared(subgraph, None) for subgraph in merging.subgraphs]
                check_sharing(merging, (one.name, field.name), versions, Overriding())
    return added


def _is_given(merging: Merging, interface: str, field: str) -> bool:
    return any(
        subgraph.is_interface_object(interface)
        and field in subgraph.types[interface].fields
        and (interface, field) not in subgraph.external
        for subgraph in merging.subgraphs
    )


def _bare(field: Field) -> Field:
    kept = tuple(one for one in field.directives if not one.name.startswith("join__"))
    return replace(field, directives=(join("field"), *kept))


def check_interface(merging: Merging, name: str) -> None:
    """A subgraph with the interface's key must know all its implementations; one with an @interfaceObject, none."""
    implementations = merging.implementations(name)
    for subgraph in merging.subgraphs:
        if name not in subgraph.types:
            continue
        if subgraph.is_interface_object(name):
            defined = [one for one in implementations if one in subgraph.types]
            if defined:
                message = f'{subgraph.name}: "{name}" is an @interfaceObject, so {listed(defined)} cannot be defined beside it; remove one or the other'
                merging.found.problem("INTERFACE_OBJECT_USAGE_ERROR", message)
        elif any(key.value("resolvable") is not False for key in subgraph.keys(name)):
            here = subgraph.runtime_types(name)
            missing = [one for one in implementations if one not in here]
            if missing:
                message = f'{subgraph.name}: interface "{name}" has a resolvable @key but not its implementations {listed(missing)}; add them here, or say `resolvable: false`'
                merging.found.problem("INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE", message)
