"""Demographics → the searches to make, in order. All of a strategy's rules are asked, whatever an earlier one found.

The names are those of the Department's SUI matcher: G, F, D are given name, family name and date of birth, a range
is six months either way. A rule is left out where the row lacks what makes it that rule, or what the NHS needs for a
fuzzy search: a range without its postcode would be a wider question than the strategy means to ask.
Strategy 5 asks without the given name ("Baby"); nobody has measured how often that finds the wrong child, so what it
finds is for a person to judge. Its second such rule has no gender, which the NHS does not take in a fuzzy search.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from subgraphs.link.tracing.demographics import Demographics

RANGE = 6  # months

Terms: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A search: what it is made of, and which fields of the row must be there for it."""

    name: str
    terms: Callable[[Demographics], Iterator[tuple[str, str]]]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Strategy:
    """Rules in order of confidence. `judged`: a person decides on whatever it finds."""

    name: str
    rules: tuple[Rule, ...]
    judged: bool = False

    def searches(self, of: Demographics) -> list[tuple[str, Terms]]:
        return [
            (rule.name, (*rule.terms(of), ("_max-results", "1")))
            for rule in self.rules
            if all(getattr(of, field) for field in rule.needs)
        ]


def months(day: date, by: int) -> date:
    """The same day of another month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + by, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _on_the_day(of: Demographics) -> Iterator[tuple[str, str]]:
    yield "birthdate", f"eq{of.born.isoformat()}"


def _around_the_day(of: Demographics) -> Iterator[tuple[str, str]]:
    yield "birthdate", f"ge{months(of.born, -RANGE).isoformat()}"
    yield "birthdate", f"le{months(of.born, RANGE).isoformat()}"


def _given(of: Demographics) -> Iterator[tuple[str, str]]:
    yield from (("given", name) for name in of.given)


def _family(of: Demographics) -> Iterator[tuple[str, str]]:
    yield "family", of.family


def _postcode(of: Demographics) -> Iterator[tuple[str, str]]:
    yield "address-postalcode", of.postcode


def _gender(of: Demographics) -> Iterator[tuple[str, str]]:
    yield "gender", of.gender


def _rest(of: Demographics) -> Iterator[tuple[str, str]]:
    given = (
        ("gender", of.gender), ("address-postalcode", of.postcode), ("email", of.email), ("phone", of.phone),
    )  # fmt: skip
    yield from (term for term in given if term[1])


def _fuzzy(_of: Demographics) -> Iterator[tuple[str, str]]:
    yield "_fuzzy-match", "true"


def _history(_of: Demographics) -> Iterator[tuple[str, str]]:
    yield "_history", "true"


Part: TypeAlias = Callable[[Demographics], Iterator[tuple[str, str]]]


def _all_of(*parts: Part) -> Part:
    return lambda of: (term for part in parts for term in part(of))


_GF = _given, _family
NON_FUZZY_GFD = Rule("NonFuzzyGFD", _all_of(_history, *_GF, _on_the_day))
FUZZY_GFD = Rule("FuzzyGFD", _all_of(_fuzzy, *_GF, _on_the_day))
FUZZY_ALL = Rule("FuzzyAll", _all_of(_fuzzy, *_GF, _on_the_day, _rest))
NON_FUZZY_GFD_RANGE_POSTCODE = Rule(
    "NonFuzzyGFDRangePostcode", _all_of(_history, *_GF, _around_the_day, _postcode), ("postcode",)
)
FUZZY_GFD_RANGE_POSTCODE = Rule(
    "FuzzyGFDRangePostcode", _all_of(_fuzzy, *_GF, _around_the_day, _postcode), ("postcode",)
)
FUZZY_FD_RANGE_G_POSTCODE = Rule(
    "FuzzyFDRangeGPostcode",
    _all_of(_fuzzy, _family, _around_the_day, _gender, _postcode),
    ("gender", "postcode"),
)

STRATEGIES = {
    each.name: each
    for each in (
        Strategy(
            "4",
            (
                NON_FUZZY_GFD,
                FUZZY_GFD,
                FUZZY_ALL,
                NON_FUZZY_GFD_RANGE_POSTCODE,
                FUZZY_GFD_RANGE_POSTCODE,
            ),
        ),
        Strategy(
            "5",
            (
                NON_FUZZY_GFD,
                FUZZY_GFD,
                FUZZY_FD_RANGE_G_POSTCODE,
                FUZZY_ALL,
                NON_FUZZY_GFD_RANGE_POSTCODE,
                FUZZY_GFD_RANGE_POSTCODE,
            ),
            judged=True,
        ),
    )
}
DEFAULT = "4"
