"""The demonstration's callers: who they are, which purpose is theirs, and which child they ask about.

All invented. Each has a purpose and a role of the register, and an organisation that the link node's
invented agreements and live work speak of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from subgraphs.population import AUTHORITIES, PROVIDERS, SCHOOLS, Child, Circumstance, named
from subgraphs.population.county import COUNTY

HOSPITAL = "RQX"
COLLEGES = {str(provider.ukprn): "FE_COLLEGE" for provider in PROVIDERS}
ORGANISATIONS: Mapping[str, str] = {
    **{str(authority.code): "LA" for authority in AUTHORITIES},
    **{str(school.urn): "SCHOOL" for school in SCHOOLS},
    **COLLEGES,
    HOSPITAL: "NHS_TRUST",
    COUNTY: "LA",
}
"""Every organisation that the demonstration's issuer may vouch for, with its kind."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who asks. `identifier` is what they know the child by."""

    title: str
    subject: str
    role: str
    organisation: str
    purpose: str
    child: str
    identifier: Mapping[str, Any]


def people(children: Sequence[Child]) -> tuple[Person, ...]:
    """The ready-made callers, each with a child to ask about."""
    kai, anne, poppy, jodie, tobias = (
        named(children, name) for name in ("Kai", "Anne", "Poppy", "Jodie", "Tobias")
    )
    dorset = str(kai.authority)
    return (
        Person(
            "EHC coordinator", "ehc-1", "ehc_coordinator", dorset, "EHC_NEEDS_ASSESSMENT",
            "Kai", {"upn": str(kai.numbers.upn)},
        ),
        Person(
            "SENCO", "senco-1", "senco", str(kai.school.urn) if kai.school else "",
            "SCHOOL_TRANSFER", "Kai", {"upn": str(kai.numbers.upn)},
        ),
        Person(
            "Social worker", "sw-1", "social_worker", str(anne.authority), "CLA_CARE_PLANNING",
            "Anne", _local(anne),
        ),
        Person(
            "A&E clinician", "ed-1", "clinician_ed", HOSPITAL, "UNSCHEDULED_CARE_CPIS",
            "Anne", {"nhsNumber": str(anne.numbers.nhs)},
        ),
        Person(
            "Participation officer", "po-1", "participation_officer", dorset,
            "POST16_PARTICIPATION", "Jodie", {"uln": str(jodie.numbers.uln)},
        ),
        Person(
            "Entitlement officer", "eo-1", "ey_funding_officer", str(poppy.authority),
            "EY_ENTITLEMENT_CHECK", "Poppy", _local(poppy),
        ),
        Person(
            "Young person (Jodie)", "yp-1", "young_person", dorset, "SUBJECT_ACCESS",
            "Jodie", {"uln": str(jodie.numbers.uln)},
        ),
        Person(
            "Caldicott Guardian", "cg-1", "caldicott_guardian", dorset, "CALDICOTT_IG_REVIEW",
            "Kai", {"upn": str(kai.numbers.upn)},
        ),
        Person(
            "Early years adviser", "ey-1", "ey_adviser", str(poppy.authority), "INTEGRATED_REVIEW_2",
            "Poppy", _local(poppy),
        ),
        Person(
            "Clinician in an emergency", "dr-1", "clinician", HOSPITAL,
            'DIRECT_HEALTH_CARE; emergency=public_interest; because="Found unconscious"', "Anne", {"nhsNumber": str(anne.numbers.nhs)},
        ),
        Person(
            "Tobias's coordinator", "ehc-2", "ehc_coordinator", str(tobias.authority),
            "EHC_NEEDS_ASSESSMENT", "Tobias", {"upn": str(tobias.numbers.upn)},
        ),
        Person(
            "Planning analyst", "pa-1", "analyst", COUNTY, "LOCAL_SERVICE_PLANNING", "nobody", {}
        ),
        Person(
            "Identity officer", "io-1", "identity_officer", dorset, "IDENTIFIER_TRACE", "Kai",
            _particulars(kai),
        ),
        *_enquiring(children),
    )  # fmt: skip


def _enquiring(children: Sequence[Child]) -> Iterator[Person]:
    """Whoever enquires about a verified child with a protection plan, if there is one."""
    for child in children:
        plain = child.linked and child.nhs_status == "01" and not child.story
        if plain and child.has(Circumstance.CHILD_PROTECTION_PLAN):
            yield Person(
                "Enquiring social worker", "sw-47", "social_worker", str(child.authority),
                "CP_S47_ENQUIRY", child.forename, _local(child),
            )  # fmt: skip
            return


def _particulars(child: Child) -> dict[str, Any]:
    """What a record without a number has: who is traced by it."""
    names = {"givenName": child.forename, "familyName": child.surname}
    return {**names, "birthDate": child.birth_date.isoformat()}


def _local(child: Child) -> dict[str, Any]:
    known = child.numbers.local_authority[0]
    return {"laChild": {"laCode": str(known.la_code), "localChildId": str(known.local_child_id)}}
