"""Types of the same name → one kind each, or the problem that they are of different kinds."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.federation.composition.elements import BUILT_IN, Kind
from gateway.federation.composition.findings import Findings, listed
from gateway.federation.composition.merge.merging import kind_in
from gateway.federation.composition.subgraph import Subgraph


def merged_kinds(subgraphs: Iterable[Subgraph], found: Findings) -> dict[str, Kind]:
    """Every type name with its kind in the supergraph, the first subgraph's where they disagree."""
    kinds: dict[str, dict[Kind, list[str]]] = {}
    for subgraph in subgraphs:
        for name in subgraph.types:
            if name not in BUILT_IN:
                kind = kind_in(subgraph, name)
                kinds.setdefault(name, {}).setdefault(kind, []).append(subgraph.name)
    for name, by_kind in kinds.items():
        if len(by_kind) > 1:
            where = " and ".join(f"{_said(kind)} in {listed(at)}" for kind, at in by_kind.items())
            message = f'Type "{name}" is {where}; give it one kind everywhere, or rename it where it means something else'
            found.problem("TYPE_KIND_MISMATCH", message)
    _check_interface_objects(tuple(subgraphs), kinds, found)
    return {name: next(iter(by_kind)) for name, by_kind in kinds.items()}


def _said(kind: Kind) -> str:
    word = kind.lower().replace("_", " ")
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _check_interface_objects(
    subgraphs: tuple[Subgraph, ...],
    kinds: dict[str, dict[Kind, list[str]]],
    found: Findings,
) -> None:
    for name, by_kind in kinds.items():
        stand_ins = [s.name for s in subgraphs if s.is_interface_object(name)]
        real = any(name in s.types and s.types[name].kind == "INTERFACE" for s in subgraphs)
        if stand_ins and not real and len(by_kind) == 1:
            message = f'Type "{name}" is an @interfaceObject in {listed(stand_ins)} and an interface nowhere; define `interface {name}` with its implementations in one subgraph'
            found.problem("INTERFACE_OBJECT_USAGE_ERROR", message)
