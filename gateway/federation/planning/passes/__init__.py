"""PASSES: drafts → fewer drafts that do the same. Each is right alone, and none is needed for rightness."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.federation.planning.drafts import Draft
from gateway.federation.planning.passes.alike import merge_alike
from gateway.federation.planning.passes.empty import drop_empty
from gateway.federation.planning.passes.fold import fold
from gateway.federation.planning.passes.needs import reduce_needs
from gateway.federation.planning.passes.types import merge_types
from gateway.federation.supergraph import Supergraph

Pass = Callable[[Sequence[Draft], Supergraph], list[Draft]]

PASSES: tuple[Pass, ...] = (drop_empty, merge_alike, merge_types, fold, reduce_needs)


def improved(
    drafts: Sequence[Draft], supergraph: Supergraph, passes: Sequence[Pass]
) -> list[Draft]:
    """The drafts after every pass, in order."""
    found = list(drafts)
    for one in passes:
        found = one(found, supergraph)
    return found
