"""What each subgraph kept to alone and the merged graph may still break."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.federation.composition.elements import named
from gateway.federation.composition.fieldsets import TYPENAME, field_set
from gateway.federation.composition.findings import listed
from gateway.federation.composition.merge.merged import Merged
from gateway.federation.composition.subgraph import Subgraph
from gateway.federation.selection import Field as Selected
from gateway.federation.selection import Selections

RESERVED = ("join__", "link__", "core__")


def reserved_names(subgraphs: Sequence[Subgraph], _: Merged) -> Iterator[str]:
    """The supergraph's own machinery must not be mistaken for a subgraph's type, nor the other way round."""
    for subgraph in subgraphs:
        for name in subgraph.types:
            if name.startswith(RESERVED):
                yield f'{subgraph.name}: "{name}" starts as the supergraph\'s own types do; rename it'


def interface_field_missing(subgraphs: Sequence[Subgraph], merged: Merged) -> Iterator[str]:
    """A type may implement an interface only where the interface is smaller."""
    for one in merged.types.values():
        for interface in one.interfaces:
            for field in merged.types[interface].fields:
                if field not in one.fields:
                    having = listed(
                        s.name
                        for s in subgraphs
                        if interface in s.types and field in s.types[interface].fields
                    )
                    implementing = listed(
                        s.name
                        for s in subgraphs
                        if one.name in s.types and interface in s.types[one.name].interfaces
                    )
                    yield f'"{interface}" has the field "{field}" in {having}, but "{one.name}", which implements it in {implementing}, has it nowhere; add "{one.name}.{field}"'


def requirement_unmet(subgraphs: Sequence[Subgraph], merged: Merged) -> Iterator[str]:
    """Arguments merge by intersection: a requirement may name one that is gone, or miss one that is required now."""
    for subgraph in subgraphs:
        for one, field, start, application in subgraph.applications:
            if application.name == "requires":
                for wrong in _wrong(merged, start, field_set(application) or ()):
                    yield f'{subgraph.name}: {application} on "{one.name}.{field.name}" {wrong}'


def _wrong(merged: Merged, parent: str, selections: Selections) -> Iterator[str]:
    for one in selections:
        if not isinstance(one, Selected):
            yield from _wrong(merged, one.type, one.inside)
            continue
        declared = merged.types[parent].fields.get(one.name)
        if one.name == TYPENAME or declared is None:
            continue
        place = f"{parent}.{one.name}"
        given = {argument.name for argument in one.arguments}
        for name in sorted(given - declared.arguments.keys()):
            yield f'gives "{place}({name}:)", which not every subgraph with "{place}" has; leave it out or add it there'
        for argument in declared.arguments.values():
            if argument.required and argument.name not in given:
                yield f'must give "{place}({argument.name}:)", which another subgraph requires'
        if one.inside:
            yield from _wrong(merged, named(declared.type), one.inside)
