"""A count and a day → invented children, the same ones every time.

One `Child` is what every island starts from: names, numbers, and the `Circumstance`s that decide which rows
each island writes for it. The islands load their own rows and draw further details from `child.random("schools")`.
No number can be a real person's: NHS numbers 9xx, National Insurance prefix QQ, UPNs and ULNs of institutions that do not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import Enum, auto
from functools import partial
from random import Random

from stdnum.gb import upn as upn_sum

from gateway.identifiers import (
    ChildBenefitNumber,
    DfeLaCode,
    LaChildId,
    NhsNumber,
    Nino,
    Ukprn,
    Uln,
    Upn,
    Urn,
)

CHILDREN = 200
_TOLD = 8  # children with a story, the first of every population
_RENUMBERED = 50_000  # numbers given on adoption begin here, so a population is smaller
_SEED = "causeway"


class Circumstance(Enum):
    """What is so about a child; each island knows which of these concern it."""

    EARLY_YEARS = auto()  # in a funded early years place
    INTEGRATED_REVIEW = auto()  # the review at 2 to 2½ has been held
    SEN_SUPPORT = auto()
    EHC_REQUESTED = auto()  # an assessment was asked for and is under way
    EHC_PLAN = auto()
    CHILD_IN_NEED = auto()
    CHILD_IN_NEED_BEFORE = auto()  # a closed episode
    CHILD_PROTECTION_PLAN = auto()
    LOOKED_AFTER = auto()
    CARE_LEAVER = auto()
    FREE_SCHOOL_MEALS = auto()
    WORKING_FAMILY = auto()  # an 11-digit eligibility code
    DISABILITY_LIVING_ALLOWANCE = auto()
    YOUNG_CARER = auto()
    SUSPENDED = auto()
    OFTEN_ABSENT = auto()
    MEDICAL_NEEDS = auto()
    COLLEGE_TASTER = auto()  # on a school roll and known to a college
    NOT_PARTICIPATING = auto()  # NEET


class Restriction(Enum):
    """The NHS confidentiality code of the record (PDS `meta.security`)."""

    UNRESTRICTED = "U"
    RESTRICTED = "R"


@dataclass(frozen=True, slots=True)
class Authority:
    code: DfeLaCode
    name: str
    ods: str


@dataclass(frozen=True, slots=True)
class School:
    urn: Urn
    authority: DfeLaCode
    establishment_number: str
    name: str
    phase: str  # GIAS PhaseOfEducation: Primary, Secondary


@dataclass(frozen=True, slots=True)
class Provider:
    ukprn: Ukprn
    authority: DfeLaCode
    name: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the islands call one child. Absent where the child is not in that island."""

    nhs: NhsNumber | None = None
    local_authority: tuple[LaChildId, ...] = ()  # the first is the responsible authority's
    upn: Upn | None = None
    uln: Uln | None = None
    child_benefit: ChildBenefitNumber | None = None


@dataclass(frozen=True, slots=True)
class Child:
    """One invented child, as of the day the population was drawn."""

    number: int
    surname: str
    forename: str
    birth_date: date
    sex: str  # M or F, as in the school census
    numbers: Numbers
    authority: DfeLaCode  # responsible for the child
    lives_in: DfeLaCode
    today: date
    parent_nino: Nino
    parent_surname: str
    gp_practice: str  # ODS code
    school: School | None = None  # None with a UPN: has left
    provider: Provider | None = None
    nhs_status: str = "01"  # NHS number status indicator, 01 to 08
    linked: bool = True  # False: the link node has never heard of the child
    restriction: Restriction = Restriction.UNRESTRICTED
    before_adoption: Numbers | None = None  # sealed; no island holds rows under these
    circumstances: frozenset[Circumstance] = field(default_factory=frozenset)
    story: str | None = None  # why a named child is here
    account: str | None = None  # the young person's own sign-in with the demonstration's issuer

    @property
    def age(self) -> int:
        """Completed years."""
        before = (self.today.month, self.today.day) < (self.birth_date.month, self.birth_date.day)
        return self.today.year - self.birth_date.year - before

    @property
    def year_group(self) -> int:
        """National curriculum year this school year; 0 is Reception, below it not yet of school age."""
        return school_year(self.today) - school_year(self.birth_date) - 5

    def random(self, island: str) -> Random:
        """The island's own dice for this child: same rolls every time."""
        return Random(f"{_SEED}:{island}:{self.number}")

    def has(self, circumstance: Circumstance) -> bool:
        return circumstance in self.circumstances


def school_year(day: date) -> int:
    """The year in which the school year of `day` began."""
    return day.year if day.month >= 9 else day.year - 1


AUTHORITIES: tuple[Authority, ...] = tuple(
    Authority(DfeLaCode.parse(code), name, ods)
    for code, name, ods in (
        ("838", "Dorset", "411"),
        ("839", "Bournemouth, Christchurch and Poole", "412"),
        ("383", "Leeds", "213"),
        ("204", "Hackney", "709"),
        ("211", "Tower Hamlets", "726"),
        ("317", "Redbridge", "719"),
    )
)

_SCHOOL_NAMES = ("Long Barrow", "Hollow Lane", "St Alder's", "Quarry Bank", "Millrace", "Tern Hill")
SCHOOLS: tuple[School, ...] = tuple(
    School(
        # GIAS has issued nothing above 400,000-odd to schools, nor 99xx establishment numbers.
        urn=Urn.parse(str(990_000 + 10 * place + offset)),
        authority=authority.code,
        establishment_number=f"99{place}{offset}",
        name=f"{name} {phase} School",
        phase=phase,
    )
    for place, (authority, name) in enumerate(zip(AUTHORITIES, _SCHOOL_NAMES, strict=True))
    for offset, phase in enumerate(("Primary", "Secondary"))
)

_COLLEGES = ("Purbeck Shore", "Twin Sails", "Aire Valley", "Lea Marsh", "Limehouse", "Roding")
PROVIDERS: tuple[Provider, ...] = tuple(
    Provider(Ukprn.parse(str(19_990_000 + place)), authority.code, f"{name} College")
    for place, (authority, name) in enumerate(zip(AUTHORITIES, _COLLEGES, strict=True))
)

_FORENAMES = {
    "F": ("Amara", "Bethan", "Chidi", "Daisy", "Esme", "Fatima", "Grace", "Hana", "Isla", "Jaya",
          "Keira", "Leila", "Maya", "Nadia", "Orla", "Priya", "Rosie", "Sana", "Tilly", "Zofia"),
    "M": ("Adam", "Ben", "Callum", "Dev", "Elias", "Finn", "George", "Hamza", "Idris", "Jakub",
          "Kofi", "Leo", "Mateo", "Noah", "Omar", "Piotr", "Reuben", "Sami", "Theo", "Yusuf"),
}  # fmt: skip
_SURNAMES = (
    "Abara", "Bagshaw", "Choudhury", "Dunmore", "Eastwood", "Farrell", "Godwin", "Hargreave", "Iqbal", "Jarrett",
    "Kowalczyk", "Lockyer", "Mensah", "Northcote", "Okonjo", "Pemberley", "Quill", "Rahmani", "Stannard", "Tolpuddle",
    "Underhill", "Vasquez", "Wrexley", "Yarrow", "Zielinski",
)  # fmt: skip


def population(count: int = CHILDREN, *, today: date | None = None) -> tuple[Child, ...]:
    """`count` children, the named ones first. The numbers depend on nothing; ages and years of school on `today`."""
    day = today or date.today()  # noqa: DTZ011
    drawn = (_drawn(number, day) for number in range(_TOLD, count))
    return (*_told(day), *drawn)[:count]


def named(children: Sequence[Child], forename: str) -> Child:
    """The child of a story by forename. Raises StopIteration when nobody is told of by that name."""
    return next(child for child in children if child.story and child.forename == forename)


def _drawn(number: int, today: date) -> Child:
    dice = Random(f"{_SEED}:{number}")
    age_in_days = dice.randrange(30, 19 * 365) if number % 25 else dice.randrange(1, 41)
    child = _plain(number, today - timedelta(days=age_in_days), today)
    child = replace(child, circumstances=frozenset(_circumstances(child, dice)))
    return _identified(_elsewhere(child, dice), number)


def _plain(number: int, birth_date: date, today: date, place: int | None = None) -> Child:
    """A child where everything is ordinary: linked, verified, living with the responsible authority."""
    dice = Random(f"{_SEED}:plain:{number}")
    at = number % len(AUTHORITIES) if place is None else place
    sex = dice.choice("FM")
    surname = dice.choice(_SURNAMES)
    child = Child(
        number=number,
        surname=surname,
        forename=dice.choice(_FORENAMES[sex]),
        birth_date=birth_date,
        sex=sex,
        numbers=Numbers(nhs=nhs_number(number), child_benefit=child_benefit_number(number)),
        authority=AUTHORITIES[at].code,
        lives_in=AUTHORITIES[at].code,
        today=today,
        parent_nino=nino(number),
        parent_surname=surname,
        gp_practice=f"Y9{at}{number % 100:03}",
    )
    return _placed(child, at)


def _placed(child: Child, at: int) -> Child:
    """Onto a school roll, with a provider, and known to the authority, as its age has it."""
    years, numbers = child.year_group, child.numbers
    school = SCHOOLS[2 * at + (years >= 7)] if 0 <= years <= 13 else None
    provider = PROVIDERS[at] if years >= 12 else None
    known = child.number < _TOLD or child.number % 3 != 2 or years < 0
    return replace(
        child,
        school=school if years <= 11 or child.number % 2 else None,
        provider=provider,
        numbers=replace(
            numbers,
            upn=upn(child.number, child.birth_date, at) if years >= 0 else None,
            uln=uln(child.number) if years >= 9 else None,
            local_authority=(la_child_id(child.number, at),) if known else (),
        ),
    )


# (circumstance, first and last year group, one child in how many)
_CHANCES: tuple[tuple[Circumstance, int, int, int], ...] = (
    (Circumstance.EARLY_YEARS, -3, -1, 2),
    (Circumstance.INTEGRATED_REVIEW, -2, -1, 2),
    (Circumstance.SEN_SUPPORT, 0, 13, 6),
    (Circumstance.EHC_REQUESTED, -1, 13, 20),
    (Circumstance.EHC_PLAN, 0, 18, 15),
    (Circumstance.CHILD_IN_NEED, -5, 12, 15),
    (Circumstance.CHILD_IN_NEED_BEFORE, -2, 13, 12),
    (Circumstance.CHILD_PROTECTION_PLAN, -5, 12, 30),
    (Circumstance.LOOKED_AFTER, -5, 12, 25),
    (Circumstance.CARE_LEAVER, 12, 20, 8),
    (Circumstance.FREE_SCHOOL_MEALS, 0, 13, 4),
    (Circumstance.WORKING_FAMILY, -4, -1, 3),
    (Circumstance.DISABILITY_LIVING_ALLOWANCE, -2, 11, 18),
    (Circumstance.YOUNG_CARER, 3, 13, 20),
    (Circumstance.SUSPENDED, 5, 11, 12),
    (Circumstance.OFTEN_ABSENT, 0, 11, 8),
    (Circumstance.MEDICAL_NEEDS, 0, 13, 15),
    (Circumstance.COLLEGE_TASTER, 9, 11, 8),
    (Circumstance.NOT_PARTICIPATING, 12, 13, 8),
)
_KNOWN_TO_THE_AUTHORITY = frozenset({
    Circumstance.EARLY_YEARS, Circumstance.INTEGRATED_REVIEW, Circumstance.EHC_REQUESTED, Circumstance.EHC_PLAN,
    Circumstance.CHILD_IN_NEED, Circumstance.CHILD_IN_NEED_BEFORE, Circumstance.CHILD_PROTECTION_PLAN,
    Circumstance.LOOKED_AFTER, Circumstance.CARE_LEAVER,
})  # fmt: skip


def _circumstances(child: Child, dice: Random) -> Iterator[Circumstance]:
    """Drawn by age; those that only an authority can know fall to children it has a record of."""
    for circumstance, first, last, one_in in _CHANCES:
        falls = dice.randrange(one_in) == 0
        possible = first <= child.year_group <= last
        known = bool(child.numbers.local_authority) or circumstance not in _KNOWN_TO_THE_AUTHORITY
        if falls and possible and known:
            yield circumstance


def _elsewhere(child: Child, dice: Random) -> Child:
    """Some looked-after children live in another authority, which keeps a record of its own."""
    if not child.has(Circumstance.LOOKED_AFTER) or dice.random() < 0.5:
        return child
    at = (_place(child.authority) + 1) % len(AUTHORITIES)
    records = (*child.numbers.local_authority, la_child_id(child.number, at))
    school = SCHOOLS[2 * at + (child.year_group >= 7)] if child.school else None
    numbers = replace(child.numbers, local_authority=records)
    return replace(child, lives_in=AUTHORITIES[at].code, school=school, numbers=numbers)


def _identified(child: Child, number: int) -> Child:
    """Most numbers are verified; each way of not being so falls to one child in fifty."""
    if child.today - child.birth_date < timedelta(weeks=6):
        return replace(child, nhs_status="08")
    oddity = _ODDITIES.get(number % 50)
    return oddity(child) if oddity else child


def _adopted(child: Child) -> Child:
    """New numbers in every island that knew the child; the old ones are kept apart and lead nowhere."""
    fresh = _RENUMBERED + child.number
    old, at = child.numbers, _place(child.authority)
    new = Numbers(
        nhs=nhs_number(fresh),
        local_authority=(la_child_id(fresh, at),) if old.local_authority else (),
        upn=upn(fresh, child.birth_date, at) if old.upn else None,
        uln=uln(fresh) if old.uln else None,
        child_benefit=child_benefit_number(fresh),
    )
    return replace(child, numbers=new, before_adoption=old)


_ODDITIES: dict[int, Callable[[Child], Child]] = {
    8: partial(replace, nhs_status="02"),
    13: partial(replace, nhs_status="03"),
    18: partial(replace, nhs_status="04"),
    23: partial(replace, nhs_status="05"),
    28: partial(replace, nhs_status="06"),
    31: lambda child: replace(child, nhs_status="07", numbers=replace(child.numbers, nhs=None)),
    34: partial(replace, linked=False),
    38: partial(replace, restriction=Restriction.RESTRICTED),
    43: _adopted,
}


def _told(today: date) -> Iterator[Child]:
    """The children of the demonstration, each with the story it is there for."""
    yield _named(
        _plain(0, _born(today, year=9), today, place=0),
        ("Kai", "Marlowe", "M"),
        "Year 9; an EHC needs assessment was asked for; a child in need before; a college taster; free school meals",
        {
            Circumstance.EHC_REQUESTED, Circumstance.CHILD_IN_NEED_BEFORE, Circumstance.SEN_SUPPORT,
            Circumstance.COLLEGE_TASTER, Circumstance.FREE_SCHOOL_MEALS, Circumstance.SUSPENDED,
            Circumstance.DISABILITY_LIVING_ALLOWANCE, Circumstance.OFTEN_ABSENT,
        },
    )  # fmt: skip
    yield _anne(today)
    yield _adopted(
        _named(
            _plain(2, _born(today, year=3), today, place=2),
            ("Rowan", "Ashdown", "F"),
            "adopted: every number is new, the old ones are sealed",
            {Circumstance.SEN_SUPPORT},
        )
    )
    restricted = _named(
        _plain(3, _born(today, year=5), today, place=1),
        ("Marcus", "Delafield", "M"),
        "restricted record: nothing that tells where he is",
        {Circumstance.CHILD_IN_NEED, Circumstance.SEN_SUPPORT},
    )
    yield replace(restricted, restriction=Restriction.RESTRICTED)
    unlinked = _named(
        _plain(4, _born(today, year=8), today, place=0),
        ("Imogen", "Fairley", "F"),
        "known to the islands, not to the link node",
        {Circumstance.CHILD_IN_NEED},
    )
    yield replace(unlinked, linked=False)
    unverified = _named(
        _plain(5, _born(today, year=7), today, place=0),
        ("Tobias", "Wren", "M"),
        "NHS number copied from a letter, not traced: status 02",
        {Circumstance.EHC_REQUESTED},
    )
    yield replace(unverified, nhs_status="02")
    yield _named(
        _plain(6, today - timedelta(days=26 * 30), today, place=0),
        ("Poppy", "Sands", "F"),
        "two years old: the integrated review, early years entitlements",
        {Circumstance.EARLY_YEARS, Circumstance.INTEGRATED_REVIEW, Circumstance.WORKING_FAMILY},
    )
    jodie = _named(
        _plain(7, _born(today, year=13), today, place=0),
        ("Jodie", "Harbour", "F"),
        "seventeen, has an EHC plan and has left college: who has looked at her record, and is she participating",
        {Circumstance.EHC_PLAN, Circumstance.NOT_PARTICIPATING, Circumstance.CARE_LEAVER},
    )
    yield replace(jodie, school=None, account="yp-1")


def _anne(today: date) -> Child:
    """Box 4.4 of DFE-RR547: looked after by Tower Hamlets, living in Hackney, her GP in Ilford (Redbridge)."""
    responsible, placed = 4, 3
    anne = _named(
        _plain(1, _born(today, year=11), today, place=responsible),
        ("Anne", "Prentice", "F"),
        "looked after by one authority, placed in another, her GP in a third",
        {Circumstance.LOOKED_AFTER, Circumstance.OFTEN_ABSENT},
    )
    records = (*anne.numbers.local_authority, la_child_id(anne.number, placed))
    return replace(
        anne,
        lives_in=AUTHORITIES[placed].code,
        school=SCHOOLS[2 * placed + 1],
        gp_practice="Y95001",
        numbers=replace(anne.numbers, local_authority=records),
    )


def _named(
    child: Child, name: tuple[str, str, str], story: str, circumstances: set[Circumstance]
) -> Child:
    forename, surname, sex = name
    return replace(
        child,
        forename=forename,
        surname=surname,
        parent_surname=surname,
        sex=sex,
        story=story,
        circumstances=frozenset(circumstances),
    )


def _born(today: date, *, year: int) -> date:
    """A birth date whose child is in that year group on the day."""
    return date(school_year(today) - year - 4, 2, 11)


def _place(authority: DfeLaCode) -> int:
    return next(place for place, known in enumerate(AUTHORITIES) if known.code == authority)


# Numbers. Each is drawn from a range that is never issued, and its check is worked out, so all of them parse.


def nhs_number(number: int) -> NhsNumber:
    """The number-th of 9xx xxx xxxx that has a check digit."""
    for nine in range(900_000_000 + 97 * number, 1_000_000_000):
        check = -sum(int(digit) * (10 - place) for place, digit in enumerate(str(nine))) % 11
        if check < 10:
            return NhsNumber.parse(f"{nine}{check}")
    raise ValueError(f"no synthetic NHS number is left for child {number}")


def upn(number: int, birth_date: date, place: int) -> Upn:
    """Allocated on entry to Reception by a school that does not exist; the serial has three digits."""
    establishment = f"99{number // 1000 % 100:02}"
    year = (school_year(birth_date) + 5) % 100
    body = f"{AUTHORITIES[place].code}{establishment}{year:02}{number % 1000:03}"
    return Upn.parse(upn_sum.calc_check_digit(body) + body)


def uln(number: int) -> Uln:
    for nine in range(999_000_000 - 97 * number, 100_000_000, -1):
        check = 10 - sum(int(digit) * (10 - place) for place, digit in enumerate(str(nine))) % 11
        if check < 10:
            return Uln.parse(f"{nine}{check}")
    raise ValueError(f"no ULN is left for child {number}")


def nino(number: int) -> Nino:
    return Nino.parse(f"QQ{number:06}{'ABCD'[number % 4]}", synthetic=True)


def child_benefit_number(number: int) -> ChildBenefitNumber:
    return ChildBenefitNumber.parse(f"CHB{90_000_000 + number:08}QQ")


def la_child_id(number: int, place: int) -> LaChildId:
    return LaChildId.parse(str(AUTHORITIES[place].code), f"C{7_000_000 + 10 * number + place}")
