"""What the learners' service adds to the graph: learners by ULN, providers by UKPRN, and a caseload of participation.

A provider's own root tells what that provider returned; a learner reached through the link node, what all did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, TypeVar

import strawberry

from gateway.identifiers import Nino, Ukprn, Uln
from subgraphs.codes import coded
from subgraphs.context import Context
from subgraphs.labels import fact, key_fact, reads
from subgraphs.learners.codes import ActivityStatus, LearnerEthnicity, LlddHealthProblem, Sex
from subgraphs.learners.counts import Counts
from subgraphs.learners.loaders import Loaders, Row
from subgraphs.learners.records import (
    PARTICIPATES,
    ContactPreference,
    DeclaredDifficulty,
    LearnerDestination,
    LearnerEmployment,
    LearnerEnrolment,
    LearnerFam,
    LearningAchievement,
    LearningDelivery,
    Participation,
    Provider,
)
from subgraphs.opinions import Opinion, opinion
from subgraphs.rows import read
from subgraphs.schema import Graph

Info = strawberry.Info[Context, None]
T = TypeVar("T")
_PROVIDERS = ("FE_COLLEGE", "SPI", "SCHOOL")  # the kinds of organisation that return an ILR
_MOST = 500  # young people in one answer


@strawberry.federation.type(
    keys=["uln"], description="A learner of 14 or over, as providers return them (ILR)."
)
class Learner:
    returned: strawberry.Private[list[Row]]
    only: strawberry.Private[str | None]  # the one provider whose rows may be told
    uln: Uln = key_fact("L.ID", about="Unique Learner Number, as the key.")
    family_name: str | None = fact("L.CORE", about="FamilyName.")
    given_names: str | None = fact("L.CORE", about="GivenNames.")
    date_of_birth: date | None = fact("L.CORE", about="DateOfBirth.")
    sex: Sex | None = fact("L.CORE", about="Sex.")
    ethnicity: LearnerEthnicity | None = fact("L.CHAR", about="Ethnicity, self-ascribed.")
    ni_number: Nino | None = fact("L.NINO", about="NINumber. Closed to every purpose.")
    postcode: str | None = fact("L.CONTACT", about="Postcode.")
    postcode_prior: str | None = fact("L.CONTACT", about="PostcodePrior: before enrolment.")
    address: list[str] = fact("L.CONTACT", about="AddLine1 to AddLine4.")
    tel_no: str | None = fact("L.CONTACT", about="TelNo.")
    email: str | None = fact("L.CONTACT", about="Email.")
    lldd_health_prob: Opinion[LlddHealthProblem] | None = opinion(
        LlddHealthProblem, "L.LLDD", name="LlddHealthProblemOpinion", about="LLDDHealthProb."
    )
    prior_attain: int | None = fact("L.ATTAIN", about="PriorAttain, ILR code.")
    math_grade: str | None = fact("L.ATTAIN", about="MathGrade: GCSE mathematics.")
    eng_grade: str | None = fact("L.ATTAIN", about="EngGrade: GCSE English.")
    as_at: date = fact("L.CORE", about="The day the newest of the returns speaks of.")

    @classmethod
    def of(cls, rows: Sequence[Row], *, only: str | None = None) -> Learner | None:
        """The learner as the newest return has them; None when nobody (or not `only`) returned any."""
        held = [row for row in rows if only in (None, row["ukprn"])]
        if not held:
            return None
        newest = held[0]
        lines = (newest[f"add_line{line}"] for line in range(1, 5))
        return read(
            cls,
            newest,
            returned=held,
            only=only,
            uln=Uln(newest["uln"]),
            address=[line for line in lines if line],
            lldd_health_prob=_declared(newest),
        )

    @classmethod
    async def resolve_references(
        cls, context: Context, keys: list[dict[str, Any]]
    ) -> list[Learner | None]:
        found = await context.load.learners([str(key["uln"]) for key in keys])
        return [cls.of(rows) for rows in found]

    @reads("L.ID", about="ULN: the Unique Learner Number.")
    def unique_learner_number(self) -> Uln:
        return self.uln

    @reads("L.ENROL", about="A provider has the learner on its books.", existence=True)
    async def enrolled(self, info: Info) -> bool:
        aims = await self._each(info, "learning_delivery", LearningDelivery)
        return any(aim.learn_act_end_date is None for aim in aims)

    @reads("L.ENROL", about="Every provider that returned the learner, the newest return first.")
    def enrolments(self) -> list[LearnerEnrolment]:
        return [read(LearnerEnrolment, row) for row in self.returned]

    @reads("L.ENROL", about="Aims, the newest first.")
    async def learning_deliveries(self, info: Info) -> list[LearningDelivery]:
        return await self._each(info, "learning_delivery", LearningDelivery)

    @reads("L.LLDD", about="Difficulties the learner declares, the primary one first.")
    async def lldd(self, info: Info) -> list[DeclaredDifficulty]:
        return await self._each(info, "lldd", DeclaredDifficulty.of)

    @reads("L.FAM", about="Funding and monitoring.")
    async def learner_fam(self, info: Info) -> list[LearnerFam]:
        return await self._each(info, "learner_fam", LearnerFam)

    @reads(
        "L.FAM.EHC", about="LearnFAMType EHC: the provider knows of an EHC plan.", existence=True
    )
    async def has_ehc_plan(self, info: Info) -> bool:
        held = await self._rows(info, "learner_fam")
        return any(row["learn_fam_type"] == "EHC" for row in held)

    @reads("L.EMP", about="Employment, the newest first.")
    async def employment(self, info: Info) -> list[LearnerEmployment]:
        return await self._each(info, "learner_employment_status", LearnerEmployment.of)

    @reads("L.DEST", about="Destinations, the newest first.")
    async def destinations(self, info: Info) -> list[LearnerDestination]:
        return await self._each(info, "dp_outcome", LearnerDestination)

    @reads("L.NEET", about="Participation as the authority tracks it, the newest first.")
    async def participation(self, info: Info) -> list[Participation]:
        return await self._each(info, "participation", Participation.of)

    @reads("L.NEET", about="In education or training; empty when not known.", existence=True)
    async def participates(self, info: Info) -> bool | None:
        held = await self._rows(info, "participation")
        status = coded(ActivityStatus, held[0]["activity_status"]) if held else None
        return PARTICIPATES.get(status) if status else None

    @reads("L.PLR", about="Achievements of the Personal Learning Record.")
    async def achievements(self, info: Info) -> list[LearningAchievement]:
        return await self._each(info, "achievement", LearningAchievement)

    @reads("L.PREF", about="How and for what the learner wishes to be contacted.")
    async def contact_preferences(self, info: Info) -> list[ContactPreference]:
        return await self._each(info, "contact_preference", ContactPreference)

    async def _each(self, info: Info, table: str, of: type[T] | Callable[[Row], T]) -> list[T]:
        rows = await self._rows(info, table)
        return [read(of, row) if isinstance(of, type) else of(row) for row in rows]

    async def _rows(self, info: Info, table: str) -> list[Row]:
        """A provider asking about its own is not told what others, or the authority, hold."""
        load: Loaders = info.context.load
        rows = await load.of_learner(table).load(str(self.uln))
        return [row for row in rows if self.only in (None, row.get("ukprn"))]


def _declared(row: Row) -> Opinion[LlddHealthProblem] | None:
    stored = row["lldd_health_prob"]
    value = coded(LlddHealthProblem, str(stored))
    return Opinion(value, "learner", row["as_at"], "declared to the provider") if value else None


@strawberry.type
class Query(Counts):
    @reads("STRUCTURE", about="A learner of the caller's own provider, as it returned them.")
    async def learner(self, info: Info, uln: Uln) -> Learner | None:
        load: Loaders = info.context.load
        (rows,) = await load.learners([str(uln)])
        own = next((row["ukprn"] for row in rows if _is_provider(info, row["ukprn"])), None)
        info.context.tell_whose(*([{"uln": str(uln)}] if own else ()))
        return Learner.of(rows, only=own) if own else None

    @reads("PUBLIC", about="A provider by UKPRN.")
    async def provider(self, info: Info, ukprn: Ukprn) -> Provider | None:
        load: Loaders = info.context.load
        row = await load.provider.load(str(ukprn))
        return read(Provider, row) if row else None

    @reads(
        "L.NEET",
        about="The young people the caller's own authority tracks, the next to contact first.",
    )
    async def participation_caseload(
        self,
        info: Info,
        adviser: Annotated[
            str | None, strawberry.argument(description="Only this adviser's.")
        ] = None,
        due_within: Annotated[
            int | None,
            strawberry.argument(description="Only those to contact within so many days."),
        ] = None,
    ) -> list[Participation]:
        authority = _authority(info)
        if not authority:
            return []
        load: Loaders = info.context.load
        last = date.today() + timedelta(days=due_within) if due_within is not None else None  # noqa: DTZ011
        rows = await load.caseload(authority, adviser, last, _MOST)
        info.context.tell_whose(*({"uln": row["uln"]} for row in rows))
        return [Participation.of(row) for row in rows]


def _is_provider(info: Info, ukprn: str) -> bool:
    return any(info.context.is_custodian(kind, ukprn) for kind in _PROVIDERS)


def _authority(info: Info) -> str | None:
    """The DfE code of the caller's own authority, when the caller is of one."""
    who = info.context.assertion
    code = who.organisation.removeprefix("LA:") if who else None
    return code if info.context.is_custodian("LA", code) else None


GRAPH = Graph(query=Query, types=(Learner, Provider))
