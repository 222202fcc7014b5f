"""Schools as the register of schools (GIAS) has them, and whom to ring there; row → labelled object."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Self

import strawberry

from gateway.identifiers import DfeLaCode, Ukprn, Urn
from subgraphs.context import Context
from subgraphs.labels import fact
from subgraphs.rows import read
from subgraphs.schools.loaders import Loaders, Row

Info = strawberry.Info[Context, None]


def load(info: Info) -> Loaders:
    """This request's reads."""
    found: Loaders = info.context.load
    return found


@strawberry.type(description="Whom to ring at a school.")
class SchoolContact:
    role: str = fact("SC.CONTACTS", about="DSL: designated safeguarding lead. SENCO.")
    name: str = fact("SC.CONTACTS", about="Name.")
    telephone: str | None = fact("SC.CONTACTS", about="Telephone.")
    email: str | None = fact("SC.CONTACTS", about="Email.")

    @classmethod
    def of(cls, row: Row) -> Self:
        return read(cls, row)


@strawberry.federation.type(
    keys=["urn"],
    description="One opening of a school (GIAS). A conversion to academy is another school with another URN.",
)
class School:
    urn: Urn = fact("PUBLIC", about="GIAS URN.")
    name: str | None = fact("PUBLIC", about="GIAS EstablishmentName.")
    la_code: DfeLaCode | None = fact("PUBLIC", about="DfE code of the authority it lies in.")
    establishment_number: str | None = fact("PUBLIC", about="Four digits, unique in the authority.")
    type_of_establishment: str | None = fact("PUBLIC", about="GIAS TypeOfEstablishment (name).")
    phase_of_education: str | None = fact("PUBLIC", about="GIAS PhaseOfEducation (name).")
    establishment_status: str | None = fact("PUBLIC", about="GIAS EstablishmentStatus (name).")
    statutory_low_age: int | None = fact("PUBLIC", about="Youngest age taken.")
    statutory_high_age: int | None = fact("PUBLIC", about="Oldest age taken.")
    ukprn: Ukprn | None = fact("PUBLIC", about="UK Provider Reference Number.")
    open_date: date | None = fact("PUBLIC", about="First day.")
    close_date: date | None = fact("PUBLIC", about="Last day.")
    town: str | None = fact("PUBLIC", about="Town.")
    post_code: str | None = fact("PUBLIC", about="Postcode.")
    telephone: str | None = fact("PUBLIC", about="The school's main number.")
    website: str | None = fact("PUBLIC", about="The school's site.")

    @classmethod
    def of(cls, row: Row) -> Self:
        return read(
            cls,
            row,
            urn=Urn(row["urn"]),
            la_code=DfeLaCode(row["la_code"]) if row["la_code"] else None,
            ukprn=Ukprn(row["ukprn"]) if row["ukprn"] else None,
        )

    @classmethod
    async def resolve_references(
        cls, context: Context, keys: list[dict[str, Any]]
    ) -> Sequence[School | None]:
        loaders: Loaders = context.load
        rows = await loaders.schools([key["urn"] for key in keys])
        return [School.of(row) if row else None for row in rows]
