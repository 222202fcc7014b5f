"""A code that a return may hold is a value of the graph, or is closed because it would disclose an adoption."""

from __future__ import annotations

from enum import Enum

import pytest

from subgraphs.codes import coded
from subgraphs.learners import codes as learners
from subgraphs.local_authority.codes import looked_after, person, social_care
from subgraphs.returns.codes import learners as filed_by_providers
from subgraphs.returns.codes import social_care as filed_by_authorities

SETS: list[tuple[type[Enum], frozenset[str], set[str]]] = [
    (person.Ethnicity, filed_by_authorities.ETHNICITIES, set()),
    (person.Disability, filed_by_authorities.DISABILITIES, set()),
    (person.UpnUnknown, filed_by_authorities.UPN_UNKNOWN, set()),
    (social_care.ReferralSource, filed_by_authorities.REFERRAL_SOURCES, set()),
    (social_care.PrimaryNeed, filed_by_authorities.NEEDS, set()),
    (social_care.ReasonForClosure, filed_by_authorities.CLOSURE_REASONS, {"RC1"}),
    (social_care.CategoryOfAbuse, filed_by_authorities.ABUSE_CATEGORIES, set()),
    (social_care.AssessmentFactor, filed_by_authorities.ASSESSMENT_FACTORS, set()),
    (looked_after.ReasonForNewEpisode, filed_by_authorities.REASONS_FOR_EPISODE, set()),
    (looked_after.LegalStatus, filed_by_authorities.LEGAL_STATUSES, {"D1", "E1"}),
    (
        looked_after.Placement,
        filed_by_authorities.PLACEMENTS,
        {"A3", "A4", "A5", "A6", "U2", "U5"},
    ),
    (looked_after.PlacementProvider, filed_by_authorities.PLACEMENT_PROVIDERS, set()),
    (looked_after.ReasonEpisodeCeased, filed_by_authorities.EPISODE_ENDS, {"E11", "E12"}),
    (looked_after.ReasonPlacementChanged, filed_by_authorities.PLACE_CHANGE_REASONS, set()),
    (looked_after.ReviewParticipation, filed_by_authorities.REVIEW_CODES, set()),
    (looked_after.Absence, filed_by_authorities.MISSING_OR_AWAY, set()),
    (looked_after.NoSdqScore, filed_by_authorities.SDQ_REASONS, set()),
    (looked_after.InTouch, filed_by_authorities.IN_TOUCH, set()),
    (looked_after.Activity, filed_by_authorities.ACTIVITIES, set()),
    (looked_after.Accommodation, filed_by_authorities.ACCOMMODATION, set()),
    (learners.LearnerEthnicity, filed_by_providers.ETHNICITIES, set()),
    (learners.LlddHealthProblem, filed_by_providers.LLDD_AND_HEALTH, set()),
    (learners.LlddCategory, filed_by_providers.LLDD_CATEGORIES, set()),
    (learners.EmploymentStatus, filed_by_providers.EMPLOYMENT_STATUSES, set()),
    (learners.AimType, filed_by_providers.AIM_TYPES, set()),
    (learners.CompletionStatus, filed_by_providers.COMPLETION_STATUSES, set()),
    (learners.AimOutcome, filed_by_providers.OUTCOMES, set()),
    (learners.FundingModel, filed_by_providers.FUNDING_MODELS, set()),
    (learners.Destination, filed_by_providers.DESTINATIONS, set()),
]


@pytest.mark.parametrize(("kind", "filed", "sealed"), SETS)
def test_every_code_that_may_be_filed_is_read(
    kind: type[Enum], filed: frozenset[str], sealed: set[str]
) -> None:
    assert {code for code in filed if coded(kind, code) is None} == sealed
    assert {value.value for value in kind} == filed - sealed


@pytest.mark.parametrize(("kind", "filed", "sealed"), SETS)
def test_a_value_is_named_as_its_code(
    kind: type[Enum], filed: frozenset[str], sealed: set[str]
) -> None:
    for value in kind:
        assert value.name == (f"_{value.value}" if value.value[0].isdigit() else value.value)
