"""A case's rows → the statutory clock as the graph shows it: what is due, what is late, what was excused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import strawberry

from subgraphs.labels import fact
from subgraphs.local_authority import clock
from subgraphs.local_authority.clock import CaseDates, Duty, Exceptional, Review, Transfer
from subgraphs.local_authority.loaders import Row

strawberry.enum(Duty, description="What the law asks for, by a day.")
strawberry.enum(
    Exceptional, description="Why a time limit need not be met (regs 5(4), 8(2), 10(4), 13(3))."
)
strawberry.enum(Transfer, description="A transfer between phases of education (reg 2(1)).")


@strawberry.type(description="One duty of one case.")
class Deadline:
    duty: Duty = fact("LA.SENDPROC", about="What must be done.")
    provision: str = fact("LA.SENDPROC", about="The provision that says so.")
    due: date = fact("LA.SENDPROC", about="The last day for it.")
    done_on: date | None = fact("LA.SENDPROC", about="When it was done.")
    days_left: int | None = fact("LA.SENDPROC", about="Negative when late; empty once done.")
    met: bool | None = fact("LA.SENDPROC", about="In time, or excused; empty while still open.")
    exception: Exceptional | None = fact(
        "LA.SENDPROC", about="The exception that applies to this duty, if one does."
    )

    @classmethod
    def of(cls, deadline: clock.Deadline, today: date) -> Deadline:
        return cls(
            duty=deadline.duty,
            provision=deadline.duty.value,
            due=deadline.due,
            done_on=deadline.done_on,
            days_left=deadline.days_left(today),
            met=deadline.met(today),
            exception=deadline.exception if deadline.excepted else None,
        )


@strawberry.type(
    description="The statutory clock of an EHC case. A duty the case has not come to is empty."
)
class EhcClock:
    next: Deadline | None = fact(
        "LA.SENDPROC", about="What is outstanding, the most overdue first."
    )
    six_weeks: Deadline | None = fact("LA.SENDPROC", about="Decide whether to assess: reg 5(1).")
    sixteen_weeks: Deadline | None = fact("LA.SENDPROC", about="Decide not to issue: reg 10(1).")
    twenty_weeks: Deadline | None = fact("LA.SENDPROC", about="Send the final plan: reg 13(2).")
    representations: Deadline | None = fact(
        "LA.SENDPROC", about="The family's fifteen days with the draft: reg 13(1)(a)."
    )
    annual_review: Deadline | None = fact("LA.SENDPROC", about="Twelve months: CFA 2014 s.44(1).")
    review_report: Deadline | None = fact("LA.SENDPROC", about="Two weeks after: reg 20(8).")
    review_decision: Deadline | None = fact("LA.SENDPROC", about="Four weeks after: reg 20(10).")
    amended_plan: Deadline | None = fact("LA.SENDPROC", about="Eight weeks after: reg 22(3).")
    phase_transfer: Deadline | None = fact("LA.SENDPROC", about="15 February or 31 March: reg 18.")
    review_after_move: Deadline | None = fact("LA.SENDPROC", about="Six weeks: reg 15(4).")


_FIELDS = {
    "six_weeks": Duty.DECIDE_WHETHER_TO_ASSESS,
    "sixteen_weeks": Duty.DECIDE_NOT_TO_ISSUE,
    "twenty_weeks": Duty.FINAL_PLAN,
    "representations": Duty.REPRESENTATIONS,
    "annual_review": Duty.ANNUAL_REVIEW,
    "review_report": Duty.REVIEW_REPORT,
    "review_decision": Duty.REVIEW_DECISION,
    "amended_plan": Duty.AMENDED_PLAN,
    "phase_transfer": Duty.PHASE_TRANSFER,
    "review_after_move": Duty.SAY_WHEN_REVIEWED_AFTER_MOVE,
}


def told(case: CaseDates, today: date) -> EhcClock:
    """The clock on `today`."""
    by_duty = {each.duty: Deadline.of(each, today) for each in clock.deadlines(case)}
    first = next(iter(clock.outstanding(case, today)), None)
    return EhcClock(
        next=Deadline.of(first, today) if first else None,
        **{name: by_duty.get(duty) for name, duty in _FIELDS.items()},
    )


_DECIDED = {"Y": True, "H": True, "N": False, "W": False}


def case_dates(row: Row, reviews: Iterable[Row]) -> CaseDates:
    """A row of ehc_case, and those of its ehc_review → what the clock needs to know."""
    return CaseDates(
        received=row["received_date"],
        exception=exceptional(row["exception"]),
        told_on=row["request_outcome_date"],
        will_assess=_DECIDED.get(row["request_outcome"]),
        plan_decided_on=row["assessment_outcome_date"],
        will_issue=_DECIDED.get(row["assessment_outcome"]),
        draft_on=row["draft_sent_on"],
        final_on=row["start_date"],
        ceased_on=row["cease_date"],
        moved_in_on=row["moved_in_on"],
        transfer=Transfer[row["phase_transfer"]] if row["phase_transfer"] else None,
        transfer_on=row["phase_transfer_due_date"],
        transfer_final_on=row["phase_transfer_final_date"],
        reviews=_reviews(reviews),
    )


def exceptional(stored: str | None) -> Exceptional | None:
    return Exceptional.__members__.get(stored or "")


def _reviews(rows: Iterable[Row]) -> Sequence[Review]:
    return tuple(
        Review(
            meeting=row["review_meeting"],
            decided_on=row["review_outcome_date"],
            notice_on=row["review_draft"],
            final_on=row["review_final"],
        )
        for row in rows
    )
