"""What the link node knows of one child, and who asks → the permissions open for that child in one island.

The register decides; this module only says what is a fact. Unknown stays None, which satisfies nothing.
Whoever is not verified (status other than 01) crosses nowhere: the custodian keeps its own record,
everyone may learn that the identity is not verified, and that is all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import asyncpg
import orjson

from gateway.assertion import Assertion
from gateway.register import Facts, Opening, Register, rule
from gateway.register.bits import CONTENT, EXISTENCE
from gateway.register.conditions import Codes, Scope
from subgraphs.link.islands import ISLANDS, LINK, Island

VERIFIED = "01"

Row = asyncpg.Record | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Open:
    """Permissions open for one child in one island, and per missing condition what it kept closed."""

    mask: int
    missing: tuple[tuple[str, int], ...] = ()


CLOSED = Open(0)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, for what: the part of an assertion that decisions rest on."""

    purpose: str
    role: str
    kind: str
    organisation: str
    family: str
    relationship: str
    case: str | None

    @classmethod
    def of(cls, assertion: Assertion, register: Register) -> Asker:
        purpose = register.purposes[assertion.purpose]
        kind = assertion.organisation_kind
        return cls(
            purpose=purpose.code,
            role=assertion.role,
            kind=kind,
            organisation=assertion.organisation.removeprefix(f"{kind}:"),
            family=purpose.family,
            relationship=purpose.relationship,
            case=assertion.case,
        )


class Decisions:
    """The register's rulings, each worked out once for each set of facts."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self._of_island = {
            island.name: _permissions(register, island.prefix)
            for island in (*ISLANDS.values(), LINK)
        }
        self._unverified = register.scale.of("N.STATUS", CONTENT | EXISTENCE)
        self._ruled = lru_cache(maxsize=20_000)(self._rule)
        self.written = lru_cache(maxsize=20_000)(register.scale.written)

    def opened(self, asker: Asker, island: Island, row: Row, today: date) -> Open:
        """`row` has the columns of link.child and link.facts, and the custodian of the number."""
        facts = facts_of(asker, island, row, today)
        return self._ruled(asker.purpose, asker.role, asker.kind, island, facts, row["status"])

    def _rule(
        self, purpose: str, role: str, kind: str, island: Island, facts: Facts, status: str
    ) -> Open:
        opening: Opening = self.register.opening(purpose, role, kind)
        asked = opening.open & self._of_island[island.name]
        if status != VERIFIED and not facts.custodian:
            asked &= self._unverified
        ruling = rule(opening, facts, self.register.scale, asked)
        return Open(ruling.released, tuple(ruling.missing.items()))


def _permissions(register: Register, prefix: str) -> int:
    codes = frozenset(code for code in register.categories if code.startswith(prefix))
    return register.scale.within(Scope(codes))


def facts_of(asker: Asker, island: Island, row: Row, today: date) -> Facts:
    """A row of the link's tables, as the conditions read it."""
    given = _by_kind(row["consents"])
    against = _by_kind(row["objections"])
    related: bool = row["related"]
    return Facts(
        custodian=asker.kind in island.custodians and row["custodian"] == asker.organisation,
        agreed=frozenset(row["agreed"] or ()),
        relationship=related or asker.relationship == "none",
        consented=_union(given, "CONSENT", "EXPLICIT_PARENTAL", "EXPLICIT_YOUNG_PERSON"),
        explicit_parental=_union(given, "EXPLICIT_PARENTAL"),
        explicit_young_person=_union(given, "EXPLICIT_YOUNG_PERSON"),
        necessity_opinion="NECESSITY_OPINION" in given,
        reason_without_consent="REASON_WITHOUT_CONSENT" in given,
        best_interests="BEST_INTERESTS" in given,
        application="APPLICATION" in given,
        parent_agrees=_union(given, "PARENT_AGREES", "EXPLICIT_PARENTAL"),
        dissented=_union(against, "DISSENT"),
        detrimental=_union(against, "DETRIMENT"),
        sealed=row["sealed_at"] is not None,
        adopted=row["adopted"],
        restricted=row["restriction"] != "U",
        own_team=row["holds_restricted"],
        age_months=_months(row["birth_date"], today),
        own_record=related if asker.relationship == "verified_identity" else None,
        serious_harm=_union(against, "SERIOUS_HARM"),
        third_party=_union(against, "THIRD_PARTY"),
        incident=related if asker.relationship == "incident_or_sample" else None,
    )


def _by_kind(written: str | None) -> dict[str, Codes]:
    found: dict[str, Codes] = {}
    pairs: Iterable[tuple[str, list[str]]] = orjson.loads(written) if written else ()
    for kind, codes in pairs:
        found[kind] = found.get(kind, frozenset()) | frozenset(codes)
    return found


def _union(by_kind: Mapping[str, Codes], *kinds: str) -> Codes:
    return frozenset().union(*(by_kind.get(kind, frozenset()) for kind in kinds))


def _months(birth_date: date | None, today: date) -> int | None:
    if birth_date is None:
        return None
    months = 12 * (today.year - birth_date.year) + today.month - birth_date.month
    return months - (today.day < birth_date.day)
