"""How well and how fast duplicates are found: invented records, one child in ten twice, with the slips that people make.

    python tests/benchmarks/matching.py [--records 10000 100000] [--train]

Twins and siblings are in, at the rate they are born in England (ONS: 15 multiple births in 1,000). A pair is two
records of one child; precision is how many of the pairs put before a person are, recall how many of all there are
come. `--train` says what Splink would learn of m from the truth and of u from the records, beside what the model says.
"""

from __future__ import annotations

import argparse
import itertools
import random
import resource
import string
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from subgraphs.link.matching.likely import engine, likely, linker, table
from subgraphs.link.matching.model import COMPARED, LIKELY
from subgraphs.link.matching.records import Record

TWICE = 0.1
TWIN, SIBLING = 0.015, 0.4
THRESHOLDS = (0.0, 3.0, LIKELY, 9.0, 12.0, 15.0)
TODAY = date(2026, 11, 22)
SLIPS = (
    # what goes wrong, how often in a second record
    ("forename_typo", 0.06), ("forename_short", 0.04), ("surname_typo", 0.05), ("surname_changed", 0.03), ("swapped", 0.01),
    ("day_month", 0.01), ("digit", 0.03), ("moved", 0.12), ("moved_near", 0.05), ("no_postcode", 0.05), ("no_sex", 0.02),
    ("no_upn", 0.4), ("other_upn", 0.03),
)  # fmt: skip


@dataclass(frozen=True)
class Names:
    """Made-up names, a few of them common and most of them rare."""

    forenames: list[str]
    surnames: list[str]
    forename_weights: list[float]
    surname_weights: list[float]

    @classmethod
    def drawn(cls, dice: random.Random) -> Names:
        forenames, surnames = _words(dice, 900, (2, 3)), _words(dice, 20_000, (2, 4))
        return cls(forenames, surnames, *(_falling(len(some)) for some in (forenames, surnames)))

    def forename(self, dice: random.Random) -> str:
        return dice.choices(self.forenames, cum_weights=self.forename_weights)[0]

    def surname(self, dice: random.Random) -> str:
        return dice.choices(self.surnames, cum_weights=self.surname_weights)[0]


def _words(dice: random.Random, count: int, syllables: tuple[int, int]) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        parts = (
            dice.choice("bcdfghjklmnprstvwyz") + dice.choice("aeiou") + dice.choice(["", "", "n", "r", "l", "s"])
            for _ in range(dice.randint(*syllables))
        )  # fmt: skip
        found["".join(parts).title()] = None
    return list(found)


def _falling(count: int) -> list[float]:
    """Cumulative weights: the nth name is borne by 1/(n+8) of those who bear the first."""
    return list(itertools.accumulate(1 / (n + 8) for n in range(count)))


class Population:
    """Records, and which of them are of one child."""

    def __init__(self, count: int, seed: int = 1) -> None:
        self.dice = random.Random(f"matching {seed}")
        self.names = Names.drawn(self.dice)
        self.area = max(count // 1_500, 2)
        self.records: list[Record] = []
        self.child: list[int] = []
        for nth, record in enumerate(itertools.islice(self._children(), int(count / (1 + TWICE)))):
            self._add(nth, record)
            if self.dice.random() < TWICE:
                self._add(nth, self._again(record))

    def _add(self, child: int, record: Record) -> None:
        self.child.append(child)
        self.records.append(replace(record, number=f"838:{len(self.records)}"))

    def _children(self) -> Iterator[Record]:
        dice, last = self.dice, None
        while True:
            child = self._child(last if last and dice.random() < SIBLING else None)
            yield child
            last = child
            if dice.random() < TWIN:
                yield replace(
                    self._child(child), birth_date=child.birth_date, postcode=child.postcode
                )

    def _child(self, sibling: Record | None) -> Record:
        dice = self.dice
        return Record(
            kind="LA",
            number="",
            surname=sibling.surname if sibling else self.names.surname(dice),
            forename=self.names.forename(dice),
            birth_date=TODAY - timedelta(days=dice.randrange(19 * 365)),
            sex=dice.choice("FM"),
            postcode=sibling.postcode if sibling else self._postcode(),
            says={"UPN": _upn(dice)} if dice.random() < 0.75 else {},
        )

    def _postcode(self, district: str | None = None) -> str:
        dice = self.dice
        sector = dice.randrange(self.area)
        within = district or f"ZZ{sector // 4 % 100}"
        unit = "".join(dice.choices("ABDEFGHJLNP", k=2))
        return f"{within} {sector % 4}{unit}"

    def _again(self, record: Record) -> Record:
        for slip, chance in SLIPS:
            if self.dice.random() < chance:
                record = replace(record, **self._slipped(slip, record))
        return record

    def _slipped(self, slip: str, record: Record) -> dict[str, Any]:
        dice, born = self.dice, record.birth_date
        assert born is not None
        made: dict[str, Any] = {
            "forename_typo": lambda: {"forename": typo(record.forename, dice)},
            "forename_short": lambda: {"forename": record.forename[:3]},
            "surname_typo": lambda: {"surname": typo(record.surname, dice)},
            "surname_changed": lambda: {"surname": self.names.surname(dice)},
            "swapped": lambda: {"surname": record.forename, "forename": record.surname},
            "day_month": lambda: {"birth_date": turned(born)},
            "digit": lambda: {"birth_date": digit(born, dice)},
            "moved": lambda: {"postcode": self._postcode()},
            "moved_near": lambda: {
                "postcode": self._postcode(record.postcode.split()[0] if record.postcode else None)
            },
            "no_postcode": lambda: {"postcode": None},
            "no_sex": lambda: {"sex": None},
            "no_upn": lambda: {"says": {}},
            "other_upn": lambda: {"says": {"UPN": _upn(dice)}},
        }
        slipped: dict[str, Any] = made[slip]()
        return slipped

    @property
    def pairs(self) -> int:
        return len(self.child) - len(set(self.child))


def _upn(dice: random.Random) -> str:
    return f"A838{dice.randrange(10**9):09}"


def typo(name: str, dice: random.Random) -> str:
    """One letter left out, doubled, changed, or in its neighbour's place."""
    at = dice.randrange(len(name) - 1)
    return dice.choice(
        [
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + dice.choice(string.ascii_lowercase) + name[at + 1 :],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        ]
    ).title()


def turned(born: date) -> date:
    return born.replace(month=born.day, day=born.month) if born.day <= 12 else born


def digit(born: date, dice: random.Random) -> date:
    other = born + timedelta(days=dice.choice([-10, -1, 1, 10]))
    return dice.choice([other, born.replace(year=born.year - 1, day=min(born.day, 28))])


def measured(count: int, into: Table) -> None:
    people = Population(count)
    started = time.perf_counter()
    pairs = likely(
        [(record, str(nth)) for nth, record in enumerate(people.records)], min(THRESHOLDS)
    )
    took = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    for least in THRESHOLDS:
        shown = [people.child[p.one] == people.child[p.other] for p in pairs if p.weight >= least]
        right = sum(shown)
        into.add_row(
            f"{len(people.records):,}", f"{least:g}", f"{len(shown):,}",
            f"{right / max(len(shown), 1):.3f}", f"{right / people.pairs:.3f}", f"{took:.1f}", f"{peak:.1f}",
        )  # fmt: skip


def trained(count: int) -> None:
    """Prints m and u of the model beside those of these records."""
    people = Population(count)
    rows = table([(record, str(nth)) for nth, record in enumerate(people.records)])
    truth = rows.append_column("child", pa.array(map(str, people.child), pa.string()))
    with engine() as here:
        learning = linker(here, truth)
        learning.training.estimate_u_using_random_sampling(max_pairs=5e7, seed=1)
        learning.training.estimate_m_from_label_column("child")
        learnt = learning.misc.save_model_to_json(out_path=None)
    for comparison, name in zip(learnt["comparisons"], COMPARED, strict=True):
        likenesses, _ = COMPARED[name]
        for level, said in zip(comparison["comparison_levels"][1:], likenesses, strict=False):
            u, m = level.get("u_probability", 0.0), level.get("m_probability", 0.0)
            Console().print(f"{said.said}: m {m:.4f} ({said.m:g}), u {u:.2g} ({said.u:g})")


if __name__ == "__main__":
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--records", type=int, nargs="+", default=[10_000, 100_000])
    options.add_argument("--train", action="store_true")
    asked = options.parse_args()
    if asked.train:
        trained(asked.records[-1])
    else:
        said = Table("records", "weight", "pairs", "precision", "recall", "seconds", "GiB")
        for size in asked.records:
            measured(size, said)
        Console().print(said)
