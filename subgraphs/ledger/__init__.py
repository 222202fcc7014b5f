"""Who reads the ledger: the person whom it is about, and those who review it. Its tables are the ledger's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gateway.ledger
from gateway.ledger.sealing import AuditKey
from subgraphs.ledger.graph import GRAPH
from subgraphs.ledger.loaders import Loaders
from subgraphs.ledger.reviews import Reviews
from subgraphs.service import Place, Service

__all__ = ["SERVICE", "load_population"]


def _loaders(place: Place) -> Callable[[], Loaders]:
    reviews = Reviews(place.connections, AuditKey.at(place.folder / "audit.key"))
    return partial(Loaders, place.connections, place.register, reviews)


async def load_population(*_: Any) -> None:
    """Nothing: the ledger fills itself with whatever is asked."""


SERVICE = Service("ledger", GRAPH, _loaders, Path(gateway.ledger.__file__).parent)
