"""What a caller knows a child by → the kind and text of the number, or the id it was given as."""

from __future__ import annotations

import strawberry

from gateway.identifiers import (
    ChildBenefitNumber,
    DfeLaCode,
    LocalChildId,
    NhsNumber,
    Uln,
    Upn,
)


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
