"""EhcCase: one request for an EHC needs assessment and all that followed, by its case reference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from gateway.identifiers import DfeLaCode
from subgraphs.context import Context
from subgraphs.labels import fact, reads
from subgraphs.local_authority.clock import CaseDates, Exceptional
from subgraphs.local_authority.codes.send import CeaseReason, Outcome, RequestSource
from subgraphs.local_authority.day import today
from subgraphs.local_authority.ehc_clock import EhcClock, case_dates, exceptional, told
from subgraphs.local_authority.ehc_plan import (
    AdviceRequest,
    AnnualReview,
    Consultation,
    EhcNeed,
    EhcPlacement,
    EhcPlan,
    EhcSections,
    ExistingAdvice,
    agreed_sufficient,
)
from subgraphs.local_authority.loaders import Loaders, Row
from subgraphs.rows import read

if TYPE_CHECKING:
    from subgraphs.local_authority.child import LocalAuthorityChild

Info = strawberry.Info[Context, None]


@strawberry.federation.type(
    keys=["caseRef"],
    description="An EHC case: request, assessment, plan and reviews (SEN2, CFA 2014 Part 3).",
)
class EhcCase:
    row: strawberry.Private[Row]
    case_ref: strawberry.ID = fact(
        "LA.SENDPROC", about="The authority's reference of the case.", existence=True
    )
    la_code: DfeLaCode = fact("LA.SENDPROC", about="The authority, by DfE code.", existence=True)
    coordinator: str = fact("LA.WORKER", about="The EHC plan coordinator.")
    team: str | None = fact("LA.WORKER.TEAM", about="The coordinator's team.")
    telephone: str | None = fact("LA.WORKER.TEAM", about="The team's telephone.")
    received_date: date = fact("LA.SENDPROC", about="ReceivedDate: day 0 of the clock.")
    request_source: RequestSource | None = fact("LA.SENDPROC", about="RequestSource.")
    rya: bool | None = fact("LA.SENDPROC", about="RYA: in relevant youth accommodation.")
    request_outcome: Outcome | None = fact("LA.SENDPROC", about="RequestOutcome.")
    request_outcome_date: date | None = fact("LA.SENDPROC", about="RequestOutcomeDate.")
    request_mediation: bool | None = fact("LA.SENDPROC", about="RequestMediation.")
    request_tribunal: bool | None = fact("LA.SENDPROC", about="RequestTribunal.")
    assessment_outcome: Outcome | None = fact("LA.SENDPROC", about="AssessmentOutcome.")
    assessment_outcome_date: date | None = fact("LA.SENDPROC", about="AssessmentOutcomeDate.")
    assessment_mediation: bool | None = fact("LA.SENDPROC", about="AssessmentMediation.")
    assessment_tribunal: bool | None = fact("LA.SENDPROC", about="AssessmentTribunal.")
    other_mediation: bool | None = fact("LA.SENDPROC", about="OtherMediation.")
    other_tribunal: bool | None = fact("LA.SENDPROC", about="OtherTribunal.")
    week20: bool | None = fact("LA.SENDPROC", about="Week20: an exception applied.")
    draft_sent_on: date | None = fact("LA.SENDPROC", about="When the draft plan was sent.")
    cease_date: date | None = fact("LA.SENDPROC", about="CeaseDate.")
    cease_reason: CeaseReason | None = fact("LA.SENDPROC", about="CeaseReason.")
    phase_transfer_due_date: date | None = fact("LA.SENDPROC", about="PhaseTransferDueDate.")
    phase_transfer_final_date: date | None = fact("LA.SENDPROC", about="PhaseTransferFinalDate.")
    transfer_la: DfeLaCode | None = fact(
        "LA.SENDPROC", about="TransferLA: where the plan came from."
    )
    as_at: date = fact("LA.SENDPROC", about="The day this speaks of.", existence=True)

    @classmethod
    def of(cls, row: Row) -> EhcCase:
        return read(cls, row, row=row)

    @classmethod
    async def resolve_references(
        cls, context: Context, keys: list[dict[str, Any]]
    ) -> Sequence[EhcCase | None]:
        rows = await context.load.cases([str(key["caseRef"]) for key in keys])
        return [cls.of(row) if row else None for row in rows]

    @reads("STRUCTURE", about="The child, as this authority knows it.")
    async def child(
        self, info: Info
    ) -> Annotated[LocalAuthorityChild, strawberry.lazy("subgraphs.local_authority.child")] | None:
        from subgraphs.local_authority.child import LocalAuthorityChild

        load: Loaders = info.context.load
        row = await load.child.load((self.row["la_code"], self.row["local_child_id"]))
        return LocalAuthorityChild.of(row) if row else None

    @reads("LA.SENDPROC", about="A plan is in force today.", existence=True)
    def plan_in_force(self) -> bool:
        start, end = self.row["start_date"], self.row["cease_date"]
        return start is not None and start <= today() and (end is None or end > today())

    @reads("LA.SENDPROC", about="When the plan is next to be reviewed.", existence=True)
    async def next_review_due(self, info: Info) -> date | None:
        annual = told(await self.dates(info), today()).annual_review
        return annual.due if annual else None

    @reads("LA.SENDPROC", about="What is due when, what is late, what was excused.")
    async def clock(self, info: Info) -> EhcClock:
        return told(await self.dates(info), today())

    @reads("LA.SENDPROC", about="The exception recorded, whichever duty it applies to.")
    def exception(self) -> Exceptional | None:
        return exceptional(self.row["exception"])

    @reads("LA.SENDPROC", about="The plan as issued; empty before.")
    def plan(self) -> EhcPlan | None:
        return read(EhcPlan, self.row) if self.row["start_date"] else None

    @reads("STRUCTURE", about="The plan's sections, each closed or open by itself (reg 17).")
    async def sections(self, info: Info) -> EhcSections:
        return EhcSections.of(await self._rows(info, "ehc_section"))

    @reads("LA.SENDPROC", about="Types of need, the primary one first.")
    async def needs(self, info: Info) -> list[EhcNeed]:
        return [EhcNeed.of(row) for row in await self._rows(info, "ehc_need")]

    @reads("LA.SENDPROC", about="Where the plan places the child, and where it did.")
    async def placements(self, info: Info) -> list[EhcPlacement]:
        return [read(EhcPlacement, row) for row in await self._rows(info, "ehc_placement")]

    @reads("LA.SENDPROC", about="Annual reviews, the first first.")
    async def reviews(self, info: Info) -> list[AnnualReview]:
        return [read(AnnualReview, row) for row in await self._rows(info, "ehc_review")]

    @reads("LA.SENDPROC", about="Advice asked for: who has answered and who is late.")
    async def advice_requests(self, info: Info) -> list[AdviceRequest]:
        excused, day = exceptional(self.row["exception"]), today()
        return [AdviceRequest.of(row, excused, day) for row in await self._rows(info, "ehc_advice")]

    @reads("LA.SENDPROC", about="Settings consulted on the draft.")
    async def consultations(self, info: Info) -> list[Consultation]:
        rows = await self._rows(info, "ehc_consultation")
        return [Consultation.of(row, today()) for row in rows]

    @reads(
        "LA.ADVICE", about="Advice that need not be sought again: all three have agreed (reg 6(4))."
    )
    async def existing_advice(self, info: Info) -> list[ExistingAdvice]:
        rows = await self._rows(info, "ehc_advice")
        return [ExistingAdvice.of(row) for row in rows if agreed_sufficient(row)]

    async def dates(self, info: Info) -> CaseDates:
        return case_dates(self.row, await self._rows(info, "ehc_review"))

    async def _rows(self, info: Info, table: str) -> list[Row]:
        load: Loaders = info.context.load
        return await load.of_case(table).load(str(self.case_ref))
