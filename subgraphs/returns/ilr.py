"""Individualised Learner Record XML → the provider's learners, their aims and where they went next.

Source: the ILR specification; names are the same from 2018-19 on, only the namespace carries the year.
A ULN of 9999999999 means that none has been issued yet, and joins nobody.
"""

from __future__ import annotations

import re

from subgraphs.returns.codes import learners as codes
from subgraphs.returns.format import Format, Identity, said
from subgraphs.returns.kinds import (
    DATE,
    DECIMAL,
    NINO,
    SEX,
    TEXT,
    UKPRN,
    ULN,
    WHOLE,
    Kind,
    code,
    read_date,
    whole,
)
from subgraphs.returns.markup import Shape
from subgraphs.returns.record import Heading, Item, Table

_SMALL = whole(0, 32767)
_OWN = {"source": "$1", "ukprn": "$3"}
_OF_LEARNER = _OWN | {"learn_ref_number": "p.learn_ref_number"}


def _number(known: frozenset[str]) -> Kind:
    """A code that is a number in the island's table."""
    read = code(known).read

    def numbered(text: str) -> object:
        got = read(text)
        return (int(str(got[0])),) if isinstance(got, tuple) else got

    return Kind((("", "integer"),), numbered)  # type: ignore[arg-type]


def _texts(names: str, kind: Kind = TEXT) -> tuple[Item, ...]:
    return tuple(Item(name, kind) for name in names.split())


def _folded(column: str, *items: Item) -> Table:
    return Table(column, items, folded=True)


_MONITORING = _folded(
    "employment_status_monitoring",
    Item("ESMType", TEXT, "esm_type", required=True),
    Item("ESMCode", _SMALL, "esm_code", required=True),
)
_EMPLOYMENT = Table(
    "learners.learner_employment_status",
    (
        Item("EmpStat", _number(codes.EMPLOYMENT_STATUSES), "emp_stat", required=True),
        Item("DateEmpStatApp", DATE, "date_emp_stat_app", required=True),
        Item("EmpId", TEXT, "emp_id"),
        Item("AgreeId", TEXT, "agree_id"),
    ),
    carries=_OF_LEARNER,
    nested={"EmploymentStatusMonitoring": _MONITORING},
)
_DELIVERY_FAM = _folded(
    "learning_delivery_fam",
    Item("LearnDelFAMType", TEXT, "learn_del_fam_type", required=True),
    Item("LearnDelFAMCode", TEXT, "learn_del_fam_code", required=True),
    Item("LearnDelFAMDateFrom", DATE, "learn_del_fam_date_from"),
    Item("LearnDelFAMDateTo", DATE, "learn_del_fam_date_to"),
)
_WORK_PLACEMENT = _folded(
    "learning_delivery_work_placement",
    Item("WorkPlaceStartDate", DATE, "work_place_start_date", required=True),
    Item("WorkPlaceEndDate", DATE, "work_place_end_date"),
    Item("WorkPlaceHours", WHOLE, "work_place_hours"),
    Item("WorkPlaceMode", _SMALL, "work_place_mode"),
    Item("WorkPlaceEmpId", TEXT, "work_place_emp_id"),
)
_FINANCE = _folded(
    "app_fin_record",
    Item("AFinType", TEXT, "a_fin_type", required=True),
    Item("AFinCode", _SMALL, "a_fin_code", required=True),
    Item("AFinDate", DATE, "a_fin_date"),
    Item("AFinAmount", WHOLE, "a_fin_amount"),
)
_DELIVERY_MONITORING = _folded(
    "provider_spec_delivery_monitoring",
    Item("ProvSpecDelMonOccur", TEXT, "prov_spec_del_mon_occur", required=True),
    Item("ProvSpecDelMon", TEXT, "prov_spec_del_mon"),
)
_DELIVERY_HE = _folded(
    "learning_delivery_he",
    *_texts("NUMHUS SSN QUALENT3 SOC2000 SEC UCASAPPID TYPEYR MODESTUD FUNDLEV FUNDCOMP"),
    *_texts("STULOAD PCOLAB PCFLDCS PCSLDCS PCTLDCS", DECIMAL),
    *_texts("YEARSTU MSTUFEE SPECFEE"),
    *_texts("NETFEE GROSSFEE", WHOLE),
    *_texts("DOMICILE ELQ HEPostCode"),
)
_DELIVERY = Table(
    "learners.learning_delivery",
    (
        Item("AimSeqNumber", _SMALL, "aim_seq_number", required=True),
        Item("LearnAimRef", TEXT, "learn_aim_ref", required=True),
        Item("AimType", _number(codes.AIM_TYPES), "aim_type"),
        Item("LearnStartDate", DATE, "learn_start_date"),
        Item("OrigLearnStartDate", DATE, "orig_learn_start_date"),
        Item("LearnPlanEndDate", DATE, "learn_plan_end_date"),
        Item("LearnActEndDate", DATE, "learn_act_end_date"),
        Item("AchDate", DATE, "ach_date"),
        Item("FundModel", _number(codes.FUNDING_MODELS), "fund_model"),
        Item("ProgType", _SMALL, "prog_type"),
        Item("FworkCode", _SMALL, "fwork_code"),
        Item("PwayCode", _SMALL, "pway_code"),
        Item("StdCode", WHOLE, "std_code"),
        Item("PartnerUKPRN", UKPRN, "partner_ukprn"),
        Item("DelLocPostCode", TEXT, "del_loc_post_code"),
        Item("AddHours", WHOLE, "add_hours"),
        Item("PriorLearnFundAdj", WHOLE, "prior_learn_fund_adj"),
        Item("OtherFundAdj", WHOLE, "other_fund_adj"),
        Item("ConRefNumber", TEXT, "con_ref_number"),
        Item("EPAOrgID", TEXT, "epa_org_id"),
        Item("EmpOutcome", _SMALL, "emp_outcome"),
        Item("CompStatus", _number(codes.COMPLETION_STATUSES), "comp_status"),
        Item("WithdrawReason", _SMALL, "withdraw_reason"),
        Item("Outcome", _number(codes.OUTCOMES), "outcome"),
        Item("OutGrade", TEXT, "out_grade"),
        Item("SWSupAimId", TEXT, "sw_sup_aim_id"),
    ),
    key=("parent", "aim_seq_number"),
    carries=_OF_LEARNER | {"as_at": "$2"},
    nested={
        "LearningDeliveryFAM": _DELIVERY_FAM,
        "LearningDeliveryWorkPlacement": _WORK_PLACEMENT,
        "AppFinRecord": _FINANCE,
        "ProviderSpecDeliveryMonitoring": _DELIVERY_MONITORING,
        "LearningDeliveryHE": _DELIVERY_HE,
    },
)
_DIFFICULTY = Table(
    "learners.lldd",
    (
        Item("LLDDCat", _number(codes.LLDD_CATEGORIES), "lldd_cat", required=True),
        Item("PrimaryLLDD", _SMALL, "primary_lldd"),
    ),
    carries=_OF_LEARNER,
)
_CONTACT_PREFERENCE = Table(
    "learners.contact_preference",
    (
        Item("ContPrefType", TEXT, "cont_pref_type", required=True),
        Item("ContPrefCode", _SMALL, "cont_pref_code", required=True),
    ),
    carries=_OF_LEARNER,
)
_LEARNER_FAM = Table(
    "learners.learner_fam",
    (
        Item("LearnFAMType", TEXT, "learn_fam_type", required=True),
        Item("LearnFAMCode", _SMALL, "learn_fam_code", required=True),
    ),
    carries=_OF_LEARNER,
)
_LEARNER_MONITORING = _folded(
    "provider_spec_learner_monitoring",
    Item("ProvSpecLearnMonOccur", TEXT, "prov_spec_learn_mon_occur", required=True),
    Item("ProvSpecLearnMon", TEXT, "prov_spec_learn_mon"),
)
_FINANCIAL_SUPPORT = _folded(
    "financial_support",
    Item("FINTYPE", _SMALL, required=True),
    Item("FINAMOUNT", WHOLE),
)
_LEARNER_HE = Table(
    "learner_he",
    _texts("UCASPERID TTACCOM"),
    nested={"LearnerHEFinancialSupport": _FINANCIAL_SUPPORT},
    folded=True,
)
_LEARNER = Table(
    "learners.learner",
    (
        Item("LearnRefNumber", TEXT, "learn_ref_number", required=True),
        Item("PrevLearnRefNumber", TEXT, "prev_learn_ref_number"),
        Item("PrevUKPRN", UKPRN, "prev_ukprn"),
        Item("PMUKPRN", UKPRN, "pmukprn"),
        Item("CampId", TEXT, "camp_id"),
        Item("ULN", ULN, "uln", required=True),
        Item("FamilyName", TEXT, "family_name"),
        Item("GivenNames", TEXT, "given_names"),
        Item("DateOfBirth", DATE, "date_of_birth"),
        Item("Ethnicity", _number(codes.ETHNICITIES), "ethnicity"),
        Item("Sex", SEX, "sex"),
        Item("LLDDHealthProb", _number(codes.LLDD_AND_HEALTH), "lldd_health_prob"),
        Item("NINumber", NINO, "ni_number"),
        Item("PriorAttain", _SMALL, "prior_attain"),
        Item("Accom", _SMALL, "accom"),
        Item("ALSCost", WHOLE, "als_cost"),
        Item("PlanLearnHours", WHOLE, "plan_learn_hours"),
        Item("PlanEEPHours", WHOLE, "plan_eep_hours"),
        Item("MathGrade", TEXT, "math_grade"),
        Item("EngGrade", TEXT, "eng_grade"),
        Item("PostcodePrior", TEXT, "postcode_prior"),
        Item("Postcode", TEXT, "postcode"),
        Item("AddLine1", TEXT, "add_line1"),
        Item("AddLine2", TEXT, "add_line2"),
        Item("AddLine3", TEXT, "add_line3"),
        Item("AddLine4", TEXT, "add_line4"),
        Item("TelNo", TEXT, "tel_no"),
        Item("Email", TEXT, "email"),
        Item("OTJHours", WHOLE, "otj_hours"),
    ),
    key=("learn_ref_number",),
    carries=_OWN | {"as_at": "$2"},
    nested={
        "ContactPreference": _CONTACT_PREFERENCE,
        "LLDDandHealthProblem": _DIFFICULTY,
        "LearnerFAM": _LEARNER_FAM,
        "ProviderSpecLearnerMonitoring": _LEARNER_MONITORING,
        "LearnerEmploymentStatus": _EMPLOYMENT,
        "LearnerHE": _LEARNER_HE,
        "LearningDelivery": _DELIVERY,
    },
)
_OUTCOME = Table(
    "learners.dp_outcome",
    (
        Item("OutType", code(codes.DESTINATIONS), "out_type", required=True),
        Item("OutCode", _SMALL, "out_code", required=True),
        Item("OutStartDate", DATE, "out_start_date", required=True),
        Item("OutEndDate", DATE, "out_end_date"),
        Item("OutCollDate", DATE, "out_coll_date"),
    ),
    carries=_OF_LEARNER | {"uln": "p.uln"},
)
_PROGRESSION = Table(
    "learners.destination_and_progression",
    (
        Item("LearnRefNumber", TEXT, "learn_ref_number", required=True),
        Item("ULN", ULN, "uln", required=True),
    ),
    key=("learn_ref_number",),
    carries=_OWN,
    nested={"DPOutcome": _OUTCOME},
)


def _identity(heading: Heading) -> Identity:
    as_at = read_date(said(heading, "Header/CollectionDetails/FilePreparationDate"))
    return Identity(
        body=said(heading, "LearningProvider/UKPRN") or said(heading, "Header/Source/UKPRN"),
        year=said(heading, "Header/CollectionDetails/Year"),
        as_at=as_at[0] if isinstance(as_at, tuple) else None,  # type: ignore[arg-type]
        prepared=said(heading, "Header/Source/DateTime"),
    )


ILR = Format(
    name="ilr",
    title="Individualised Learner Record (XML)",
    tables=(_LEARNER, _PROGRESSION),
    shape=Shape(
        namespace=re.compile(r"(?:ESFA|SFA|DFE)/ILR/20[0-9]{2}-[0-9]{2}", re.IGNORECASE),
        said_so="ESFA/ILR/2018-19 or another year's",
        records={"Learner": _LEARNER, "LearnerDestinationandProgression": _PROGRESSION},
        headings=frozenset({"Header", "LearningProvider", "SourceFiles"}),
        collection=("Header/CollectionDetails/Collection", "ILR"),
    ),
    identity=_identity,
)
