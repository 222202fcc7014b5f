"""LocalAuthorityChild: what one authority holds about one child, by the number it gave the child.

The fields of the census are read with the child; everything that may have many rows is read when asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from enum import Enum
from typing import Any, TypeVar

import strawberry

from gateway.identifiers import DfeLaCode, LocalChildId, MalformedIdentifier, Upn
from subgraphs.codes import coded
from subgraphs.context import Context
from subgraphs.labels import fact, key_fact, reads
from subgraphs.local_authority.codes.person import Disability, Ethnicity, Sex, UpnUnknown
from subgraphs.local_authority.early_years import DevelopmentReview, EarlyYearsPlace
from subgraphs.local_authority.ehc_case import EhcCase
from subgraphs.local_authority.loaders import ChildKey, Loaders, Row
from subgraphs.local_authority.looked_after import (
    AdoptionRecord,
    CareLeaverContact,
    CareReview,
    Episode,
    HealthOutcomes,
    MissingEpisode,
    RiskOutcomes,
)
from subgraphs.local_authority.social_care import (
    Assessment,
    ChildInNeedPlan,
    ChildProtectionPlan,
    KeyWorker,
    PreProceedings,
    Referral,
    Section47Enquiry,
)
from subgraphs.local_authority.status import ChildStatus
from subgraphs.opinions import Opinion, opinions
from subgraphs.rows import read

Info = strawberry.Info[Context, None]
T = TypeVar("T")


@strawberry.enum(description="Whether the UPN that was filed can be one.")
class UpnCheck(Enum):
    PASSED = "PASSED"
    FAILED = strawberry.enum_value(
        "FAILED", description="Filed, but its check letter or form is wrong."
    )
    ABSENT = "ABSENT"


@strawberry.federation.type(
    keys=["laCode localChildId"],
    description="A child as one local authority knows it (CIN census, SSDA903, Early Years Census, SEN2).",
)
class LocalAuthorityChild:
    row: strawberry.Private[Row]
    la_code: DfeLaCode = key_fact("LA.ID", about="The authority, by DfE code, as part of the key.")
    local_child_id: LocalChildId = key_fact(
        "LA.ID", about="The authority's number, as part of the key."
    )
    upn: Upn | None = fact("LA.ID", about="UPN, when it passes its check.")
    upn_check: UpnCheck = fact("LA.ID", about="Whether a UPN was filed, and can be one.")
    former_upn: Upn | None = fact("LA.ID", about="FormerUPN. Never across an adoption.")
    upn_unknown: UpnUnknown | None = fact("LA.ID", about="UPNunknown: why there is no UPN.")
    surname: str | None = fact("LA.CORE", about="Surname.")
    forename: str | None = fact("LA.CORE", about="Forename.")
    person_birth_date: date | None = fact("LA.CORE.DOB", about="PersonBirthDate.")
    expected_person_birth_date: date | None = fact(
        "LA.CORE.DOB", about="ExpectedPersonBirthDate of an unborn child."
    )
    person_death_date: date | None = fact("LA.CORE", about="PersonDeathDate.")
    sex: Sex | None = fact("LA.CORE", about="Sex.")
    address: str | None = fact("LA.CONTACT", about="Home address.")
    post_code: str | None = fact("LA.CONTACT", about="Home postcode.")
    ethnicity: Ethnicity | None = fact("LA.CHAR", about="Ethnicity, self-ascribed.")
    disabilities: list[Opinion[Disability]] = opinions(
        Disability,
        "LA.CHAR",
        name="DisabilityOpinion",
        about="Disability, as the authority sees it.",
    )
    as_at: date = fact("LA.CORE", about="The day the newest of the returns speaks of.")

    @classmethod
    def of(cls, row: Row) -> LocalAuthorityChild:
        found = (coded(Disability, each) for each in row["disabilities"] or ())
        on = row["as_at"]
        said = [
            Opinion(each, "social worker", on, "the authority's record") for each in found if each
        ]
        upn = canonical_upn(row["upn"])
        filed = row["upn"] or row["upn_check"] == "FAILED"
        check = UpnCheck.PASSED if upn else UpnCheck.FAILED if filed else UpnCheck.ABSENT
        former = canonical_upn(row["former_upn"])
        return read(
            cls, row, row=row, disabilities=said, upn=upn, upn_check=check, former_upn=former
        )

    @classmethod
    async def resolve_references(
        cls, context: Context, keys: list[dict[str, Any]]
    ) -> Sequence[LocalAuthorityChild | None]:
        asked = [(str(key["laCode"]), str(key["localChildId"])) for key in keys]
        return [cls.of(row) if row else None for row in await context.load.children(asked)]

    @reads("LA.ID", about="The authority, by DfE code.")
    def authority(self) -> DfeLaCode:
        return self.la_code

    @reads("LA.ID", about="LAchildID, 903 CHILD: unique in the authority.")
    def la_child_id(self) -> LocalChildId:
        return self.local_child_id

    @reads("STRUCTURE", about="What the authority has open for the child: whether, and since when.")
    def status(self) -> ChildStatus:
        return ChildStatus(key=self.key)

    @reads("LA.WORKER.TEAM", about="Who works with the child, the newest first.")
    async def key_workers(self, info: Info) -> list[KeyWorker]:
        return await self._each(info, "key_worker", KeyWorker)

    @reads("LA.REFERRAL", about="Referrals, the newest first.")
    async def referrals(self, info: Info) -> list[Referral]:
        return await self._each(info, "cin_details", Referral.of)

    @reads("LA.ASSESS", about="Social care assessments, the newest first.")
    async def assessments(self, info: Info) -> list[Assessment]:
        return await self._each(info, "assessment", Assessment.of)

    @reads("LA.STATUS", about="Child in need plans, the newest first.", existence=True)
    async def child_in_need_plans(self, info: Info) -> list[ChildInNeedPlan]:
        return await self._each(info, "cin_plan_dates", ChildInNeedPlan)

    @reads("LA.S47", about="Section 47 enquiries, the newest first.")
    async def section47_enquiries(self, info: Info) -> list[Section47Enquiry]:
        return await self._each(info, "section47", Section47Enquiry)

    @reads("LA.CPPLAN", about="Child protection plans, the newest first.")
    async def child_protection_plans(self, info: Info) -> list[ChildProtectionPlan]:
        return await self._each(info, "child_protection_plan", ChildProtectionPlan.of)

    @reads("LA.LEGAL", about="Pre-proceedings, the newest first.")
    async def pre_proceedings(self, info: Info) -> list[PreProceedings]:
        return await self._each(info, "pre_proceedings", PreProceedings)

    @reads("LA.CLA", about="Care episodes, the newest first.")
    async def episodes(self, info: Info) -> list[Episode]:
        return await self._each(info, "episode", Episode)

    @reads("LA.CLA", about="Reviews of the care plan, the newest first.")
    async def care_reviews(self, info: Info) -> list[CareReview]:
        return await self._each(info, "review", CareReview)

    @reads("LA.MISSING", about="Times missing or away, the newest first.")
    async def missing_episodes(self, info: Info) -> list[MissingEpisode]:
        return await self._each(info, "missing", MissingEpisode)

    @reads("LA.OC2HEALTH", about="Yearly health outcomes, the newest first.")
    async def health_outcomes(self, info: Info) -> list[HealthOutcomes]:
        return await self._each(info, "oc2", HealthOutcomes.of)

    @reads("LA.OC2RISK", about="Yearly risk outcomes, the newest first.")
    async def risk_outcomes(self, info: Info) -> list[RiskOutcomes]:
        return await self._each(info, "oc2", RiskOutcomes.of)

    @reads("LA.LEAVER", about="Contacts with a care leaver, the newest first.")
    async def care_leaver_contacts(self, info: Info) -> list[CareLeaverContact]:
        return await self._each(info, "oc3", CareLeaverContact)

    @reads("LA.EYENT", about="The child has a funded early years place.", existence=True)
    async def funded_early_education(self, info: Info) -> bool:
        return bool(await self._rows(info, "early_years"))

    @reads("LA.EYENT", about="Funded places, the newest first.")
    async def early_years_places(self, info: Info) -> list[EarlyYearsPlace]:
        return await self._each(info, "early_years", EarlyYearsPlace)

    @reads("LA.EYREVIEW", about="The check at two and the health visitor's review, side by side.")
    async def development_reviews(self, info: Info) -> list[DevelopmentReview]:
        return await self._each(info, "early_years_review", DevelopmentReview.of)

    @reads("LA.SENDPROC", about="EHC cases, the newest first.", existence=True)
    async def ehc_cases(self, info: Info) -> list[EhcCase]:
        return await self._each(info, "ehc_case", EhcCase.of)

    @reads("LA.ADOPT", about="Sealed: for the adoption records officer alone.")
    async def adoption(self, info: Info) -> AdoptionRecord | None:
        decisions = await self._rows(info, "ad1")
        placements = await self._rows(info, "placed_for_adoption")
        newest = [*decisions[:1], *placements[:1]]
        if not newest:
            return None
        unknown = {"date_int": None, "date_match": None, "date_placed": None}
        return read(AdoptionRecord, {**unknown, **dict(newest[-1]), **dict(newest[0])})

    @property
    def key(self) -> ChildKey:
        return self.row["la_code"], self.row["local_child_id"]

    async def _each(self, info: Info, table: str, of: type[T] | Callable[[Row], T]) -> list[T]:
        rows = await self._rows(info, table)
        return [read(of, row) if isinstance(of, type) else of(row) for row in rows]

    async def _rows(self, info: Info, table: str) -> list[Row]:
        load: Loaders = info.context.load
        return await load.of_child(table).load(self.key)


def canonical_upn(filed: str | None) -> Upn | None:
    """The UPN when it can be one: what is filed often cannot."""
    try:
        return Upn.parse(filed) if filed else None
    except MalformedIdentifier:
        return None
