"""What every merge module works with: the subgraphs, what is known of the whole before merging starts, and the findings.

A `Declared` pairs a subgraph with its own version of the thing being merged; None where the subgraph could have it and has not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gateway.federation.composition.elements import (
    Applied,
    Coordinate,
    Directives,
    Kind,
    Type,
    has,
)
from gateway.federation.composition.findings import Findings, listed
from gateway.federation.composition.merge.composed import Composed
from gateway.federation.composition.specs import BUILT_IN_DIRECTIVES, DIRECTIVES
from gateway.federation.composition.subgraph import Subgraph

KEPT = frozenset(
    (*BUILT_IN_DIRECTIVES, *(name for name, known in DIRECTIVES.items() if known.spec))
)

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Declared(Generic[T]):
    """One subgraph's version of something."""

    subgraph: Subgraph
    it: T

    def __str__(self) -> str:
        return self.subgraph.name


def names(declared: Iterable[Declared[T]]) -> str:
    """The subgraphs, for a sentence."""
    return listed(one.subgraph.name for one in declared)


def present(declared: Iterable[Declared[T | None]]) -> list[Declared[T]]:
    """Only the subgraphs that have it."""
    return [Declared(one.subgraph, one.it) for one in declared if one.it is not None]


def grouped(declared: Iterable[Declared[T]], text: Callable[[T], str]) -> str:
    """`Int in "a" and Float in "b" and "c"`, for a sentence."""
    groups: dict[str, list[Declared[T]]] = {}
    for one in declared:
        groups.setdefault(text(one.it), []).append(one)
    return " and ".join(f"{value} in {names(group)}" for value, group in groups.items())


@dataclass(frozen=True)
class Merging:
    """`interfaces`: every type's, over all subgraphs; `composed`: foreign directives that reach the supergraph."""

    subgraphs: tuple[Subgraph, ...]
    found: Findings
    kinds: Mapping[str, Kind]
    interfaces: Mapping[str, tuple[str, ...]]
    members: Mapping[str, tuple[str, ...]]
    composed: Mapping[str, Composed] = field(default_factory=dict)

    def types(self, name: str) -> list[Declared[Type]]:
        """The subgraphs' versions of a type, those of another kind left out (they are already a problem)."""
        return [
            Declared(subgraph, subgraph.types[name])
            for subgraph in self.subgraphs
            if name in subgraph.types and kind_in(subgraph, name) == self.kinds[name]
        ]

    def implementations(self, name: str) -> tuple[str, ...]:
        """The object types that implement an interface in any subgraph."""
        return tuple(
            one
            for one, interfaces in self.interfaces.items()
            if name in interfaces and self.kinds[one] == "OBJECT"
        )

    def is_kept(self, subgraph: Subgraph, name: str) -> bool:
        """Whether a subgraph's applications of a directive reach the supergraph."""
        if name in self.composed:
            return self.composed[name].is_in(subgraph)
        return name in KEPT

    def abstracted(self, subgraph: Subgraph, coordinate: Coordinate) -> Iterator[Coordinate]:
        """The fields that stand for this one in a subgraph that sees only an @interfaceObject of its type."""
        type_name, name = coordinate
        if type_name in subgraph.types or self.kinds[type_name] != "OBJECT":
            return
        for interface in self.interfaces[type_name]:
            if subgraph.is_interface_object(interface) and name in subgraph.types[interface].fields:
                yield interface, name


def kind_in(subgraph: Subgraph, name: str) -> Kind:
    """The kind a type has in the supergraph, as far as one subgraph knows."""
    return "INTERFACE" if subgraph.is_interface_object(name) else subgraph.types[name].kind


def inaccessible(directives: Directives) -> bool:
    return has(directives, "inaccessible")


def description(
    merging: Merging, place: str, declared: Iterable[Declared[str | None]]
) -> str | None:
    """The most frequent description, the first of them; empty ones count only when there is no other."""
    texts = [one for one in present(declared) if one.it] or present(declared)
    if not texts:
        return None
    counts = Counter(one.it for one in texts)
    chosen = max(counts, key=lambda text: counts[text])
    if len(counts) > 1:
        used = names(one for one in texts if one.it == chosen)
        others = names(one for one in texts if one.it != chosen)
        message = f"{place} is described differently in {others}; the supergraph uses the text of {used}. Use one text everywhere."
        merging.found.hint("INCONSISTENT_DESCRIPTION", message)
    return chosen


def join(name: str, /, **arguments: str | None) -> Applied:
    """A `@join__…` application; arguments that are None are left out."""
    given = ((key.rstrip("_"), text) for key, text in arguments.items() if text is not None)
    return Applied(f"join__{name}", tuple(given))
