"""What providers of 14 to 19 education know about their learners, and authorities of who participates."""

from __future__ import annotations

from pathlib import Path

from subgraphs.learners.graph import GRAPH
from subgraphs.learners.loaders import loaders
from subgraphs.learners.population import load_population
from subgraphs.service import Service

__all__ = ["SERVICE", "load_population"]

SERVICE = Service("learners", GRAPH, loaders, Path(__file__).parent, is_counted=True)
