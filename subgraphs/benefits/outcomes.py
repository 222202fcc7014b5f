"""A check → its outcome: yes, no, not found, or not known yet; with a tier and an end, and never an amount."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import strawberry

from subgraphs.benefits.codes import (
    Answer,
    EligibilityStatus,
    EligibilityTier,
    EligibilityType,
    Reconfirmation,
)
from subgraphs.benefits.loaders import Row
from subgraphs.codes import coded
from subgraphs.labels import fact
from subgraphs.rows import read

_ANSWERS = {
    EligibilityStatus.ELIGIBLE: Answer.YES,
    EligibilityStatus.NOT_ELIGIBLE: Answer.NO,
    EligibilityStatus.PARENT_NOT_FOUND: Answer.NOT_FOUND,
    EligibilityStatus.NOT_FOUND: Answer.NOT_FOUND,
}


@strawberry.type(description="What the newest check of one kind answered.")
class EntitlementOutcome:
    check_eligibility_type: EligibilityType | None = fact(
        "D.ELIG", about="CheckEligibilityType.", existence=True
    )
    answer: Answer = fact("D.ELIG", about="Yes, no, not found, not known yet.", existence=True)
    check_eligibility_status: EligibilityStatus | None = fact(
        "D.ELIG", about="CheckEligibilityStatus."
    )
    eligibility_tier: EligibilityTier | None = fact("D.ELIG", about="EligibilityTier.")
    eligibility_end_date: date | None = fact("D.ELIG", about="EligibilityEndDate.")
    checked_at: datetime | None = fact("D.ELIG", about="When it was asked; empty if never.")

    @classmethod
    def of(cls, row: Row) -> EntitlementOutcome:
        status = coded(EligibilityStatus, row["check_eligibility_status"])
        answer = _ANSWERS.get(status, Answer.NOT_KNOWN_YET) if status else Answer.NOT_KNOWN_YET
        return read(cls, row, answer=answer)


def newest(kind: EligibilityType, checks: Sequence[Row]) -> EntitlementOutcome:
    """The outcome of the newest check of a kind; checks come newest first. Never asked is not known, not no."""
    for check in checks:
        if check["check_eligibility_type"] == kind.value:
            return EntitlementOutcome.of(check)
    return EntitlementOutcome(
        check_eligibility_type=kind,
        answer=Answer.NOT_KNOWN_YET,
        check_eligibility_status=None,
        eligibility_tier=None,
        eligibility_end_date=None,
        checked_at=None,
    )


@strawberry.type(description="The code a working family gives its childcare provider.")
class WorkingFamiliesCode:
    eligibility_code: str = fact("D.WFCODE", about="EligibilityCode: eleven digits.")
    validity_start_date: date = fact("D.WFCODE", about="ValidityStartDate.")
    discretionary_validity_start_date: date | None = fact(
        "D.WFCODE", about="DiscretionaryValidityStartDate."
    )
    validity_end_date: date = fact("D.WFCODE", about="ValidityEndDate.")
    grace_period_end_date: date | None = fact("D.WFCODE", about="GracePeriodEndDate.")
    reconfirmation_status: Reconfirmation | None = fact("D.WFCODE", about="ReconfirmationStatus.")


@strawberry.type(description="Who asked for a check.")
class EligibilityRequest:
    check_eligibility_type: EligibilityType | None = fact("D.AUDIT", about="CheckEligibilityType.")
    checked_at: datetime = fact("D.AUDIT", about="When.")
    requested_by_organisation: str | None = fact("D.AUDIT", about="The organisation that asked.")
    requested_by_organisation_type: str | None = fact("D.AUDIT", about="Its kind.")
