"""What one local authority knows about its children: social care, early years, special educational needs."""

from __future__ import annotations

from pathlib import Path

from subgraphs.local_authority.graph import GRAPH
from subgraphs.local_authority.loaders import loaders
from subgraphs.local_authority.population import load_population
from subgraphs.service import Service

__all__ = ["SERVICE", "load_population"]

SERVICE = Service("local_authority", GRAPH, loaders, Path(__file__).parent, is_counted=True)
