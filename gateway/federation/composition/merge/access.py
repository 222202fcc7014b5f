"""Who may read what, propagated: what an @interfaceObject demands holds for every implementation, and what an implementation demands
holds for reading it through an interface (GHSA-mx7m-j9xf-62hw, GHSA-x33c-7c2v-mrj9).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gateway.federation.composition.elements import Applied, Directives, Field, Type
from gateway.federation.composition.merge.directives import combined

ACCESS = {"authenticated": "", "requiresScopes": "scopes", "policy": "policies"}
"""The access directives, each with the argument that holds its alternatives."""


def with_access(types: Mapping[str, Type]) -> dict[str, Type]:
    """The merged types with every demand wherever it must hold."""
    below = {name: _from_interfaces(types, one) for name, one in types.items()}
    return {name: _from_implementations(below, one) for name, one in below.items()}


def _from_interfaces(types: Mapping[str, Type], one: Type) -> Type:
    """Downwards: before this step only an @interfaceObject can have put a demand on an interface's field."""
    if one.kind != "OBJECT" or not one.interfaces:
        return one
    fields = {
        name: _demanding(field, [types[i].fields.get(name) for i in one.interfaces])
        for name, field in one.fields.items()
    }
    return replace(one, fields=fields)


def _from_implementations(types: Mapping[str, Type], one: Type) -> Type:
    if one.kind != "INTERFACE":
        return one
    below = [t for t in types.values() if t.kind == "OBJECT" and one.name in t.interfaces]
    fields = {
        name: _demanding(field, [t.fields.get(name) for t in below])
        for name, field in one.fields.items()
    }
    directives = conjoined(one.directives, [t.directives for t in below])
    return replace(one, fields=fields, directives=directives)


def _demanding(field: Field, others: Iterable[Field | None]) -> Field:
    directives = conjoined(field.directives, [one.directives for one in others if one])
    return field if directives == field.directives else replace(field, directives=directives)


def conjoined(own: Directives, others: Iterable[Directives]) -> Directives:
    """The directives, their demands and all the others' at once."""
    result = own
    everything = (*own, *(one for each in others for one in each))
    for name, argument in ACCESS.items():
        demands = list(dict.fromkeys(one for one in everything if one.name == name))
        if demands:
            both = Applied(name, combined(demands, argument) if argument else ())
            rest = tuple(one for one in result if one.name != name)
            result = (*rest, demands[0] if len(demands) == 1 else both)
    return result
