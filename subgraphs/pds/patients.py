"""Patients → one by its number, or those that a Search finds, best first.

A superseded number leads to the surviving record; an invalidated one to nothing, and no search finds either.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from subgraphs.pds.outcomes import Code, Refusal
from subgraphs.pds.question import Search
from subgraphs.pds.record import Record, Resource
from subgraphs.pds.scores import score

Found = tuple[float, Record]


@dataclass(slots=True)
class Patients:
    """Everybody that the service knows, and by number who is related to whom."""

    records: Iterable[Record]
    related: Mapping[str, Sequence[Resource]] = field(default_factory=dict)
    _by_number: dict[str, Record] = field(init=False)
    _by_birth: list[Record] = field(init=False)

    def __post_init__(self) -> None:
        self._by_number = {each.number: each for each in self.records}
        living = (each for each in self._by_number.values() if not each.invalid)
        self._by_birth = sorted(living, key=_born)

    def __len__(self) -> int:
        return len(self._by_number)

    def one(self, number: str) -> Record:
        """The record in force for a number. Raises Refusal."""
        seen: set[str] = set()
        while record := self._by_number.get(number):
            if not record.replaced_by or number in seen:
                break
            seen.add(number)
            number = record.replaced_by
        if record is None:
            raise Refusal(Code.RESOURCE_NOT_FOUND)
        if record.invalid:
            raise Refusal(Code.INVALIDATED_RESOURCE)
        return record

    def found(self, search: Search) -> list[Found]:
        """Raises Refusal when there are more than were asked for."""
        first = bisect_left(self._by_birth, search.born.first, key=_born)
        last = bisect_right(self._by_birth, search.born.last, key=_born)
        scored = ((score(search, record), record) for record in self._by_birth[first:last])
        matched = [(agreement, record) for agreement, record in scored if agreement]
        if len(matched) > search.most:
            raise Refusal(Code.TOO_MANY_MATCHES)
        return sorted(matched, key=lambda pair: (-pair[0], pair[1].number))


def _born(record: Record) -> date:
    return record.born or date.min
