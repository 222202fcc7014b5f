"""One invented child, and what is so about it: what every island starts from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
from random import Random

from gateway.identifiers import ChildBenefitNumber, DfeLaCode, LaChildId, NhsNumber, Nino, Uln, Upn
from subgraphs.population.places import Provider, School

SEED = "causeway"


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
        return Random(f"{SEED}:{island}:{self.number}")

    def has(self, circumstance: Circumstance) -> bool:
        return circumstance in self.circumstances


def school_year(day: date) -> int:
    """The year in which the school year of `day` began."""
    return day.year if day.month >= 9 else day.year - 1
