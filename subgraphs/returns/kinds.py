"""Text of one item → the values of its columns, or the reason why not.

Kinds are lenient in spelling and strict in meaning: five ways to write a date, codes in either
case or spelled out, `1.0` where a spreadsheet wrote 1; never a guess. An identifier that fails
its check is kept as filed, beside the word FAILED, and never in the column that others join on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from gateway.identifiers import (
    Identifier,
    LocalChildId,
    MalformedIdentifier,
    NhsNumber,
    Nino,
    Uln,
    Upn,
    Urn,
)
from subgraphs.returns.reasons import Reason

Values = tuple[object, ...]
Read = Callable[[str], Values | Reason]

PASSED, FAILED, NOT_YET_KNOWN = "PASSED", "FAILED", "NOT_YET_KNOWN"
LONGEST_TEXT = (
    4000  # characters; the longest item of the five returns is a 255-character address line
)
_INT4 = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Kind:
    """How an item is read, and the columns (suffix of the name, SQL type) that keep it."""

    columns: tuple[tuple[str, str], ...]
    read: Read


def _text(text: str) -> Values | Reason:
    return (text,) if len(text) <= LONGEST_TEXT else Reason.TOO_LONG


TEXT = Kind((("", "text"),), _text)


_DATE = re.compile(
    r"(?:(?P<d>[0-9]{1,2})[/-](?P<m>[0-9]{1,2})[/-](?P<y>[0-9]{4})"  # SSDA903, GIAS
    r"|(?P<iy>[0-9]{4})-(?P<im>[0-9]{2})-(?P<id>[0-9]{2})"  # CIN census, ILR
    r"|(?P<ny>[0-9]{4})-(?P<nm>[A-Za-z]{3})-(?P<nd>[0-9]{2})"  # COLLECT
    r"|(?P<cy>[0-9]{4})(?P<cm>[0-9]{2})(?P<cd>[0-9]{2}))"  # Demographics Batch Service
    r"(?:[T ]00:00(?::00(?:\.0+)?)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"  # midnight says nothing more
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"


@lru_cache(maxsize=8192)
def read_date(text: str) -> Values | Reason:
    """A calendar date. A time of day beside it must be midnight: nothing else could be kept."""
    found = _DATE.fullmatch(text)
    if not found:
        return Reason.NOT_A_DATE
    day, month, year = _parts(found)
    try:
        value = date(year, month, day)
    except ValueError:
        return Reason.NOT_A_DATE
    return (value,) if 1900 <= value.year <= 2100 else Reason.OUT_OF_RANGE


def _parts(found: re.Match[str]) -> tuple[int, int, int]:
    if found["ny"]:
        return int(found["nd"]), _month(found["nm"]), int(found["ny"])
    prefix = "" if found["d"] else "i" if found["iy"] else "c"
    return int(found[prefix + "d"]), int(found[prefix + "m"]), int(found[prefix + "y"])


def _month(name: str) -> int:
    place = _MONTHS.find(name.lower())
    return place // 4 + 1 if place % 4 == 0 else 0


DATE = Kind((("", "date"),), read_date)


_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")


def _decimal(text: str) -> Values | Reason:
    return (Decimal(text),) if _NUMBER.fullmatch(text) else Reason.NOT_A_NUMBER


DECIMAL = Kind((("", "numeric"),), _decimal)


def whole(least: int = 0, most: int = _INT4) -> Kind:
    """A whole number; `130.0` is 130."""

    def read(text: str) -> Values | Reason:
        if not _NUMBER.fullmatch(text):
            return Reason.NOT_A_NUMBER
        value = Decimal(text)
        if value != value.to_integral_value():
            return Reason.NOT_A_NUMBER
        return (int(value),) if least <= value <= most else Reason.OUT_OF_RANGE

    return Kind((("", "integer"),), read)


WHOLE = whole()


_FLAGS = {"true": True, "1": True, "1.0": True, "y": True, "yes": True}
_FLAGS |= {"false": False, "0": False, "0.0": False, "n": False, "no": False}


def _flag(text: str) -> Values | Reason:
    value = _FLAGS.get(text.lower())
    return Reason.NOT_A_FLAG if value is None else (value,)


FLAG = Kind((("", "boolean"),), _flag)


def code(codes: Iterable[str], spelled: Mapping[str, str] | None = None) -> Kind:
    """One of `codes`, in either case; `spelled` gives other spellings and the code each means."""
    known = {each.upper(): each for each in codes}
    known |= {each.upper(): meant for each, meant in (spelled or {}).items()}

    def read(text: str) -> Values | Reason:
        value = known.get(text.upper()) or known.get(text.upper().removesuffix(".0"))
        return Reason.UNKNOWN_CODE if value is None else (value,)

    return Kind((("", "text"),), read)


_SEXES = {
    "M": "M", "1": "M", "MALE": "M",
    "F": "F", "2": "F", "FEMALE": "F",
    "U": "U", "0": "U", "9": "U", "UNKNOWN": "U", "OTHER": "U",
}  # fmt: skip


def _sex(text: str) -> Values | Reason:
    value = _SEXES.get(text.upper().removesuffix(".0"))
    return Reason.UNKNOWN_CODE if value is None else (value, text)


# 0 (not known) and 9 (not specified) become one U, so what was filed is kept beside it.
SEX = Kind((("", "text"), ("_as_filed", "text")), _sex)


def _checked(kind: type[Identifier], apart: Mapping[str, str] | None = None) -> Kind:
    def read(text: str) -> Values | Reason:
        if apart and text in apart:
            return None, text, apart[text]
        try:
            return str(kind.parse(text)), text, PASSED
        except MalformedIdentifier:
            return _unproven(text)

    return Kind((("", "text"), ("_as_filed", "text"), ("_check", "text")), read)


def _unproven(text: str) -> Values | Reason:
    if is_nhs_number(text):
        return Reason.NHS_NUMBER
    return (None, text, FAILED) if len(text) <= 64 else Reason.TOO_LONG


def is_nhs_number(text: str) -> bool:
    """Whether the text is a health number, which only the link node may hold."""
    try:
        return bool(NhsNumber.parse(text))
    except MalformedIdentifier:
        return False


UPN = _checked(Upn)
ULN = _checked(Uln, {Uln.NOT_YET_KNOWN: NOT_YET_KNOWN})
NINO = _checked(Nino)


def _required_form(kind: type[Identifier]) -> Kind:
    def read(text: str) -> Values | Reason:
        try:
            return (str(kind.parse(text)),)
        except MalformedIdentifier:
            return Reason.NOT_AN_IDENTIFIER

    return Kind((("", "text"),), read)


LOCAL_CHILD_ID = _required_form(LocalChildId)
URN = _required_form(Urn)


def _provider(text: str) -> Values | Reason:
    return (text,) if re.fullmatch(r"[1-9][0-9]{7}", text) else Reason.NOT_AN_IDENTIFIER


# Not identifiers.Ukprn: the ILR's own schema admits 10000000 to 99999999, and test files use 99999999.
UKPRN = Kind((("", "text"),), _provider)
