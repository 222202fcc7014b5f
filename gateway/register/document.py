"""The register file's own shape: its tables and keys, their types, and nothing of what they mean.

An unknown key is an error: a misspelt prohibition must not be read as none.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import msgspec

Letter = Literal["E", "C", "P", "A", "S"]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file."""


class CategoryRow(Row, frozen=True):
    title: str
    identifier: bool = False
    sealed: bool = False


class RoleRow(Row, frozen=True):
    title: str
    practitioner: bool = False


class FamilyRow(Row, frozen=True):
    title: str
    never: tuple[str, ...] = ()


class ExceptRow(Row, frozen=True, rename={"purposes": "except"}):
    purposes: tuple[str, ...] = ()


class EverywhereRow(Row, frozen=True):
    never: dict[str, ExceptRow] = {}


class RestrictedRow(Row, frozen=True):
    suppressed: tuple[str, ...] = ()


class BreakGlassRow(Row, frozen=True):
    minutes: Annotated[int, msgspec.Meta(gt=0, le=60)]
    obligations: tuple[str, ...]
    grounds: dict[str, str]


class GrantRow(Row, frozen=True):
    grant: Letter
    conditions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    organisation_kinds: tuple[str, ...] = ()
    second_person: bool = False
    switch: str | None = None


class ConsentRow(Row, frozen=True):
    rule: str
    override: str


class OutputRow(Row, frozen=True):
    minimum_cell: int
    round_to: int


class PurposeRow(Row, frozen=True):
    title: str
    family: str
    use: str
    gateway: str
    article_6: tuple[str, ...]
    article_9: tuple[str, ...]
    dpa_2018: tuple[str, ...]
    principle: str
    organisation_kinds: tuple[str, ...]
    roles: tuple[str, ...]
    relationship: str
    consent: ConsentRow
    nhs_number: str
    retention: str
    review: str
    admits: dict[str, Any]
    never: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    overrides_dissent: bool = False
    without_agreement: bool = False
    age_months: tuple[int, int] | None = None
    break_glass: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    told_when_withheld: tuple[str, ...] = ()
    output: OutputRow | None = None
    restricted_records: Literal["suppress", "exclude"] = "suppress"
    lasts_minutes: int | None = None
    deadline_school_days: int | None = None


class Document(Row, frozen=True):
    """The whole file. Purposes stay as they are: each is read by itself, so each can say what is wrong."""

    version: str
    edition: Annotated[int, msgspec.Meta(gt=0)]
    status: Literal["draft", "signed"]
    effective_from: date
    review_by: date
    link_subgraph: str
    uses: tuple[str, ...]
    everywhere: EverywhereRow
    restricted: RestrictedRow
    break_glass: BreakGlassRow
    switches: dict[str, bool]
    category: dict[str, CategoryRow]
    role: dict[str, RoleRow]
    organisation_kind: dict[str, str]
    family: dict[str, FamilyRow]
    purpose: dict[str, Any]
