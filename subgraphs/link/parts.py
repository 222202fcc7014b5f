"""What hangs off a child in the link node: identity, presence, advisers, CP-IS; row → labelled object."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Self

import strawberry

from gateway.identifiers import DfeLaCode
from subgraphs.codes import code, coded
from subgraphs.labels import fact
from subgraphs.link.decide import Asker
from subgraphs.link.loaders import Row
from subgraphs.rows import read

WORKERS = frozenset({"social_worker", "csc_manager"})


@strawberry.enum(
    description="NHS number status indicator (NHS Data Dictionary). Only 01 joins islands."
)
class NhsNumberStatus(Enum):
    _01 = code("01", "Number present and verified")
    _02 = code("02", "Number present but not traced")
    _03 = code("03", "Trace required")
    _04 = code("04", "Trace attempted, no match or multiple match found")
    _05 = code("05", "Trace needs to be resolved, number or patient detail conflict")
    _06 = code("06", "Trace in progress")
    _07 = code("07", "Number not present and trace not required")
    _08 = code("08", "Trace postponed, baby under six weeks old")


@strawberry.enum(
    description="Whether an island knows the child. Its own permission, apart from what the island says."
)
class Presence(Enum):
    PRESENT = code("PRESENT", "The island has a record")
    NONE = code("NONE", "The island has none")
    NOT_AVAILABLE = code("NOT_AVAILABLE", "It is not for this caller to know")
    TEMPORARILY_UNAVAILABLE = code(
        "TEMPORARILY_UNAVAILABLE", "It could not be found out now; ask again"
    )


@strawberry.enum(description="What CP-IS holds a child for.")
class CpisPlanType(Enum):
    CPP = code("CPP", "Child protection plan")
    UCPP = code("UCPP", "Child protection plan of an unborn child, held under the mother")
    LAC = code("LAC", "Looked after")


@strawberry.type(description="How sure the identity is. Never the number.")
class Identity:
    status: NhsNumberStatus | None = fact("N.STATUS", about="NHS number status indicator.")
    verified_on: date | None = fact("N.STATUS", about="The day it was last traced.")
    source: str | None = fact("N.STATUS", about="Where the status comes from.")


@strawberry.type(description="Whether one island knows the child.")
class IslandPresence:
    island: str = fact("N.STATUS", about="The island's name.", existence=True)
    presence: Presence = fact("N.STATUS", about="Whether it has a record.", existence=True)


@strawberry.type(description="A health professional to turn to.")
class HealthAdviser:
    role: str = fact(
        "N.ADVISER", about="Designated officer, health visitor, school or looked-after nurse."
    )
    name: str = fact("N.ADVISER", about="Name.")
    organisation: str = fact("N.ADVISER", about="Organisation.")
    telephone: str | None = fact("N.ADVISER", about="Telephone.")
    since: date | None = fact("N.ADVISER", about="In touch since.")

    @classmethod
    def of(cls, row: Row) -> Self:
        return read(cls, row)


@strawberry.enum(
    description="Why the CP-IS record was opened. Neither says that the child was there."
)
class AccessReason(Enum):
    PRESENTATION = code("PRESENTATION", "The child came, or was brought")
    RECORD_CHECKED = code("RECORD_CHECKED", "The record was looked at and no more")


@strawberry.input(description="Why the record is opened, and whom the authority can ring about it.")
class AccessInput:
    reason: AccessReason
    concern: str | None = None
    contact_role: str | None = None
    contact_telephone: str | None = None
    follow_up: bool = False

    def written(self) -> tuple[object, ...]:
        return (
            self.reason.value, self.concern, self.contact_role, self.contact_telephone, self.follow_up,
        )  # fmt: skip


@strawberry.type(description="That somebody opened the CP-IS record: an access, not an attendance.")
class CpisAccess:
    organisation: str = fact("N.CPIS", about="Code of the setting's organisation.")
    accessed_at: datetime = fact("N.CPIS", about="When.")
    reason: AccessReason | None = fact("N.CPIS", about="Why, where the setting said so.")
    concern: str | None = fact("N.CPIS", about="What concerns the clinician: an opinion.")
    contact_role: str | None = fact("N.CPIS", about="Whom to ask there.")
    contact_telephone: str | None = fact("N.CPIS", about="And the telephone.")
    follow_up: bool = fact("N.CPIS", about="Whether they ask to be rung.")


def named_to(asker: Asker, accesses: Sequence[Row]) -> list[Row]:
    """The accesses without those of settings that a young person goes to in confidence (CP-IS phase 2).

    Only the authority's own workers and the setting itself are told of these.
    """
    return [
        row
        for row in accesses
        if not row["sensitive"]
        or (asker.kind == "LA" and asker.role in WORKERS)
        or row["organisation"] == asker.organisation
    ]


@strawberry.type(
    description="What CP-IS holds, until twelve months after its end. No reason, no address."
)
class CpisRecord:
    plan_type: CpisPlanType | None = fact("N.CPIS", about="Why the child is on CP-IS.")
    start_date: date = fact("N.CPIS", about="First day.")
    end_date: date | None = fact("N.CPIS", about="Last day, when it has ended.")
    la_code: DfeLaCode = fact("N.CPIS", about="The responsible authority.")
    contact_telephone: str = fact("N.CPIS", about="Its duty team: whom to ring.")
    accesses: list[CpisAccess] = fact("N.CPIS", about="The last 25, the newest first.")

    @classmethod
    def of(cls, plan: Row, accesses: list[Row]) -> Self:
        return cls(
            plan_type=coded(CpisPlanType, plan["plan_type"]),
            start_date=plan["start_date"],
            end_date=plan["end_date"],
            la_code=DfeLaCode(plan["la_code"]),
            contact_telephone=plan["contact_telephone"],
            accesses=[read(CpisAccess, row) for row in accesses],
        )
