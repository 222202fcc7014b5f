"""What a row says of a person → what may be searched by, and what was wrong with the rest.

Given name, family name and birth date are needed. Anything else that is no good is left out, not fatal.
The limits are those of the Department's SUI matcher; the forms are those the NHS search takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from gateway.identifiers import MalformedIdentifier, NhsNumber
from subgraphs.link.tracing.person import Address

FIELDS = ("given", "family", "birthDate", "gender", "postcode", "email", "phone")
NEEDED = ("given", "family", "birthDate")
OLDEST = date(1900, 1, 1)
LONGEST_NAME = 35

Quality: TypeAlias = Mapping[str, Literal["valid", "invalid", "notProvided"]]

_DAYS = (
    (re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})", re.ASCII)),
    (re.compile(r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})", re.ASCII)),
    (re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})", re.ASCII)),
)
_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")
_PHONE = re.compile(r"\+?[0-9]{8,15}")
_GENDERS = {
    "1": "male", "m": "male", "male": "male", "2": "female", "f": "female", "female": "female",
    "0": "unknown", "unknown": "unknown", "u": "unknown", "9": "other", "other": "other",
}  # fmt: skip
_BRACKETED = re.compile(r"\s*\([^)]*\)")


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """A row, word for word. Empty: not given."""

    given: str = ""
    family: str = ""
    birth_date: str = ""
    gender: str = ""
    postcode: str = ""
    email: str = ""
    phone: str = ""
    nhs_number: str = ""
    reference: str = ""  # the sender's own for the row
    addresses: tuple[Address, ...] = ()  # the present one first; for reconciliation alone

    def __repr__(self) -> str:
        return "Told(…)"


@dataclass(frozen=True, slots=True, repr=False)
class Demographics:
    """What a search may be made of. Empty: not given, or no good."""

    given: tuple[str, ...]
    family: str
    born: date
    gender: str = ""
    postcode: str = ""
    email: str = ""
    phone: str = ""

    def __repr__(self) -> str:
        return "Demographics(…)"


def assess(told: Told, today: date) -> tuple[Demographics | None, Quality]:
    """None when what is needed is not there."""
    read: dict[str, object] = {
        "given": _given(told.given),
        "family": _family(told.family),
        "birthDate": _day(told.birth_date, today),
        "gender": _GENDERS.get(told.gender.strip().lower()),
        "postcode": _postcode(told.postcode),
        "email": told.email.strip() if _EMAIL.fullmatch(told.email.strip()) else None,
        "phone": _phone(told.phone),
    }
    said = (
        told.given,
        told.family,
        told.birth_date,
        told.gender,
        told.postcode,
        told.email,
        told.phone,
    )
    quality: Quality = {
        field: "notProvided" if not text.strip() else "valid" if read[field] else "invalid"
        for field, text in zip(FIELDS, said, strict=True)
    }
    given, family, born = read["given"], read["family"], read["birthDate"]
    if not isinstance(given, tuple) or not isinstance(family, str) or not isinstance(born, date):
        return None, quality
    optional = {name: str(read[name] or "") for name in ("gender", "postcode", "email", "phone")}
    return Demographics(given, family, born, **optional), quality


def supplied(told: Told) -> NhsNumber | None:
    """The number that came with the row, where it can be one."""
    try:
        return NhsNumber.parse(told.nhs_number)
    except MalformedIdentifier:
        return None


def enough(quality: Quality) -> bool:
    return all(quality[field] == "valid" for field in NEEDED)


def _given(text: str) -> tuple[str, ...] | None:
    """Split into the names it is made of, as strategy 4 has it."""
    names = tuple(text.replace("*", "").split())
    return names if names and all(len(name) <= LONGEST_NAME for name in names) else None


def _family(text: str) -> str | None:
    """Without what stands in brackets: case systems write former names and warnings there."""
    name = " ".join(_BRACKETED.sub("", text.replace("*", "")).split())
    return name if name and len(name) <= LONGEST_NAME else None


def _day(text: str, today: date) -> date | None:
    for form in _DAYS:
        if found := form.fullmatch(text.strip()):
            try:
                day = date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                return None
            return day if OLDEST <= day <= today else None
    return None


def _postcode(text: str) -> str | None:
    found = _POSTCODE.fullmatch("".join(text.upper().split()))
    return f"{found[1]} {found[2]}" if found else None


def _phone(text: str) -> str | None:
    bare = re.sub(r"[\s()\-]", "", text)
    return bare if _PHONE.fullmatch(bare) else None
