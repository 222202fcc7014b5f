"""A format of return: which tables it has, how its files are read, and whose return a file is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from subgraphs.returns import delimited, markup
from subgraphs.returns.record import Heading, Reading, Table
from subgraphs.returns.source import Source


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose return it is. Two files with the same body and year are the same return, and one replaces the other."""

    body: str = ""  # a local authority's DfE code, a provider's UKPRN; empty for a national file
    year: str = ""
    as_at: date | None = None  # the day it speaks of
    prepared: str = ""  # when the file was written, in ISO 8601, where it says so


@dataclass(frozen=True)
class Format:
    """One of the returns this deployment loads. XML has a shape; CSV has header rows."""

    name: str
    title: str
    tables: tuple[Table, ...]
    shape: markup.Shape | None = None
    identity: Callable[[Heading], Identity] = lambda _: Identity()
    speaks_of: Callable[[str, str], date] | None = None  # year, term → day
    termly: bool = False
    national: bool = False  # neither authority nor year: each row is its own

    def read(self, source: Source) -> Iterator[Reading]:
        """Raises FileRefused, at once or while reading."""
        if self.shape:
            return markup.read(source, self.shape)
        return delimited.read(source, self.tables)

    def tables_of(self, source: Source) -> tuple[Table, ...]:
        """The outermost tables a file fills. Raises FileRefused for an unknown header row."""
        return self.tables if self.shape else (delimited.recognised(source, self.tables),)


def said(heading: Heading, path: str) -> str:
    """The one text at a path of the heading; nothing where none or several stand there."""
    texts = set(heading.said.get(path, ()))
    return texts.pop() if len(texts) == 1 else ""
