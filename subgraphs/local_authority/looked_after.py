"""Looked-after children and care leavers, as SSDA903 names them.

A code that discloses an adoption or the plan of one reads as null here; the sealed record alone tells it.
"""

from __future__ import annotations

from datetime import date

import strawberry

from gateway.identifiers import DfeLaCode
from subgraphs.labels import fact
from subgraphs.local_authority.codes.looked_after import (
    Absence,
    Accommodation,
    Activity,
    InTouch,
    LegalStatus,
    NoSdqScore,
    Placement,
    PlacementProvider,
    ReasonEpisodeCeased,
    ReasonForNewEpisode,
    ReasonPlacementChanged,
    ReviewParticipation,
)
from subgraphs.local_authority.codes.social_care import PrimaryNeed
from subgraphs.local_authority.loaders import Row
from subgraphs.opinions import Opinion, opinion
from subgraphs.rows import read


@strawberry.type(description="SSDA903 EPISODES: one placement under one legal status.")
class Episode:
    decom: date = fact("LA.CLA", about="DECOM: the day the episode began.")
    rne: ReasonForNewEpisode | None = fact("LA.CLA", about="RNE: why it began.")
    ls: LegalStatus | None = fact("LA.CLA", about="LS: legal status; empty where sealed.")
    cin: PrimaryNeed | None = fact("LA.ASSESS", about="CIN: need when first looked after.")
    place: Placement | None = fact("LA.CLA", about="PLACE: kind of placement; empty where sealed.")
    place_provider: PlacementProvider | None = fact("LA.CLA", about="PLACE_PROVIDER.")
    dec: date | None = fact("LA.CLA", about="DEC: the day the episode ceased.")
    rec: ReasonEpisodeCeased | None = fact("LA.CLA", about="REC: why; empty where sealed.")
    reason_place_change: ReasonPlacementChanged | None = fact(
        "LA.CLA", about="REASON_PLACE_CHANGE."
    )
    home_post: str | None = fact("LA.CONTACT", about="HOME_POST: the home the child came from.")
    pl_post: str | None = fact("LA.PLACELOC", about="PL_POST: postcode of the placement.")
    urn: str | None = fact("LA.PLACELOC", about="URN: Ofsted's number of the home or agency.")
    placement_la: DfeLaCode | None = fact("LA.PLACELOC", about="Authority the placement lies in.")
    placement_address: str | None = fact("LA.PLACELOC", about="Address of the placement.")
    as_at: date = fact("LA.CLA", about="The day this speaks of.")


@strawberry.type(description="SSDA903 REVIEWS of a looked-after child.")
class CareReview:
    review: date = fact("LA.CLA", about="REVIEW: when it was held.")
    review_code: ReviewParticipation | None = fact(
        "LA.CLA", about="REVIEW_CODE: how the child took part."
    )
    as_at: date = fact("LA.CLA", about="The day this speaks of.")


@strawberry.type(description="SSDA903 MISSING.")
class MissingEpisode:
    missing: Absence | None = fact("LA.MISSING", about="MISSING: missing or away.")
    mis_start: date = fact("LA.MISSING", about="MIS_START.")
    mis_end: date | None = fact("LA.MISSING", about="MIS_END.")
    as_at: date = fact("LA.MISSING", about="The day this speaks of.")


@strawberry.type(description="SSDA903 OC2: health of a child looked after for twelve months.")
class HealthOutcomes:
    sdq_score: Opinion[int] | None = opinion(
        int,
        "LA.OC2HEALTH",
        name="SdqScoreOpinion",
        about="SDQ_SCORE, 0 to 40: the carer's answers.",
    )
    sdq_reason: NoSdqScore | None = fact("LA.OC2HEALTH", about="SDQ_REASON: why there is none.")
    health_check: bool | None = fact("LA.OC2HEALTH", about="HEALTH_CHECK: development checks done.")
    immunisations: bool | None = fact("LA.OC2HEALTH", about="IMMUNISATIONS: up to date.")
    teeth_check: bool | None = fact("LA.OC2HEALTH", about="TEETH_CHECK: seen by a dentist.")
    health_assessment: bool | None = fact("LA.OC2HEALTH", about="HEALTH_ASSESSMENT: annual, done.")
    as_at: date = fact("LA.OC2HEALTH", about="The day this speaks of: 31 March.")

    @classmethod
    def of(cls, row: Row) -> HealthOutcomes:
        score, on = row["sdq_score"], row["as_at"]
        said = None if score is None else Opinion(score, "main carer", on, "SDQ for ages 4 to 17")
        return read(cls, row, sdq_score=said)


@strawberry.type(description="SSDA903 OC2: substance misuse and convictions.")
class RiskOutcomes:
    substance_misuse: Opinion[bool] | None = opinion(
        bool, "LA.OC2RISK", name="SubstanceMisuseOpinion", about="SUBSTANCE_MISUSE: identified."
    )
    intervention_received: bool | None = fact("LA.OC2RISK", about="INTERVENTION_RECEIVED.")
    intervention_offered: bool | None = fact("LA.OC2RISK", about="INTERVENTION_OFFERED.")
    convicted: bool | None = fact("LA.OC2RISK", about="CONVICTED, or subject to a final warning.")
    as_at: date = fact("LA.OC2RISK", about="The day this speaks of: 31 March.")

    @classmethod
    def of(cls, row: Row) -> RiskOutcomes:
        misuse, on = row["substance_misuse"], row["as_at"]
        said = (
            None if misuse is None else Opinion(misuse, "social worker", on, "the year's reviews")
        )
        return read(cls, row, substance_misuse=said)


@strawberry.type(
    description="SSDA903 OC3: a care leaver, around a birthday from the 17th to the 21st."
)
class CareLeaverContact:
    in_touch: InTouch | None = fact("LA.LEAVER", about="IN_TOUCH.")
    activ: Activity | None = fact("LA.LEAVER", about="ACTIV: main activity.")
    accom: Accommodation | None = fact(
        "LA.LEAVER", about="ACCOM: accommodation and its suitability."
    )
    as_at: date = fact("LA.LEAVER", about="The day this speaks of.")


@strawberry.type(
    description="Sealed. SSDA903 AD1 and PLACED_FOR_ADOPTION: dates, and nothing about any adult."
)
class AdoptionRecord:
    date_int: date | None = fact(
        "LA.ADOPT", about="DATE_INT: the decision in the child's best interests."
    )
    date_match: date | None = fact("LA.ADOPT", about="DATE_MATCH.")
    date_placed: date | None = fact("LA.ADOPT", about="DATE_PLACED.")
    as_at: date = fact("LA.ADOPT", about="The day this speaks of.")
