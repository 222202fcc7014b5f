"""A file of people to trace → its rows, each with its line. Two forms, told apart by the file itself.

`sui`: the CSV of the Department's SUI matcher, with headings, in any order and among any others; for reconciliation
also AddressLine1, AddressLine2 and AddressHistory.
`dbs`: the Demographics Batch Service's, quoted, without headings, by position (1 reference, 3 NHS number, 4 birth
date, 8 family name, 10 given name, 12 gender, 18 postcode).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

from subgraphs.link.tracing.demographics import Told
from subgraphs.link.tracing.person import Address

_HEADINGS = {
    "given": ("givenname", "given", "forename", "firstname"),
    "family": ("surname", "family", "familyname", "lastname"),
    "birth_date": ("dob", "birthdate", "dateofbirth"),
    "gender": ("gender", "sex"),
    "postcode": ("postcode", "addresspostalcode"),
    "email": ("email",),
    "phone": ("phone", "telephone", "mobile"),
    "nhs_number": ("nhsnumber",),
    "line_1": ("addressline1", "address1"),
    "line_2": ("addressline2", "address2"),
    "lived_at": ("addresshistory",),
    "reference": ("sourceid", "reference", "localid", "id"),
}
_NEEDED = ("given", "family", "birth_date")
_DBS = {
    "reference": 1, "nhs_number": 3, "birth_date": 4, "family": 8, "given": 10, "gender": 12, "postcode": 18,
}  # fmt: skip
LARGEST = 200 * 2**20
LONGEST = 200  # characters of one item that are read


class Unusable(ValueError):
    """The file cannot be traced. Says what of it is wrong and the way out, and quotes nothing from it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that can be traced."""

    name: str
    form: str
    content: bytes
    columns: Mapping[str, int]

    def rows(self) -> Iterator[tuple[int, Told]]:
        """In order, each with the line it ends on. A line with nothing in it at all is no row."""
        reader = csv.reader(StringIO(_text(self.content, self.name), newline=""))
        for row in islice(filter(None, reader), int(self.form == "sui"), None):
            yield reader.line_num, self._told(row)

    def _told(self, row: Sequence[str]) -> Told:
        said: dict[str, Any] = {
            name: row[at].strip()[: LONGEST * (20 if name == "lived_at" else 1)]
            if at < len(row)
            else ""
            for name, at in self.columns.items()
        }
        return Told(addresses=_addresses(said), **said)


def _addresses(said: dict[str, Any]) -> tuple[Address, ...]:
    """The present one of its own columns, then the history: addresses parted by `|`, lines by commas, postcode last."""
    lines = tuple(filter(None, (said.pop("line_1", ""), said.pop("line_2", ""))))
    here = [Address(lines, said["postcode"])] if lines else []
    for text in said.pop("lived_at", "").split("|"):
        *before, last = (part.strip() for part in text.split(","))
        if before:
            here.append(Address(tuple(before), last))
    return tuple(here)


def sheet(path: Path) -> Sheet:
    """Raises Unusable."""
    try:
        if path.stat().st_size > LARGEST:
            raise Unusable(f"{path.name} is larger than {LARGEST // 2**20} MiB: split it")
        content = path.read_bytes()
        lines = list(filter(None, csv.reader(StringIO(_text(content, path.name), newline=""))))
    except OSError as why:
        raise Unusable(f"{path.name} cannot be read ({type(why).__name__})") from why
    except csv.Error as why:
        raise Unusable(f"{path.name} is not CSV: check its quotes") from why
    first = lines[0] if lines else []
    headings = _headings(first)
    if all(name in headings for name in _NEEDED):
        return Sheet(path.name, "sui", content, headings)
    if len(first) > max(_DBS.values()) and not headings:
        return Sheet(path.name, "dbs", content, _DBS)
    raise Unusable(
        f"{path.name} has neither headings for given name, surname and DOB, nor the columns of the "
        "Demographics Batch Service: add a first line such as GivenName,Surname,DOB,Gender,PostCode"
    )


def _headings(first: Sequence[str]) -> dict[str, int]:
    """Where each item stands; the first of two."""
    bare = ["".join(filter(str.isalnum, heading)).lower() for heading in first]
    return {
        name: bare.index(spelling)
        for name, spellings in _HEADINGS.items()
        for spelling in reversed(spellings)
        if spelling in bare
    }


def _text(content: bytes, name: str) -> str:
    """UTF-8, or what Windows writes for western Europe."""
    if b"\0" in content:
        raise Unusable(f"{name} is not text: save it as CSV")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
