"""Whose word about sharing stands: the table of domain.md §8, row by row."""

from __future__ import annotations

from datetime import date

import pytest

from subgraphs.link.competence import (
    Competence,
    Giver,
    Word,
    decides,
    end_of_compulsory_school_age,
    standing,
)

TODAY = date(2026, 11, 22)
CHILD, PARENT, DEPUTY = Giver.YOUNG_PERSON, Giver.PARENT, Giver.DEPUTY
UNASSESSED, ABLE, UNABLE = Competence.NOT_ASSESSED, Competence.COMPETENT, Competence.NOT_COMPETENT


def born(age: int) -> date:
    return date(TODAY.year - age, 1, 10)


@pytest.mark.parametrize(
    ("age", "giver", "competence", "stands", "why"),
    [
        # under twelve: a parent's, unless this child was found competent for this
        (9, PARENT, UNASSESSED, True, "PARENTAL_RESPONSIBILITY"),
        (9, CHILD, UNASSESSED, False, "COMPETENCE_NOT_ASSESSED"),
        (9, CHILD, ABLE, True, "COMPETENT"),
        (9, PARENT, ABLE, False, "CHILD_DECIDES"),
        # twelve to fifteen: assessed for each decision, never presumed
        (13, CHILD, UNASSESSED, False, "COMPETENCE_NOT_ASSESSED"),
        (13, CHILD, UNABLE, False, "NOT_COMPETENT"),
        (13, CHILD, ABLE, True, "COMPETENT"),
        (13, PARENT, UNASSESSED, True, "PARENTAL_RESPONSIBILITY"),
        (13, PARENT, ABLE, False, "CHILD_DECIDES"),
        # sixteen and seventeen: presumed
        (17, CHILD, UNASSESSED, True, "PRESUMED"),
        (17, PARENT, UNASSESSED, False, "CHILD_DECIDES"),
        (17, PARENT, UNABLE, True, "PARENTAL_RESPONSIBILITY"),
        (17, DEPUTY, UNABLE, True, "DEPUTY"),
        (17, DEPUTY, UNASSESSED, False, "NO_DEPUTY_NEEDED"),
        # adults
        (19, CHILD, UNASSESSED, True, "PRESUMED"),
        (19, PARENT, UNABLE, False, "ADULT_DECIDES"),
        (19, DEPUTY, UNABLE, True, "DEPUTY"),
        # who has parental responsibility by a care order speaks as a parent
        (9, Giver.AUTHORITY, UNASSESSED, True, "CARE_ORDER"),
    ],
)
def test_a_word_stands_by_age_competence_and_who_speaks(
    age: int, giver: Giver, competence: Competence, stands: bool, why: str
) -> None:
    found = standing(Word(giver, competence, born(age), TODAY))

    assert (found.applies, found.why) == (stands, why)


def test_a_childs_refusal_is_heard_before_its_competence_is_known() -> None:
    assert standing(Word(CHILD, UNASSESSED, born(13), TODAY, refusal=True)).applies


def test_where_the_age_is_not_known_no_word_stands() -> None:
    assert not standing(Word(PARENT, UNASSESSED, None, TODAY)).applies


def test_a_parents_consent_lapses_on_the_sixteenth_birthday() -> None:
    found = standing(Word(PARENT, UNASSESSED, date(2011, 2, 3), TODAY))

    assert found.refresh_by == date(2027, 2, 3)


@pytest.mark.parametrize(
    ("birth", "refresh"),
    [
        (date(2015, 1, 5), date(2027, 1, 5)),  # twelve next
        (date(2020, 1, 5), date(2027, 11, 22)),  # no turn within twelve months
        (date(2009, 1, 5), date(2027, 1, 5)),  # eighteen next
    ],
)
def test_consent_is_asked_again_at_each_turn_and_after_twelve_months(
    birth: date, refresh: date
) -> None:
    giver = CHILD if birth.year < 2010 else PARENT
    assert standing(Word(giver, UNASSESSED, birth, TODAY)).refresh_by == refresh


@pytest.mark.parametrize(
    ("birth", "end"),
    [
        (date(2010, 9, 1), date(2027, 6, 25)),
        (date(2011, 8, 31), date(2027, 6, 25)),
        (date(2011, 9, 1), date(2028, 6, 30)),
    ],
)
def test_the_rights_of_an_ehc_plan_pass_at_the_end_of_compulsory_school_age(
    birth: date, end: date
) -> None:
    assert end_of_compulsory_school_age(birth) == end


def test_at_sixteen_and_still_at_school_the_parent_decides_about_an_ehc_plan_and_nothing_else() -> (
    None
):
    sixteen = date(2010, 10, 1)

    assert not decides(Word(CHILD, UNASSESSED, sixteen, TODAY, send=True))
    assert decides(Word(CHILD, UNASSESSED, sixteen, TODAY))
