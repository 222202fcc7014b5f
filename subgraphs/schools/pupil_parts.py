"""What hangs off a pupil: enrolments, needs, attendance, exclusions, attainment, contacts; row → labelled object.

Facts are plain. A judgement is an object that says what was judged, in which role, when and on what.
"""

from __future__ import annotations

from datetime import date
from typing import Self

import strawberry

from subgraphs.codes import coded
from subgraphs.labels import fact, reads
from subgraphs.rows import read
from subgraphs.schools import codes
from subgraphs.schools.loaders import Row
from subgraphs.schools.school import Info, School, load


@strawberry.type(description="One stay on one school's roll, as its newest return tells it.")
class Enrolment:
    entry_date: date | None = fact("SC.ENROL", about="School census EntryDate.")
    leaving_date: date | None = fact("SC.ENROL", about="School census LeavingDate.")
    status: codes.EnrolStatus | None = fact("SC.ENROL", about="School census EnrolStatus.")
    year_group: codes.YearGroup | None = fact("SC.ENROL", about="School census NCyearActual.")
    on_roll: bool = fact("SC.ENROL", about="Whether the pupil was on the roll on `asAt`.")
    part_time: bool | None = fact("SC.ENROL", about="School census PartTime.")
    boarder: codes.Boarder | None = fact("SC.ENROL", about="School census Boarder.")
    hours_at_setting: float | None = fact(
        "SC.ENROL", about="School census HoursAtSetting, hours a week."
    )
    as_at: date = fact("SC.ENROL", about="The day the return speaks of.")
    urn: strawberry.Private[str | None]

    @reads("SC.ENROL", about="Where. Absent when the return does not say.")
    async def school(self, info: Info) -> School | None:
        row = await load(info).school.load(self.urn) if self.urn else None
        return School.of(row) if row else None

    @classmethod
    def of(cls, row: Row) -> Self:
        return read(
            cls,
            row,
            status=coded(codes.EnrolStatus, row["enrol_status"]),
            year_group=coded(codes.YearGroup, row["nc_year_actual"]),
        )


@strawberry.type(
    description="A type of need the school has recorded: a judgement, not a diagnosis."
)
class SenNeed:
    value: codes.SenType | None = fact("SC.SEN", about="School census SENtype.")
    rank: int | None = fact("SC.SEN", about="School census SENtypeRank; 1 is the primary need.")
    author_role: str | None = fact("SC.SEN", about="Whose judgement it is.")
    recorded_on: date | None = fact("SC.SEN", about="When it was recorded.")
    basis: str | None = fact("SC.SEN", about="What it rests on.")
    as_at: date = fact("SC.SEN", about="The day the return speaks of.")

    @classmethod
    def of(cls, row: Row) -> Self:
        return read(
            cls, row, value=coded(codes.SenType, row["sen_type"]), rank=row["sen_type_rank"]
        )


@strawberry.type(description="Whether the pupil looks after someone: a judgement.")
class YoungCarerJudgement:
    value: codes.YoungCarer = fact("SC.CARER", about="School census YoungCarer.")
    author_role: str = fact("SC.CARER", about="Whose judgement it is: parent or school.")
    recorded_on: date = fact("SC.CARER", about="The day the return speaks of.")
    basis: str = fact("SC.CARER", about="What it rests on.")

    @classmethod
    def of(cls, row: Row) -> Self | None:
        value = coded(codes.YoungCarer, row["young_carer"])
        if value is None:
            return None
        author = "school" if value is codes.YoungCarer.S else "parent or guardian"
        return cls(value=value, author_role=author, recorded_on=row["as_at"], basis="school census")


@strawberry.type(description="Sessions (half days) of one attendance code.")
class AttendanceReason:
    code: str = fact("SC.ATT", about="Attendance code, set of 2024.")
    meaning: str | None = fact("SC.ATT", about="What the code stands for.")
    sessions: int = fact("SC.ATT", about="How many half days.")


@strawberry.type(description="One term's attendance. A session is half a day.")
class TermAttendance:
    as_at: date = fact("SC.ATT", about="The day of the return that carries the term.")
    sessions_possible: int = fact("SC.ATT", about="TermlySessionsPossible.")
    sessions_authorised: int = fact(
        "SC.ATT", about="Half days missed with leave, illness among them."
    )
    sessions_unauthorised: int = fact("SC.ATT", about="Half days missed without leave.")
    reasons: list[AttendanceReason] = fact("SC.ATT", about="Half days by attendance code.")

    @classmethod
    def of(cls, row: Row) -> Self:
        counted = list(zip(row["reasons"] or (), row["sessions"] or (), strict=True))
        return cls(
            as_at=row["as_at"],
            sessions_possible=row["termly_sessions_possible"],
            sessions_authorised=sum(n for code, n in counted if codes.authorised(code)),
            sessions_unauthorised=sum(n for code, n in counted if codes.unauthorised(code)),
            reasons=[
                AttendanceReason(code=code, meaning=codes.ATTENDANCE.get(code), sessions=n)
                for code, n in counted
            ],
        )


@strawberry.type(description="This school year's attendance in one figure.")
class AttendanceSummary:
    percentage: float = fact(
        "SC.ATT.SUMMARY", about="Sessions attended of those possible, in percent."
    )
    since: date = fact("SC.ATT.SUMMARY", about="The first return counted.")
    as_at: date = fact("SC.ATT.SUMMARY", about="The last return counted.")

    @classmethod
    def over(cls, terms: list[TermAttendance]) -> Self | None:
        """Of the school year of the newest term."""
        year = [term for term in terms if _school_year(term.as_at) == _school_year(terms[-1].as_at)]
        possible = sum(term.sessions_possible for term in year)
        if not possible:
            return None
        missed = sum(term.sessions_authorised + term.sessions_unauthorised for term in year)
        percentage = round(100 * (possible - missed) / possible, 1)
        return cls(percentage=percentage, since=year[0].as_at, as_at=year[-1].as_at)


def _school_year(day: date) -> int:
    return day.year if day.month >= 9 else day.year - 1


@strawberry.type(description="Why a pupil was excluded: the head teacher's judgement.")
class ExclusionReasons:
    value: list[codes.ExclusionReason] = fact("SC.EXCL", about="Up to three, the gravest first.")
    author_role: str = fact("SC.EXCL", about="Whose judgement it is.")
    recorded_on: date | None = fact("SC.EXCL", about="The day of the decision.")
    basis: str = fact("SC.EXCL", about="What it rests on.")


@strawberry.type(description="A suspension or an exclusion.")
class Exclusion:
    category: codes.ExclusionCategory | None = fact("SC.EXCL", about="School census Category.")
    start_date: date | None = fact("SC.EXCL", about="School census StartDate.")
    sessions: int | None = fact("SC.EXCL", about="Half days it lasted.")
    sen_provision: codes.SenProvision | None = fact(
        "SC.EXCL", "SC.SEN", about="SEN provision at the time."
    )
    reasons: ExclusionReasons = fact("SC.EXCL", about="Why, in the head teacher's judgement.")
    as_at: date = fact("SC.EXCL", about="The day the return speaks of.")

    @classmethod
    def of(cls, row: Row) -> Self:
        given = (coded(codes.ExclusionReason, row[f"reason{n}"]) for n in (1, 2, 3))
        reasons = ExclusionReasons(
            value=[reason for reason in given if reason],
            author_role="head teacher",
            recorded_on=row["start_date"],
            basis="Education Act 2002 s.51A",
        )
        return read(cls, row, reasons=reasons)


@strawberry.type(description="A time in alternative provision.")
class AlternativeProvision:
    reason: codes.ApReason | None = fact(
        "SC.AP", about="Placement reason, as the school judges it."
    )
    attendance_pattern: codes.ApPattern | None = fact("SC.AP", about="Full or part time.")
    sessions_per_week: int | None = fact("SC.AP", about="Half days a week.")
    entry_date: date = fact("SC.AP", about="First day.")
    leaving_date: date | None = fact("SC.AP", about="Last day.")
    as_at: date = fact("SC.AP", about="The day the return speaks of.")

    @classmethod
    def of(cls, row: Row) -> Self:
        return read(cls, row)


@strawberry.type(description="A period of entitlement to free school meals: a proxy for income.")
class FreeSchoolMealPeriod:
    start_date: date | None = fact("SC.FSM", about="FSMstartDate.")
    end_date: date | None = fact("SC.FSM", about="FSMendDate; absent while it lasts.")
    country: codes.UkCountry | None = fact("SC.FSM", about="UKcountry.")

    @classmethod
    def of(cls, row: Row) -> Self:
        return cls(
            start_date=row["fsm_start_date"],
            end_date=row["fsm_end_date"],
            country=coded(codes.UkCountry, row["uk_country"]),
        )


@strawberry.type(description="A result of a statutory assessment (CTF StageAssessment).")
class StageAssessment:
    stage: str = fact("SC.ATTAIN", about="Stage: EYFS, PHO, KS1, KS2.")
    locale: str | None = fact("SC.ATTAIN", about="Locale: ENG, WLS.")
    year: int | None = fact("SC.ATTAIN", about="Year the result was given.")
    subject: str = fact("SC.ATTAIN", about="Subject code.")
    component: str | None = fact("SC.ATTAIN", about="Component code.")
    method: codes.AssessmentMethod | None = fact(
        "SC.ATTAIN", about="A test's result is a fact, a teacher's a judgement."
    )
    result_status: str | None = fact("SC.ATTAIN", about="ResultStatus.")
    result: str = fact("SC.ATTAIN", about="Result, in the stage's own scale.")
    author_role: str = fact("SC.ATTAIN", about="Who gave it.")
    recorded_on: date | None = fact("SC.ATTAIN", about="Day of the result.")

    @classmethod
    def of(cls, row: Row) -> Self:
        method = coded(codes.AssessmentMethod, row["method"])
        judged = method is codes.AssessmentMethod.TA
        return read(
            cls,
            row,
            author_role="teacher" if judged else "test marker",
            recorded_on=row["result_date"],
        )


@strawberry.type(description="A qualification the pupil works for in the school's sixth form.")
class SchoolLearningAim:
    qan: str = fact("SC.ENROL", about="Qualification Accreditation Number.")
    start_date: date | None = fact("SC.ENROL", about="First day.")
    planned_end_date: date | None = fact("SC.ENROL", about="Planned last day.")
    actual_end_date: date | None = fact("SC.ENROL", about="Last day.")
    status: str | None = fact("SC.ENROL", about="1 continuing, 2 completed, 3 withdrawn.")

    @classmethod
    def of(cls, row: Row) -> Self:
        return read(cls, row)


@strawberry.type(description="An adult whom the school turns to about the pupil.")
class ParentalContact:
    priority: int = fact("SC.CONTACT", about="1 is called first.")
    surname: str = fact("SC.CONTACT", about="CTF Contact Surname.")
    forename: str | None = fact("SC.CONTACT", about="CTF Contact Forename.")
    relationship: str | None = fact("SC.CONTACT", about="Relationship to the pupil.")
    parental_responsibility: bool | None = fact("SC.CONTACT", about="Whether held.")
    telephone: str | None = fact("SC.CONTACT", about="Number to call.")
    address: str | None = fact("SC.CONTACT", about="Address lines.")
    post_code: str | None = fact("SC.CONTACT", about="Postcode.")

    @classmethod
    def of(cls, row: Row) -> Self:
        return read(cls, row)


@strawberry.type(description="Where the pupil lives, as the school holds it.")
class PupilAddress:
    lines: str | None = fact("SC.CONTACT", about="Address lines.")
    post_code: str | None = fact("SC.CONTACT", about="Postcode.")


@strawberry.type(description="A medical need at school: a judgement. CFA 2014 s.100.")
class MedicalNeed:
    value: str = fact("SC.MED", about="The need and what the school does about it.")
    individual_healthcare_plan: bool | None = fact("SC.MED", about="Whether there is a plan.")
    author_role: str | None = fact("SC.MED", about="Whose judgement it is.")
    recorded_on: date | None = fact("SC.MED", about="When it was recorded.")
    basis: str | None = fact("SC.MED", about="What it rests on.")

    @classmethod
    def of(cls, row: Row) -> Self:
        return read(cls, row, value=row["need"])
