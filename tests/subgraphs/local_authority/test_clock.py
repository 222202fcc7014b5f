"""The statutory clock against the provisions it cites: SEND Regulations 2014 (SI 2014/1530), CFA 2014, Code 2015."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from subgraphs.local_authority.clock import (
    EXCEPTIONS,
    CaseDates,
    Deadline,
    Duty,
    Exceptional,
    Review,
    Transfer,
    advice,
    consultation,
    deadlines,
    months,
    outstanding,
    phase_transfer,
)

DAY_0 = date(2026, 1, 5)
FINAL = date(2026, 5, 18)


def due(case: CaseDates) -> dict[Duty, date]:
    return {each.duty: each.due for each in deadlines(case)}


@pytest.mark.parametrize(
    ("provision", "case", "duty", "day"),
    [
        ("reg 5(1)", CaseDates(DAY_0), Duty.DECIDE_WHETHER_TO_ASSESS, date(2026, 2, 16)),
        ("reg 10(1)", CaseDates(DAY_0), Duty.DECIDE_NOT_TO_ISSUE, date(2026, 4, 27)),
        ("reg 13(2)", CaseDates(DAY_0), Duty.FINAL_PLAN, date(2026, 5, 25)),
        # fifteen days beginning with the day on which the draft was served
        ("reg 13(1)(a)", CaseDates(DAY_0, draft_on=date(2026, 4, 1)), Duty.REPRESENTATIONS, date(2026, 4, 15)),
        # within twelve months starting with the date on which the plan was made
        ("s.44(1)(a)", CaseDates(DAY_0, final_on=FINAL), Duty.ANNUAL_REVIEW, date(2027, 5, 17)),
        (
            "s.44(1)(b)",
            CaseDates(DAY_0, final_on=FINAL, reviews=[Review(date(2027, 3, 1))]),
            Duty.ANNUAL_REVIEW,
            date(2028, 2, 29),
        ),
        (
            "reg 20(8)",
            CaseDates(DAY_0, final_on=FINAL, reviews=[Review(date(2027, 3, 1))]),
            Duty.REVIEW_REPORT,
            date(2027, 3, 15),
        ),
        (
            "reg 20(10)",
            CaseDates(DAY_0, final_on=FINAL, reviews=[Review(date(2027, 3, 1))]),
            Duty.REVIEW_DECISION,
            date(2027, 3, 29),
        ),
        # eight weeks of the notice
        (
            "reg 22(3)",
            CaseDates(
                DAY_0,
                final_on=FINAL,
                reviews=[Review(date(2027, 3, 1), date(2027, 3, 22), date(2027, 3, 22))],
            ),
            Duty.AMENDED_PLAN,
            date(2027, 5, 17),
        ),
        # a notice that is itself late does not move the twelve weeks
        (
            "R (L, M and P) v Devon",
            CaseDates(
                DAY_0,
                final_on=FINAL,
                reviews=[Review(date(2027, 3, 1), date(2027, 5, 10), date(2027, 5, 10))],
            ),
            Duty.AMENDED_PLAN,
            date(2027, 5, 24),
        ),
        (
            "reg 15(4)",
            CaseDates(DAY_0, final_on=FINAL, moved_in_on=date(2026, 9, 1)),
            Duty.SAY_WHEN_REVIEWED_AFTER_MOVE,
            date(2026, 10, 13),
        ),
    ],
)  # fmt: skip
def test_each_duty_is_due_on_the_day_its_provision_says(
    provision: str, case: CaseDates, duty: Duty, day: date
) -> None:
    assert due(case)[duty] == day, provision


@pytest.mark.parametrize(
    ("transfer", "on", "day"),
    [
        (Transfer.EARLY_YEARS_TO_SCHOOL, date(2027, 9, 1), date(2027, 2, 15)),  # reg 18(1)(b)
        (Transfer.INFANT_TO_JUNIOR, date(2027, 9, 1), date(2027, 2, 15)),
        (Transfer.PRIMARY_TO_SECONDARY, date(2027, 9, 1), date(2027, 2, 15)),
        (Transfer.SECONDARY_TO_POST16, date(2027, 9, 1), date(2027, 3, 31)),  # reg 18(1)(a)
        (Transfer.BETWEEN_POST16, date(2027, 9, 1), date(2027, 4, 1)),  # reg 18(2): five months
        (Transfer.BETWEEN_POST16, date(2027, 3, 31), date(2026, 10, 31)),
    ],
)
def test_a_plan_is_amended_before_a_phase_transfer(transfer: Transfer, on: date, day: date) -> None:
    assert phase_transfer(transfer, on) == day


def test_an_adviser_has_six_weeks_from_being_asked() -> None:
    """Reg 8(1)."""
    assert advice(date(2026, 2, 16), None, None).due == date(2026, 3, 30)


def test_a_consulted_setting_has_fifteen_days() -> None:
    """Code of Practice 9.83."""
    assert consultation(date(2026, 4, 1), None).due == date(2026, 4, 16)


@pytest.mark.parametrize(
    ("duty", "exception", "excused"),
    [
        (Duty.DECIDE_WHETHER_TO_ASSESS, Exceptional.SCHOOL_CLOSED, True),  # reg 5(4)(a)
        (Duty.DECIDE_WHETHER_TO_ASSESS, Exceptional.PERSONAL_CIRCUMSTANCES, True),
        (Duty.DECIDE_WHETHER_TO_ASSESS, Exceptional.APPOINTMENT_MISSED, False),  # not in reg 5(4)
        (Duty.DECIDE_NOT_TO_ISSUE, Exceptional.APPOINTMENT_MISSED, True),  # reg 10(4)(e)
        (Duty.FINAL_PLAN, Exceptional.ABSENT_FOUR_WEEKS, True),  # reg 13(3): (a) to (d)
        (Duty.FINAL_PLAN, Exceptional.APPOINTMENT_MISSED, False),
        (Duty.ADVICE, Exceptional.APPOINTMENT_MISSED, True),  # reg 8(2)(c)
        (Duty.ADVICE, Exceptional.SCHOOL_CLOSED, False),
        (Duty.ANNUAL_REVIEW, Exceptional.PERSONAL_CIRCUMSTANCES, False),  # none at all
        (Duty.PHASE_TRANSFER, Exceptional.SCHOOL_CLOSED, False),
    ],
)
def test_an_exception_excuses_only_the_duties_that_list_it(
    duty: Duty, exception: Exceptional, *, excused: bool
) -> None:
    late = Deadline(duty, DAY_0, exception=exception)

    assert late.excepted is excused
    assert late.met(DAY_0 + timedelta(days=1)) is (None if excused else False)


def test_the_last_day_is_in_time_and_the_next_is_late() -> None:
    on_the_day = Deadline(Duty.FINAL_PLAN, FINAL, done_on=FINAL)
    a_day_after = Deadline(Duty.FINAL_PLAN, FINAL, done_on=FINAL + timedelta(days=1))

    assert on_the_day.met(FINAL) is True
    assert a_day_after.met(FINAL) is False


def test_days_left_are_negative_when_late_and_empty_once_done() -> None:
    open_one = Deadline(Duty.FINAL_PLAN, FINAL)

    assert open_one.days_left(FINAL - timedelta(days=3)) == 3
    assert open_one.days_left(FINAL + timedelta(days=3)) == -3
    assert Deadline(Duty.FINAL_PLAN, FINAL, done_on=FINAL).days_left(FINAL) is None


def test_a_refusal_to_assess_ends_the_clock() -> None:
    refused = CaseDates(DAY_0, told_on=date(2026, 2, 1), will_assess=False)

    assert list(due(refused)) == [Duty.DECIDE_WHETHER_TO_ASSESS]
    assert outstanding(refused, date(2026, 12, 1)) == []


def test_a_decision_not_to_issue_leaves_no_final_plan_due() -> None:
    case = CaseDates(
        DAY_0, told_on=DAY_0, will_assess=True, plan_decided_on=date(2026, 4, 20), will_issue=False
    )

    assert Duty.FINAL_PLAN not in due(case)
    assert outstanding(case, date(2026, 12, 1)) == []


def test_a_decision_to_issue_leaves_no_sixteen_weeks() -> None:
    case = CaseDates(DAY_0, told_on=DAY_0, will_assess=True, will_issue=True)

    assert Duty.DECIDE_NOT_TO_ISSUE not in due(case)


def test_a_ceased_plan_has_no_clock() -> None:
    assert deadlines(CaseDates(DAY_0, final_on=FINAL, ceased_on=date(2026, 9, 1))) == []


def test_what_is_outstanding_comes_most_overdue_first_without_windows_that_have_closed() -> None:
    case = CaseDates(
        DAY_0, told_on=DAY_0, will_assess=True, will_issue=True, draft_on=date(2026, 4, 1)
    )

    assert [each.duty for each in outstanding(case, date(2026, 4, 10))] == [
        Duty.REPRESENTATIONS,
        Duty.FINAL_PLAN,
    ]
    assert [each.duty for each in outstanding(case, date(2026, 6, 1))] == [Duty.FINAL_PLAN]


def test_months_end_with_the_month() -> None:
    assert months(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert months(date(2028, 2, 29), 12) == date(2029, 2, 28)
    assert months(date(2027, 1, 15), -1) == date(2026, 12, 15)


def test_only_duties_of_an_assessment_have_exceptions() -> None:
    assert set(EXCEPTIONS) == {
        Duty.DECIDE_WHETHER_TO_ASSESS,
        Duty.DECIDE_NOT_TO_ISSUE,
        Duty.FINAL_PLAN,
        Duty.ADVICE,
    }
