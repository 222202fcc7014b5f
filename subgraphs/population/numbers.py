"""The how-manieth child → its numbers, from ranges that are never issued, each with its check worked out."""

from __future__ import annotations

from datetime import date

from stdnum.gb import upn as upn_sum

from gateway.identifiers import ChildBenefitNumber, LaChildId, NhsNumber, Nino, Uln, Upn
from subgraphs.population.child import school_year
from subgraphs.population.places import AUTHORITIES


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
