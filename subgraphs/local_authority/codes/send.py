"""Code sets of special educational needs and EHC plans: SEN2 2026 (spec v1.3) and the SEND Regulations 2014.

The letters of the outcome sets are not confirmed against the specification.
"""

from __future__ import annotations

from enum import Enum

import strawberry

from subgraphs.codes import code


@strawberry.enum(description="SEN2 RequestSource.")
class RequestSource(Enum):
    _1 = code("1", "Young person or parent")
    _2 = code("2", "School or other setting")
    _3 = code("3", "Health")
    _4 = code("4", "Social care")
    _5 = code("5", "Other")


@strawberry.enum(description="SEN2 RequestOutcome and AssessmentOutcome.")
class Outcome(Enum):
    Y = code("Y", "Yes: assess, or issue a plan")
    N = code("N", "No")
    W = code("W", "Withdrawn before the decision")
    H = code("H", "Historic: decided before the first collection")


@strawberry.enum(description="SEN2 PlanRes: the plan names a residential placement.")
class PlanResidence(Enum):
    A = code("A", "38 to 51 weeks a year")
    B = code("B", "52 weeks a year")


@strawberry.enum(description="SEN2 CeaseReason.")
class CeaseReason(Enum):
    _1 = code("1", "Maximum age")
    _2 = code("2", "Needs met without a plan")
    _3 = code("3", "Higher education")
    _4 = code("4", "Paid employment, not an apprenticeship")
    _5 = code("5", "Transferred to another authority")
    _6 = code("6", "No longer wishes to engage")
    _7 = code("7", "Left England")
    _8 = code("8", "Died")
    _9 = code("9", "Other")


@strawberry.enum(description="SEN2 SENSetting: where there is no URN or UKPRN.")
class SenSetting(Enum):
    OLA = code("OLA", "Arranged by the authority, including section 61")
    OPA = code("OPA", "Arranged by the parent")
    EHE = code("EHE", "Elective home education")
    EYP = code("EYP", "Early years provider")
    OTH = code("OTH", "Other")
    NEET = code("NEET", "Not in education, employment or training")
    NIEC = code("NIEC", "Not in education: notice to cease given")
    NIEO = code("NIEO", "Not in education: other")


@strawberry.enum(
    description="SEN2 SENtype: a type of need as the authority records it, not a diagnosis."
)
class EhcNeedType(Enum):
    SPLD = code("SPLD", "Specific learning difficulty")
    MLD = code("MLD", "Moderate learning difficulty")
    SLD = code("SLD", "Severe learning difficulty")
    PMLD = code("PMLD", "Profound and multiple learning difficulty")
    SEMH = code("SEMH", "Social, emotional and mental health")
    SLCN = code("SLCN", "Speech, language and communication")
    HI = code("HI", "Hearing impairment")
    VI = code("VI", "Vision impairment")
    MSI = code("MSI", "Multi-sensory impairment")
    PD = code("PD", "Physical disability")
    ASD = code("ASD", "Autism spectrum")
    OTH = code("OTH", "Other")
    DS = code("DS", "Down syndrome (from 2025)")


@strawberry.enum(description="SEN2 ReviewOutcome.")
class ReviewOutcome(Enum):
    M = code("M", "Keep the plan as it is")
    A = code("A", "Amend the plan")
    C = code("C", "Cease the plan")


@strawberry.enum(description="The sections of an EHC plan (reg 12(1)).")
class Section(Enum):
    A = code("A", "Views, interests and aspirations")
    B = code("B", "Special educational needs")
    C = code("C", "Health needs related to them")
    D = code("D", "Social care needs related to them")
    E = code("E", "Outcomes")
    F = code("F", "Special educational provision")
    G = code("G", "Health provision")
    H1 = code(
        "H1", "Social care provision under the Chronically Sick and Disabled Persons Act 1970"
    )
    H2 = code("H2", "Any other social care provision")
    I = code("I", "School or other institution")  # noqa: E741
    J = code("J", "Personal budget")
    K = code("K", "Advice and information, listed")


@strawberry.enum(description="Whose advice the authority must seek (reg 6(1) and 6(2)).")
class AdviceKind(Enum):
    PARENT_OR_YOUNG_PERSON = code(
        "PARENT_OR_YOUNG_PERSON", "The child's parent or the young person (reg 6(1)(a))"
    )
    EDUCATIONAL = code("EDUCATIONAL", "The head teacher or principal (reg 6(1)(b))")
    MEDICAL = code(
        "MEDICAL", "A health care professional the commissioning body names (reg 6(1)(c))"
    )
    PSYCHOLOGICAL = code("PSYCHOLOGICAL", "An educational psychologist (reg 6(1)(d))")
    SOCIAL_CARE = code("SOCIAL_CARE", "Social care (reg 6(1)(e))")
    OTHER = code("OTHER", "Anyone else the authority thinks right (reg 6(1)(f))")
    PREPARING_FOR_ADULTHOOD = code("PREPARING_FOR_ADULTHOOD", "In or beyond year 9 (reg 6(1)(g))")
    REQUESTED_BY_FAMILY = code(
        "REQUESTED_BY_FAMILY", "Anyone the parent or young person reasonably asks for (reg 6(1)(h))"
    )
    SENSORY = code(
        "SENSORY", "A teacher qualified for hearing, vision or multi-sensory impairment (reg 6(2))"
    )
