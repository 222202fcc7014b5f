"""Children in need and child protection, as the CIN census names them.

Dates and decisions are facts; a need, a factor and a category of abuse are somebody's judgement and say whose.
"""

from __future__ import annotations

from datetime import date

import strawberry

from gateway.identifiers import DfeLaCode
from subgraphs.codes import coded
from subgraphs.labels import fact
from subgraphs.local_authority.codes.social_care import (
    AssessmentFactor,
    CategoryOfAbuse,
    PrimaryNeed,
    ReasonForClosure,
    ReferralSource,
)
from subgraphs.local_authority.loaders import Row
from subgraphs.opinions import Opinion, opinion, opinions
from subgraphs.rows import read

_CONFERENCE = "child protection conference"


@strawberry.type(description="Who at the authority works with the child.")
class KeyWorker:
    worker_role: str = fact("LA.WORKER", about="Social worker, personal adviser and so on.")
    worker_name: str = fact("LA.WORKER", about="The worker's name.")
    la_code: DfeLaCode = fact("LA.WORKER.TEAM", about="The authority, by DfE code.")
    team: str = fact("LA.WORKER.TEAM", about="The team.")
    telephone: str | None = fact("LA.WORKER.TEAM", about="The team's telephone.")
    duty_telephone: str | None = fact("LA.WORKER.TEAM", about="Whom to ring out of hours.")
    start_date: date = fact("LA.WORKER", about="Since when.")
    end_date: date | None = fact("LA.WORKER", about="Until when; empty while it lasts.")
    as_at: date = fact("LA.WORKER", about="The day this speaks of.")


@strawberry.type(description="CIN census CINdetails: a referral to children's social care.")
class Referral:
    cin_referral_date: date = fact("LA.REFERRAL", about="CINreferralDate.")
    referral_nfa: bool | None = fact(
        "LA.REFERRAL", about="ReferralNFA: no further action was taken."
    )
    referral_source: ReferralSource | None = fact(
        "LA.REFERRAL.SOURCE", about="ReferralSource: who referred. Identifies a referrer."
    )
    primary_need: Opinion[PrimaryNeed] | None = opinion(
        PrimaryNeed,
        "LA.ASSESS",
        name="PrimaryNeedOpinion",
        about="PrimaryNeedCode: the authority's view.",
    )
    date_of_initial_cpc: date | None = fact(
        "LA.S47", about="DateOfInitialCPC: the initial child protection conference."
    )
    cin_closure_date: date | None = fact("LA.REFERRAL", about="CINclosureDate.")
    reason_for_closure: ReasonForClosure | None = fact(
        "LA.REFERRAL", about="ReasonForClosure; empty where the reason is sealed."
    )
    as_at: date = fact("LA.REFERRAL", about="The day this speaks of.")

    @classmethod
    def of(cls, row: Row) -> Referral:
        need = coded(PrimaryNeed, row["primary_need_code"])
        on = row["cin_referral_date"]
        said = (
            Opinion(need, "social worker", on, "the referral as first assessed") if need else None
        )
        return read(cls, row, primary_need=said)


@strawberry.type(description="CIN census Assessments: due within 45 working days.")
class Assessment:
    assessment_actual_start_date: date = fact("LA.ASSESS", about="AssessmentActualStartDate.")
    assessment_internal_review_date: date | None = fact(
        "LA.ASSESS", about="AssessmentInternalReviewDate."
    )
    assessment_authorisation_date: date | None = fact(
        "LA.ASSESS", about="AssessmentAuthorisationDate: completed."
    )
    factors: list[Opinion[AssessmentFactor]] = opinions(
        AssessmentFactor,
        "LA.ASSESS3P",
        name="AssessmentFactorOpinion",
        about="AssessmentFactors, which speak of other people too.",
    )
    as_at: date = fact("LA.ASSESS", about="The day this speaks of.")

    @classmethod
    def of(cls, row: Row) -> Assessment:
        found = (coded(AssessmentFactor, each) for each in row["assessment_factors"] or ())
        on = row["assessment_authorisation_date"]
        said = [Opinion(each, "social worker", on, "the assessment") for each in found if each]
        return read(cls, row, factors=said)


@strawberry.type(description="CIN census CINPlanDates.")
class ChildInNeedPlan:
    cin_plan_start_date: date = fact("LA.STATUS", about="CINPlanStartDate.", existence=True)
    cin_plan_end_date: date | None = fact("LA.STATUS", about="CINPlanEndDate.", existence=True)
    as_at: date = fact("LA.STATUS", about="The day this speaks of.", existence=True)


@strawberry.type(description="CIN census Section47: an enquiry under CA 1989 s.47.")
class Section47Enquiry:
    s47_actual_start_date: date = fact("LA.S47", about="S47ActualStartDate.")
    initial_cpc_target: date | None = fact(
        "LA.S47", about="InitialCPCtarget: fifteen working days from the strategy discussion."
    )
    date_of_initial_cpc: date | None = fact("LA.S47", about="DateOfInitialCPC.")
    icpc_not_required: bool | None = fact("LA.S47", about="ICPCnotRequired.")
    as_at: date = fact("LA.S47", about="The day this speaks of.")


@strawberry.type(description="CIN census ChildProtectionPlans.")
class ChildProtectionPlan:
    cpp_start_date: date = fact("LA.CPPLAN", about="CPPstartDate.")
    cpp_end_date: date | None = fact("LA.CPPLAN", about="CPPendDate.")
    number_of_previous_cpp: int | None = fact("LA.CPPLAN", about="NumberOfPreviousCPP.")
    cpp_review_dates: list[date] = fact("LA.CPPLAN", about="CPPreviewDate, each review held.")
    initial_category_of_abuse: Opinion[CategoryOfAbuse] | None = opinion(
        CategoryOfAbuse,
        "LA.CPCAT",
        name="InitialCategoryOfAbuseOpinion",
        about="InitialCategoryOfAbuse: what the first conference decided.",
    )
    latest_category_of_abuse: Opinion[CategoryOfAbuse] | None = opinion(
        CategoryOfAbuse,
        "LA.CPCAT",
        name="LatestCategoryOfAbuseOpinion",
        about="LatestCategoryOfAbuse: what the last conference decided.",
    )
    as_at: date = fact("LA.CPPLAN", about="The day this speaks of.")

    @classmethod
    def of(cls, row: Row) -> ChildProtectionPlan:
        reviews = row["cpp_review_dates"] or []
        first = coded(CategoryOfAbuse, row["initial_category_of_abuse"])
        last = coded(CategoryOfAbuse, row["latest_category_of_abuse"])
        began = row["cpp_start_date"]
        return read(
            cls,
            row,
            cpp_review_dates=reviews,
            initial_category_of_abuse=first
            and Opinion(first, _CONFERENCE, began, "initial conference"),
            latest_category_of_abuse=last
            and Opinion(last, _CONFERENCE, max([began, *reviews]), "latest conference"),
        )


@strawberry.type(description="Pre-proceedings under the Public Law Outline, collected from 2026.")
class PreProceedings:
    pp_start_date: date = fact("LA.LEGAL", about="PPStartDate.")
    lbp_sent_date: date | None = fact("LA.LEGAL", about="LBPSentDate: letter before proceedings.")
    fgdm_meeting_offer: bool | None = fact(
        "LA.LEGAL", about="FGDMMeetingOffer: a family group decision meeting was offered."
    )
    pp_outcome: str | None = fact("LA.LEGAL", about="PPOutcome, as filed.")
    court_app_date: date | None = fact("LA.LEGAL", about="CourtAppDate.")
    as_at: date = fact("LA.LEGAL", about="The day this speaks of.")
