"""What the link node adds to the graph: a child by any of its numbers, and what is open of it where."""

from __future__ import annotations

from typing import TypeVar

import strawberry
from aiodataloader import DataLoader

from gateway.identifiers import (
    ChildBenefitNumber,
    DfeLaCode,
    LocalChildId,
    NhsNumber,
    Uln,
    Upn,
)
from subgraphs.labels import fact, reads
from subgraphs.link.child import (
    BenefitsRecord,
    Child,
    Info,
    Learner,
    LocalAuthorityChild,
    Pupil,
    reading,
)
from subgraphs.link.islands import ISLANDS
from subgraphs.link.loaders import Known, Reads
from subgraphs.service import Graph, Withheld

CASELOAD = 100
CROSSINGS = 1_000

K = TypeVar("K")


@strawberry.input(description="A child by what one authority calls it.")
class LaChildInput:
    la_code: DfeLaCode
    local_child_id: LocalChildId


@strawberry.input(
    one_of=True, description="A child by exactly one of its numbers, or by the id it was given as."
)
class IdentifierInput:
    nhs_number: NhsNumber | None = strawberry.UNSET
    upn: Upn | None = strawberry.UNSET
    uln: Uln | None = strawberry.UNSET
    la_child: LaChildInput | None = strawberry.UNSET
    child_benefit_number: ChildBenefitNumber | None = strawberry.UNSET
    id: strawberry.ID | None = strawberry.UNSET

    def number(self) -> tuple[str, str] | None:
        """The kind and text of the number; None for an id."""
        if self.la_child:
            return "LA", f"{self.la_child.la_code}:{self.la_child.local_child_id}"
        given = {
            "NHS": self.nhs_number,
            "UPN": self.upn,
            "ULN": self.uln,
            "CHB": self.child_benefit_number,
        }
        return next(((kind, str(number)) for kind, number in given.items() if number), None)


@strawberry.federation.input(
    inaccessible=True, description="The key of an island's entity: the fields that its @key names."
)
class CrossingKey:
    upn: str | None = None
    uln: str | None = None
    la_code: str | None = None
    local_child_id: str | None = None
    child_benefit_number: str | None = None

    def fields(self) -> dict[str, str | None]:
        return {
            "upn": self.upn,
            "uln": self.uln,
            "laCode": self.la_code,
            "localChildId": self.local_child_id,
            "childBenefitNumber": self.child_benefit_number,
        }


# PUBLIC, because no purpose opens or closes these: only the gateway can ask, and no caller of the gateway.
@strawberry.federation.type(
    inaccessible=True,
    description="A condition that kept something closed for this child. For the record only.",
)
class Missing:
    condition: str = fact("PUBLIC", about="A condition of the register.")
    closed: str = fact("PUBLIC", about="The permissions it kept closed, with spaces between.")


@strawberry.federation.type(
    inaccessible=True, description="What is open of one child in one island. For the gateway alone."
)
class Crossing:
    subject: str = fact("PUBLIC", about="The child in the ledger; never its id.")
    open: str = fact(
        "PUBLIC", about="Open permissions as the register writes them, with spaces between."
    )
    missing: list[Missing] = fact("PUBLIC", about="Why the rest is not.")

    @classmethod
    def of(cls, known: Known, reads: Reads) -> Crossing:
        written = reads.decisions.register.scale.written
        return cls(
            subject=reads.keys.subject(known.child),
            open=" ".join(written(known.open.mask)),
            missing=[
                Missing(condition=condition, closed=" ".join(written(mask)))
                for condition, mask in known.open.missing
            ],
        )


@strawberry.type
class Query:
    @reads(
        "STRUCTURE",
        about="A child by one identifier. Null when there is none, it is not linked, or it is not for this caller to know.",
    )
    async def child(self, info: Info, identifier: IdentifierInput) -> Child | None:
        return (await _found(reading(info), [identifier]))[0]

    @reads("STRUCTURE", about="A caller's own caseload, in the order asked; at most 100.")
    async def children(self, info: Info, identifiers: list[IdentifierInput]) -> list[Child | None]:
        if len(identifiers) > CASELOAD:
            raise Withheld("TOO_MANY_IDENTIFIERS")
        return await _found(reading(info), identifiers)

    @reads(
        "STRUCTURE",
        about="Under each key of an island: which child, and what is open there. Null: nothing crosses.",
        inaccessible=True,
    )
    async def crossings(
        self, info: Info, island: str, keys: list[CrossingKey]
    ) -> list[Crossing | None]:
        if island not in ISLANDS:
            raise Withheld("UNKNOWN_ISLAND")
        if len(keys) > CROSSINGS:
            raise Withheld("TOO_MANY_IDENTIFIERS")
        reads = reading(info)
        numbers = [ISLANDS[island].written(key.fields()) for key in keys]
        known = await reads.crossings(ISLANDS[island], numbers)
        return [Crossing.of(one, reads) if one else None for one in known]


async def _found(reads: Reads, identifiers: list[IdentifierInput]) -> list[Child | None]:
    """In order; one query for each kind of number."""
    numbers = [identifier.number() for identifier in identifiers]
    _refuse_what_the_purpose_never_uses(reads, numbers)
    children = [
        None if number else reads.child_of(str(identifier.id))
        for number, identifier in zip(numbers, identifiers, strict=True)
    ]
    by_number = dict(zip(filter(None, numbers), await _load(reads.by_number, numbers), strict=True))
    by_child = dict(zip(filter(None, children), await _load(reads.by_child, children), strict=True))
    known = (
        by_number.get(number) if number else by_child.get(child) if child else None
        for number, child in zip(numbers, children, strict=True)
    )
    return [Child(known=one) if one else None for one in known]


async def _load(loader: DataLoader[K, Known | None], keys: list[K | None]) -> list[Known | None]:
    return await loader.load_many([key for key in keys if key])


def _refuse_what_the_purpose_never_uses(
    reads: Reads, numbers: list[tuple[str, str] | None]
) -> None:
    purpose = reads.decisions.register.purposes[reads.asker.purpose]
    if purpose.nhs_number == "never" and any(number and number[0] == "NHS" for number in numbers):
        raise Withheld("NHS_NUMBER_NOT_FOR_PURPOSE")


GRAPH = Graph(query=Query, types=(Child, Pupil, LocalAuthorityChild, Learner, BenefitsRecord))
