"""`@authenticated`, `@requiresScopes`, `@policy` → what every field demands of its caller, and who meets it.

For supergraphs that use Apollo's directives, beside purposes or without them. They are found by the
identity of their specification. A field demands what it says itself, what its own type and the type it
returns say, what the interfaces it comes from say, and what every field it requires demands, at any
depth: the four bypasses of November 2025 were each one of these left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.federation.errors import CompositionError
from gateway.federation.planning.operation import Operation, Withheld, closed
from gateway.federation.supergraph import Applied, Supergraph

AUTHENTICATED = "https://specs.apollo.dev/authenticated"
SCOPES = "https://specs.apollo.dev/requiresScopes"
POLICY = "https://specs.apollo.dev/policy"
UNDERSTOOD = frozenset({AUTHENTICATED, SCOPES, POLICY})
"""Give these to `supergraph.load` as understood, and only together with this module."""
VERSION = "v0.1"

_ARGUMENTS = {SCOPES: "scopes", POLICY: "policies"}
_CODES = {
    AUTHENTICATED: "UNAUTHENTICATED",
    SCOPES: "SCOPE_REQUIRED",
    POLICY: "POLICY_NOT_MET",
}

Coordinate = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Demand:
    """One directive's demand: one of the alternatives, all of its names. No alternative: never met."""

    spec: str
    alternatives: frozenset[frozenset[str]] = frozenset({frozenset()})


@dataclass(frozen=True, slots=True)
class Held:
    """What a caller brings: scopes of its token, and the policies that were found to hold for it."""

    scopes: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()

    def meets(self, demand: Demand) -> bool:
        names = self.policies if demand.spec == POLICY else self.scopes
        return any(one <= names for one in demand.alternatives)


@dataclass(frozen=True)
class Demands:
    """The demands of a supergraph's fields; fields that demand nothing are left out."""

    fields: Mapping[Coordinate, frozenset[Demand]]

    def unmet(self, coordinate: Coordinate, held: Held | None) -> str | None:
        """Why a field is closed to a caller, as a code; None when it is not. `held` None: nobody."""
        for demand in sorted(self.fields.get(coordinate, ()), key=lambda one: one.spec):
            if held is None:
                return _CODES[AUTHENTICATED]
            if not held.meets(demand):
                return _CODES[demand.spec]
        return None

    def narrowed(
        self, operation: Operation, held: Held | None
    ) -> tuple[Operation, tuple[Withheld, ...]]:
        """An operation without what its caller may not have, and what that was."""
        return closed(operation, lambda *coordinate: self.unmet(coordinate, held) is None)


def demands(supergraph: Supergraph) -> Demands:
    """What every field demands. Raises CompositionError for a version that is not read here."""
    problems = [
        ("DIRECTIVE_VERSION", f"{link.identity}/{link.version} is not read here; known: {VERSION}")
        for link in supergraph.links
        if link.identity in UNDERSTOOD and link.version != VERSION
    ]
    if problems:
        raise CompositionError(problems)
    found = {
        (one.name, name): frozenset(_whole(supergraph, (one.name, name)))
        for one in supergraph.types.values()
        if one.kind in ("object", "interface")
        for name in one.fields
    }
    return Demands({coordinate: wanted for coordinate, wanted in found.items() if wanted})


def _whole(supergraph: Supergraph, coordinate: Coordinate) -> Iterator[Demand]:
    yield from _plain(supergraph, coordinate)
    for required in supergraph.requirements(*coordinate):
        yield from _plain(supergraph, required)


def _plain(supergraph: Supergraph, coordinate: Coordinate) -> Iterator[Demand]:
    """What a field demands for itself: by its own words, its type's, its value's, its interfaces'."""
    owner, name = coordinate
    for holder in (owner, *supergraph.interfaces(owner)):
        one = supergraph.types.get(holder)
        if one is None or name not in one.fields:
            continue
        definition = one.fields[name]
        returned = supergraph.types.get(definition.type.name)
        yield from _of(one.directives)
        yield from _of(definition.directives)
        yield from _of(returned.directives if returned else ())


def _of(applied: Iterable[Applied]) -> Iterator[Demand]:
    for one in applied:
        if one.spec == AUTHENTICATED:
            yield Demand(AUTHENTICATED)
        elif one.spec in _ARGUMENTS:
            alternatives = one.arguments.get(_ARGUMENTS[one.spec]) or ()
            yield Demand(one.spec, frozenset(frozenset(map(str, names)) for names in alternatives))
