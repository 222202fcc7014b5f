"""What needs Splink, or one sentence that says how to come by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from subgraphs.link.matching.records import Record

Likely = Callable[[Sequence[tuple[Record, str]]], Sequence[Any]]
_OF_THE_EXTRA = frozenset({"splink", "duckdb", "pyarrow", "sqlglot"})


class MatchingNotInstalled(Exception):
    """Splink is an extra: it brings a database and a columnar library, which nothing else here needs."""


def installed() -> tuple[Likely, str]:
    """What compares records, and the version of what it compares by. Raises MatchingNotInstalled."""
    try:
        from subgraphs.link.matching.likely import likely
        from subgraphs.link.matching.model import version
    except ModuleNotFoundError as missing:
        if missing.name not in _OF_THE_EXTRA:
            raise
        message = "records are compared with Splink: pip install 'causeway[matching]'"
        raise MatchingNotInstalled(message) from missing
    return likely, version()
