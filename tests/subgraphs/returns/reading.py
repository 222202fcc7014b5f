"""A file read without a database: its rows by table, and what is wrong with the rest."""

from __future__ import annotations

from pathlib import Path

from subgraphs.returns.formats import FORMATS
from subgraphs.returns.record import Reading, Reported, Row
from subgraphs.returns.source import look


def read(form: str, path: Path) -> list[Reading]:
    return list(FORMATS[form].read(look(path)))


def rows(readings: list[Reading]) -> list[dict[str, object]]:
    return [
        dict(zip((name for name, _ in each.table.columns), each.values, strict=True))
        for each in readings
        if isinstance(each, Row)
    ]


def faults(readings: list[Reading]) -> list[tuple[int, str, str]]:
    """Line, item and code of everything that is wrong."""
    return [
        (each.place.line, fault.item, fault.reason.code)
        for each in readings
        if isinstance(each, Reported)
        for fault in each.faults
    ]
