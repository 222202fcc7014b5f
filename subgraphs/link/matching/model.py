"""What is compared, which pairs are looked at, and what each likeness weighs: the settings of Splink, for any of its engines.

The weights are fixed, not learnt in each run: the same evidence weighs the same today and tomorrow, in a county and in
a city, and a person can be told why. `m` is how often records of one child are so alike, `u` how often records of two
are. m, and u of dates, postcodes and UPNs, come from counting on invented records with known duplicates
(`tests/benchmarks/matching.py --train`); names weigh by how common they are among the records at hand. Twins are alike
in all but the forename, and the UPN: that is what these weigh for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import splink.internals.comparison_level_library as levels
from splink import SettingsCreator
from splink.internals.blocking_rule_library import CustomRule
from splink.internals.comparison_level_composition import And
from splink.internals.comparison_level_creator import ComparisonLevelCreator
from splink.internals.comparison_library import CustomComparison


@dataclass(frozen=True)
class Likeness:
    """One way to be alike. `said` stands in the evidence; `m` and `u` as above."""

    asked: ComparisonLevelCreator
    said: str
    m: float
    u: float

    @property
    def level(self) -> ComparisonLevelCreator:
        return self.asked.configure(
            m_probability=self.m, u_probability=self.u, label_for_charts=self.said
        )


LIKELY = 6.0
"""Match weight (bits) from which a pair is put before a person. Of 10⁵ invented records it showed 97 in 100 duplicates,
and of a thousand pairs shown one was two children; of the pairs from 3 to 6 three in four were, twins for the most part."""
COMMON = 2e-5
"""How common a forename with a surname is where there are too few records to tell."""
PRIOR = 1e-5
"""How often two records taken at random are one child: an area of 10⁵ records with one duplicate each."""


def _exactly(column: str, said: str, m: float, u: float) -> Likeness:
    return Likeness(levels.ExactMatchLevel(column), said, m, u)


def _alike(column: str) -> ComparisonLevelCreator:
    return levels.JaroWinklerLevel(column, distance_threshold=0.88)


_NAMES = (
    Likeness(
        levels.ExactMatchLevel("name", term_frequency_adjustments=True),
        "forename and surname are the same", 0.62, COMMON,
    ),
    Likeness(
        levels.ColumnsReversedLevel("forename", "surname", symmetrical=True),
        "forename and surname change places", 0.02, 1e-6,
    ),
    Likeness(
        And(levels.ExactMatchLevel("surname"), _alike("forename")),
        "the surname is the same, the forename much alike", 0.15, 3e-5,
    ),
    Likeness(
        And(_alike("surname"), levels.ExactMatchLevel("forename")),
        "the forename is the same, the surname much alike", 0.10, 3e-5,
    ),
    Likeness(And(_alike("surname"), _alike("forename")), "both names are much alike", 0.03, 1e-4),
    _exactly("forename", "only the forename is the same", 0.06, 0.006),
    _exactly("surname", "only the surname is the same", 0.0005, 0.002),
)  # fmt: skip
_BIRTH_DATE = (
    _exactly("birth_date", "the birth date is the same", 0.90, 1.5e-4),
    Likeness(
        levels.CustomLevel("birth_date_l = turned_r", "turned"),
        "day and month of the birth date change places", 0.02, 6e-5,
    ),
    Likeness(
        levels.LevenshteinLevel("birth_date", 1), "one digit of the birth date differs", 0.06, 0.0025
    ),
)  # fmt: skip
_POSTCODE = (
    _exactly("postcode", "the postcode is the same", 0.75, 5e-4),
    _exactly("sector", "the postcode's sector is the same", 0.05, 0.005),
    _exactly("district", "the postcode's district is the same", 0.05, 0.03),
)
_SEX = (_exactly("sex", "the sex is the same", 0.99, 0.5),)
_UPN = (_exactly("upn", "both say the same UPN", 0.90, 1e-6),)
COMPARED: Mapping[str, tuple[Sequence[Likeness], str]] = {
    "name": (_NAMES, "the names differ"),
    "birth_date": (_BIRTH_DATE, "the birth dates differ"),
    "postcode": (_POSTCODE, "the postcodes are of different districts"),
    "sex": (_SEX, "the sex differs"),
    "upn": (_UPN, "each says another UPN"),
}
"""What of two records is compared, from the most to the least alike; and how it is said when nothing is."""

UNKNOWN = "one of the two does not say"

_NOT_YET_ONE = "l.node <> r.node"
LOOKED_AT: tuple[str, ...] = (
    "l.birth_date = r.birth_date and l.surname = r.surname",
    "l.birth_date = r.birth_date and l.forename = r.forename",
    "l.birth_date = r.birth_date and l.postcode = r.postcode",
    "l.forename = r.forename and l.surname = r.surname and l.district = r.district",
    "l.forename = r.forename and l.postcode = r.postcode",
    "l.forename = r.surname and l.surname = r.forename and l.birth_year = r.birth_year",
    "l.turned = r.birth_date and l.surname = r.surname",
    "l.upn = r.upn",
)
"""A pair is compared when one of these holds, and the two are not known to be one child already."""


def settings() -> SettingsCreator:
    """For `splink.Linker` over one table of `records.COLUMNS`, on DuckDB or Spark."""
    return SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=PRIOR,
        comparisons=[_comparison(name) for name in COMPARED],
        blocking_rules_to_generate_predictions=[
            CustomRule(f"{rule} and {_NOT_YET_ONE}") for rule in LOOKED_AT
        ],
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
    )


def _comparison(name: str) -> CustomComparison:
    likenesses, otherwise = COMPARED[name]
    last = Likeness(
        levels.ElseLevel(), otherwise, *(1 - sum(each) for each in _chances(likenesses))
    )
    return CustomComparison(
        output_column_name=name,
        comparison_levels=[
            levels.NullLevel(name),
            *(each.level for each in (*likenesses, last)),
        ],
    )


def _chances(likenesses: Sequence[Likeness]) -> tuple[list[float], list[float]]:
    return [each.m for each in likenesses], [each.u for each in likenesses]


def version() -> str:
    """Changes whenever any of this does: what a run was made with."""
    said = repr([
        LIKELY, PRIOR, LOOKED_AT,
        *((name, each.said, each.m, each.u) for name, (some, _) in COMPARED.items() for each in some),
    ])  # fmt: skip
    return hashlib.sha256(said.encode()).hexdigest()[:12]
