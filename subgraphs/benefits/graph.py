"""What the benefits service adds to the graph: a claim's record by Child Benefit number, a claimant by NINO.

Outcomes only. A Child Benefit number is a claim's and may cover several children (HMRC practice; DFE-RR547 §3.2 says
one number each): what is so of one child is told only when the claim has one, because the number cannot say which.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

import strawberry

from gateway.identifiers import ChildBenefitNumber, Nino
from subgraphs.benefits.codes import ClaimPayment, EligibilityType
from subgraphs.benefits.loaders import Loaders, Row
from subgraphs.benefits.outcomes import (
    EligibilityRequest,
    EntitlementOutcome,
    WorkingFamiliesCode,
    newest,
)
from subgraphs.context import Context
from subgraphs.labels import fact, key_fact, reads
from subgraphs.rows import read
from subgraphs.schema import Graph

Info = strawberry.Info[Context, None]
T = TypeVar("T")


def load(info: Info) -> Loaders:
    """This request's reads."""
    found: Loaders = info.context.load
    return found


@strawberry.federation.type(
    keys=["nationalInsuranceNumber"], description="A parent or carer, as DWP and HMRC know one."
)
class Claimant:
    claimant: strawberry.Private[str]
    national_insurance_number: Nino | None = fact(
        "D.ID", about="NationalInsuranceNumber; empty for a claimant known by NASS number."
    )
    nass_number: str | None = fact("D.ID", about="NationalAsylumSeekerServiceNumber.")
    last_name: str = fact("D.CORE", about="LastName.")
    date_of_birth: date = fact("D.CORE", about="DateOfBirth.")

    @classmethod
    async def resolve_references(
        cls, context: Context, keys: list[dict[str, Any]]
    ) -> Sequence[Claimant | None]:
        asked = [str(key["nationalInsuranceNumber"]) for key in keys]
        rows = await context.load.claimants_by_nino(asked)
        return [read(cls, row) if row else None for row in rows]

    @reads("D.ELIG", about="The newest check of this kind.", existence=True)
    async def entitlement(self, info: Info, type: EligibilityType) -> EntitlementOutcome:  # noqa: A002
        return newest(type, await load(info).many("checks of claimant").load(self.claimant))

    @reads("D.WFCODE", about="Working families codes, the newest first.")
    async def working_families_codes(self, info: Info) -> list[WorkingFamiliesCode]:
        rows = await load(info).many("codes of claimant").load(self.claimant)
        return [read(WorkingFamiliesCode, row) for row in rows]


@strawberry.federation.type(
    keys=["childBenefitNumber"], description="What DWP and HMRC answer about the child of a claim."
)
class BenefitsRecord:
    row: strawberry.Private[Row]
    child_benefit_number: ChildBenefitNumber = key_fact(
        "D.CHB", about="Number of the claim, as the key."
    )
    payment_status: ClaimPayment | None = fact("D.CHB", about="Whether Child Benefit is paid.")
    opted_out_hicbc: bool = fact(
        "D.CHB", about="Payment given up because of the High Income Child Benefit Charge."
    )
    as_at: date = fact("D.CHB", about="The day this speaks of.")

    @classmethod
    def of(cls, row: Row) -> BenefitsRecord:
        return read(cls, row, row=row)

    @classmethod
    async def resolve_references(
        cls, context: Context, keys: list[dict[str, Any]]
    ) -> Sequence[BenefitsRecord | None]:
        rows = await context.load.claims([str(key["childBenefitNumber"]) for key in keys])
        return [cls.of(row) if row else None for row in rows]

    @reads("D.CHB", about="Number of the claim: CHB and what follows.")
    def claim_number(self) -> ChildBenefitNumber:
        return self.child_benefit_number

    @reads("STRUCTURE", about="Who claims.")
    async def claimant(self, info: Info) -> Claimant | None:
        known = self.row["claimant"]
        row = await load(info).claimant.load(known) if known else None
        return read(Claimant, row) if row else None

    @reads("D.CHB", about="How many children the claim covers.")
    async def claim_children(self, info: Info) -> int:
        return len(await self._children(info))

    @reads("D.CHB", about="What the claimant is to the child; of a claim with one child.")
    async def claimant_relation(self, info: Info) -> str | None:
        return await self._of_only_child(info, "claimant_relation", str)

    @reads("D.CORE", about="The child's surname, as supplied; of a claim with one child.")
    async def child_surname(self, info: Info) -> str | None:
        return await self._of_only_child(info, "surname", str)

    @reads("D.CORE", about="The child's forename, as supplied; of a claim with one child.")
    async def child_forename(self, info: Info) -> str | None:
        return await self._of_only_child(info, "forename", str)

    @reads("D.CORE", about="The child's date of birth, as supplied; of a claim with one child.")
    async def child_date_of_birth(self, info: Info) -> date | None:
        return await self._of_only_child(info, "date_of_birth", date)

    @reads("D.ELIG", about="The newest check of this kind.", existence=True)
    async def entitlement(self, info: Info, type: EligibilityType) -> EntitlementOutcome:  # noqa: A002
        return newest(type, await load(info).many("checks").load(str(self.child_benefit_number)))

    @reads("D.ELIG", about="The newest check of each kind.", existence=True)
    async def entitlements(self, info: Info) -> list[EntitlementOutcome]:
        checks = await load(info).many("checks").load(str(self.child_benefit_number))
        return [newest(kind, checks) for kind in EligibilityType]

    @reads("D.WFCODE", about="Working families codes, the newest first.")
    async def working_families_codes(self, info: Info) -> list[WorkingFamiliesCode]:
        rows = await load(info).many("codes").load(str(self.child_benefit_number))
        return [read(WorkingFamiliesCode, row) for row in rows]

    @reads("D.DLA", about="DLA or PIP is in payment for the child: yes or no.", existence=True)
    async def disability_benefit_in_payment(self, info: Info) -> bool | None:
        child = await self._only_child(info)
        return (bool(child["dla_in_payment"]) or bool(child["pip_in_payment"])) if child else None

    @reads("D.NIYP", about="The young person has been told their own NINO.", existence=True)
    async def nino_notified(self, info: Info) -> bool | None:
        return await self._of_only_child(info, "nino_notified", bool)

    @reads("D.NIYP", about="The young person has a National Insurance record.", existence=True)
    async def ni_record_exists(self, info: Info) -> bool | None:
        return await self._of_only_child(info, "ni_record_exists", bool)

    @reads("D.AUDIT", about="Who asked for checks, the newest first.")
    async def requests(self, info: Info) -> list[EligibilityRequest]:
        checks = await load(info).many("checks").load(str(self.child_benefit_number))
        return [read(EligibilityRequest, check) for check in checks]

    async def _children(self, info: Info) -> list[Row]:
        return await load(info).many("children").load(str(self.child_benefit_number))

    async def _only_child(self, info: Info) -> Row | None:
        children = await self._children(info)
        return children[0] if len(children) == 1 else None

    async def _of_only_child(self, info: Info, column: str, kind: type[T]) -> T | None:
        child = await self._only_child(info)
        value = child[column] if child else None
        return value if isinstance(value, kind) else None


@strawberry.type
class Query:
    @reads(
        "D.ELIG",
        about="A claimant's newest check, for the department that made it.",
        existence=True,
    )
    async def entitlement(
        self,
        info: Info,
        national_insurance_number: Nino,
        type: EligibilityType,  # noqa: A002
    ) -> EntitlementOutcome | None:
        (row,) = await load(info).claimants_by_nino([str(national_insurance_number)])
        if row is None:
            return None
        checks = await load(info).many("checks of claimant").load(row["claimant"])
        own = [
            check
            for check in checks
            if info.context.is_custodian(check["custodian"], check["custodian"])
        ]
        info.context.tell_whose(*_keys(own))
        return newest(type, own) if own else None

    @reads("STRUCTURE", about="A claim's record, for the department that keeps it.")
    async def benefits_record(
        self, info: Info, child_benefit_number: ChildBenefitNumber
    ) -> BenefitsRecord | None:
        (row,) = await load(info).claims([str(child_benefit_number)])
        own = [row] if row and info.context.is_custodian(row["custodian"], row["custodian"]) else []
        info.context.tell_whose(*_keys(own))
        return BenefitsRecord.of(own[0]) if own else None


def _keys(rows: Sequence[Row]) -> list[dict[str, str]]:
    """A claim's number; a check of a claimant who claims for nobody has none."""
    numbers = dict.fromkeys(row["child_benefit_number"] for row in rows)
    return [{"childBenefitNumber": number} for number in numbers if number]


GRAPH = Graph(query=Query, types=(BenefitsRecord, Claimant))
