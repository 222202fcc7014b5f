"""What hangs off a learner: enrolments, aims, monitoring, employment, destinations, participation."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import strawberry

from gateway.identifiers import DfeLaCode, Ukprn, Uln
from subgraphs.codes import coded
from subgraphs.context import Context
from subgraphs.labels import fact, reads
from subgraphs.learners.codes import (
    ActivityStatus,
    AimOutcome,
    AimType,
    CompletionStatus,
    ContactPreferenceType,
    Destination,
    EmploymentStatus,
    FundingModel,
    LearnerFamType,
    LlddCategory,
)
from subgraphs.learners.loaders import Loaders, Row
from subgraphs.opinions import Opinion, opinion
from subgraphs.rows import read

Info = strawberry.Info[Context, None]


@strawberry.federation.type(
    keys=["ukprn"], description="A provider of education or training (UKRLP)."
)
class Provider:
    ukprn: Ukprn = fact("PUBLIC", about="UK Provider Reference Number.")
    name: str | None = fact("PUBLIC", about="Its name.", default=None)
    kind: str | None = fact("PUBLIC", about="What kind of provider.", default=None)
    town: str | None = fact("PUBLIC", about="Where.", default=None)
    telephone: str | None = fact("PUBLIC", about="Its telephone.", default=None)

    @classmethod
    async def resolve_references(
        cls, context: Context, keys: list[dict[str, Any]]
    ) -> list[Provider | None]:
        rows = await context.load.providers([str(key["ukprn"]) for key in keys])
        return [read(Provider, row) if row else None for row in rows]


async def provider_of(info: Info, ukprn: str) -> Provider:
    """The provider, by number alone where it is not in our list."""
    load: Loaders = info.context.load
    row = await load.provider.load(ukprn)
    return read(Provider, row) if row else Provider(ukprn=Ukprn(ukprn))


@strawberry.type(description="A learner at one provider, as its newest return tells it.")
class LearnerEnrolment:
    ukprn: strawberry.Private[str]
    learn_ref_number: str = fact("L.ID", about="LearnRefNumber: the provider's own.")
    prev_learn_ref_number: str | None = fact("L.ID", about="PrevLearnRefNumber.")
    plan_learn_hours: int | None = fact("L.ENROL", about="PlanLearnHours.")
    plan_eep_hours: int | None = fact("L.ENROL", about="PlanEEPHours.")
    accom: int | None = fact("L.ENROL", about="Accom: 5 is accommodation the provider owns.")
    as_at: date = fact("L.ENROL", about="The day the return speaks of.")

    @reads("L.ENROL", about="UKPRN: where.")
    async def provider(self, info: Info) -> Provider:
        return await provider_of(info, self.ukprn)


@strawberry.type(description="ILR LearningDelivery: one aim.")
class LearningDelivery:
    ukprn: strawberry.Private[str]
    aim_seq_number: int = fact("L.ENROL", about="AimSeqNumber.")
    learn_aim_ref: str = fact("L.ENROL", about="LearnAimRef.")
    aim_type: AimType | None = fact("L.ENROL", about="AimType.")
    learn_start_date: date | None = fact("L.ENROL", about="LearnStartDate.")
    learn_plan_end_date: date | None = fact("L.ENROL", about="LearnPlanEndDate.")
    learn_act_end_date: date | None = fact("L.ENROL", about="LearnActEndDate.")
    comp_status: CompletionStatus | None = fact("L.ENROL", about="CompStatus.")
    outcome: AimOutcome | None = fact("L.ENROL", about="Outcome.")
    fund_model: FundingModel | None = fact("L.ENROL", about="FundModel.")
    del_loc_post_code: str | None = fact("L.ENROL", about="DelLocPostCode: where it is taught.")
    withdraw_reason: int | None = fact("L.ENROL", about="WithdrawReason, ILR code.")
    as_at: date = fact("L.ENROL", about="The day the return speaks of.")

    @reads("L.ENROL", about="UKPRN: where.")
    async def provider(self, info: Info) -> Provider:
        return await provider_of(info, self.ukprn)


@strawberry.type(description="ILR LLDDandHealthProblem: what the learner says of themselves.")
class DeclaredDifficulty:
    lldd_cat: Opinion[LlddCategory] | None = opinion(
        LlddCategory, "L.LLDD", name="LlddCategoryOpinion", about="LLDDCat."
    )
    primary: bool = fact("L.LLDD", about="PrimaryLLDD.")
    as_at: date = fact("L.LLDD", about="The day the return speaks of.")

    @classmethod
    def of(cls, row: Row) -> DeclaredDifficulty:
        kind = coded(LlddCategory, str(row["lldd_cat"]))
        said = Opinion(kind, "learner", row["as_at"], "declared to the provider") if kind else None
        return cls(lldd_cat=said, primary=row["primary_lldd"] == 1, as_at=row["as_at"])


@strawberry.type(description="ILR LearnerFAM.")
class LearnerFam:
    learn_fam_type: LearnerFamType | None = fact("L.FAM", about="LearnFAMType.")
    learn_fam_code: int = fact("L.FAM", about="LearnFAMCode, of that type.")
    as_at: date = fact("L.FAM", about="The day the return speaks of.")


@strawberry.type(description="ILR LearnerEmploymentStatus.")
class LearnerEmployment:
    emp_stat: EmploymentStatus | None = fact("L.EMP", about="EmpStat.")
    date_emp_stat_app: date = fact("L.EMP", about="DateEmpStatApp: since when.")
    emp_id: str | None = fact("L.EMP", about="EmpId: the employer.")
    on_benefits: bool | None = fact("L.EMP", about="ESMType BSI: a benefit is received; not which.")
    as_at: date = fact("L.EMP", about="The day the return speaks of.")

    @classmethod
    def of(cls, row: Row) -> LearnerEmployment:
        monitoring = orjson.loads(row["employment_status_monitoring"] or "[]")
        benefits = any(each.get("esm_type") == "BSI" for each in monitoring)
        return read(cls, row, on_benefits=benefits if monitoring else None)


@strawberry.type(description="ILR DPOutcome: where the learner went next.")
class LearnerDestination:
    out_type: Destination | None = fact("L.DEST", about="OutType.")
    out_code: int = fact("L.DEST", about="OutCode, of that type.")
    out_start_date: date = fact("L.DEST", about="OutStartDate.")
    out_end_date: date | None = fact("L.DEST", about="OutEndDate.")
    out_coll_date: date | None = fact("L.DEST", about="OutCollDate: when it was learnt.")


@strawberry.type(
    description="What the authority that tracks a young person knows of their participation."
)
class Participation:
    uln: Uln = fact("L.ID", about="ULN.")
    family_name: str | None = fact("L.CORE", about="Family name.")
    given_names: str | None = fact("L.CORE", about="Given names.")
    la_code: DfeLaCode = fact("L.NEET", about="The authority that tracks, by DfE code.")
    adviser: str | None = fact("L.NEET", about="The participation officer or careers adviser.")
    activity_status: ActivityStatus | None = fact("L.NEET", about="Activity.")
    currency_date: date | None = fact("L.NEET", about="Until when the status may be relied on.")
    september_guarantee: str | None = fact("L.NEET", about="Offer under the September Guarantee.")
    characteristics: list[str] = fact("L.NEET", about="Characteristics the adviser recorded.")
    next_contact_on: date | None = fact("L.NEET", about="When to be in touch next.")
    as_at: date = fact("L.NEET", about="The day this speaks of.")

    @classmethod
    def of(cls, row: Row) -> Participation:
        return read(cls, row, characteristics=row["characteristics"] or [])


PARTICIPATES = {
    ActivityStatus.IN_LEARNING: True,
    ActivityStatus.EMPLOYED_WITH_TRAINING: True,
    ActivityStatus.EMPLOYED_WITHOUT_TRAINING: False,
    ActivityStatus.NEET_AVAILABLE: False,
    ActivityStatus.NEET_NOT_AVAILABLE: False,
}


@strawberry.type(description="An achievement of the Personal Learning Record.")
class LearningAchievement:
    qualification_number: str = fact("L.PLR", about="Qualification number (QAN).")
    title: str = fact("L.PLR", about="Title.")
    grade: str | None = fact("L.PLR", about="Grade.")
    awarded_on: date | None = fact("L.PLR", about="When.")
    awarding_body: str | None = fact("L.PLR", about="By whom.")


@strawberry.type(description="ILR ContactPreference.")
class ContactPreference:
    cont_pref_type: ContactPreferenceType | None = fact("L.PREF", about="ContPrefType.")
    cont_pref_code: int = fact("L.PREF", about="ContPrefCode, of that type.")
    as_at: date = fact("L.PREF", about="The day the return speaks of.")
