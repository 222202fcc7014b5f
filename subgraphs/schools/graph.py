"""What the schools island adds to the graph: pupils by UPN, schools by URN, and a school's view of its own roll."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Self

import strawberry

from gateway.identifiers import Uln, Upn, Urn
from subgraphs.codes import coded
from subgraphs.context import Context
from subgraphs.labels import fact, key_fact, reads
from subgraphs.schema import Graph
from subgraphs.schools import codes
from subgraphs.schools.counts import Counts
from subgraphs.schools.loaders import Loaders, Row
from subgraphs.schools.pupil_parts import (
    AlternativeProvision,
    AttendanceSummary,
    Enrolment,
    Exclusion,
    FreeSchoolMealPeriod,
    MedicalNeed,
    ParentalContact,
    PupilAddress,
    SchoolLearningAim,
    SenNeed,
    StageAssessment,
    TermAttendance,
    YoungCarerJudgement,
)
from subgraphs.schools.school import Info, School, SchoolContact, load


@strawberry.federation.type(
    keys=["upn"],
    description="A pupil as schools in England know one: school census, Common Transfer File, the school's own system. "
    "All but the key may be withheld, and so may be null.",
)
class Pupil:
    upn: Upn = key_fact("SC.ID", about="Unique Pupil Number, as the key.")
    unique_learner_number: Uln | None = fact("SC.ID", about="ULN, from age 14.")
    as_at: date | None = fact("SC.CORE", about="The day the newest return speaks of.")
    surname: str | None = fact("SC.CORE", about="Surname.")
    forename: str | None = fact("SC.CORE", about="Forename.")
    middle_names: str | None = fact("SC.CORE", about="MiddleNames.")
    preferred_surname: str | None = fact("SC.CORE", about="PreferredSurname.")
    former_surname: str | None = fact(
        "SC.CORE", "SC.PLAA", about="FormerSurname: may disclose an adoption or a flight."
    )
    birth_date: date | None = fact("SC.CORE", about="PersonBirthDate.")
    sex: codes.Sex | None = fact("SC.CORE", about="Sex.")
    ethnicity: str | None = fact("SC.CHAR", about="Ethnicity, DfE extended code, self-ascribed.")
    language: str | None = fact("SC.CHAR", about="First language, DfE code.")
    service_child: codes.ServiceChild | None = fact("SC.CHAR", about="ServiceChild.")
    young_carer: YoungCarerJudgement | None = fact("SC.CARER", about="YoungCarer.")
    post_looked_after: codes.PostLookedAfter | None = fact(
        "SC.PLAA", about="PLAA: A and O disclose adoption."
    )
    sen_provision: codes.SenProvision | None = fact("SC.SEN", about="SENprovision.")
    sen_unit: bool | None = fact("SC.SEN", about="SENunitIndicator: taught in a SEN unit.")
    resourced_provision: bool | None = fact("SC.SEN", about="ResourcedProvisionIndicator.")
    early_years_pupil_premium: str | None = fact("SC.FSM", about="EYPPR: why received.")
    early_years_pupil_premium_basis: str | None = fact("SC.FSM", about="EYPPBF: basis of funding.")
    funded_hours: float | None = fact("SC.FSM", about="FundedHours a week.")
    extended_hours: float | None = fact("SC.FSM", about="ExtendedHours a week.")
    address: PupilAddress | None = fact("SC.CONTACT", about="Where the pupil lives.")
    safeguarding_file_held: bool | None = fact(
        "SC.SAFEG",
        about="Whether the school holds a safeguarding file; never what is in it.",
        existence=True,
    )
    urn: strawberry.Private[str | None]

    @reads("SC.ID", about="UPN: the Unique Pupil Number, of the school's records.")
    def unique_pupil_number(self) -> Upn:
        return self.upn

    @reads("SC.ID", about="Earlier UPNs, each superseded. Never those from before an adoption.")
    async def former_upns(self, info: Info) -> list[Upn] | None:
        rows = await load(info).of_pupil("former_upn").load(str(self.upn))
        return [Upn(row["former_upn"]) for row in rows]

    @reads("SC.ENROL", about="The school whose roll the newest return has the pupil on.")
    async def school(self, info: Info) -> School | None:
        row = await load(info).school.load(self.urn) if self.urn else None
        return School.of(row) if row else None

    @reads("SC.ENROL", about="Every stay on a roll, the first first.")
    async def enrolments(self, info: Info) -> list[Enrolment] | None:
        return [Enrolment.of(row) for row in await self._rows(info, "stay")]

    @reads("SC.SEN", about="SENneeds, the primary one first.")
    async def sen_needs(self, info: Info) -> list[SenNeed] | None:
        return [SenNeed.of(row) for row in await self._rows(info, "sen_need")]

    @reads("SC.ATT", about="Term by term, the earliest first.")
    async def attendance(self, info: Info) -> list[TermAttendance] | None:
        return [TermAttendance.of(row) for row in await self._rows(info, "term")]

    @reads("SC.ATT.SUMMARY", about="This school year in one figure.")
    async def attendance_summary(self, info: Info) -> AttendanceSummary | None:
        terms = [TermAttendance.of(row) for row in await self._rows(info, "term")]
        return AttendanceSummary.over(terms) if terms else None

    @reads("SC.EXCL", about="Suspensions and exclusions, the earliest first.")
    async def exclusions(self, info: Info) -> list[Exclusion] | None:
        return [Exclusion.of(row) for row in await self._rows(info, "exclusion")]

    @reads("SC.EXCL", about="Whether there has been any.", existence=True)
    async def ever_excluded(self, info: Info) -> bool | None:
        return bool(await self._rows(info, "exclusion"))

    @reads("SC.AP", about="Times in alternative provision.")
    async def alternative_provision(self, info: Info) -> list[AlternativeProvision] | None:
        return [AlternativeProvision.of(row) for row in await self._rows(info, "ap_placement")]

    @reads("SC.ATTAIN", about="Results of statutory assessments.")
    async def attainment(self, info: Info) -> list[StageAssessment] | None:
        return [StageAssessment.of(row) for row in await self._rows(info, "stage_assessment")]

    @reads("SC.ENROL", about="Sixth-form learning aims.")
    async def learning_aims(self, info: Info) -> list[SchoolLearningAim] | None:
        return [SchoolLearningAim.of(row) for row in await self._rows(info, "learning_aim")]

    @reads("SC.FAM", about="LearnerFAMtype: support with learning and funding.")
    async def learner_support(self, info: Info) -> list[codes.LearnerSupport] | None:
        rows = await self._rows(info, "learner_support")
        given = (coded(codes.LearnerSupport, row["learner_fam_type"]) for row in rows)
        return [support for support in given if support]

    @reads("SC.FSM", about="Periods of entitlement to free school meals.")
    async def free_school_meals(self, info: Info) -> list[FreeSchoolMealPeriod] | None:
        return [FreeSchoolMealPeriod.of(row) for row in await self._rows(info, "fsm_period")]

    @reads("SC.CONTACT", about="Adults to turn to, the first the first to be called.")
    async def parental_contacts(self, info: Info) -> list[ParentalContact] | None:
        return [ParentalContact.of(row) for row in await self._rows(info, "parental_contact")]

    @reads("SC.MED", about="Medical needs and what the school does about them.")
    async def medical_needs(self, info: Info) -> list[MedicalNeed] | None:
        return [MedicalNeed.of(row) for row in await self._rows(info, "medical_need")]

    @reads("SC.CONTACTS", about="The safeguarding lead and the SENCO of the pupil's school.")
    async def contacts(self, info: Info) -> list[SchoolContact] | None:
        rows = await load(info).contacts.load(self.urn) if self.urn else []
        return [SchoolContact.of(row) for row in rows]

    async def _rows(self, info: Info, table: str) -> list[Row]:
        return await load(info).of_pupil(table).load(str(self.upn))

    @classmethod
    def of(cls, row: Row) -> Self:
        uln = row["unique_learner_number"]
        return cls(
            upn=Upn(row["upn"]),
            unique_learner_number=Uln(uln) if uln else None,
            as_at=row["as_at"],
            surname=row["surname"],
            forename=row["forename"],
            middle_names=row["middle_names"],
            preferred_surname=row["preferred_surname"],
            former_surname=row["former_surname"],
            birth_date=row["birth_date"],
            sex=coded(codes.Sex, row["sex"]),
            ethnicity=row["ethnicity"],
            language=row["language"],
            service_child=coded(codes.ServiceChild, row["service_child"]),
            young_carer=YoungCarerJudgement.of(row),
            post_looked_after=coded(codes.PostLookedAfter, row["plaa"]),
            sen_provision=coded(codes.SenProvision, row["sen_provision"]),
            sen_unit=row["sen_unit_indicator"],
            resourced_provision=row["resourced_provision_indicator"],
            early_years_pupil_premium=row["eyppr"],
            early_years_pupil_premium_basis=row["eyppbf"],
            funded_hours=row["funded_hours"],
            extended_hours=row["extended_hours"],
            address=PupilAddress(lines=row["address"], post_code=row["post_code"]),
            safeguarding_file_held=row["safeguarding_file_held"],
            urn=row["urn"],
        )

    @classmethod
    async def resolve_references(
        cls, context: Context, keys: list[dict[str, Any]]
    ) -> Sequence[Pupil | None]:
        loaders: Loaders = context.load
        rows = await loaders.pupils([key["upn"] for key in keys])
        return [Pupil.of(row) if row else None for row in rows]


@strawberry.type
class Query(Counts):
    @reads(
        "STRUCTURE",
        about="A pupil on the caller's own roll; others are reached through the link node.",
    )
    async def pupil(self, info: Info, upn: Upn) -> Pupil | None:
        who = info.context.assertion
        urn = who.organisation.removeprefix("SCHOOL:") if who else ""
        rows = await load(info).own(str(upn), urn)
        own = [row for row in rows if info.context.is_custodian("SCHOOL", row["urn"])]
        info.context.tell_whose(*_keys(own))
        return Pupil.of(own[0]) if own else None

    @reads("SC.ENROL", about="The pupils on the caller's own roll, by name.", existence=True)
    async def roll(self, info: Info, urn: Urn) -> list[Pupil]:
        if not info.context.is_custodian("SCHOOL", str(urn)):
            return []
        rows = await load(info).roll(str(urn))
        info.context.tell_whose(*_keys(rows))
        return [Pupil.of(row) for row in rows]

    @reads("PUBLIC", about="A school by URN.")
    async def school(self, info: Info, urn: Urn) -> School | None:
        row = await load(info).school.load(str(urn))
        return School.of(row) if row else None


def _keys(rows: Sequence[Row]) -> list[dict[str, str]]:
    return [{"upn": row["upn"]} for row in rows]


GRAPH = Graph(query=Query, types=(Pupil, School))
