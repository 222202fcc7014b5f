"""The link node: which numbers are one child, and what of it is open to whom. The only holder of identifier keys."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from subgraphs.link.decide import Decisions
from subgraphs.link.graph import GRAPH
from subgraphs.link.keys import keys_in
from subgraphs.link.loaders import Loaders
from subgraphs.link.sample import load_population
from subgraphs.service import Place, Service

__all__ = ["SERVICE", "load_population"]


def _loaders(place: Place) -> Callable[[], Loaders]:
    return partial(Loaders, place.connections, keys_in(place.folder), Decisions(place.register))


SERVICE = Service("link", GRAPH, _loaders, Path(__file__).parent)
