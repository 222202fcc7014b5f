"""What the graph answers about a child → its records; a record → what is compared of it: plain names, a postcode in parts.

The graph is asked as by any other caller, so that each child is decided about and each answer is in the ledger.
All columns are text, so that every engine reads them alike; what a record does not say is None.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

COLUMNS = (
    "unique_id", "node", "forename", "surname", "name", "birth_date", "turned", "birth_year", "sex", "postcode", "sector",
    "district", "upn",
)  # fmt: skip
QUESTION = """
query LinkMaintenance($identifiers: [IdentifierInput!]!) {
  children(identifiers: $identifiers) {
    localAuthorityRecords { authority laChildId surname forename born: personBirthDate sex postCode upn }
    pupil { uniquePupilNumber surname forename born: birthDate sex address { postCode } uniqueLearnerNumber }
    learner { uniqueLearnerNumber surname: familyName forename: givenNames born: dateOfBirth sex postCode: postcode }
  }
}
"""
_SEXES = frozenset("MF")
_NOT_A_LETTER = re.compile(r"[^a-z]+")
_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)([0-9])([A-Z]{2})")


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """A record by its number in its island, and who it says the child is. `says`: other numbers that it gives the child."""

    kind: str
    number: str
    surname: str
    forename: str
    birth_date: date | None = None
    sex: str | None = None
    postcode: str | None = None
    says: Mapping[str, str] | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.number

    def number_of(self, kind: str) -> str | None:
        """What this record holds the child's number of a kind to be: its own, or one that it gives."""
        return self.number if kind == self.kind else (self.says or {}).get(kind)

    def __repr__(self) -> str:
        return f"Record({self.kind}, …)"


def records_of(child: Mapping[str, Any] | None) -> Iterator[Record]:
    """The records in an answer to `QUESTION`; those of which neither name nor birth date came are none."""
    known = child or {}
    for record in known.get("localAuthorityRecords") or ():
        number = f"{record['authority']}:{record['laChildId']}"
        yield from _record("LA", number, record, {"UPN": record["upn"]})
    if pupil := known.get("pupil"):
        told = pupil | {"postCode": (pupil["address"] or {}).get("postCode")}
        says = {"ULN": pupil["uniqueLearnerNumber"]}
        yield from _record("UPN", pupil["uniquePupilNumber"], told, says)
    if learner := known.get("learner"):
        yield from _record("ULN", learner["uniqueLearnerNumber"], learner, {})


def _record(
    kind: str, number: str, told: Mapping[str, Any], says: Mapping[str, str | None]
) -> Iterator[Record]:
    if told["surname"] and told["born"] and number:
        yield Record(
            kind=kind,
            number=number,
            surname=told["surname"],
            forename=told["forename"] or "",
            birth_date=date.fromisoformat(told["born"]),
            sex=told["sex"],
            postcode=told["postCode"],
            says={of: text for of, text in says.items() if text},
        )


def compared(nth: int, record: Record, node: str) -> tuple[str | None, ...]:
    """A record's row, in the order of COLUMNS. `node`: the same for records that are known to be one child."""
    # Some islands hold all given names in one, and some the first alone.
    forename, surname = plain(record.forename.partition(" ")[0]), plain(record.surname)
    born = record.birth_date
    return (
        str(nth), node, forename, surname,
        f"{forename} {surname}" if forename and surname else None,
        born.isoformat() if born else None, _turned(born), str(born.year) if born else None,
        record.sex if record.sex in _SEXES else None,
        *_parts(record.postcode),
        record.number_of("UPN"),
    )  # fmt: skip


def plain(name: str) -> str | None:
    """Small letters alone, without accents: `O’Néill-Smith` and `ONEILL SMITH` are one name."""
    without = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _NOT_A_LETTER.sub("", without) or None


def _turned(born: date | None) -> str | None:
    """The birth date with day and month in each other's place, where that is a date."""
    if born is None or born.day > 12 or born.day == born.month:
        return None
    return born.replace(month=born.day, day=born.month).isoformat()


def _parts(postcode: str | None) -> tuple[str | None, str | None, str | None]:
    """Whole, sector and district."""
    found = _POSTCODE.fullmatch((postcode or "").upper().replace(" ", ""))
    if found is None:
        return None, None, None
    district, sector, unit = found.groups()
    return f"{district}{sector}{unit}", f"{district}{sector}", district
