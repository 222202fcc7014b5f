"""Code sets of the school census and the Common Transfer File, each with its meaning. Source: DfE CBDS and census guides."""

from __future__ import annotations

from enum import Enum

import strawberry

from subgraphs.codes import code


@strawberry.enum(description="Sex, as recorded.")
class Sex(Enum):
    M = code("M", "Male")
    F = code("F", "Female")
    U = code("U", "Unknown")


@strawberry.enum(description="School census EnrolStatus.")
class EnrolStatus(Enum):
    C = code("C", "Current: single registration at this school")
    M = code("M", "Current main: dual registration, this is the main school")
    S = code("S", "Current subsidiary: dual registration, this is the other school")
    F = code("F", "Further education college")
    O = code("O", "Other provider")  # noqa: E741


@strawberry.enum(description="School census Boarder.")
class Boarder(Enum):
    B = code("B", "Boarder, nights not specified")
    _6 = code("6", "Boarder, six nights or fewer a week")
    _7 = code("7", "Boarder, seven nights a week")
    N = code("N", "Not a boarder")


@strawberry.enum(description="School census NCyearActual: the year group the pupil is taught in.")
class YearGroup(Enum):
    E1 = code("E1", "Early first year")
    E2 = code("E2", "Early second year")
    N1 = code("N1", "Nursery, first year")
    N2 = code("N2", "Nursery, second year")
    R = code("R", "Reception")
    _1 = code("1", "Year 1")
    _2 = code("2", "Year 2")
    _3 = code("3", "Year 3")
    _4 = code("4", "Year 4")
    _5 = code("5", "Year 5")
    _6 = code("6", "Year 6")
    _7 = code("7", "Year 7")
    _8 = code("8", "Year 8")
    _9 = code("9", "Year 9")
    _10 = code("10", "Year 10")
    _11 = code("11", "Year 11")
    _12 = code("12", "Year 12")
    _13 = code("13", "Year 13")
    _14 = code("14", "Year 14")
    M = code("M", "Mixed year class, below Year 1")
    X = code("X", "National Curriculum not followed")


@strawberry.enum(description="School census SENprovision. S, A and P are historic.")
class SenProvision(Enum):
    N = code("N", "No special educational need")
    E = code("E", "Education, health and care plan")
    K = code("K", "SEN support")
    S = code("S", "Statement (until 2018)")
    A = code("A", "School Action (until 2015)")
    P = code("P", "School Action Plus (until 2015)")


@strawberry.enum(
    description="School census SENtype: the need the school records, which is not a diagnosis. DS since 2025."
)
class SenType(Enum):
    SPLD = code("SPLD", "Specific learning difficulty")
    MLD = code("MLD", "Moderate learning difficulty")
    SLD = code("SLD", "Severe learning difficulty")
    PMLD = code("PMLD", "Profound and multiple learning difficulty")
    SEMH = code("SEMH", "Social, emotional and mental health")
    SLCN = code("SLCN", "Speech, language and communication needs")
    HI = code("HI", "Hearing impairment")
    VI = code("VI", "Vision impairment")
    MSI = code("MSI", "Multi-sensory impairment")
    PD = code("PD", "Physical disability")
    ASD = code("ASD", "Autistic spectrum disorder")
    OTH = code("OTH", "Other difficulty or disability")
    NSA = code("NSA", "SEN support but no specialist assessment of type of need")
    DS = code("DS", "Down syndrome")


@strawberry.enum(description="School census PLAA, post looked after arrangements.")
class PostLookedAfter(Enum):
    N = code("N", "Not declared")
    A = code("A", "Ceased to be looked after through adoption")
    G = code("G", "Ceased to be looked after through a special guardianship order")
    R = code("R", "Ceased to be looked after through a residence order")
    C = code("C", "Ceased to be looked after through a child arrangements order")
    O = code("O", "Adopted from state care outside England and Wales")  # noqa: E741


@strawberry.enum(description="School census ServiceChild: a parent in the armed forces.")
class ServiceChild(Enum):
    Y = code("Y", "Yes")
    N = code("N", "No")
    U = code("U", "Unknown")
    R = code("R", "Refused")


@strawberry.enum(description="School census YoungCarer: who says so.")
class YoungCarer(Enum):
    P = code("P", "Identified as a young carer by parent or guardian")
    S = code("S", "Identified as a young carer by school")
    N = code("N", "Not declared")


@strawberry.enum(description="FSM period UKcountry.")
class UkCountry(Enum):
    ENG = code("ENG", "England")
    NIR = code("NIR", "Northern Ireland")
    SCT = code("SCT", "Scotland")
    WLS = code("WLS", "Wales")


@strawberry.enum(description="School census exclusion Category. FIXD was renamed SUSP in 2020.")
class ExclusionCategory(Enum):
    PERM = code("PERM", "Permanent exclusion")
    SUSP = code("SUSP", "Suspension")
    FIXD = code("FIXD", "Fixed period exclusion (until 2020)")
    LNCH = code("LNCH", "Lunchtime suspension")


@strawberry.enum(description="School census exclusion reasons, up to three for each exclusion.")
class ExclusionReason(Enum):
    BU = code("BU", "Bullying")
    DA = code("DA", "Drug and alcohol related")
    DB = code("DB", "Persistent or general disruptive behaviour")
    DM = code("DM", "Damage")
    DS = code("DS", "Abuse relating to disability")
    LG = code("LG", "Abuse against sexual orientation and gender identity")
    MT = code("MT", "Inappropriate use of social media or online technology")
    OT = code("OT", "Other (until 2020)")
    OW = code("OW", "Use or threat of use of an offensive weapon or prohibited item")
    PA = code("PA", "Physical assault against an adult")
    PH = code("PH", "Wilful and repeated transgression of protective measures for public health")
    PP = code("PP", "Physical assault against a pupil")
    RA = code("RA", "Racist abuse")
    SM = code("SM", "Sexual misconduct")
    TH = code("TH", "Theft")
    VA = code("VA", "Verbal abuse or threatening behaviour against an adult")
    VP = code("VP", "Verbal abuse or threatening behaviour against a pupil")


@strawberry.enum(description="Why a pupil is in alternative provision.")
class ApReason(Enum):
    BHS = code("BHS", "Behaviour support")
    SUS = code("SUS", "Suspension")
    EXR = code("EXR", "At risk of exclusion")
    MHN = code("MHN", "Mental health need")
    PHN = code("PHN", "Physical health need")
    OTH = code("OTH", "Other")


@strawberry.enum(description="Alternative provision attendance pattern.")
class ApPattern(Enum):
    FT = code("FT", "Full time")
    PT = code("PT", "Part time")


@strawberry.enum(description="CTF assessment Method.")
class AssessmentMethod(Enum):
    TT = code("TT", "Test or task")
    TA = code("TA", "Teacher assessment: a judgement")


@strawberry.enum(description="School census LearnerFAMtype: support for learning and funding.")
class LearnerSupport(Enum):
    NLM = code("NLM", "National learner monitoring")
    EMH = code("EMH", "English and mathematics: high needs condition")
    MMH = code("MMH", "Mathematics: high needs condition")


_AUTHORISED = frozenset({"C", "C1", "C2", "E", "F", "H", "I", "J1", "M", "R", "S", "T"})
_UNAUTHORISED = frozenset({"G", "N", "O", "U"})
ATTENDANCE = {
    "/": "Present, morning", "\\": "Present, afternoon", "L": "Late, before the register closed",
    "B": "Educated off site", "D": "Dual registered at another school", "J": "Interview (until 2024)",
    "K": "Education provision arranged by the authority", "P": "Sporting activity", "V": "Educational visit",
    "W": "Work experience", "C": "Leave in exceptional circumstances", "C1": "Regulated performance or employment abroad",
    "C2": "Part-time timetable", "E": "Suspended or excluded, no provision made", "F": "Agreed family holiday (until 2013)",
    "H": "Family holiday, agreed (until 2024)", "I": "Illness", "J1": "Interview", "M": "Medical or dental appointment",
    "R": "Religious observance", "S": "Study leave", "T": "Parent travelling for work",
    "G": "Holiday not agreed", "N": "No reason yet given", "O": "Absent without authorisation",
    "U": "Arrived after the register closed", "Q": "No travel arrangement made", "X": "Not required to be in school",
    "Y": "Unable to attend (until 2024)", "Y1": "Transport not available", "Y2": "Widespread disruption to travel",
    "Y3": "Part of the premises closed", "Y4": "Site unexpectedly closed", "Y5": "In criminal justice detention",
    "Y6": "Public health guidance or law", "Y7": "Other unavoidable cause", "Z": "Not yet on the roll", "#": "School closed to pupils",
}  # fmt: skip


def authorised(reason: str) -> bool:
    """Whether the code counts as authorised absence (Working together to improve school attendance, 2024)."""
    return reason in _AUTHORISED


def unauthorised(reason: str) -> bool:
    return reason in _UNAUTHORISED
