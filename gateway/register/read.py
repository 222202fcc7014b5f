"""The register file → its rows, or every reason why it is none, all at once.

Wildcards are written out here, parts follow their category, and bans come down the tree, so that nothing
after this module needs to know that they exist.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gateway.register.conditions import CONDITIONS, CONSENT_RULES, NEVER_OVERRIDDEN
from gateway.register.document import Document, GrantRow, PurposeRow
from gateway.register.obligations import OBLIGATIONS
from gateway.register.rows import MARKS, Category, Consent, Grant, Law, Purpose

USES = ("proportionate", "universal", "universal_plus", "rights", "assurance", "sealed")
HEALTH = frozenset(
    {
        "NHS_TRUST",
        "AMBULANCE",
        "GP_OOH",
        "GP",
        "COMMUNITY_HEALTH",
        "HEALTH_VISITING",
        "HEALTH_PROVIDER",
    }
)
NUMBER = "N.NUMBER"
NUMBER_RULES = (
    "never",
    "hidden",
    "hidden_unless_s16LC",
    "visible_to_health",
    "conditional",
    "own",
    "sealed",
)
ANY_PRACTITIONER = "any_practitioner"
ANY_CONTROLLER = "any_controller"
ALL_OTHER = "all_other"


class InvalidRegister(Exception):
    """This file is no register that can be served. `problems` are all the reasons, one sentence each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Rows:
    """The file as read: its front page and its purposes."""

    document: Document
    categories: Mapping[str, Category]
    purposes: Mapping[str, Purpose]


def parse(text: bytes) -> Rows:
    """The rows of a register file. Raises InvalidRegister with everything that is wrong with it."""
    try:
        found = tomllib.loads(text.decode())
        document = msgspec.convert(found, Document)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InvalidRegister([f"the register: {error}"]) from error
    return _Reader(document).read()


@dataclass(slots=True)
class _Reader:
    """One file on its way to rows; problems gather on the way."""

    document: Document
    problems: list[str] = field(default_factory=list)

    def read(self) -> Rows:
        categories = {
            code: Category(code, row.title, row.identifier, row.sealed)
            for code, row in self.document.category.items()
        }
        self._check_front()
        purposes = {
            code: purpose
            for code, table in self.document.purpose.items()
            if (purpose := self._purpose(code, table)) is not None
        }
        if self.problems:
            raise InvalidRegister(self.problems)
        return Rows(self.document, categories, purposes)

    def _check_front(self) -> None:
        document = self.document
        self._known("uses", document.uses, USES)
        self._known("break_glass.obligations", document.break_glass.obligations, OBLIGATIONS)
        self._codes(document.restricted.suppressed, "restricted.suppressed")
        for code, row in document.everywhere.never.items():
            self._codes([code], f"everywhere.never {code}")
            self._known(f"everywhere.never {code}: except", row.purposes, document.purpose)
        for name, family in document.family.items():
            self._codes(family.never, f"family {name}: never")
        for code in document.category:
            if code in MARKS or code.endswith("*") or code == ALL_OTHER:
                self.problems.append(f"category {code}: the name is reserved; choose another")
        if not document.purpose:
            self.problems.append("the register: it holds no purpose, so it would open nothing")
        if document.review_by <= document.effective_from:
            self.problems.append("review_by: must be later than effective_from")

    def _known(self, place: str, names: Iterable[str], known: Collection[str]) -> None:
        for name in names:
            if name not in known:
                self.problems.append(
                    f"{place}: {name!r} is not defined; known are {_listed(known)}"
                )

    def _codes(self, written: Iterable[str], place: str) -> frozenset[str]:
        """The categories that these names stand for, with their parts; unknown ones are a problem."""
        found: set[str] = set()
        for name in written:
            if name == ALL_OTHER:
                continue
            meant = expanded(name, self.document.category)
            if not meant:
                self.problems.append(
                    f"{place}: {name!r} names no category; define it under [category]"
                )
            found.update(meant)
        return frozenset(found)

    def _purpose(self, code: str, table: object) -> Purpose | None:
        try:
            row = msgspec.convert(table, PurposeRow)
        except msgspec.ValidationError as error:
            self.problems.append(f"purpose {code}: {error}")
            return None
        place = f"purpose {code}"
        self._check_purpose(place, code, row)
        cells = {name: self._grants(f"{place}: {name}", v) for name, v in row.admits.items()}
        admits = self._admitted(place, cells)
        never = self._never(place, code, row, frozenset(admits))
        self._check_cells(place, row, cells, never)
        open_cells = {
            code: grants for code, grants in admits.items() if grants and code not in never
        }
        return self._built(code, row, open_cells, never)

    def _check_purpose(self, place: str, code: str, row: PurposeRow) -> None:
        document = self.document
        if not (code.isascii() and code.replace("_", "").isalnum() and code.isupper()):
            self.problems.append(f"{place}: a purpose's code is capitals, digits and underscores")
        self._known(f"{place}: family", [row.family], document.family)
        self._known(f"{place}: use", [row.use], USES)
        self._known(f"{place}: roles", row.roles, [*document.role, ANY_PRACTITIONER])
        kinds = [*document.organisation_kind, ANY_CONTROLLER]
        self._known(f"{place}: organisation_kinds", row.organisation_kinds, kinds)
        self._known(f"{place}: consent.rule", [row.consent.rule], CONSENT_RULES)
        self._known(f"{place}: nhs_number", [row.nhs_number], NUMBER_RULES)
        self._known(f"{place}: conditions", row.conditions, CONDITIONS)
        self._known(f"{place}: obligations", row.obligations, OBLIGATIONS)
        self._known(f"{place}: told_when_withheld", row.told_when_withheld, self._roles(row))
        overridable = [name for name in CONDITIONS if name not in NEVER_OVERRIDDEN]
        self._known(f"{place}: break_glass", row.break_glass, overridable)
        if row.age_months and not 0 <= row.age_months[0] <= row.age_months[1]:
            self.problems.append(f"{place}: age_months must be [from, to] in months, from ≤ to")

    def _grants(self, place: str, written: object) -> tuple[Grant, ...]:
        alternatives = written if isinstance(written, list) else [written]
        if not alternatives:
            self.problems.append(f"{place}: grants nothing; leave the row out to keep it closed")
        return tuple(grant for one in alternatives for grant in self._grant(place, one))

    def _grant(self, place: str, written: object) -> Iterator[Grant]:
        table = {"grant": written} if isinstance(written, str) else written
        try:
            row = msgspec.convert(table, GrantRow)
        except msgspec.ValidationError as error:
            self.problems.append(f"{place}: {error}")
            return
        self._known(f"{place}: conditions", row.conditions, CONDITIONS)
        if row.switch is not None:
            self._known(f"{place}: switch", [row.switch], self.document.switches)
            if not self.document.switches.get(row.switch, False):
                return
        extra = ("second_person",) if row.second_person else ()
        kinds = frozenset(row.organisation_kinds)
        yield Grant(row.grant, (*row.conditions, *extra), frozenset(row.roles), kinds)

    def _admitted(
        self, place: str, cells: Mapping[str, tuple[Grant, ...]]
    ) -> dict[str, tuple[Grant, ...]]:
        """The cells by category. The nearest row wins: a part's own before its category's before `*`."""
        admits: dict[str, tuple[Grant, ...]] = {}
        for name in sorted(cells, key=_reach):
            meant = self._codes([name], f"{place}: admits")
            admits.update(dict.fromkeys(meant, cells[name]))
        return admits

    def _never(
        self, place: str, code: str, row: PurposeRow, admitted: frozenset[str]
    ) -> frozenset[str]:
        document = self.document
        family = document.family.get(row.family)
        found = set(self._codes([*row.never, *(family.never if family else ())], f"{place}: never"))
        if ALL_OTHER in row.never:
            found |= document.category.keys() - admitted
        for name, exception in document.everywhere.never.items():
            if code not in exception.purposes:
                found.update(expanded(name, document.category))
        if row.nhs_number == "never":
            found.add(NUMBER)
        return frozenset(found)

    def _check_cells(
        self, place: str, row: PurposeRow, cells: Mapping[str, Any], never: frozenset[str]
    ) -> None:
        for name, grants in cells.items():
            if name in never:
                self.problems.append(
                    f"{place}: {name} is both admitted and never; a prohibition beats every grant, "
                    "so strike one of them"
                )
            for grant in grants:
                self._known(f"{place}: {name}: roles", grant.roles, self._roles(row))
                self._known(
                    f"{place}: {name}: organisation_kinds",
                    grant.organisation_kinds,
                    self._kinds(row),
                )
        self._check_number(place, row, cells)

    def _check_number(self, place: str, row: PurposeRow, cells: Mapping[str, Any]) -> None:
        """What the purpose says of the NHS number and what it grants must be the same thing."""
        grants = cells.get(NUMBER, ())
        if row.nhs_number in ("hidden", "sealed") and grants:
            self.problems.append(
                f"{place}: nhs_number is {row.nhs_number}, yet {NUMBER} is admitted"
            )
        if row.nhs_number in ("visible_to_health", "conditional") and not grants:
            self.problems.append(
                f"{place}: nhs_number is {row.nhs_number}, yet {NUMBER} is not admitted"
            )
        if row.nhs_number == "visible_to_health" and not self._kinds(row) <= HEALTH:
            self.problems.append(
                f"{place}: nhs_number is visible_to_health, yet some organisation kind is none of health's"
            )

    def _roles(self, row: PurposeRow) -> frozenset[str]:
        found = set(row.roles)
        if ANY_PRACTITIONER in found:
            found.remove(ANY_PRACTITIONER)
            found |= {name for name, role in self.document.role.items() if role.practitioner}
        return frozenset(found)

    def _kinds(self, row: PurposeRow) -> frozenset[str]:
        if ANY_CONTROLLER in row.organisation_kinds:
            return frozenset(self.document.organisation_kind)
        return frozenset(row.organisation_kinds)

    def _built(
        self,
        code: str,
        row: PurposeRow,
        admits: Mapping[str, tuple[Grant, ...]],
        never: frozenset[str],
    ) -> Purpose:
        return Purpose(
            code=code,
            title=row.title,
            family=row.family,
            use=row.use,
            law=Law(row.gateway, row.article_6, row.article_9, row.dpa_2018, row.principle),
            organisation_kinds=self._kinds(row),
            roles=self._roles(row),
            relationship=row.relationship,
            consent=Consent(row.consent.rule, row.consent.override),
            conditions=of_every_cell(row),
            age_months=row.age_months,
            nhs_number=row.nhs_number,
            break_glass=frozenset(row.break_glass),
            obligations=row.obligations,
            told=frozenset(row.told_when_withheld),
            admits=admits,
            never=never,
            retention=row.retention,
            review=row.review,
            lasts_minutes=row.lasts_minutes,
            deadline_school_days=row.deadline_school_days,
            output=msgspec.to_builtins(row.output),
            excludes_restricted=row.restricted_records == "exclude",
        )


def of_every_cell(row: PurposeRow) -> tuple[str, ...]:
    """The conditions that every cell of the purpose has, whatever its row says."""
    found = ["not_sealed"] if row.use != "sealed" else []
    found.append("not_detrimental")
    if not row.without_agreement:
        found.append("agreement")
    if row.relationship != "none":
        found.append("relationship")
    if not row.overrides_dissent:
        found.append("no_dissent")
    found.extend(CONSENT_RULES.get(row.consent.rule, ()))
    found.extend(row.conditions)
    return tuple(dict.fromkeys(found))


def expanded(name: str, categories: Iterable[str]) -> frozenset[str]:
    """The categories that a name stands for: `*` all, `SC.*` an island's, a code itself and its parts."""
    if name == "*":
        return frozenset(categories)
    stem = name.removesuffix(".*")
    if stem != name:
        return frozenset(code for code in categories if code.startswith(stem + "."))
    return frozenset(code for code in categories if code == name or code.startswith(name + "."))


def _reach(name: str) -> tuple[bool, bool, int]:
    """Sorts the widest names first."""
    return name != "*", not name.endswith("*"), len(name)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
