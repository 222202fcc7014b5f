"""What a return is made of: items, the tables that keep them, and what comes out of reading one.

Declared once per format and used three times: to read, to make the tables, to store.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from subgraphs.returns.kinds import Kind, Values, is_nhs_number
from subgraphs.returns.reasons import Reason


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a record. `name` is the statutory one; in XML, the path below the record."""

    name: str
    kind: Kind
    kept_in: str = ""  # the column, where it is not the name in lower case
    required: bool = False
    many: bool = False
    carried: bool = False  # has no column of its own: the table carries it in another
    also: tuple[str, ...] = ()  # names the same item had in other years

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Name and SQL type of each column of this item."""
        column = self.kept_in or re.sub(r"[^a-z0-9]+", "_", self.name.lower()).strip("_")
        listed = "[]" if self.many else ""
        return tuple((column + suffix, kind + listed) for suffix, kind in self.kind.columns)


@dataclass(frozen=True)
class Table:
    """One kind of record: where it is kept, what it holds, and what makes two of them the same.

    `name` is the island's table, or the column of the table above when `folded`.
    `key` are columns; with none, rows may repeat. `carries` are columns made of others: SQL over
    the row `t`, `p` and `g` one and two above it, and the parameters of `stage.PARAMETERS`.
    `known_by` are the headings that tell this table from the others of its format (CSV).
    `nested` are the records inside this one, by their path below it (XML).
    """

    name: str
    items: tuple[Item, ...]
    key: tuple[str, ...] = ()
    carries: Mapping[str, str] = field(default_factory=dict)
    known_by: tuple[str, ...] = ()
    nested: Mapping[str, Table] = field(default_factory=dict)
    folded: bool = False
    standing: bool = False  # a newer file replaces row by row, not as a whole
    part: str = ""  # of the return, where two files of one return fill the same table

    @property
    def label(self) -> str:
        """The table, and which part of the return."""
        return f"{self.name}/{self.part}" if self.part else self.name

    @cached_property
    def by_name(self) -> dict[str, Item]:
        """Every name an item answers to, in lower case."""
        return {name.lower(): item for item in self.items for name in (item.name, *item.also)}

    @cached_property
    def wrappers(self) -> frozenset[str]:
        """Paths that only hold items or records together."""
        paths = [*(item.name for item in self.items), *self.nested]
        return frozenset(
            path[: stop.start()].lower() for path in paths for stop in re.finditer("/", path)
        )

    @cached_property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Name and SQL type of every item's columns, in order."""
        return tuple(column for item in self.items for column in item.columns)

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The columns that the island's table has under the same name."""
        return tuple(name for item in self.items if not item.carried for name, _ in item.columns)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one item of a row, or with the row as a whole (no item)."""

    reason: Reason
    item: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands in its file: the how-manieth, on which line, inside which other."""

    record: int
    line: int
    parent: int | None = None
    nth: int = 1  # among its like in the same parent


@dataclass(frozen=True, slots=True)
class Row:
    """A record that can be stored. `values` follow the table's columns."""

    table: Table
    place: Place
    values: Values
    further: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Reported:
    """A record that cannot, and everything that is wrong with it."""

    table: str
    place: Place
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """What the file says about itself: path → texts."""

    said: Mapping[str, list[str]]


Reading = Row | Reported | Heading


def settle(
    table: Table, place: Place, given: Mapping[str, list[str]], further: Mapping[str, list[str]]
) -> Row | Reported:
    """A record's texts, by item name → a row, or every reason why not."""
    values: list[object] = []
    faults: list[Fault] = []
    for item in table.items:
        got = _values(item, given.get(item.name, ()))
        if isinstance(got, Reason):
            faults.append(Fault(got, item.name))
        else:
            values.extend(got)
    if not table.standing:  # a school's own numbers may look like one; a school is nobody
        faults += [Fault(Reason.NHS_NUMBER, name) for name in _health_numbers(further)]
    if faults:
        return Reported(table.name, place, tuple(faults))
    return Row(table, place, tuple(values), further)


def _health_numbers(further: Mapping[str, list[str]]) -> list[str]:
    return [name for name, texts in further.items() if any(map(is_nhs_number, texts))]


def _values(item: Item, texts: list[str] | tuple[()]) -> Values | Reason:
    filled = [text.strip() for text in texts if text and not text.isspace()]
    if not filled:
        return Reason.MISSING if item.required else (None,) * len(item.kind.columns)
    if item.many:
        return _all(item, filled)
    return item.kind.read(filled[0]) if len(filled) == 1 else Reason.REPEATED_ITEM


def _all(item: Item, filled: list[str]) -> Values | Reason:
    read = [item.kind.read(text) for text in filled]
    wrong = next((each for each in read if isinstance(each, Reason)), None)
    if wrong:
        return wrong
    return tuple(list(column) for column in zip(*read, strict=True))
