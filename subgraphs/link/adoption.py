"""Sealing a child by adoption, as a mutation; and what was sealed, as a query for two people of the records agency."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from subgraphs.codes import code
from subgraphs.labels import fact, reads
from subgraphs.link.acting import SEAL, acting
from subgraphs.link.child import Info, reading
from subgraphs.link.identifier import IdentifierInput
from subgraphs.link.sealed import Agency
from subgraphs.outward import Withheld

OLD = "N.OLDNUMBER"


@strawberry.enum(description="Why a child has new numbers that nothing leads to from the old.")
class SealGround(Enum):
    ADOPTION = code("ADOPTION", "An adoption order")
    GENDER = code("GENDER", "A change of gender, with a new NHS number")
    PROTECTED_PERSON = code(
        "PROTECTED_PERSON", "A new identity: where the child is stays closed from now on"
    )


@strawberry.type(
    description="That a child was sealed. It says nothing of the child that it became."
)
class Sealing:
    sealed_at: datetime = fact(SEAL, about="From then on the old numbers are as never issued.")


@strawberry.type(description="A number that a child had before an adoption.")
class OldNumber:
    kind: str = fact(OLD, about="NHS, LA, UPN, ULN or CHB.")
    text: str = fact(OLD, about="The number.")


@strawberry.type(description="What was sealed by an adoption.")
class SealedRecord:
    sealed_at: datetime = fact(OLD, about="When.")
    numbers: list[OldNumber] = fact(OLD, about="The numbers from before.")


@strawberry.type
class AdoptionChanges:
    @reads(
        SEAL,
        about="Seals a child and makes a new one, with these new numbers, that nothing leads to from the old.",
    )
    async def seal(
        self,
        info: Info,
        child: IdentifierInput,
        renewed: list[IdentifierInput],
        ground: SealGround = SealGround.ADOPTION,
    ) -> Sealing | None:
        numbers = [number for one in renewed if (number := one.number())]
        if len(numbers) != len(renewed) or not numbers:
            raise Withheld("NEW_NUMBERS_NEEDED")
        found = await acting(info, child, SEAL)
        reads = found.reads
        agency = Agency(reads.asker.organisation, reads.asker.case, ground.name)
        made = await reads.sealed.seal(reads.connections, found.child, numbers, agency)
        if made is None:
            raise Withheld("NUMBER_IN_USE")
        kept = await reads.sealed.numbers_before(reads.connections, made)
        return Sealing(sealed_at=kept[1]) if kept else None


@strawberry.type
class AdoptionQueries:
    @reads(
        OLD,
        about="What was sealed when this child was adopted. For the adoption records agency, by two people.",
    )
    async def sealed_record(self, info: Info, identifier: IdentifierInput) -> SealedRecord | None:
        found = await acting(info, identifier, OLD)
        kept = await reading(info).sealed.numbers_before(found.reads.connections, found.child)
        if kept is None:
            raise Withheld("NOT_AVAILABLE")
        numbers = [OldNumber(kind=kind, text=text) for kind, text in kept[0]]
        return SealedRecord(sealed_at=kept[1], numbers=numbers)
