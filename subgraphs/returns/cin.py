"""Children in Need census XML → the authority's children, referrals, assessments and plans.

Source: the DfE's CIN census schema, 2017 to 2026. Older years say GenderCurrent where 2024 says Sex.
"""

from __future__ import annotations

import re

from subgraphs.returns.codes import social_care as codes
from subgraphs.returns.format import Format, Identity, said
from subgraphs.returns.kinds import DATE, FLAG, LOCAL_CHILD_ID, SEX, UPN, WHOLE, code, read_date
from subgraphs.returns.markup import Shape
from subgraphs.returns.record import Heading, Item, Table

_OWN = {"source": "$1", "as_at": "$2", "la_code": "$3"}
_OF_CHILD = _OWN | {"local_child_id": "p.local_child_id"}
_OF_REFERRAL = _OWN | {"local_child_id": "g.local_child_id", "referral": "p.nth"}
_CATEGORY = code(codes.ABUSE_CATEGORIES)

_ASSESSMENT = Table(
    "local_authority.assessment",
    (
        Item("AssessmentActualStartDate", DATE, "assessment_actual_start_date", required=True),
        Item("AssessmentInternalReviewDate", DATE, "assessment_internal_review_date"),
        Item("AssessmentAuthorisationDate", DATE, "assessment_authorisation_date"),
        Item(
            "FactorsIdentifiedAtAssessment/AssessmentFactors",
            code(codes.ASSESSMENT_FACTORS),
            "assessment_factors",
            many=True,
        ),
    ),
    carries=_OF_REFERRAL,
)
_PLAN = Table(
    "local_authority.cin_plan_dates",
    (
        Item("CINPlanStartDate", DATE, "cin_plan_start_date", required=True),
        Item("CINPlanEndDate", DATE, "cin_plan_end_date"),
    ),
    carries=_OF_REFERRAL,
)
_SECTION_47 = Table(
    "local_authority.section47",
    (
        Item("S47ActualStartDate", DATE, "s47_actual_start_date", required=True),
        Item("InitialCPCtarget", DATE, "initial_cpc_target"),
        Item("DateOfInitialCPC", DATE, "date_of_initial_cpc"),
        Item("ICPCnotRequired", FLAG, "icpc_not_required"),
    ),
    carries=_OF_REFERRAL,
)
_PROTECTION_PLAN = Table(
    "local_authority.child_protection_plan",
    (
        Item("CPPstartDate", DATE, "cpp_start_date", required=True),
        Item("CPPendDate", DATE, "cpp_end_date"),
        Item("InitialCategoryOfAbuse", _CATEGORY, "initial_category_of_abuse"),
        Item("LatestCategoryOfAbuse", _CATEGORY, "latest_category_of_abuse"),
        Item("NumberOfPreviousCPP", WHOLE, "number_of_previous_cpp"),
        Item("Reviews/CPPreviewDate", DATE, "cpp_review_dates", many=True),
    ),
    carries=_OF_REFERRAL,
)
_REFERRAL = Table(
    "local_authority.cin_details",
    (
        Item("CINreferralDate", DATE, "cin_referral_date", required=True),
        Item("ReferralSource", code(codes.REFERRAL_SOURCES), "referral_source"),
        Item("PrimaryNeedCode", code(codes.NEEDS), "primary_need_code"),
        Item("CINclosureDate", DATE, "cin_closure_date"),
        Item("ReasonForClosure", code(codes.CLOSURE_REASONS), "reason_for_closure"),
        Item("DateOfInitialCPC", DATE, "date_of_initial_cpc"),
        Item("ReferralNFA", FLAG, "referral_nfa"),
    ),
    carries=_OF_CHILD | {"sequence": "t.nth"},
    nested={
        "Assessments": _ASSESSMENT,
        "CINPlanDates": _PLAN,
        "Section47": _SECTION_47,
        "ChildProtectionPlans": _PROTECTION_PLAN,
    },
)
_CHILD = Table(
    "local_authority.child",
    (
        Item("ChildIdentifiers/LAchildID", LOCAL_CHILD_ID, "local_child_id", required=True),
        Item("ChildIdentifiers/UPN", UPN, "upn"),
        Item("ChildIdentifiers/FormerUPN", UPN, "former_upn"),
        Item("ChildIdentifiers/UPNunknown", code(codes.UPN_UNKNOWN), "upn_unknown"),
        Item("ChildIdentifiers/PersonBirthDate", DATE, "person_birth_date"),
        Item("ChildIdentifiers/ExpectedPersonBirthDate", DATE, "expected_person_birth_date"),
        Item("ChildIdentifiers/PersonDeathDate", DATE, "person_death_date"),
        Item("ChildIdentifiers/Sex", SEX, "sex", also=("ChildIdentifiers/GenderCurrent",)),
        Item("ChildCharacteristics/Ethnicity", code(codes.ETHNICITIES), "ethnicity"),
        Item(
            "ChildCharacteristics/Disabilities/Disability",
            code(codes.DISABILITIES),
            "disabilities",
            many=True,
        ),
    ),
    key=("local_child_id",),
    carries=_OWN,
    nested={"CINdetails": _REFERRAL},
)


def _identity(heading: Heading) -> Identity:
    """LEA, Year and ReferenceDate of the header; how new the file is, from its DateTime."""
    as_at = read_date(said(heading, "Header/CollectionDetails/ReferenceDate"))
    return Identity(
        body=said(heading, "Header/Source/LEA"),
        year=said(heading, "Header/CollectionDetails/Year"),
        as_at=as_at[0] if isinstance(as_at, tuple) else None,  # type: ignore[arg-type]
        prepared=said(heading, "Header/Source/DateTime"),
    )


CIN = Format(
    name="cin",
    title="Children in Need census (XML)",
    tables=(_CHILD,),
    shape=Shape(
        namespace=re.compile(""),
        said_so="no namespace",
        records={"Children/Child": _CHILD},
        headings=frozenset({"Header"}),
        collection=("Header/CollectionDetails/Collection", "CIN"),
    ),
    identity=_identity,
)
