"""Early years: what is funded (Early Years Census), and what two reviewers thought at two.

The setting's progress check and the health visitor's review are two opinions; neither overwrites the other.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import strawberry

from subgraphs.codes import coded
from subgraphs.labels import fact
from subgraphs.local_authority.codes.early_years import (
    DevelopmentArea,
    ReviewInstrument,
    ReviewJudgement,
)
from subgraphs.local_authority.loaders import Row
from subgraphs.opinions import Opinion, opinion
from subgraphs.rows import read


@strawberry.type(description="Early Years Census: a funded place.")
class EarlyYearsPlace:
    setting_urn: str | None = fact("LA.EYENT", about="The setting, by URN.")
    setting_name: str | None = fact("LA.EYENT", about="The setting's name.")
    funded_hours: Decimal | None = fact("LA.EYENT", about="FundedHours a week.")
    extended_hours: Decimal | None = fact("LA.EYENT", about="ExtendedHours a week.")
    hours_at_setting: Decimal | None = fact("LA.EYENT", about="HoursAtSetting a week.")
    eyppr: bool | None = fact("LA.EYENT", about="EYPPR: early years pupil premium is received.")
    eyppbf: str | None = fact("LA.EYENT", about="EYPPBF: basis of the premium, as filed.")
    daf_indicator: bool | None = fact("LA.EYENT", about="DAFindicator: disability access fund.")
    eligibility_code: str | None = fact("LA.EYENT", about="EligibilityCode: eleven digits.")
    as_at: date = fact("LA.EYENT", about="The day this speaks of.")


@strawberry.type(description="One area of development, as one reviewer sees it.")
class DevelopmentReview:
    instrument: ReviewInstrument | None = fact("LA.EYREVIEW", about="What it was judged with.")
    area: DevelopmentArea | None = fact("LA.EYREVIEW", about="EYFS prime area or ASQ-3 domain.")
    judgement: Opinion[ReviewJudgement] | None = opinion(
        ReviewJudgement, "LA.EYREVIEW", name="DevelopmentOpinion", about="Meets, monitor or refer."
    )
    score: int | None = fact("LA.EYREVIEW", about="ASQ-3 domain score, 0 to 60.")
    as_at: date = fact("LA.EYREVIEW", about="The day this speaks of.")

    @classmethod
    def of(cls, row: Row) -> DevelopmentReview:
        judged = coded(ReviewJudgement, row["outcome"])
        said = judged and Opinion(judged, row["author_role"], row["recorded_on"], row["basis"])
        return read(cls, row, judgement=said)
