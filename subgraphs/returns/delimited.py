"""A CSV file → its rows, or what is wrong with each. The table is known by its header row.

Columns may stand in any order and case. A column the table does not have is kept as it came.
One row is held at a time; a line without end, or a quote that is never closed, refuses the file.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from subgraphs.returns.reasons import Reason
from subgraphs.returns.record import Fault, Place, Reading, Reported, Table, settle
from subgraphs.returns.source import Source

# Not str.splitlines: that also breaks at U+2028 and form feeds, which are text within a cell.
# A CR at the end of what has been read waits for the LF that may follow.
_END = re.compile(r"\r\n|\n|\r(?=[^\n])")
LONGEST_LINE = 1 << 20  # characters; csv holds a cell to 131,072 of its own accord


def read(source: Source, tables: Sequence[Table]) -> Iterator[Reading]:
    """Raises FileRefused when no table has this header row, or the file is not CSV."""
    rows = _rows(source)
    _, header = next(rows, (1, []))
    sheet = _sheet(source, header, tables)
    for record, (line, cells) in enumerate(rows, start=1):
        yield sheet.row(Place(record, line), cells)


def recognised(source: Source, tables: Sequence[Table]) -> Table:
    """The table this file's header row names."""
    _, header = next(_rows(source), (1, []))
    return _sheet(source, header, tables).table


@dataclass(frozen=True, slots=True)
class _Sheet:
    table: Table
    names: tuple[str, ...]  # the item of each column, or its own heading when it is none
    items: frozenset[str]

    def row(self, place: Place, cells: list[str]) -> Reading:
        if not any(cell and not cell.isspace() for cell in cells):
            return self._reported(place, Reason.EMPTY_ROW)
        if len(cells) != len(self.names):
            return self._reported(place, Reason.WRONG_WIDTH)
        given: dict[str, list[str]] = {}
        further: dict[str, list[str]] = {}
        for name, cell in zip(self.names, cells, strict=True):
            if name in self.items:
                given[name] = [cell]
            elif cell:
                further[name] = [cell]
        return settle(self.table, place, given, further)

    def _reported(self, place: Place, reason: Reason) -> Reported:
        return Reported(self.table.name, place, (Fault(reason),))


def _sheet(source: Source, header: list[str], tables: Sequence[Table]) -> _Sheet:
    headings = [heading.strip() for heading in header]
    folded = [heading.lower() for heading in headings]
    table = _table(source, set(folded), tables)
    for number, name in enumerate(folded):
        # By number: where the header row is missing, a heading would be somebody's data.
        if (first := folded.index(name)) != number:
            place = f"columns {first + 1} and {number + 1} have the same heading"
            raise source.refused(place, "remove or rename one")
    names = tuple(
        table.by_name[name].name if name in table.by_name else heading
        for name, heading in zip(folded, headings, strict=True)
    )
    items = [name for name in names if name.lower() in table.by_name]
    if len(items) != len(set(items)):
        raise source.refused("line 1 has one item under two names", "remove one of the columns")
    return _Sheet(table, names, frozenset(items))


def _table(source: Source, folded: set[str], tables: Sequence[Table]) -> Table:
    def lacks(table: Table) -> list[str]:
        return [name for name in table.known_by if name.lower() not in folded]

    fitting = [table for table in tables if not lacks(table)]
    if fitting:
        return max(fitting, key=lambda table: len(table.known_by))
    nearest = min(tables, key=lambda table: len(lacks(table)) / len(table.known_by))
    raise source.refused(
        f"line 1 is no header row of this format; the nearest table, {nearest.name}, "
        f"also has {', '.join(lacks(nearest))}",
        "check the format and that the first line names the columns",
    )


def _rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    if source.encoding == "unknown":
        raise source.refused(
            "the text is neither UTF-8 nor Windows-1252", "save it as “CSV UTF-8 (Comma delimited)”"
        )
    reader = csv.reader(_lines(source), strict=True)
    started = 1
    try:
        for cells in reader:
            if cells:  # a line with nothing on it is no row
                yield started, cells
            started = reader.line_num + 1
    except csv.Error as why:
        place = f"from line {started} on it is not CSV ({why})"
        raise source.refused(place, "look for a quotation mark that is never closed") from why


def _lines(source: Source) -> Iterator[str]:
    """Lines with their ends, so that a quoted line break survives; CR, LF and CRLF all end one."""
    rest = ""
    for text in codecs.iterdecode(source.chunks(), source.encoding):
        held, start = rest + text, 0
        for end in _END.finditer(held):
            yield held[start : end.end()]
            start = end.end()
        rest = held[start:]
        if len(rest) > LONGEST_LINE:
            raise source.refused(f"a line is longer than {LONGEST_LINE:,} characters", "check it")
    if rest:
        yield rest
