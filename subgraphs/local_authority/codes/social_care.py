"""Code sets of children in need and child protection: CIN census 2026 XSD."""

from __future__ import annotations

from enum import Enum

import strawberry

from subgraphs.codes import code


@strawberry.enum(description="CIN census ReferralSource. Identifies who referred.")
class ReferralSource(Enum):
    _1A = code("1A", "Family member, relative or carer")
    _1B = code("1B", "Acquaintance, neighbour or childminder")
    _1C = code("1C", "The child")
    _1D = code("1D", "Another individual")
    _2A = code("2A", "School")
    _2B = code("2B", "Education services")
    _3A = code("3A", "General practitioner")
    _3B = code("3B", "Health visitor")
    _3C = code("3C", "School nurse")
    _3D = code("3D", "Other primary health service")
    _3E = code("3E", "Accident and emergency department")
    _3F = code("3F", "Other health service")
    _4 = code("4", "Housing")
    _5A = code("5A", "Local authority social care, for example adults'")
    _5B = code("5B", "Another department of the authority")
    _5C = code("5C", "Another authority's social care")
    _5D = code("5D", "Early help")
    _6 = code("6", "Police")
    _7 = code("7", "Other legal agency: courts, probation, immigration, CAFCASS, prison")
    _8 = code("8", "Other: children's centre, independent or voluntary organisation")
    _9 = code("9", "Anonymous")
    _10 = code("10", "Unknown")


@strawberry.enum(description="CIN census PrimaryNeedCode, SSDA903 CIN.")
class PrimaryNeed(Enum):
    N1 = code("N1", "Abuse, neglect or exploitation")
    N2 = code("N2", "Child's disability")
    N3 = code("N3", "Parental disability or illness")
    N4 = code("N4", "Family in acute stress")
    N5 = code("N5", "Family dysfunction")
    N6 = code("N6", "Socially unacceptable behaviour")
    N7 = code("N7", "Low income")
    N8 = code("N8", "Absent parenting")
    N9 = code("N9", "Cases other than children in need")
    N0 = code("N0", "Not stated")


@strawberry.enum(
    description="CIN census ReasonForClosure. RC1 is not here: it discloses an adoption and is sealed."
)
class ReasonForClosure(Enum):
    RC2 = code("RC2", "Died")
    RC3 = code("RC3", "Child arrangements order")
    RC4 = code("RC4", "Special guardianship order")
    RC5 = code("RC5", "Transferred to another authority")
    RC6 = code("RC6", "Transferred to adult social care")
    RC7 = code("RC7", "Services ceased for another reason, including no longer in need")
    RC8 = code("RC8", "No further action after assessment")
    RC9 = code("RC9", "Referred to early help after assessment")


@strawberry.enum(description="CIN census InitialCategoryOfAbuse and LatestCategoryOfAbuse.")
class CategoryOfAbuse(Enum):
    NEG = code("NEG", "Neglect")
    PHY = code("PHY", "Physical abuse")
    SAB = code("SAB", "Sexual abuse")
    EMO = code("EMO", "Emotional abuse")
    MUL = code("MUL", "Multiple, or not recommended")


@strawberry.enum(
    description="CIN census AssessmentFactors: A the child, B a parent or carer, C another in the household unless said otherwise."
)
class AssessmentFactor(Enum):
    _1A = code("1A", "Alcohol misuse: the child")
    _1B = code("1B", "Alcohol misuse: a parent or carer")
    _1C = code("1C", "Alcohol misuse: another in the household")
    _2A = code("2A", "Drug misuse: the child")
    _2B = code("2B", "Drug misuse: a parent or carer")
    _2C = code("2C", "Drug misuse: another in the household")
    _3A = code("3A", "Domestic abuse: of the child")
    _3B = code("3B", "Domestic abuse: of a parent or carer")
    _3C = code("3C", "Domestic abuse: of another in the household")
    _4A = code("4A", "Mental health: the child")
    _4B = code("4B", "Mental health: a parent or carer")
    _4C = code("4C", "Mental health: another in the household")
    _5A = code("5A", "Learning disability: the child")
    _5B = code("5B", "Learning disability: a parent or carer")
    _5C = code("5C", "Learning disability: another in the household")
    _6A = code("6A", "Physical disability or illness: the child")
    _6B = code("6B", "Physical disability or illness: a parent or carer")
    _6C = code("6C", "Physical disability or illness: another in the household")
    _7A = code("7A", "Young carer")
    _8B = code("8B", "Privately fostered: overseas child who intends to return")
    _8C = code("8C", "Privately fostered: overseas child who intends to stay")
    _8D = code("8D", "Privately fostered: educational placement")
    _8E = code("8E", "Privately fostered: alternative family arrangement")
    _8F = code("8F", "Privately fostered: other")
    _9A = code("9A", "Unaccompanied asylum-seeking child")
    _10A = code("10A", "Going missing")
    _11A = code("11A", "Child sexual exploitation")
    _12A = code("12A", "Trafficking")
    _13A = code("13A", "Gangs")
    _14A = code("14A", "Socially unacceptable behaviour")
    _15A = code("15A", "Self-harm")
    _16A = code("16A", "Neglect")
    _17A = code("17A", "Emotional abuse")
    _18A = code("18A", "Physical abuse")
    _18B = code("18B", "Physical abuse by another child")
    _18C = code("18C", "Physical abuse by an adult")
    _19A = code("19A", "Sexual abuse")
    _19B = code("19B", "Sexual abuse by another child")
    _19C = code("19C", "Sexual abuse by an adult")
    _20 = code("20", "Other")
    _21 = code("21", "No factors identified")
    _22A = code("22A", "Female genital mutilation")
    _23A = code("23A", "Abuse linked to faith or belief")
    _24A = code("24A", "Child criminal exploitation")
