"""The link node: which numbers are one child, and what of it is open to whom. The only holder of identifier keys."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from subgraphs.link.decide import Decisions
from subgraphs.link.graph import GRAPH
from subgraphs.link.hearing import Hearing
from subgraphs.link.keys import ring_in
from subgraphs.link.matching.loading import Matching, MatchingLoaders
from subgraphs.link.sample import load_population
from subgraphs.link.sealed import sealed_store
from subgraphs.link.tracing.node import Tracing
from subgraphs.service import Place, Service

__all__ = ["SERVICE", "load_population"]


def _loaders(place: Place) -> Callable[[], MatchingLoaders]:
    keys = ring_in(place.folder)
    sealed = sealed_store(keys, place.folder)
    tracing = Tracing.configured(place.connections, place.folder)
    decisions = Decisions(place.register)
    hearing = Hearing(place.connections)
    matching = Matching(place.connections, place.folder)
    node = (place.connections, keys, sealed, decisions, hearing)
    return partial(MatchingLoaders, matching, tracing, *node)


SERVICE = Service("link", GRAPH, _loaders, Path(__file__).parent)
