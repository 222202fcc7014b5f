"""What DWP and HMRC answer about a family: outcomes, never amounts."""

from __future__ import annotations

from pathlib import Path

from subgraphs.benefits.graph import GRAPH
from subgraphs.benefits.loaders import loaders
from subgraphs.benefits.population import load_population
from subgraphs.service import Service

__all__ = ["SERVICE", "load_population"]

SERVICE = Service("benefits", GRAPH, loaders, Path(__file__).parent)
