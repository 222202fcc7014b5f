"""The tables that loading needs: those of the islands a return feeds, then what loading adds beside them."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
_ISLANDS = ("local_authority", "schools", "learners")


def tables() -> list[str]:
    """Each island's tables.sql, and ours after them."""
    folders = [_HERE.parent / island for island in _ISLANDS] + [_HERE]
    return [
        (folder / "tables.sql").read_text()
        for folder in folders
        if (folder / "tables.sql").exists()
    ]
