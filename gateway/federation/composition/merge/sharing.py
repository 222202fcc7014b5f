"""A field that several subgraphs resolve must be shareable in all of them: only then do they promise the same answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.federation.composition.elements import Coordinate, Field
from gateway.federation.composition.findings import listed
from gateway.federation.composition.merge.merging import Declared, Merging
from gateway.federation.composition.merge.overrides import Overriding
from gateway.federation.composition.subgraph import Subgraph


def check_sharing(
    merging: Merging,
    coordinate: Coordinate,
    declared: Sequence[Declared[Field | None]],
    overridden: Overriding,
) -> None:
    """INVALID_FIELD_SHARING when it is not."""
    resolving = list(_resolving(merging, coordinate, declared, overridden))
    alone = [(subgraph, it) for subgraph, it in resolving if it not in subgraph.shareable]
    if not alone or len(resolving) < 2:
        return
    where = listed(subgraph.name for subgraph, _ in resolving)
    wrong = listed(subgraph.name for subgraph, _ in alone)
    typo = _typo(alone, overridden)
    message = f'"{".".join(coordinate)}" is resolved by {where} but not marked @shareable in {wrong}; mark it @shareable there if the answers are the same, or keep it in one subgraph{typo}'
    merging.found.problem("INVALID_FIELD_SHARING", message)


def _resolving(
    merging: Merging,
    coordinate: Coordinate,
    declared: Sequence[Declared[Field | None]],
    overridden: Overriding,
) -> Iterator[tuple[Subgraph, Coordinate]]:
    for one in declared:
        subgraph = one.subgraph
        if one.it is None:
            places = list(merging.abstracted(subgraph, coordinate))
        else:
            places = [] if overridden.lost(subgraph) else [coordinate]
        for place in places:
            if place not in subgraph.external or place in subgraph.provided:
                yield subgraph, place


def _typo(alone: Sequence[tuple[Subgraph, Coordinate]], overridden: Overriding) -> str:
    """An override from a misspelt subgraph has no effect and ends up here."""
    adrift = next((s.name for s, _ in alone if s.name in overridden.adrift), None)
    return f'. Its @override in "{adrift}" names no subgraph: is that misspelt?' if adrift else ""
