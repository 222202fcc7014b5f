"""Code sets of looked-after children and care leavers: SSDA903, the years 2017 to 2026 together.

Codes that disclose an adoption or the plan of one (LS D1 E1, PLACE A3 to A6 U2 U5, REC E11 E12, PREV_PERM P1) are in
no set: read as null, and told only by the sealed record.
"""

from __future__ import annotations

from enum import Enum

import strawberry

from subgraphs.codes import code


@strawberry.enum(description="SSDA903 RNE.")
class ReasonForNewEpisode(Enum):
    S = code("S", "Started to be looked after")
    L = code("L", "Change of legal status only")
    P = code("P", "Change of placement and carer")
    T = code("T", "Change of placement, same carer")
    B = code("B", "Change of legal status, placement and carer")
    U = code("U", "Change of legal status and placement, same carer")


@strawberry.enum(description="SSDA903 LS.")
class LegalStatus(Enum):
    C1 = code("C1", "Interim care order")
    C2 = code("C2", "Full care order")
    V2 = code("V2", "Accommodated under section 20, single period")
    V3 = code("V3", "Short-term break, one of a series")
    V4 = code("V4", "Agreed series of short-term breaks")
    L1 = code("L1", "Under police protection")
    L2 = code("L2", "Emergency protection order")
    L3 = code("L3", "Child assessment order")
    J1 = code("J1", "Remanded to local authority accommodation")
    J2 = code("J2", "Local authority accommodation under PACE")
    J3 = code("J3", "Youth rehabilitation order with residence")


@strawberry.enum(description="SSDA903 PLACE.")
class Placement(Enum):
    H5 = code("H5", "Semi-independent living (to 2024)")
    K1 = code("K1", "Secure children's home")
    K2 = code("K2", "Children's home")
    K3 = code("K3", "Supported accommodation (from 2025; wording not confirmed)")
    P1 = code("P1", "With parents or another with parental responsibility")
    P2 = code("P2", "Independent living (to 2024)")
    P3 = code("P3", "Residential employment")
    R1 = code("R1", "Residential care home")
    R2 = code("R2", "Establishment providing medical or nursing care")
    R3 = code("R3", "Family centre or mother and baby unit")
    R5 = code("R5", "Young offender institution or prison")
    S1 = code("S1", "Residential school")
    T0 = code("T0", "Temporary move")
    T1 = code("T1", "Temporary: in hospital")
    T2 = code("T2", "Temporary: on holiday")
    T3 = code("T3", "Temporary: while the carer is on holiday")
    T4 = code("T4", "Temporary: seven days or less, another reason")
    U1 = code("U1", "Foster care with a relative or friend, long term")
    U3 = code("U3", "Foster care with a relative or friend, not long term")
    U4 = code("U4", "Foster care with another carer, long term")
    U6 = code("U6", "Foster care with another carer, not long term")
    Z1 = code("Z1", "Other")
    Z11 = code("Z11", "Other (from 2026; wording not confirmed)")
    Z12 = code("Z12", "Other (from 2026; wording not confirmed)")
    Z13 = code("Z13", "Other (from 2026; wording not confirmed)")
    Z14 = code("Z14", "Other (from 2026; wording not confirmed)")


@strawberry.enum(description="SSDA903 PLACE_PROVIDER.")
class PlacementProvider(Enum):
    PR0 = code("PR0", "Parent or another with parental responsibility")
    PR1 = code("PR1", "The authority's own provision")
    PR2 = code("PR2", "Another authority's provision")
    PR3 = code("PR3", "Other public provision")
    PR4 = code("PR4", "Private provision")
    PR5 = code("PR5", "Voluntary or third sector provision")


@strawberry.enum(description="SSDA903 REC.")
class ReasonEpisodeCeased(Enum):
    X1 = code("X1", "A new episode begins")
    E2 = code("E2", "Died")
    E3 = code("E3", "Care taken over by another authority")
    E4A = code("E4A", "Returned home, planned")
    E4B = code("E4B", "Returned home, unplanned")
    E13 = code("E13", "Left care to live with parents or relatives without parental responsibility")
    E41 = code("E41", "Child arrangements order")
    E43 = code("E43", "Special guardianship order to former carers (to 2018)")
    E44 = code("E44", "Special guardianship order to others (to 2018)")
    E45 = code("E45", "Special guardianship order to a relative who was the carer")
    E46 = code("E46", "Special guardianship order to another former carer")
    E47 = code("E47", "Special guardianship order to a relative who was not the carer")
    E48 = code("E48", "Special guardianship order to another person")
    E5 = code("E5", "Independent living, supported")
    E6 = code("E6", "Independent living, not supported")
    E7 = code("E7", "Transferred to adult social care")
    E8 = code("E8", "Ceased for another reason")
    E9 = code("E9", "Sentenced to custody")
    E14 = code("E14", "Remand accommodation ended")
    E15 = code("E15", "Age assessed as 18 or over")
    E16 = code("E16", "Moved abroad")
    E17 = code("E17", "Aged 18 and stayed with the carer")


@strawberry.enum(description="SSDA903 REASON_PLACE_CHANGE.")
class ReasonPlacementChanged(Enum):
    CARPL = code("CARPL", "Care plan")
    CLOSE = code("CLOSE", "Provision closed or carer resigned")
    ALLEG = code("ALLEG", "Allegation")
    STAND = code("STAND", "Standards of care")
    APPRR = code("APPRR", "Approval removed")
    CREQB = code("CREQB", "Carer's request: the child's behaviour")
    CREQO = code("CREQO", "Carer's request: another reason")
    CHILD = code("CHILD", "Child's request")
    LAREQ = code("LAREQ", "Authority's request")
    PLACE = code("PLACE", "Status of the placement only")
    CUSTOD = code("CUSTOD", "Custody")
    OTHER = code("OTHER", "Other")


@strawberry.enum(description="SSDA903 REVIEW_CODE: how the child took part.")
class ReviewParticipation(Enum):
    PN0 = code("PN0", "Under four at the time")
    PN1 = code("PN1", "Attended and spoke")
    PN2 = code("PN2", "Attended, an advocate spoke")
    PN3 = code("PN3", "Attended and conveyed views without speech")
    PN4 = code("PN4", "Attended, conveyed nothing")
    PN5 = code("PN5", "Did not attend, briefed an advocate")
    PN6 = code("PN6", "Did not attend, conveyed views another way")
    PN7 = code("PN7", "Did not attend nor convey views")


@strawberry.enum(description="SSDA903 MISSING.")
class Absence(Enum):
    M = code("M", "Missing")
    A = code("A", "Away from the placement without authorisation")


@strawberry.enum(description="SSDA903 SDQ_REASON: why there is no score. Wording not confirmed.")
class NoSdqScore(Enum):
    SDQ1 = code("SDQ1", "Form not returned")
    SDQ2 = code("SDQ2", "Carer refused")
    SDQ3 = code("SDQ3", "Severity of the child's disability")
    SDQ4 = code("SDQ4", "Other")
    SDQ5 = code("SDQ5", "Child refused")


@strawberry.enum(description="SSDA903 IN_TOUCH.")
class InTouch(Enum):
    YES = code("YES", "In touch")
    NO = code("NO", "Not in touch")
    DIED = code("DIED", "Died")
    REFU = code("REFU", "Refuses contact")
    NREQ = code("NREQ", "No longer requires services")
    RHOM = code("RHOM", "Returned home")


@strawberry.enum(description="SSDA903 ACTIV.")
class Activity(Enum):
    F1 = code("F1", "Full-time higher education")
    P1 = code("P1", "Part-time higher education")
    F2 = code("F2", "Full-time other education")
    P2 = code("P2", "Part-time other education")
    F3 = code("F3", "Full-time training or employment (to 2021)")
    P3 = code("P3", "Part-time training or employment (to 2021)")
    F4 = code("F4", "Full-time apprenticeship")
    P4 = code("P4", "Part-time apprenticeship")
    F5 = code("F5", "Full-time other training or employment")
    P5 = code("P5", "Part-time other training or employment")
    G4 = code("G4", "Not in education, employment or training: illness or disability")
    G5 = code("G5", "Not in education, employment or training: other")
    G6 = code("G6", "Not in education, employment or training: pregnancy or parenting")
    _0 = code("0", "Not in touch")


@strawberry.enum(description="SSDA903 ACCOM: a letter for what, 1 suitable or 2 not.")
class Accommodation(Enum):
    B1 = code("B1", "With parents or relatives, suitable")
    B2 = code("B2", "With parents or relatives, unsuitable")
    C1 = code("C1", "Residential care, suitable")
    C2 = code("C2", "Residential care, unsuitable")
    D1 = code("D1", "Semi-independent, suitable")
    D2 = code("D2", "Semi-independent, unsuitable")
    E1 = code("E1", "Supported lodgings, suitable")
    E2 = code("E2", "Supported lodgings, unsuitable")
    G1 = code("G1", "Gone abroad, suitable")
    G2 = code("G2", "Gone abroad, unsuitable")
    H1 = code("H1", "Deported, suitable")
    H2 = code("H2", "Deported, unsuitable")
    K1 = code("K1", "Ordinary lodgings, suitable")
    K2 = code("K2", "Ordinary lodgings, unsuitable")
    R1 = code("R1", "Residence not known, suitable")
    R2 = code("R2", "Residence not known, unsuitable")
    S1 = code("S1", "No fixed abode, suitable")
    S2 = code("S2", "No fixed abode, unsuitable")
    T1 = code("T1", "Foyer or similar, suitable")
    T2 = code("T2", "Foyer or similar, unsuitable")
    U1 = code("U1", "Independent living, suitable")
    U2 = code("U2", "Independent living, unsuitable")
    V1 = code("V1", "Emergency accommodation, suitable")
    V2 = code("V2", "Emergency accommodation, unsuitable")
    W1 = code("W1", "Bed and breakfast, suitable")
    W2 = code("W2", "Bed and breakfast, unsuitable")
    X1 = code("X1", "Custody, suitable")
    X2 = code("X2", "Custody, unsuitable")
    Y1 = code("Y1", "Other, suitable")
    Y2 = code("Y2", "Other, unsuitable")
    Z1 = code("Z1", "With former foster carers, suitable")
    Z2 = code("Z2", "With former foster carers, unsuitable")
    _0 = code("0", "Not in touch")
