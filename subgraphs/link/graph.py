"""What the link node adds to the graph: a child by any of its numbers, and what is open of it where."""

from __future__ import annotations

from typing import TypeVar

import strawberry
from aiodataloader import DataLoader
from strawberry.types.scalar import scalar

from subgraphs.labels import fact, reads
from subgraphs.link.adoption import AdoptionQueries
from subgraphs.link.changes import Mutation
from subgraphs.link.child import (
    BenefitsRecord,
    Child,
    Info,
    Learner,
    LocalAuthorityChild,
    Pupil,
    reading,
)
from subgraphs.link.cpis import Subscription
from subgraphs.link.identifier import IdentifierInput
from subgraphs.link.islands import CROSSED, ISLANDS
from subgraphs.link.kin import tell_kin
from subgraphs.link.loaders import Known, Reads
from subgraphs.link.matching.corrections import CorrectionQueries
from subgraphs.link.matching.graph import MatchingQueries
from subgraphs.link.telling import tell
from subgraphs.link.tracing.graph import TracingQueries
from subgraphs.outward import Withheld
from subgraphs.schema import Graph

CASELOAD = 100
CROSSINGS = 1_000

K = TypeVar("K")


class Permissions(tuple[str, ...]):
    """Permissions as the register writes them. One value: an assertion names the same ones in the same way."""

    __slots__ = ()


PERMISSIONS = scalar(
    name="Permissions",
    description="A list of permissions as the register writes them: `SC.SEN`, `LA.STATUS:E`.",
    serialize=list,
)


# PUBLIC, because no purpose opens or closes these: only the gateway can ask, and no caller of the gateway.
@strawberry.federation.type(
    inaccessible=True,
    description="A condition that kept something closed for this child. For the record only.",
)
class Missing:
    condition: str = fact("PUBLIC", about="A condition of the register.")
    categories: Permissions = fact("PUBLIC", about="What it kept closed.")


@strawberry.federation.type(
    inaccessible=True,
    description="What is open of one child in one island. For the gateway alone.",
)
class Crossing:
    subject: str = fact("PUBLIC", about="The child in the ledger; never its id.")
    open: Permissions = fact("PUBLIC", about="What is open.")
    missing: list[Missing] = fact("PUBLIC", about="Why the rest is not.")

    @classmethod
    def of(cls, known: Known, reads: Reads) -> Crossing:
        written = reads.decisions.written
        return cls(
            subject=reads.keys.subject(known.child),
            open=Permissions(written(known.open.mask)),
            missing=[
                Missing(condition=condition, categories=Permissions(written(mask)))
                for condition, mask in known.open.missing
            ],
        )


@strawberry.type
class Query(AdoptionQueries, TracingQueries, MatchingQueries, CorrectionQueries):
    @reads(
        "STRUCTURE",
        about="A child by one identifier. Null when there is none, it is not linked, or it is not for this caller to know.",
    )
    async def child(self, info: Info, identifier: IdentifierInput) -> Child | None:
        return (await _found(info, [identifier]))[0]

    @reads("STRUCTURE", about="A caller's own caseload, in the order asked; at most 100.")
    async def children(self, info: Info, identifiers: list[IdentifierInput]) -> list[Child | None]:
        if len(identifiers) > CASELOAD:
            raise Withheld("TOO_MANY_IDENTIFIERS")
        return await _found(info, identifiers)

    @reads(
        "STRUCTURE",
        about="For each key of an island's entity, written as JSON: which child it is, and what is open there. "
        "Null: nothing crosses.",
        inaccessible=True,
    )
    async def crossings(self, info: Info, island: str, keys: list[str]) -> list[Crossing | None]:
        if island not in CROSSED:
            raise Withheld("UNKNOWN_ISLAND")
        if len(keys) > CROSSINGS:
            raise Withheld("TOO_MANY_IDENTIFIERS")
        reads = reading(info)
        numbers = [CROSSED[island].number_in(key) for key in keys]
        known = await reads.crossings(CROSSED[island], numbers)
        return [Crossing.of(one, reads) if one else None for one in known]

    @reads(
        "PUBLIC",
        about="For each key that an island's own staff read, written as JSON: the child in the ledger. For the record "
        "alone: nothing crosses.",
        inaccessible=True,
    )
    async def subjects(
        self, info: Info, island: str, keys: list[str]
    ) -> list[strawberry.ID | None]:
        if island not in ISLANDS:
            raise Withheld("UNKNOWN_ISLAND")
        if len(keys) > CROSSINGS:
            raise Withheld("TOO_MANY_IDENTIFIERS")
        reads = reading(info)
        numbers = [ISLANDS[island].number_in(key) for key in keys]
        children = await reads.standing_under(ISLANDS[island], numbers)
        await tell_kin(info.context, reads, filter(None, children))
        return [strawberry.ID(reads.keys.subject(child)) if child else None for child in children]


async def _found(info: Info, identifiers: list[IdentifierInput]) -> list[Child | None]:
    """In order; one query for each kind of number."""
    reads = reading(info)
    numbers = [identifier.number() for identifier in identifiers]
    _refuse_what_the_purpose_never_uses(reads, numbers)
    children = [
        None if number else reads.child_of(str(identifier.id))
        for number, identifier in zip(numbers, identifiers, strict=True)
    ]
    by_number = dict(zip(filter(None, numbers), await _load(reads.by_number, numbers), strict=True))
    by_child = dict(zip(filter(None, children), await _load(reads.by_child, children), strict=True))
    known = [
        by_number.get(number) if number else by_child.get(child) if child else None
        for number, child in zip(numbers, children, strict=True)
    ]
    tell(info.context, reads, known)
    await tell_kin(info.context, reads, [one.child for one in (*known, *reads.unseen) if one])
    return [Child(known=one) if one else None for one in known]


async def _load(loader: DataLoader[K, Known | None], keys: list[K | None]) -> list[Known | None]:
    return await loader.load_many([key for key in keys if key])


def _refuse_what_the_purpose_never_uses(
    reads: Reads, numbers: list[tuple[str, str] | None]
) -> None:
    purpose = reads.decisions.register.purposes[reads.asker.purpose]
    if purpose.nhs_number == "never" and any(number and number[0] == "NHS" for number in numbers):
        raise Withheld("NHS_NUMBER_NOT_FOR_PURPOSE")


GRAPH = Graph(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=(Child, Pupil, LocalAuthorityChild, Learner, BenefitsRecord),
    scalars={Permissions: PERMISSIONS},
)
