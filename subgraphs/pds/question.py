"""A query string → a Search, or the refusal that the service would answer with, checked in its order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from subgraphs.pds.outcomes import Code, Refusal
from subgraphs.pds.record import compact, digits
from subgraphs.pds.sounds import plain

PARAMETERS = frozenset({
    "_fuzzy-match", "_exact-match", "_history", "_max-results", "family", "given", "gender", "birthdate",
    "death-date", "address-postcode", "address-postalcode", "general-practitioner", "email", "phone",
})  # fmt: skip
GENDERS = ("male", "female", "other", "unknown")
LONGEST = 35
MOST = 50
BEFORE_WILDCARD = 2

_DATE = re.compile(r"(eq|ge|le)?([0-9]{4}-[0-9]{2}-[0-9]{2})")
_NO_BIRTH_DATE = "Missing value - 'birth_date/birth_date_range_start/birth_date_range_end'"
_TOO_LITTLE = (
    "No searches were performed as the search criteria did not meet the minimum requirements"
)
_NOT_FUZZY = (
    "A fuzzy search was requested however the data given did not meet the fuzzy search criteria"
)
_ONE_ONLY = "Your app has insufficient permissions to perform this search. Please contact support."

Parameters = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Days:
    """A day, or a range; an end that is not given is open."""

    first: date = date.min
    last: date = date.max

    def __contains__(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Search:
    """A question that the service answers. Names are plain, with their wildcards."""

    family: str
    given: tuple[str, ...]
    born: Days
    died: Days | None
    gender: str
    postcode: str
    practice: str
    email: str
    phone: str
    fuzzy: bool
    exact: bool
    history: bool
    most: int

    @property
    def by_place(self) -> bool:
        """Then no restricted patient is found, even one that matches."""
        return bool(self.postcode or self.practice)


def read(parameters: Parameters, *, most_allowed: int) -> Search:
    """Raises Refusal."""
    _check_names(parameters)
    born, died = _days(parameters, "birthdate"), _days(parameters, "death-date")
    if born is None:
        raise Refusal(Code.MISSING_VALUE, _NO_BIRTH_DATE)
    search = Search(
        family=plain(_one(parameters, "family")),
        given=tuple(plain(name) for name in parameters.get("given", ())),
        born=born,
        died=died,
        gender=_gender(parameters),
        postcode=_postcode(parameters),
        practice=_one(parameters, "general-practitioner").upper(),
        email=_one(parameters, "email").lower(),
        phone=digits(_one(parameters, "phone")),
        fuzzy=_flag(parameters, "_fuzzy-match"),
        exact=_flag(parameters, "_exact-match"),
        history=_flag(parameters, "_history"),
        most=_most(parameters, most_allowed),
    )
    _check_enough(search)
    _check_lengths_and_wildcards(search)
    return search


def _check_names(parameters: Parameters) -> None:
    if not parameters:
        raise Refusal(Code.UNSUPPORTED_SERVICE)
    unknown = [repr(name) for name in parameters if name not in PARAMETERS]
    if unknown:
        named = f"{', '.join(unknown)} {'was' if len(unknown) == 1 else 'were'} unexpected"
        words = f"Invalid request with error - Additional properties are not allowed ({named})"
        raise Refusal(Code.ADDITIONAL_PROPERTIES, words)


def _check_enough(search: Search) -> None:
    if not search.fuzzy:
        if not search.family:
            raise _unsearchable(_TOO_LITTLE)
        return
    placed = bool(search.gender and search.postcode)
    names = bool(search.given), bool(search.family)
    if not (all(names) or (any(names) and placed)):
        raise _unsearchable(_NOT_FUZZY if any(names) else _TOO_LITTLE)
    if any("*" in text for text in (search.family, search.postcode, *search.given)):
        raise _unsearchable(_NOT_FUZZY)


def _check_lengths_and_wildcards(search: Search) -> None:
    texts = [("family", search.family), ("address-postalcode", search.postcode)]
    for field, text in (*texts, *(("given", name) for name in search.given)):
        if len(text) > LONGEST or "*" in text[:BEFORE_WILDCARD]:
            raise _invalid(text, field)


def _days(parameters: Parameters, name: str) -> Days | None:
    """One day, or a range from a `ge` and an `le`."""
    if name not in parameters:
        return None
    days = Days()
    for text in parameters[name]:
        sort, day = _dated(text, name)
        days = Days(
            day if sort in ("eq", "ge") else days.first, day if sort in ("eq", "le") else days.last
        )
    return days


def _dated(text: str, name: str) -> tuple[str, date]:
    found = _DATE.fullmatch(text)
    try:
        if found:
            return found[1] or "eq", date.fromisoformat(found[2])
    except ValueError:
        pass  # 31 February: the form of a date, and none
    raise _invalid(text, name)


def _gender(parameters: Parameters) -> str:
    gender = _one(parameters, "gender").lower()
    if gender and gender not in GENDERS:
        raise _invalid(gender, "gender")
    return gender


def _postcode(parameters: Parameters) -> str:
    if "address-postcode" in parameters and "address-postalcode" in parameters:
        raise _unsearchable("address-postcode and address-postalcode may not be used together")
    old = _one(parameters, "address-postcode")
    return compact(_one(parameters, "address-postalcode") or old)


def _most(parameters: Parameters, allowed: int) -> int:
    text = _one(parameters, "_max-results")
    if not text:
        return allowed
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MOST:
        raise _invalid(text, "_max-results")
    if int(text) > allowed:
        raise Refusal(Code.INVALID_VALUE, _ONE_ONLY, status=403)
    return int(text)


def _flag(parameters: Parameters, name: str) -> bool:
    text = _one(parameters, name).lower() or "false"
    if text not in ("true", "false"):
        raise _invalid(text, name)
    return text == "true"


def _one(parameters: Parameters, name: str) -> str:
    return parameters[name][0].strip() if parameters.get(name) else ""


def _invalid(text: str, field: str) -> Refusal:
    return Refusal(Code.INVALID_VALUE, f"Invalid value - '{text}' in field '{field}'")


def _unsearchable(why: str) -> Refusal:
    return Refusal(Code.INVALID_SEARCH_DATA, f"Invalid search data provided - '{why}'")
