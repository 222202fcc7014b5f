"""The dates of an EHC case → what the law asks for by when, whether it was done in time, and the days left.

Day 0 is the day the authority received the request or became responsible for the child. "Within n weeks of"
a day excludes that day; "n days beginning with" a day includes it. References are to the SEND Regulations 2014
(SI 2014/1530) unless another source is named; an exception counts only for the duties whose regulation lists it.
Nothing here reads a clock: today is a parameter.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum


class Duty(Enum):
    """What must be done. The value is the provision that says so."""

    DECIDE_WHETHER_TO_ASSESS = "reg 5(1)"
    ADVICE = "reg 8(1)"
    DECIDE_NOT_TO_ISSUE = "reg 10(1)"
    REPRESENTATIONS = "reg 13(1)(a)"
    CONSULTED_SETTING_REPLIES = "Code 9.83"
    FINAL_PLAN = "reg 13(2)"
    ANNUAL_REVIEW = "CFA 2014 s.44(1)"
    REVIEW_REPORT = "reg 20(8)"
    REVIEW_DECISION = "reg 20(10)"
    AMENDED_PLAN = "reg 22(3)"
    PHASE_TRANSFER = "reg 18(1)"
    SAY_WHEN_REVIEWED_AFTER_MOVE = "reg 15(4)"


class Exceptional(Enum):
    """Why a time limit need not be met. The value is its paragraph of reg 10(4); reg 5(4) has the first four."""

    SCHOOL_CLOSED = "a"
    EARLY_YEARS_CLOSED = "b"
    PERSONAL_CIRCUMSTANCES = "c"
    ABSENT_FOUR_WEEKS = "d"
    APPOINTMENT_MISSED = "e"


_A_TO_D = frozenset(Exceptional) - {Exceptional.APPOINTMENT_MISSED}
EXCEPTIONS = {
    Duty.DECIDE_WHETHER_TO_ASSESS: _A_TO_D,  # reg 5(4)
    Duty.DECIDE_NOT_TO_ISSUE: frozenset(Exceptional),  # reg 10(4)
    Duty.FINAL_PLAN: _A_TO_D,  # reg 13(3): "reg 10(4)(a) to (d)"
    Duty.ADVICE: frozenset(  # reg 8(2)
        {
            Exceptional.PERSONAL_CIRCUMSTANCES,
            Exceptional.ABSENT_FOUR_WEEKS,
            Exceptional.APPOINTMENT_MISSED,
        }
    ),
}


class Transfer(Enum):
    """A transfer between phases of education (reg 2(1))."""

    EARLY_YEARS_TO_SCHOOL = "EARLY_YEARS_TO_SCHOOL"
    INFANT_TO_JUNIOR = "INFANT_TO_JUNIOR"
    PRIMARY_TO_SECONDARY = "PRIMARY_TO_SECONDARY"
    SECONDARY_TO_POST16 = "SECONDARY_TO_POST16"
    BETWEEN_POST16 = "BETWEEN_POST16"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One duty of one case. `met` is None while it is open and not yet late."""

    duty: Duty
    due: date
    done_on: date | None = None
    exception: Exceptional | None = None

    @property
    def excepted(self) -> bool:
        return self.exception in EXCEPTIONS.get(self.duty, frozenset())

    def days_left(self, today: date) -> int | None:
        """Negative when late; None once done."""
        return None if self.done_on else (self.due - today).days

    def met(self, today: date) -> bool | None:
        """False when late and no exception applies."""
        if self.excepted:
            return True if self.done_on else None
        if self.done_on:
            return self.done_on <= self.due
        return None if today <= self.due else False


@dataclass(frozen=True, slots=True)
class Review:
    """An annual review: the meeting, the notice of the decision (or proposed amendments), the final plan."""

    meeting: date
    decided_on: date | None = None
    notice_on: date | None = None
    final_on: date | None = None


@dataclass(frozen=True, slots=True)
class CaseDates:
    """What the clock needs to know of a case. `will_*` are None while undecided."""

    received: date
    exception: Exceptional | None = None
    told_on: date | None = None
    will_assess: bool | None = None
    plan_decided_on: date | None = None
    will_issue: bool | None = None
    draft_on: date | None = None
    final_on: date | None = None
    ceased_on: date | None = None
    moved_in_on: date | None = None
    transfer: Transfer | None = None
    transfer_on: date | None = None
    transfer_final_on: date | None = None
    reviews: Sequence[Review] = ()


def deadlines(case: CaseDates) -> list[Deadline]:
    """Every duty the case has come to, in the order the law names them; none after a plan has ceased."""
    if case.ceased_on:
        return []
    return [*_request(case), *_draft(case), *_plan(case)]


# Nobody must do anything when these have passed: a time the family has, a notice that is not kept here.
_WINDOWS = frozenset({Duty.REPRESENTATIONS, Duty.SAY_WHEN_REVIEWED_AFTER_MOVE})


def outstanding(case: CaseDates, today: date) -> list[Deadline]:
    """What is still to be done, the most overdue first."""
    open_ones = (each for each in deadlines(case) if not each.done_on)
    return sorted(
        (each for each in open_ones if each.due >= today or each.duty not in _WINDOWS),
        key=lambda each: each.due,
    )


def _request(case: CaseDates) -> Iterator[Deadline]:
    # The clock of the assessment is not restarted by a move: reg 15 gives the plan, not the request, a new one.
    decide = case.received + weeks(6)
    yield Deadline(Duty.DECIDE_WHETHER_TO_ASSESS, decide, case.told_on, case.exception)
    if case.will_assess is False:
        return
    if case.will_issue is not True:
        refuse = case.received + weeks(16)
        yield Deadline(Duty.DECIDE_NOT_TO_ISSUE, refuse, case.plan_decided_on, case.exception)
    if case.will_issue is not False:
        yield Deadline(Duty.FINAL_PLAN, case.received + weeks(20), case.final_on, case.exception)


def _draft(case: CaseDates) -> Iterator[Deadline]:
    if case.draft_on and not case.final_on:
        yield Deadline(Duty.REPRESENTATIONS, case.draft_on + timedelta(days=14))


def _plan(case: CaseDates) -> Iterator[Deadline]:
    if not case.final_on:
        return
    reviews = sorted(case.reviews, key=lambda review: review.meeting)
    last = reviews[-1].meeting if reviews else case.final_on
    yield Deadline(Duty.ANNUAL_REVIEW, _anniversary(last) - timedelta(days=1))
    if reviews:
        yield from after_review(reviews[-1])
    if case.transfer and case.transfer_on:
        yield Deadline(
            Duty.PHASE_TRANSFER,
            phase_transfer(case.transfer, case.transfer_on),
            case.transfer_final_on,
        )
    if case.moved_in_on:
        yield Deadline(Duty.SAY_WHEN_REVIEWED_AFTER_MOVE, case.moved_in_on + weeks(6))


def after_review(review: Review) -> Iterator[Deadline]:
    """What follows a review meeting: a report, a decision, and the amended plan when there is one."""
    yield Deadline(Duty.REVIEW_REPORT, review.meeting + weeks(2), review.decided_on)
    yield Deadline(Duty.REVIEW_DECISION, review.meeting + weeks(4), review.decided_on)
    if review.notice_on:
        # R (L, M and P) v Devon [2022] EWHC 493 (Admin): the notice goes with the decision, so 4 + 8 weeks in all.
        eight = review.notice_on + weeks(8)
        yield Deadline(Duty.AMENDED_PLAN, min(eight, review.meeting + weeks(12)), review.final_on)


def advice(requested_on: date, received_on: date | None, exception: Exceptional | None) -> Deadline:
    """An adviser's six weeks (reg 8(1)), with the exceptions of reg 8(2)."""
    return Deadline(Duty.ADVICE, requested_on + weeks(6), received_on, exception)


def consultation(sent_on: date, replied_on: date | None) -> Deadline:
    """A consulted setting's fifteen days (SEND Code of Practice 9.83)."""
    return Deadline(Duty.CONSULTED_SETTING_REPLIES, sent_on + timedelta(days=15), replied_on)


def phase_transfer(transfer: Transfer, on: date) -> date:
    """The last day for the amended plan: 31 March, 15 February, or five months before (reg 18(1) and (2)).

    The regulation says *before* 31 March and 15 February; practice and the Code (9.179) count the day itself.
    """
    if transfer is Transfer.BETWEEN_POST16:
        return months(on, -5)
    if transfer is Transfer.SECONDARY_TO_POST16:
        return date(on.year, 3, 31)
    return date(on.year, 2, 15)


def weeks(count: int) -> timedelta:
    return timedelta(weeks=count)


def months(day: date, count: int) -> date:
    """The same day `count` months on, or that month's last."""
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _anniversary(day: date) -> date:
    return months(day, 12)
