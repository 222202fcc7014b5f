"""Code sets of the progress check at two and the integrated review."""

from __future__ import annotations

from enum import Enum

import strawberry

from subgraphs.codes import code


@strawberry.enum(description="What the judgement was made with.")
class ReviewInstrument(Enum):
    EYFS_PROGRESS_CHECK = code(
        "EYFS_PROGRESS_CHECK", "Progress check at age two (EYFS statutory framework)"
    )
    ASQ3 = code("ASQ3", "Ages and Stages Questionnaires, third edition")


@strawberry.enum(description="A prime area of the EYFS, or a domain of ASQ-3.")
class DevelopmentArea(Enum):
    COMMUNICATION_AND_LANGUAGE = code("COMMUNICATION_AND_LANGUAGE", "EYFS prime area")
    PHYSICAL_DEVELOPMENT = code("PHYSICAL_DEVELOPMENT", "EYFS prime area")
    PERSONAL_SOCIAL_AND_EMOTIONAL = code("PERSONAL_SOCIAL_AND_EMOTIONAL", "EYFS prime area")
    COMMUNICATION = code("COMMUNICATION", "ASQ-3 domain")
    GROSS_MOTOR = code("GROSS_MOTOR", "ASQ-3 domain")
    FINE_MOTOR = code("FINE_MOTOR", "ASQ-3 domain")
    PROBLEM_SOLVING = code("PROBLEM_SOLVING", "ASQ-3 domain")
    PERSONAL_SOCIAL = code("PERSONAL_SOCIAL", "ASQ-3 domain")


@strawberry.enum(description="What the reviewer thinks of the area.")
class ReviewJudgement(Enum):
    MEETS = code("MEETS", "As expected for the age")
    MONITOR = code("MONITOR", "To be looked at again")
    REFER = code("REFER", "To be referred")
