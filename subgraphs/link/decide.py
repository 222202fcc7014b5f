"""What the link node knows of one child, and who asks → the permissions open for that child in one island.

The register decides; this module only says what is a fact. Unknown stays None, which satisfies nothing.
Whoever is not verified (status other than 01) crosses nowhere: the custodian keeps its own record,
everyone may learn that the identity is not verified, and that is all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import orjson

from gateway.assertion import Assertion
from gateway.register import Facts, Register, rule
from gateway.register.bits import CONTENT, EXISTENCE
from gateway.register.conditions import Codes, Scope
from subgraphs.link.islands import CROSSED, LINK, Island

VERIFIED = "01"
POSTPONED = "08"
ALERTS = "alert_caldicott_guardian"
"""The obligation of a purpose that is an emergency itself."""

Row = Mapping[str, Any]  # an asyncpg.Record


@dataclass(frozen=True, slots=True)
class Open:
    """Permissions open for one child in one island, and per missing condition what it kept closed."""

    mask: int
    missing: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """NHS number status, and every fact that is the same in all islands."""

    status: str
    facts: Facts
    glass: bool | None = None
    """Whether the caller broke the glass for this child; False: tried to, and may not. None: no emergency."""


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
    actor: str
    ground: str | None = None
    """On what ground the glass is to be broken; a purpose that is itself an emergency is its own."""

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
            actor=assertion.actor,
            ground=purpose.code if ALERTS in purpose.obligations else assertion.emergency,
        )


class Decisions:
    """The register's rulings, each worked out once for each set of facts."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self._of_island = {
            island.name: _permissions(register, island.prefix)
            for island in (*CROSSED.values(), LINK)
        }
        self._unverified = register.scale.of("N.STATUS", CONTENT | EXISTENCE)
        self._matching = register.scale.of("N.MATCH", CONTENT)
        self._newborn = self._unverified | register.scale.of("N.CPIS", CONTENT | EXISTENCE)
        self._ruled = lru_cache(maxsize=20_000)(self._rule)
        self.written = lru_cache(maxsize=20_000)(register.scale.written)

    def opened(
        self, asker: Asker, island: Island, person: Person, custody: tuple[str | None, list[str]]
    ) -> Open:
        """`custody`: who keeps the record in that island, and what agreements let the asker have of it."""
        custodian, agreed = custody
        own = asker.kind in island.custodians and custodian == asker.organisation
        asking = (asker.purpose, asker.role, asker.kind)
        return self._ruled(asking, island.name, person, own, frozenset(agreed))

    def _rule(
        self, asking: tuple[str, str, str], island: str, person: Person, own: bool, agreed: Codes
    ) -> Open:
        opening = self.register.opening(*asking)
        asked = opening.open & self._of_island[island]
        # Whose work it is to find out who is who sees each unverified number by itself: it stands for a child of its own.
        if person.status != VERIFIED and not own and not opening.open & self._matching:
            # A newborn's number comes from the birth notification: a plan from before birth is not lost meanwhile.
            asked &= self._newborn if person.status == POSTPONED else self._unverified
        if person.glass is False and ALERTS in opening.purpose.obligations:
            return Open(0, (("emergency", asked),))
        facts = replace(person.facts, custodian=own, agreed=agreed)
        broken = person.glass is True
        ruling = rule(opening, facts, self.register.scale, asked, emergency=broken)
        return Open(ruling.released, tuple(ruling.missing.items()))


def _permissions(register: Register, prefix: str) -> int:
    codes = frozenset(code for code in register.categories if code.startswith(prefix))
    return register.scale.within(Scope(codes))


def hidden(row: Row) -> bool:
    """Very restricted: that there is such a child is itself withheld from all but the team that holds the record."""
    return bool(row["restriction"] == "V" and not row["holds_restricted"])


def person_of(asker: Asker, row: Row, today: date) -> Person:
    """A row of link.child and link.facts, as the conditions read it."""
    given = _by_kind(row["consents"])
    against = _by_kind(row["objections"])
    related: bool = row["related"]
    facts = Facts(
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
        own_record=row["personal"] if asker.relationship == "verified_identity" else None,
        serious_harm=_union(against, "SERIOUS_HARM"),
        third_party=_union(against, "THIRD_PARTY"),
        incident=related if asker.relationship == "incident_or_sample" else None,
        statutory_process=related if asker.relationship == "agency_case" else None,
    )
    return Person(row["status"], facts)


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
