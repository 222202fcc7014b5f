from __future__ import annotations

from enum import Enum

import pytest

from subgraphs.learners import codes as of_learners
from subgraphs.local_authority.codes import looked_after, person, social_care
from subgraphs.returns.codes import learners, schools
from subgraphs.returns.codes import social_care as returned
from subgraphs.schools import codes as of_schools


@pytest.mark.parametrize(
    ("served", "taken"),
    [
        (person.Ethnicity, returned.ETHNICITIES),
        (person.Disability, returned.DISABILITIES),
        (person.UpnUnknown, returned.UPN_UNKNOWN),
        (social_care.ReferralSource, returned.REFERRAL_SOURCES),
        (social_care.PrimaryNeed, returned.NEEDS),
        (social_care.ReasonForClosure, returned.CLOSURE_REASONS),
        (social_care.CategoryOfAbuse, returned.ABUSE_CATEGORIES),
        (social_care.AssessmentFactor, returned.ASSESSMENT_FACTORS),
        (looked_after.ReasonForNewEpisode, returned.REASONS_FOR_EPISODE),
        (looked_after.LegalStatus, returned.LEGAL_STATUSES),
        (looked_after.Placement, returned.PLACEMENTS),
        (looked_after.PlacementProvider, returned.PLACEMENT_PROVIDERS),
        (looked_after.ReasonEpisodeCeased, returned.EPISODE_ENDS),
        (looked_after.ReasonPlacementChanged, returned.PLACE_CHANGE_REASONS),
        (looked_after.ReviewParticipation, returned.REVIEW_CODES),
        (looked_after.Absence, returned.MISSING_OR_AWAY),
        (looked_after.NoSdqScore, returned.SDQ_REASONS),
        (looked_after.InTouch, returned.IN_TOUCH),
        (looked_after.Activity, returned.ACTIVITIES),
        (looked_after.Accommodation, returned.ACCOMMODATION),
        (of_schools.EnrolStatus, schools.ENROLMENT),
        (of_schools.Boarder, schools.BOARDING),
        (of_schools.YearGroup, schools.YEAR_GROUPS),
        (of_schools.SenProvision, schools.SEN_PROVISIONS),
        (of_schools.PostLookedAfter, schools.POST_LOOKED_AFTER),
        (of_schools.ServiceChild, schools.SERVICE_CHILD),
        (of_schools.YoungCarer, schools.YOUNG_CARER),
        (of_schools.ExclusionCategory, schools.EXCLUSIONS),
        (of_schools.ExclusionReason, schools.EXCLUSION_REASONS),
        (of_learners.LearnerEthnicity, learners.ETHNICITIES),
        (of_learners.LlddCategory, learners.LLDD_CATEGORIES),
        (of_learners.AimType, learners.AIM_TYPES),
        (of_learners.CompletionStatus, learners.COMPLETION_STATUSES),
        (of_learners.AimOutcome, learners.OUTCOMES),
        (of_learners.FundingModel, learners.FUNDING_MODELS),
        (of_learners.EmploymentStatus, learners.EMPLOYMENT_STATUSES),
        (of_learners.Destination, learners.DESTINATIONS),
    ],
)
def test_no_code_that_an_island_serves_is_turned_away_at_the_door(
    served: type[Enum], taken: frozenset[str]
) -> None:
    assert {each.value for each in served} <= taken
