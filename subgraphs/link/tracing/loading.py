"""What the link node reads with, and what it traces with: one thing for a request to be answered by."""

from __future__ import annotations

from typing import Any

from subgraphs.link.loaders import Loaders
from subgraphs.link.tracing.node import Tracing


class TracingLoaders(Loaders):
    """The loaders of one request, with the node's tracing beside them."""

    def __init__(self, tracing: Tracing, *rest: Any) -> None:
        super().__init__(*rest)
        self.tracing = tracing
