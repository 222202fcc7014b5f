"""A child's records, and whose its numbers are → what disagrees. Told with its sources, and never decided.

Values stay out of it: that one digit of a birth date differs is said, the dates are for the islands to show. The sex is
not compared: records may rightly differ in it, and to point at that would give a young person away.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from uuid import UUID

from subgraphs.link.matching.records import Record

BIRTH_DATE = "BIRTH_DATE"
ANOTHER_NUMBER = "ANOTHER_NUMBER"
NUMBER_OF_TWO_CHILDREN = "NUMBER_OF_TWO_CHILDREN"
NHS_NUMBER_OF_TWO_CHILDREN = "NHS_NUMBER_OF_TWO_CHILDREN"
TWO_NHS_NUMBERS = "TWO_NHS_NUMBERS"
_ONE_NHS_NUMBER = "two children are linked to one NHS number"


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """One of a child's numbers in the link node. `former`: it still finds the child, and is no longer shown."""

    kind: str
    text: str
    custodian: str | None
    former: bool = False

    def __repr__(self) -> str:
        return f"Held({self.kind}, …)"


@dataclass(frozen=True, slots=True)
class Node:
    """A child in the link node. `verified`: its NHS number is."""

    child: UUID
    born: date | None
    verified: bool
    numbers: tuple[Held, ...]

    @property
    def sources(self) -> list[Source]:
        """Its records, by the numbers that islands know them by."""
        return [
            Source(one.kind, one.text, one.custodian)
            for one in self.numbers
            if one.kind in ("LA", "UPN", "ULN") and not one.former
        ]

    def of_kind(self, kind: str, *, former: bool = True) -> set[str]:
        return {one.text for one in self.numbers if one.kind == kind and (former or not one.former)}


@dataclass(frozen=True, slots=True, order=True, repr=False)
class Source:
    """A record in question: its number, and who keeps it."""

    kind: str
    number: str
    custodian: str | None

    def __repr__(self) -> str:
        return f"Source({self.kind}, …)"


@dataclass(frozen=True, slots=True)
class Conflict:
    """What disagrees, in words without values, and where it is found."""

    kind: str
    said: str
    sources: tuple[Source, ...]


Read = Sequence[tuple[Node, Sequence[Record]]]
"""Children, each with the records that the graph gave of it."""


def conflicts(read: Read) -> list[Conflict]:
    """All that disagrees, each once."""
    found: dict[tuple[str, tuple[Source, ...]], Conflict] = {}
    for one in (*_of_each(read), *_between(read)):
        found.setdefault((one.kind, one.sources), one)
    return list(found.values())


def _of_each(read: Read) -> Iterator[Conflict]:
    for node, records in read:
        yield from _births(node, records)
        for record in records:
            yield from _another(node, record)
        if len(node.of_kind("NHS", former=False)) > 1:
            yield _conflict(TWO_NHS_NUMBERS, "the child is linked to two NHS numbers", node.sources)


def _births(node: Node, records: Sequence[Record]) -> Iterator[Conflict]:
    born = sorted(
        {
            *(record.birth_date for record in records if record.birth_date),
            *([node.born] if node.born else ()),
        }
    )
    if len(born) > 1:
        said = "; ".join(dict.fromkeys(differing(*pair) for pair in pairwise(born)))
        keepers = _keepers(node)
        sources = (Source(r.kind, r.number, keepers.get(r.key)) for r in records)
        yield _conflict(BIRTH_DATE, said, sources)


def _another(node: Node, record: Record) -> Iterator[Conflict]:
    """A number that a record gives the child, where the link node knows the child by another of that kind."""
    for kind, text in (record.says or {}).items():
        known = node.of_kind(kind)
        if known and text not in known:
            keepers = _keepers(node)
            others = [one for one in node.sources if one.kind == kind]
            here = Source(record.kind, record.number, keepers.get(record.key))
            yield _conflict(
                ANOTHER_NUMBER,
                f"a record gives another {kind} than the child is linked by",
                [here, *others],
            )


def _between(read: Read) -> Iterator[Conflict]:
    """One number that stands, or is said to stand, for two children. A claim of Child Benefit may."""
    standing: dict[tuple[str, str], dict[UUID, set[Source]]] = defaultdict(dict)
    verified = {node.child for node, _ in read if node.verified}
    for node, records in read:
        for kind, text, source in _claims(node, records):
            standing[kind, text].setdefault(node.child, set()).add(source)
    for (kind, _), children in standing.items():
        if _at_odds(children, verified):
            sources = [source for some in children.values() for source in some]
            if kind == "NHS":
                yield _conflict(NHS_NUMBER_OF_TWO_CHILDREN, _ONE_NHS_NUMBER, sources)
            else:
                yield _conflict(NUMBER_OF_TWO_CHILDREN, _one_number(kind), sources)


def _at_odds(children: Mapping[UUID, set[Source]], verified: Set[UUID]) -> bool:
    """Two verified children, or two records of one island. One that is not verified yet may be the same child: a duplicate."""
    if len(children.keys() & verified) > 1:
        return True
    islands = Counter(
        kind for some in children.values() for kind in {source.kind for source in some}
    )
    return max(islands.values()) > 1


def shared(node: Node, held: Held, elsewhere: str | None) -> Conflict:
    """A number of this child that stands for one known elsewhere, too."""
    if held.kind == "NHS":
        return _conflict(NHS_NUMBER_OF_TWO_CHILDREN, _ONE_NHS_NUMBER, node.sources)
    sources = [Source(held.kind, held.text, keeper) for keeper in (held.custodian, elsewhere)]
    return _conflict(NUMBER_OF_TWO_CHILDREN, _one_number(held.kind), sources)


def _claims(node: Node, records: Sequence[Record]) -> Iterator[tuple[str, str, Source]]:
    """Each number of a child, and a record that it is known from."""
    keepers = _keepers(node)
    for held in node.numbers:
        if held.kind == "NHS":
            yield from ((held.kind, held.text, source) for source in node.sources)
        elif held.kind != "CHB":
            yield held.kind, held.text, Source(held.kind, held.text, held.custodian)
    for record in records:
        here = Source(record.kind, record.number, keepers.get(record.key))
        yield from ((kind, text, here) for kind, text in (record.says or {}).items())


def _one_number(kind: str) -> str:
    return f"two children are said to have one {kind}"


def _keepers(node: Node) -> Mapping[tuple[str, str], str | None]:
    return {(one.kind, one.text): one.custodian for one in node.numbers}


def _conflict(kind: str, said: str, sources: Iterable[Source]) -> Conflict:
    """The same sources in whatever order are the same conflict."""
    return Conflict(kind, said, tuple(sorted(set(sources), key=lambda s: (s.kind, s.number, s.custodian or ""))))  # fmt: skip


def differing(one: date, other: date) -> str:
    """How two birth dates differ."""
    if (one.month, one.day) == (other.day, other.month) and one.year == other.year:
        return "day and month of the birth date change places"
    digits = sum(a != b for a, b in zip(one.isoformat(), other.isoformat(), strict=True))
    if digits == 1:
        return "one digit of the birth date differs"
    if (one.month, one.day) == (other.month, other.day):
        return "the year of birth differs"
    return "the birth dates differ"
