"""A child the link node knows → what a caller may see of it: status, presence, advisers, CP-IS, and the way to each island.

What is not open for this child raises NOT_AVAILABLE, whatever the reason; or WITHHELD, to the roles that the register lets
know that something is kept back.
"""

from __future__ import annotations

from typing import Any, Self

import strawberry

from gateway.identifiers import (
    ChildBenefitNumber,
    DfeLaCode,
    LocalChildId,
    NhsNumber,
    Uln,
    Upn,
)
from gateway.register.bits import CONTENT, EXISTENCE
from subgraphs.codes import coded
from subgraphs.context import Context
from subgraphs.labels import key_fact, reads
from subgraphs.link.islands import (
    BENEFITS,
    ISLANDS,
    LEARNERS,
    LINK,
    LOCAL_AUTHORITY,
    SCHOOLS,
    Island,
)
from subgraphs.link.loaders import Known, Loaders, Number, Reads
from subgraphs.link.parts import (
    AccessInput,
    CpisRecord,
    HealthAdviser,
    Identity,
    IslandPresence,
    NhsNumberStatus,
    Presence,
    named_to,
)
from subgraphs.link.telling import tell, tell_ways
from subgraphs.link.told import NumberProvenance, provenance_of, source_of
from subgraphs.outward import Withheld

Info = strawberry.Info[Context, None]

CP_IS = "UNSCHEDULED_CARE_CPIS"
_QUIET = "select organisation from link.sensitive_setting order by organisation"


def reading(info: Info) -> Reads:
    """This request's reads, for whoever asks."""
    return reads_of(info.context)


def reads_of(context: Context) -> Reads:
    loaders: Loaders = context.load
    assert context.assertion is not None, "the guard lets nobody in without an assertion"
    return loaders.under(context.assertion)


_WITHIN_LINK = (
    "The child, where the link node knows one: otherwise, and where it may not be told, null."
)


async def _child(info: Info, kind: str, number: str) -> Child | None:
    known = await reading(info).by_number.load((kind, number))
    tell(info.context, reading(info), [known])
    return Child(known=known) if known else None


@strawberry.federation.type(keys=["upn"])
class Pupil:
    upn: Upn = key_fact("SC.ID", about="Unique Pupil Number, as the key.")

    @reads("STRUCTURE", about=_WITHIN_LINK)
    async def child(self, info: Info) -> Child | None:
        return await _child(info, "UPN", str(self.upn))

    @classmethod
    async def resolve_references(cls, _: Context, keys: list[dict[str, Any]]) -> list[Pupil]:
        return [cls(upn=Upn(key["upn"])) for key in keys]


@strawberry.federation.type(keys=["laCode localChildId"])
class LocalAuthorityChild:
    la_code: DfeLaCode = key_fact("LA.ID", about="The authority, by DfE code, as part of the key.")
    local_child_id: LocalChildId = key_fact(
        "LA.ID", about="The authority's number, as part of the key."
    )

    @reads("STRUCTURE", about=_WITHIN_LINK)
    async def child(self, info: Info) -> Child | None:
        return await _child(info, "LA", f"{self.la_code}:{self.local_child_id}")

    @classmethod
    async def resolve_references(
        cls, _: Context, keys: list[dict[str, Any]]
    ) -> list[LocalAuthorityChild]:
        return [cls.of(f"{key['laCode']}:{key['localChildId']}") for key in keys]

    @classmethod
    def of(cls, number: str) -> Self:
        la_code, _, local_child_id = number.partition(":")
        return cls(la_code=DfeLaCode(la_code), local_child_id=LocalChildId(local_child_id))


@strawberry.federation.type(keys=["uln"])
class Learner:
    uln: Uln = key_fact("L.ID", about="Unique Learner Number, as the key.")

    @reads("STRUCTURE", about=_WITHIN_LINK)
    async def child(self, info: Info) -> Child | None:
        return await _child(info, "ULN", str(self.uln))

    @classmethod
    async def resolve_references(cls, _: Context, keys: list[dict[str, Any]]) -> list[Learner]:
        return [cls(uln=Uln(key["uln"])) for key in keys]


@strawberry.federation.type(keys=["childBenefitNumber"])
class BenefitsRecord:
    child_benefit_number: ChildBenefitNumber = key_fact(
        "D.CHB", about="Number of the claim, as the key."
    )

    @reads("STRUCTURE", about=_WITHIN_LINK)
    async def child(self, info: Info) -> Child | None:
        return await _child(info, "CHB", str(self.child_benefit_number))

    @classmethod
    async def resolve_references(
        cls, _: Context, keys: list[dict[str, Any]]
    ) -> list[BenefitsRecord]:
        return [
            cls(child_benefit_number=ChildBenefitNumber(key["childBenefitNumber"])) for key in keys
        ]


@strawberry.federation.type(
    keys=["id"],
    description="A child, as the one thing that several islands know under different numbers.",
)
class Child:
    known: strawberry.Private[Known]

    @reads(
        "N.STATUS",
        about="Pairwise: another organisation, or another family of purposes, is given another id.",
        existence=True,
    )
    def id(self, info: Info) -> strawberry.ID | None:
        return strawberry.ID(reading(info).id_of(self.known.child))

    @reads(
        "PUBLIC",
        about="The child in the ledger: the gateway gives it to the ledger's readers, and to nobody else.",
        inaccessible=True,
    )
    def subject(self, info: Info) -> str:
        return reading(info).keys.subject(self.known.child)

    @reads(
        "PUBLIC",
        about="Settings that a young person goes to in confidence (CP-IS phase 2): the ledger names them to no family.",
        inaccessible=True,
    )
    async def quiet_settings(self, info: Info) -> list[str]:
        rows = await reading(info).connections.fetch(_QUIET)
        return [row["organisation"] for row in rows]

    @reads("N.STATUS", about="How sure the identity is.")
    def identity(self, info: Info) -> Identity | None:
        self._require(info, "N.STATUS")
        row = self.known.row
        return Identity(
            status=coded(NhsNumberStatus, row["status"]),
            verified_on=row["verified_on"],
            source=source_of(self.known),
        )

    @reads("N.STATUS", about="Where the child's numbers come from, as far as this caller may know of them.")  # fmt: skip
    async def provenance(self, info: Info) -> list[NumberProvenance] | None:
        self._require(info, "N.STATUS")
        return await provenance_of(reading(info), self.known)

    @reads("N.NUMBER", about="The NHS number. Hidden from all but very few purposes.")
    def nhs_number(self, info: Info) -> NhsNumber | None:
        self._require(info, "N.NUMBER")
        found = [one.text for one in self._in(LINK) if one.text and one.open.mask]
        return NhsNumber(found[0]) if found else None

    @reads("N.FLAG", about="Whether the record is restricted.", existence=True)
    def restricted(self, info: Info) -> bool | None:
        self._require(info, "N.FLAG", EXISTENCE)
        return bool(self.known.row["restriction"] != "U")

    @reads(
        "N.STATUS",
        about="Which islands know the child, as far as this caller may know.",
        existence=True,
    )
    def islands(self, info: Info) -> list[IslandPresence] | None:
        self._require(info, "N.STATUS", EXISTENCE)
        return [
            IslandPresence(island=island.name, presence=self._presence(island))
            for island in ISLANDS.values()
        ]

    @reads("N.GP", about="ODS code of the GP practice.")
    def gp_practice(self, info: Info) -> str | None:
        self._require(info, "N.GP")
        practice: str | None = self.known.row["gp_practice"]
        return practice

    @reads("N.ADVISER", about="Health professionals to turn to.")
    async def advisers(self, info: Info) -> list[HealthAdviser] | None:
        self._require(info, "N.ADVISER")
        rows = await reading(info).advisers.load(self.known.child)
        return [HealthAdviser.of(row) for row in rows]

    @reads("N.CPIS", about="Whether the child is on CP-IS.", existence=True)
    async def on_cpis(self, info: Info) -> bool | None:
        self._require(info, "N.CPIS", EXISTENCE)
        return bool(await reading(info).plans.load(self.known.child))

    @reads(
        "N.CPIS",
        about="The CP-IS record. Reading it in unscheduled care is itself put on the record.",
    )
    async def cpis(self, info: Info, access: AccessInput | None = None) -> CpisRecord | None:
        self._require(info, "N.CPIS")
        reads = reading(info)
        plans = await reads.plans.load(self.known.child)
        if not plans:
            return None
        if reads.asker.purpose == CP_IS:
            await reads.record_access(self.known.child, *(access.written() if access else ()))
        accesses = await reads.accesses.load(self.known.child)
        return CpisRecord.of(plans[0], named_to(reads.asker, accesses))

    @reads("STRUCTURE", about="The records of each authority that knows the child.")
    def local_authority_records(self, info: Info) -> list[LocalAuthorityChild] | None:
        found = self._ways(info, LOCAL_AUTHORITY)
        return [LocalAuthorityChild.of(number) for number in found] or None

    @reads("STRUCTURE", about="The child at school.")
    def pupil(self, info: Info) -> Pupil | None:
        found = self._ways(info, SCHOOLS, most=1)
        return Pupil(upn=Upn(found[0])) if found else None

    @reads("STRUCTURE", about="The young person in education from 14 to 19.")
    def learner(self, info: Info) -> Learner | None:
        found = self._ways(info, LEARNERS, most=1)
        return Learner(uln=Uln(found[0])) if found else None

    @reads("STRUCTURE", about="The child on a claim for benefits.")
    def benefits(self, info: Info) -> BenefitsRecord | None:
        found = self._ways(info, BENEFITS, most=1)
        return BenefitsRecord(child_benefit_number=ChildBenefitNumber(found[0])) if found else None

    def _ways(self, info: Info, island: Island, most: int | None = None) -> list[str]:
        """The numbers that lead into an island in which something is open."""
        leading = [one for one in self._in(island) if one.text and one.open.mask][:most]
        tell_ways(info.context, reading(info), self.known, island, leading)
        return [one.text for one in leading if one.text]

    def _in(self, island: Island) -> list[Number]:
        return [number for number in self.known.numbers if number.island is island]

    def _presence(self, island: Island) -> Presence:
        open_ = [number for number in self._in(island) if number.open.mask]
        if not open_:
            return Presence.NOT_AVAILABLE
        return Presence.PRESENT if any(number.text for number in open_) else Presence.NONE

    def _require(self, info: Info, category: str, kind: int = CONTENT) -> None:
        reads = reading(info)
        need = reads.decisions.register.scale.of(category, kind)
        if need & ~self.known.open.mask:
            told = reads.asker.role in reads.purpose.told
            raise Withheld("WITHHELD" if told else "NOT_AVAILABLE")

    @classmethod
    async def resolve_references(
        cls, context: Context, keys: list[dict[str, Any]]
    ) -> list[Child | None]:
        reads = reads_of(context)
        children = [reads.child_of(key["id"]) for key in keys]
        known = await reads.by_child.load_many([child for child in children if child])
        tell(context, reads, known)
        found = {
            child: one for child, one in zip(filter(None, children), known, strict=True) if one
        }
        return [cls(known=found[child]) if child in found else None for child in children]
