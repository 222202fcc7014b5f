"""Schools and their pupils: enrolment, special needs, attendance, exclusions, attainment, contacts."""

from functools import partial
from pathlib import Path

from subgraphs.schools.graph import GRAPH
from subgraphs.schools.loaders import Loaders
from subgraphs.schools.sample import load_population
from subgraphs.service import Place, Service

__all__ = ["SERVICE", "load_population"]


def _loaders(place: Place) -> partial[Loaders]:
    return partial(Loaders, place.rows)


SERVICE = Service("schools", GRAPH, _loaders, Path(__file__).parent, is_counted=True)
