"""What a plan says and where it places the child: SEN2's items, and sections A to K, each a category of its own.

Reg 17 keeps a plan from everyone but those it lists, section by section; sections are somebody's words and say whose.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import strawberry

from gateway.identifiers import Ukprn, Urn
from subgraphs.codes import coded
from subgraphs.labels import fact
from subgraphs.local_authority import clock
from subgraphs.local_authority.codes.send import (
    AdviceKind,
    EhcNeedType,
    PlanResidence,
    ReviewOutcome,
    SenSetting,
)
from subgraphs.local_authority.ehc_clock import Deadline
from subgraphs.local_authority.loaders import Row
from subgraphs.opinions import Opinion, opinion
from subgraphs.rows import read


def _section(letter: str, category: str, about: str) -> Any:
    name = f"EhcSection{letter}"
    return opinion(str, f"LA.EHCTEXT.{category}", name=name, about=f"Section {letter}: {about}")


@strawberry.type(description="An EHC plan's sections (reg 12(1)).")
class EhcSections:
    a: Opinion[str] | None = _section("A", "A", "views, interests and aspirations.")
    b: Opinion[str] | None = _section("B", "B", "special educational needs.")
    c: Opinion[str] | None = _section("C", "C", "health needs.")
    d: Opinion[str] | None = _section("D", "D", "social care needs.")
    e: Opinion[str] | None = _section("E", "E", "outcomes.")
    f: Opinion[str] | None = _section("F", "F", "special educational provision.")
    g: Opinion[str] | None = _section("G", "G", "health provision.")
    h1: Opinion[str] | None = _section("H1", "H", "social care provision under the 1970 Act.")
    h2: Opinion[str] | None = _section("H2", "H", "other social care provision.")
    i: Opinion[str] | None = _section("I", "I", "the school or other institution named.")
    j: Opinion[str] | None = _section("J", "J", "personal budget.")
    k: Opinion[str] | None = _section("K", "K", "the advice and information, listed.")

    @classmethod
    def of(cls, rows: Iterable[Row]) -> EhcSections:
        by_letter = {row["section"].lower(): _said(row, row["content"]) for row in rows}
        letters = ("a", "b", "c", "d", "e", "f", "g", "h1", "h2", "i", "j", "k")
        return cls(**{letter: by_letter.get(letter) for letter in letters})


def _said(row: Row, value: Any) -> Opinion[Any]:
    return Opinion(value, row["author_role"], row["recorded_on"], row["basis"])


@strawberry.type(description="SEN2 SENneed.")
class EhcNeed:
    sen_type: Opinion[EhcNeedType] | None = opinion(
        EhcNeedType,
        "LA.SENDPROC",
        name="EhcNeedTypeOpinion",
        about="SENtype: a type of need, not a diagnosis.",
    )
    sen_type_rank: int = fact("LA.SENDPROC", about="SENtypeRank: 1 primary, 2 secondary.")

    @classmethod
    def of(cls, row: Row) -> EhcNeed:
        need = coded(EhcNeedType, row["sen_type"])
        return read(cls, row, sen_type=need and _said(row, need))


@strawberry.type(description="SEN2 PlanDetail and PlacementDetail.")
class EhcPlacement:
    named: bool = fact("LA.SENDPROC", about="The plan's section I names it.")
    urn: Urn | None = fact("LA.SENDPROC.PLACE", about="URN of the school.")
    ukprn: Ukprn | None = fact("LA.SENDPROC.PLACE", about="UKPRN of the provider.")
    sen_setting: SenSetting | None = fact(
        "LA.SENDPROC.PLACE", about="SENSetting, where it is no school."
    )
    sen_setting_other: str | None = fact("LA.SENDPROC.PLACE", about="SENSettingOther, in words.")
    placement_rank: int = fact("LA.SENDPROC", about="PlacementRank: 1 is the main one.")
    sen_unit_indicator: bool | None = fact("LA.SENDPROC", about="SENUnitIndicator.")
    resourced_provision_indicator: bool | None = fact(
        "LA.SENDPROC", about="ResourcedProvisionIndicator."
    )
    entry_date: date | None = fact("LA.SENDPROC", about="EntryDate.")
    leaving_date: date | None = fact("LA.SENDPROC", about="LeavingDate.")


@strawberry.type(description="SEN2 NamedPlan: the plan as issued.")
class EhcPlan:
    start_date: date = fact("LA.SENDPROC", about="StartDate: the final plan was sent.")
    plan_res: PlanResidence | None = fact("LA.SENDPROC", about="PlanRes.")
    plan_wbp: bool | None = fact("LA.SENDPROC", about="PlanWBP: work-based learning.")
    pb: bool | None = fact("LA.SENDPROC", about="PB: a personal budget was taken up.")
    oa: bool | None = fact("LA.SENDPROC", about="OA: by organised arrangements.")
    dp: bool | None = fact("LA.SENDPROC", about="DP: by direct payments.")


@strawberry.type(description="SEN2 ActivePlans: an annual review (CFA 2014 s.44).")
class AnnualReview:
    review_meeting: date = fact("LA.SENDPROC", about="ReviewMeeting.")
    review_outcome: ReviewOutcome | None = fact("LA.SENDPROC", about="ReviewOutcome.")
    review_outcome_date: date | None = fact("LA.SENDPROC", about="When the family was told.")
    review_draft: date | None = fact("LA.SENDPROC", about="ReviewDraft: proposed amendments sent.")
    review_final: date | None = fact("LA.SENDPROC", about="When the amended plan was sent.")


@strawberry.type(
    description="Advice asked for under reg 6(1): whom, when, and their six weeks; not what it says."
)
class AdviceRequest:
    advice_kind: AdviceKind | None = fact("LA.SENDPROC", about="Whose advice.")
    adviser_role: str = fact("LA.SENDPROC", about="The adviser, by role.")
    adviser_organisation: str = fact("LA.SENDPROC", about="The adviser's organisation.")
    requested_on: date = fact("LA.SENDPROC", about="When it was asked for.")
    received_on: date | None = fact("LA.SENDPROC", about="When it came.")
    deadline: Deadline = fact("LA.SENDPROC", about="Six weeks: reg 8(1).")

    @classmethod
    def of(cls, row: Row, exception: clock.Exceptional | None, today: date) -> AdviceRequest:
        due = clock.advice(row["requested_on"], row["received_on"], exception)
        return read(cls, row, deadline=Deadline.of(due, today))


@strawberry.type(
    description="Advice given before that its author, the authority and the family all find sufficient (reg 6(4))."
)
class ExistingAdvice:
    advice_kind: AdviceKind | None = fact("LA.ADVICE", about="Whose advice.")
    adviser_organisation: str = fact("LA.ADVICE", about="The adviser's organisation.")
    received_on: date = fact("LA.ADVICE", about="When it came.")
    summary: Opinion[str] | None = opinion(
        str, "LA.ADVICE", name="AdviceOpinion", about="What the adviser says."
    )
    sufficient_for_provider: date = fact("LA.ADVICE", about="When its author agreed.")
    sufficient_for_la: date = fact("LA.ADVICE", about="When the authority agreed.")
    sufficient_for_parent: date = fact("LA.ADVICE", about="When the parent or young person agreed.")

    @classmethod
    def of(cls, row: Row) -> ExistingAdvice:
        said = Opinion(row["summary"], row["adviser_role"], row["recorded_on"], row["basis"] or "")
        return read(cls, row, summary=said if row["summary"] else None)


def agreed_sufficient(advice: Row) -> bool:
    """Reg 6(4): all three agree; two of three is not enough."""
    parties = ("sufficient_for_provider", "sufficient_for_la", "sufficient_for_parent")
    return advice["received_on"] is not None and all(advice[party] for party in parties)


@strawberry.type(description="A setting consulted on the draft (CFA 2014 s.38, s.39).")
class Consultation:
    urn: Urn | None = fact("LA.SENDPROC.PLACE", about="URN of the school.")
    ukprn: Ukprn | None = fact("LA.SENDPROC.PLACE", about="UKPRN of the provider.")
    sent_on: date = fact("LA.SENDPROC", about="When it was asked.")
    replied_on: date | None = fact("LA.SENDPROC", about="When it replied.")
    reply: str | None = fact("LA.SENDPROC", about="ACCEPTS or OBJECTS.")
    deadline: Deadline = fact("LA.SENDPROC", about="Fifteen days: Code 9.83.")

    @classmethod
    def of(cls, row: Row, today: date) -> Consultation:
        due = clock.consultation(row["sent_on"], row["replied_on"])
        return read(cls, row, deadline=Deadline.of(due, today))
