"""What the link node reads and traces with, and what it keeps of matching: the loaders of one request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from subgraphs.link.matching.findings import TABLES
from subgraphs.link.matching.sealing import Seal, seal_in
from subgraphs.link.tracing.loading import TracingLoaders
from subgraphs.postgres import apply


@dataclass(slots=True)
class Matching:
    """The node's queue; its tables and its key are made by the first question."""

    connections: asyncpg.Pool
    folder: Path
    _seal: Seal | None = None
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def seal(self) -> Seal:
        async with self._opening:
            if self._seal is None:
                await apply(self.connections, TABLES)
                self._seal = seal_in(self.folder)
            return self._seal


class MatchingLoaders(TracingLoaders):
    """The loaders of one request, with the node's tracing and its queue beside them."""

    def __init__(self, matching: Matching, *rest: Any) -> None:
        super().__init__(*rest)
        self.matching = matching
