"""What the register says, as frozen values: every wildcard and part written out, every ban inherited.

Nothing here decides; `opening` and `ruling` do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STRUCTURE = "STRUCTURE"
PUBLIC = "PUBLIC"
COUNTS = "COUNTS"
MARKS = frozenset({STRUCTURE, PUBLIC, COUNTS})
"""Labels that are no categories: a field that only leads to an object, a published fact about an
institution, and a field that only counts what its other labels name."""


@dataclass(frozen=True, slots=True)
class Category:
    """The unit an IG lead reasons about. `identifier`: a number that names the child."""

    code: str
    title: str
    identifier: bool = False
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """One way in which a category is open. Empty `roles` or `organisation_kinds`: all of the purpose's."""

    letter: str
    conditions: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    organisation_kinds: frozenset[str] = frozenset()

    @property
    def is_narrow(self) -> bool:
        """Whether it is for some of the purpose's callers only."""
        return bool(self.roles or self.organisation_kinds)

    def has_role(self, role: str) -> bool:
        return not self.roles or role in self.roles

    def has_kind(self, organisation_kind: str) -> bool:
        return not self.organisation_kinds or organisation_kind in self.organisation_kinds

    def is_for(self, role: str, organisation_kind: str) -> bool:
        return self.has_role(role) and self.has_kind(organisation_kind)


@dataclass(frozen=True, slots=True)
class Consent:
    """Whose agreement the purpose needs, and what stands in for it."""

    rule: str
    override: str


@dataclass(frozen=True, slots=True)
class Law:
    """Why the purpose is lawful: statute, UK GDPR articles, DPA 2018 Schedule 1 paragraphs, principle."""

    gateway: str
    article_6: tuple[str, ...]
    article_9: tuple[str, ...]
    dpa_2018: tuple[str, ...]
    principle: str


@dataclass(frozen=True, slots=True)
class Purpose:
    """A leaf of the tree: what a request may be for.

    `admits` and `never` are by category code, written out. `conditions` hold for every cell.
    `age_months` are both included. `told` are the roles that learn that something about this child
    was withheld; never why.
    """

    code: str
    title: str
    family: str
    use: str
    law: Law
    organisation_kinds: frozenset[str]
    roles: frozenset[str]
    relationship: str
    consent: Consent
    conditions: tuple[str, ...]
    age_months: tuple[int, int] | None
    nhs_number: str
    break_glass: frozenset[str]
    obligations: tuple[str, ...]
    told: frozenset[str]
    admits: Mapping[str, tuple[Grant, ...]]
    never: frozenset[str]
    retention: str
    review: str
    lasts_minutes: int | None = None
    deadline_school_days: int | None = None
    output: Mapping[str, int] | None = None
    excludes_restricted: bool = False
