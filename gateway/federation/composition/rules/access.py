"""@authenticated, @requiresScopes and @policy: where they can be relied on, and nothing protected reached through a side door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.federation.composition.elements import Directives, Type, applied, has, named
from gateway.federation.composition.fieldsets import field_set, readable
from gateway.federation.composition.merge.access import ACCESS
from gateway.federation.composition.merge.directives import Alternatives, conjunction
from gateway.federation.composition.merge.merged import Merged
from gateway.federation.composition.subgraph import Subgraph
from gateway.federation.selection import Field as Selected
from gateway.federation.selection import Selections


def on_interface(subgraph: Subgraph) -> Iterator[str]:
    """GHSA-mx7m-j9xf-62hw: a fragment on an implementation would walk round it."""
    for one in subgraph.types.values():
        is_interface = one.kind == "INTERFACE"
        if is_interface or subgraph.is_interface_object(one.name):
            for name in _demanded(one.directives):
                yield f'@{name} cannot stand on the interface "{one.name}"; put it on the implementations'
        for field in one.fields.values() if is_interface else ():
            for name in _demanded(field.directives):
                yield f'@{name} cannot stand on the interface field "{one.name}.{field.name}"; put it on the fields of the implementations'


def _demanded(directives: Directives) -> Iterator[str]:
    return (name for name in ACCESS if has(directives, name))


@dataclass(frozen=True, slots=True)
class Demand:
    """What a caller must bring; `((),)` is nothing."""

    authenticated: bool = False
    scopes: Alternatives = ((),)
    policies: Alternatives = ((),)

    def __and__(self, other: Demand) -> Demand:
        return Demand(
            self.authenticated or other.authenticated,
            conjunction(self.scopes, other.scopes),
            conjunction(self.policies, other.policies),
        )

    def covers(self, other: Demand) -> bool:
        """Whether whoever meets this meets the other too."""
        return (
            (self.authenticated or not other.authenticated)
            and _implies(self.scopes, other.scopes)
            and _implies(self.policies, other.policies)
        )


def _implies(these: Alternatives, those: Alternatives) -> bool:
    return all(any(set(that) <= set(this) for that in those) for this in these)


def demand(directives: Directives) -> Demand:
    """What the directives of one element ask for."""
    return Demand(
        has(directives, "authenticated"),
        _alternatives(directives, "requiresScopes"),
        _alternatives(directives, "policy"),
    )


def _alternatives(directives: Directives, name: str) -> Alternatives:
    application = next(applied(directives, name), None)
    return (application.value(ACCESS[name]) or ((),)) if application else ((),)


def transitive(subgraphs: Sequence[Subgraph], merged: Merged) -> Iterator[str]:
    """GHSA-m8jr-fxqx-8xx6: what a field requires must not be better protected than the field."""
    for subgraph in subgraphs:
        for one, field, start, application in subgraph.applications:
            if application.name == "requires":
                yield from _reached(
                    merged.types,
                    subgraph.name,
                    (one.name, field.name),
                    [(start, field_set(application) or ())],
                    "@requires",
                )
        for one, field, _, source in subgraph.contextual:
            starts = [
                (each, readable(source.selection) or ())
                for each in subgraph.setters(source.context)
            ]
            yield from _reached(
                merged.types,
                subgraph.name,
                (one.name, field.name),
                starts,
                "@fromContext",
                itself=True,
            )


def _reached(
    types: Mapping[str, Type],
    subgraph: str,
    coordinate: tuple[str, str],
    starts: Sequence[tuple[str, Selections]],
    directive: str,
    *,
    itself: bool = False,
) -> Iterator[str]:
    owner = types[coordinate[0]]
    own = demand(owner.directives) & demand(owner.fields[coordinate[1]].directives)
    for start, selections in starts:
        places = [*(((start, types[start].directives),) if itself else ())]
        for place, directives in (*places, *_selected(types, start, selections)):
            if not own.covers(demand(directives)):
                yield f'{subgraph}: "{".".join(coordinate)}" reads "{place}" through {directive} but asks less of the caller; give it the @authenticated, @requiresScopes and @policy of "{place}"'


def _selected(
    types: Mapping[str, Type], parent: str, selections: Selections
) -> Iterator[tuple[str, Directives]]:
    for one in selections:
        if not isinstance(one, Selected):
            yield one.type, types[one.type].directives
            yield from _selected(types, one.type, one.inside)
        elif one.name in types[parent].fields:
            field = types[parent].fields[one.name]
            inner = named(field.type)
            yield f"{parent}.{one.name}", field.directives
            if inner in types:
                yield inner, types[inner].directives
                yield from _selected(types, inner, one.inside)
