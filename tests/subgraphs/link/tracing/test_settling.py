"""What may be done with a number that the NHS gave for a child, and when a person decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from subgraphs.link.tracing.pds import Found, Gone, Nobody
from subgraphs.link.tracing.settling import Case, Conflict, Record, Settled, settled
from tests.subgraphs.link.tracing.nhs import ANNE, BEN, CARA, person

BORN, OTHER_DAY = date(2012, 5, 6), date(2012, 5, 7)
CHILD = Record(UUID(int=1), "03", BORN, numbers=(("LA", "838:C1"),))
HOLDER = Record(UUID(int=2), "01", BORN, numbers=(("NHS", ANNE), ("UPN", "B801200005001")))
HAS_BEN = replace(CHILD, numbers=(("LA", "838:C1"), ("NHS", BEN)))


def case(child: Record = CHILD, **more: Any) -> Case:
    return Case(child, person(ANNE), **more)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (case(), Settled.LINKED),
        (case(replace(CHILD, born=None)), Settled.LINKED),
        (case(replace(CHILD, numbers=(("NHS", ANNE),))), Settled.CONFIRMED),
        (case(holder=HOLDER), Settled.JOINED),
        (case(HAS_BEN, held=Found(person(ANNE))), Settled.SUPERSEDED),
        (case(HAS_BEN, held=Found(person(ANNE)), holder=HOLDER), Settled.JOINED),
        (case(replace(CHILD, born=OTHER_DAY)), Conflict.BIRTH_DATE_DIFFERS),
        (case(HAS_BEN, held=Found(person(BEN))), Conflict.HOLDS_ANOTHER),
        (case(HAS_BEN, held=Nobody()), Conflict.HOLDS_ANOTHER),
        (case(HAS_BEN, held=Gone()), Conflict.INVALIDATED),
    ],
)
def test_a_number_is_settled_or_put_before_a_person(given: Case, expected: object) -> None:
    assert settled(given) is expected


@pytest.mark.parametrize(
    "holder",
    [
        replace(HOLDER, status="02"),
        replace(HOLDER, born=None),
        replace(HOLDER, born=OTHER_DAY),
        replace(HOLDER, adopted=True),
        replace(HOLDER, restriction="V"),
        replace(HOLDER, numbers=(("NHS", ANNE), ("LA", "838:C2"))),
    ],
)
def test_a_record_that_may_be_another_childs_is_never_joined_without_a_person(
    holder: Record,
) -> None:
    assert settled(case(holder=holder)) is Conflict.HELD_BY_ANOTHER
    assert settled(case(holder=holder, judged=True)) is Settled.JOINED


def test_a_child_has_one_upn_and_as_many_authorities_as_know_it() -> None:
    pupil = replace(CHILD, numbers=(("UPN", "P207000016049"),))
    elsewhere = replace(HOLDER, numbers=(("LA", "839:C1"), ("LA", "838:C1"), ("NHS", ANNE)))

    assert settled(case(pupil, holder=HOLDER)) is Conflict.HELD_BY_ANOTHER
    assert settled(case(holder=elsewhere)) is Settled.JOINED


def test_a_persons_word_settles_all_but_an_invalidated_number() -> None:
    assert settled(case(replace(CHILD, born=OTHER_DAY), judged=True)) is Settled.LINKED
    assert settled(case(HAS_BEN, held=Found(person(BEN)), judged=True)) is Settled.LINKED
    assert settled(case(HAS_BEN, held=Gone(), judged=True)) is Conflict.INVALIDATED
    assert CARA not in repr(case())
