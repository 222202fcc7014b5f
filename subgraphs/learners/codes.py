"""Code sets of the Individualised Learner Record, each with its meaning.

Source: ILR specification 2018-19 and later. Meanings of destinations, monitoring and participation are not confirmed there.
"""

from __future__ import annotations

from enum import Enum

import strawberry

from subgraphs.codes import code


@strawberry.enum(description="Sex, as recorded.")
class Sex(Enum):
    M = code("M", "Male")
    F = code("F", "Female")
    U = code("U", "Unknown")


@strawberry.enum(
    description="ILR Ethnicity; in brackets the code of the school census and the social care returns."
)
class LearnerEthnicity(Enum):
    _31 = code("31", "White British (WBRI)")
    _32 = code("32", "White Irish (WIRI)")
    _33 = code("33", "Gypsy or Irish Traveller (WROM or WIRT)")
    _34 = code("34", "Any other White background (WOTH)")
    _35 = code("35", "White and Black Caribbean (MWBC)")
    _36 = code("36", "White and Black African (MWBA)")
    _37 = code("37", "White and Asian (MWAS)")
    _38 = code("38", "Any other mixed background (MOTH)")
    _39 = code("39", "Indian (AIND)")
    _40 = code("40", "Pakistani (APKN)")
    _41 = code("41", "Bangladeshi (ABAN)")
    _42 = code("42", "Chinese (CHNE)")
    _43 = code("43", "Any other Asian background (AOTH)")
    _44 = code("44", "African (BAFR)")
    _45 = code("45", "Caribbean (BCRB)")
    _46 = code("46", "Any other Black background (BOTH)")
    _47 = code("47", "Arab (OOTH)")
    _98 = code("98", "Any other ethnic group (OOTH)")
    _99 = code("99", "Not provided (NOBT)")


@strawberry.enum(description="ILR LLDDHealthProb, as the learner declares.")
class LlddHealthProblem(Enum):
    _1 = code("1", "Considers to have a learning difficulty, disability or health problem")
    _2 = code("2", "Considers to have none")
    _9 = code("9", "Not provided")


@strawberry.enum(description="ILR LLDDCat, as the learner declares.")
class LlddCategory(Enum):
    _1 = code("1", "Emotional or behavioural difficulties (to 2015)")
    _2 = code("2", "Multiple disabilities (to 2015)")
    _3 = code("3", "Multiple learning difficulties (to 2015)")
    _4 = code("4", "Vision impairment")
    _5 = code("5", "Hearing impairment")
    _6 = code("6", "Disability affecting mobility")
    _7 = code("7", "Profound complex disabilities")
    _8 = code("8", "Social and emotional difficulties")
    _9 = code("9", "Mental health difficulty")
    _10 = code("10", "Moderate learning difficulty")
    _11 = code("11", "Severe learning difficulty")
    _12 = code("12", "Dyslexia")
    _13 = code("13", "Dyscalculia")
    _14 = code("14", "Autism spectrum disorder")
    _15 = code("15", "Asperger's syndrome")
    _16 = code("16", "Temporary disability after illness or accident")
    _17 = code("17", "Speech, language and communication needs")
    _93 = code("93", "Other physical disability")
    _94 = code("94", "Other specific learning difficulty")
    _95 = code("95", "Other medical condition")
    _96 = code("96", "Other learning difficulty")
    _97 = code("97", "Other disability")
    _98 = code("98", "Prefers not to say")
    _99 = code("99", "Not provided")


@strawberry.enum(description="ILR AimType.")
class AimType(Enum):
    _1 = code("1", "Programme aim")
    _3 = code("3", "Component of a programme")
    _4 = code("4", "Not part of a programme")
    _5 = code("5", "Core aim of a study programme for 16 to 19")


@strawberry.enum(description="ILR CompStatus.")
class CompletionStatus(Enum):
    _1 = code("1", "Continuing")
    _2 = code("2", "Completed")
    _3 = code("3", "Withdrawn")
    _6 = code("6", "Temporarily withdrawn")


@strawberry.enum(description="ILR Outcome.")
class AimOutcome(Enum):
    _1 = code("1", "Achieved")
    _2 = code("2", "Partial achievement")
    _3 = code("3", "No achievement")
    _8 = code("8", "Completed, outcome not yet known")


@strawberry.enum(description="ILR FundModel.")
class FundingModel(Enum):
    _10 = code("10", "Community learning")
    _25 = code("25", "16 to 19")
    _35 = code("35", "Adult skills")
    _36 = code("36", "Apprenticeships")
    _37 = code("37", "Skills Bootcamps (from 2023; wording not confirmed)")
    _38 = code("38", "Adult skills fund (from 2024; wording not confirmed)")
    _39 = code("39", "Tailored learning (from 2024; wording not confirmed)")
    _70 = code("70", "European Social Fund")
    _81 = code("81", "Other adult")
    _82 = code("82", "Other 16 to 19")
    _99 = code("99", "Not funded")


@strawberry.enum(description="ILR EmpStat.")
class EmploymentStatus(Enum):
    _10 = code("10", "In paid employment")
    _11 = code("11", "Not in paid employment, looking")
    _12 = code("12", "Not in paid employment, not looking")
    _98 = code("98", "Not known")


@strawberry.enum(description="ILR LearnFAMType: funding and monitoring.")
class LearnerFamType(Enum):
    LSR = code("LSR", "Learner support reason")
    DLA = code("DLA", "Disabled students' allowance")
    LDA = code("LDA", "Learning difficulty assessment")
    EHC = code("EHC", "Education, health and care plan")
    HNS = code("HNS", "High needs student")
    EDF = code("EDF", "Eligible for disadvantage funding")
    MCF = code("MCF", "Mathematics condition of funding")
    ECF = code("ECF", "English condition of funding")
    FME = code("FME", "Free meals eligibility")
    PPE = code("PPE", "Pupil premium eligibility")
    NLM = code("NLM", "National learner monitoring")
    SEN = code("SEN", "Special educational needs")
    ALS = code("ALS", "Additional learning support")


@strawberry.enum(description="ILR OutType.")
class Destination(Enum):
    EMP = code("EMP", "Paid employment")
    NPE = code("NPE", "Not in paid employment")
    EDU = code("EDU", "Education")
    GAP = code("GAP", "Gap year")
    VOL = code("VOL", "Voluntary work")
    SDE = code("SDE", "Social destination")
    OTH = code("OTH", "Other")


@strawberry.enum(description="ILR ContPrefType.")
class ContactPreferenceType(Enum):
    RUI = code("RUI", "Restricted use: what the learner may be contacted about")
    PMC = code("PMC", "Preferred method of contact")


@strawberry.enum(
    description="Participation of a young person of 16 or 17, or to 25 with a plan (ESA 2008 s.68)."
)
class ActivityStatus(Enum):
    IN_LEARNING = code("IN_LEARNING", "In education or training")
    EMPLOYED_WITH_TRAINING = code("EMPLOYED_WITH_TRAINING", "Employed, with training")
    EMPLOYED_WITHOUT_TRAINING = code("EMPLOYED_WITHOUT_TRAINING", "Employed, without training")
    NEET_AVAILABLE = code("NEET_AVAILABLE", "Not in education, employment or training, and looking")
    NEET_NOT_AVAILABLE = code(
        "NEET_NOT_AVAILABLE", "Not in education, employment or training: illness, caring, parenting"
    )
    NOT_KNOWN = code("NOT_KNOWN", "Not known")
