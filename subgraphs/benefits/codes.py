"""Code sets of the eligibility checking engine and of Child Benefit. The engine answers yes, no or not found, later."""

from __future__ import annotations

from enum import Enum

import strawberry

from subgraphs.codes import code


@strawberry.enum(description="CheckEligibilityType: what was asked.")
class EligibilityType(Enum):
    FREE_SCHOOL_MEALS = code("FreeSchoolMeals", "Free school meals")
    EARLY_YEAR_PUPIL_PREMIUM = code("EarlyYearPupilPremium", "Early years pupil premium")
    TWO_YEAR_OFFER = code("TwoYearOffer", "15 hours for eligible two-year-olds")
    WORKING_FAMILIES = code("WorkingFamilies", "30 hours for working families")


@strawberry.enum(description="CheckEligibilityStatus: how far the check is, and its outcome.")
class EligibilityStatus(Enum):
    QUEUED = code("queuedForProcessing", "Not answered yet")
    ELIGIBLE = code("eligible", "Entitled")
    NOT_ELIGIBLE = code("notEligible", "Not entitled")
    PARENT_NOT_FOUND = code("parentNotFound", "No such parent is known")
    NOT_FOUND = code("notFound", "No such code or claim is known")
    ERROR = code("error", "The check failed: neither yes nor no")


@strawberry.enum(description="The outcome in a word. An outage is never a no.")
class Answer(Enum):
    YES = "YES"
    NO = "NO"
    NOT_FOUND = "NOT_FOUND"
    NOT_KNOWN_YET = strawberry.enum_value(
        "NOT_KNOWN_YET", description="Never asked, queued, or failed."
    )


@strawberry.enum(description="EligibilityTier, from September 2026.")
class EligibilityTier(Enum):
    TARGETED = code("targeted", "Below the income threshold")
    EXPANDED = code("expanded", "Above it: Universal Credit alone")


@strawberry.enum(description="ReconfirmationStatus of a working families code.")
class Reconfirmation(Enum):
    NOT_APPLICABLE = code("NotApplicable", "Not applicable")
    NOT_DUE_YET = code("NotDueYet", "Not due yet")
    DUE = code("Due", "Due")
    OVERDUE = code("Overdue", "Overdue")
    CHILD_TOO_OLD = code("ChildTooOld", "The child is too old")


@strawberry.enum(description="Whether Child Benefit is paid on the claim.")
class ClaimPayment(Enum):
    IN_PAYMENT = code("inPayment", "In payment")
    NOT_IN_PAYMENT = code("notInPayment", "Claimed, not in payment")
    ENDED = code("ended", "Ended")
