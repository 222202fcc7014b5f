"""Code sets about the person: CIN census 2026 XSD and SSDA903, one spelling for both.

A code that starts with a digit is written with an underscore before it, here and in every set.
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


@strawberry.enum(description="CIN census Ethnicity, SSDA903 ETHNIC.")
class Ethnicity(Enum):
    WBRI = code("WBRI", "White British")
    WIRI = code("WIRI", "White Irish")
    WIRT = code("WIRT", "Traveller of Irish heritage")
    WOTH = code("WOTH", "Any other White background")
    WROM = code("WROM", "Gypsy or Roma")
    MWBC = code("MWBC", "White and Black Caribbean")
    MWBA = code("MWBA", "White and Black African")
    MWAS = code("MWAS", "White and Asian")
    MOTH = code("MOTH", "Any other mixed background")
    AIND = code("AIND", "Indian")
    APKN = code("APKN", "Pakistani")
    ABAN = code("ABAN", "Bangladeshi")
    AOTH = code("AOTH", "Any other Asian background")
    BCRB = code("BCRB", "Caribbean")
    BAFR = code("BAFR", "African")
    BOTH = code("BOTH", "Any other Black background")
    CHNE = code("CHNE", "Chinese")
    OOTH = code("OOTH", "Any other ethnic group")
    REFU = code("REFU", "Refused")
    NOBT = code("NOBT", "Information not yet obtained")


@strawberry.enum(description="CIN census Disability.")
class Disability(Enum):
    NONE = code("NONE", "No disability")
    MOB = code("MOB", "Mobility")
    HAND = code("HAND", "Hand function")
    PC = code("PC", "Personal care")
    INC = code("INC", "Incontinence")
    COMM = code("COMM", "Communication")
    LD = code("LD", "Learning")
    HEAR = code("HEAR", "Hearing")
    VIS = code("VIS", "Vision")
    BEH = code("BEH", "Behaviour")
    CON = code("CON", "Consciousness")
    AUT = code("AUT", "Autism")
    DDA = code("DDA", "Other")


@strawberry.enum(
    description="CIN census UPNunknown: why there is no UPN. The wording of UN2 to UN6 is not confirmed."
)
class UpnUnknown(Enum):
    UN1 = code("UN1", "Not of school age")
    UN2 = code("UN2", "Never attended a maintained school in England")
    UN3 = code("UN3", "Educated outside England")
    UN4 = code("UN4", "Newly looked after, not yet known")
    UN5 = code("UN5", "Sources of information exhausted")
    UN6 = code("UN6", "Looked after or in need for less than a week")
    UN7 = code("UN7", "Referral with no further action")
