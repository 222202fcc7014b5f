from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import pytest

from subgraphs.benefits import SERVICE, load_population
from subgraphs.benefits.codes import Answer, EligibilityType
from subgraphs.benefits.outcomes import EntitlementOutcome, newest
from subgraphs.population import Child, Circumstance, named
from subgraphs.service import sdl

Ask = Callable[..., Awaitable[dict[str, Any]]]

OFFICER = {
    "purpose": "FSM_EYPP_CHECK",
    "role": "benefits_officer",
    "organisation": ("LA", "838"),
}
FUNDING = {
    "purpose": "EY_ENTITLEMENT_CHECK",
    "role": "ey_funding_officer",
    "organisation": ("LA", "838"),
}
JOBCENTRE = {
    "purpose": "CARE_LEAVER_SUPPORT",
    "role": "jobcentre_care_leaver_lead",
    "organisation": ("DWP", "DWP"),
}


def keys(children: Sequence[Child]) -> list[dict[str, str]]:
    return [
        {"__typename": "BenefitsRecord", "childBenefitNumber": str(child.numbers.child_benefit)}
        for child in children
    ]


async def of_record(ask: Ask, child: Child, fields: str, **caller: Any) -> Any:
    query = f"query ($keys: [_Any!]!) {{ _entities(representations: $keys) {{ ... on BenefitsRecord {{ {fields} }} }} }}"
    body = await ask("benefits", query, {"keys": keys([child])}, **caller)
    assert "errors" not in body, body["errors"]
    return body["data"]["_entities"][0]


MEALS = "entitlement(type: FREE_SCHOOL_MEALS) { answer checkEligibilityStatus eligibilityTier eligibilityEndDate }"


async def test_an_entitlement_is_a_yes_with_a_tier_and_an_end(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    meals = (await of_record(ask, named(children, "Kai"), MEALS, **OFFICER))["entitlement"]

    assert meals["answer"] == "YES"
    assert meals["checkEligibilityStatus"] == "ELIGIBLE"
    assert meals["eligibilityTier"] in {"TARGETED", "EXPANDED"}
    assert meals["eligibilityEndDate"] == "2027-06-10"


async def test_records_are_loaded_in_the_order_asked_and_an_unknown_one_is_null(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    asked = keys(children[:3])[::-1]
    unknown = {"__typename": "BenefitsRecord", "childBenefitNumber": "CHB00000001QQ"}
    query = "query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on BenefitsRecord { childSurname } } }"

    body = await ask("benefits", query, {"keys": [*asked, unknown]}, **OFFICER)

    assert body["data"]["_entities"] == [
        *({"childSurname": child.surname} for child in children[2::-1]),
        None,
    ]


CHECK = {
    "check_eligibility_type": "FreeSchoolMeals",
    "eligibility_tier": None,
    "eligibility_end_date": None,
    "checked_at": None,
}


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("eligible", Answer.YES),
        ("notEligible", Answer.NO),
        ("parentNotFound", Answer.NOT_FOUND),
        ("notFound", Answer.NOT_FOUND),
        ("queuedForProcessing", Answer.NOT_KNOWN_YET),
        ("error", Answer.NOT_KNOWN_YET),
        ("somethingNew", Answer.NOT_KNOWN_YET),
    ],
)
def test_only_an_answer_is_an_answer(status: str, answer: Answer) -> None:
    outcome = EntitlementOutcome.of({**CHECK, "check_eligibility_status": status})

    assert outcome.answer is answer


def test_never_asked_is_not_known_rather_than_no() -> None:
    outcome = newest(
        EligibilityType.TWO_YEAR_OFFER, [{**CHECK, "check_eligibility_status": "eligible"}]
    )

    assert outcome.answer is Answer.NOT_KNOWN_YET
    assert outcome.checked_at is None


async def test_what_is_so_of_one_child_is_told_only_when_the_claim_has_one(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    shared = next(child for child in children if not child.story and child.number % 11 == 0)
    fields = "childSurname childForename disabilityBenefitInPayment"

    one = await of_record(ask, named(children, "Kai"), fields, **FUNDING)
    several = await of_record(ask, shared, fields, **FUNDING)

    assert one == {
        "childSurname": "Marlowe",
        "childForename": "Kai",
        "disabilityBenefitInPayment": True,
    }
    assert set(several.values()) == {None}


async def test_a_working_families_code_has_its_dates(ask: Ask, children: tuple[Child, ...]) -> None:
    fields = "workingFamiliesCodes { eligibilityCode validityEndDate gracePeriodEndDate reconfirmationStatus }"

    (code,) = (await of_record(ask, named(children, "Poppy"), fields, **FUNDING))[
        "workingFamiliesCodes"
    ]

    assert re.fullmatch("[0-9]{11}", code["eligibilityCode"])
    assert code["validityEndDate"] < code["gracePeriodEndDate"]
    assert code["reconfirmationStatus"] in {"NOT_DUE_YET", "DUE", "OVERDUE"}


async def test_a_young_person_s_own_record_exists_or_not(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    fields = "ninoNotified niRecordExists entitlement(type: FREE_SCHOOL_MEALS) { answer }"

    jodie = await of_record(ask, named(children, "Jodie"), fields, **JOBCENTRE)
    kai = await of_record(ask, named(children, "Kai"), fields, **JOBCENTRE)

    assert jodie["ninoNotified"] is True
    assert kai["ninoNotified"] is False


async def test_an_own_root_answers_the_department_and_nobody_else(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    kai = named(children, "Kai")
    query = "query ($nino: NINO!) { entitlement(nationalInsuranceNumber: $nino, type: FREE_SCHOOL_MEALS) { answer } }"
    other_suffix = str(kai.parent_nino)[:8] + "B"

    own = await ask("benefits", query, {"nino": str(kai.parent_nino)}, **JOBCENTRE)
    suffixed = await ask("benefits", query, {"nino": other_suffix}, **JOBCENTRE)
    authority = await ask("benefits", query, {"nino": str(kai.parent_nino)}, **OFFICER)
    unknown = await ask("benefits", query, {"nino": "QQ999999A"}, **JOBCENTRE)

    assert own["data"] == suffixed["data"] == {"entitlement": {"answer": "YES"}}
    assert authority["data"] == unknown["data"] == {"entitlement": None}


def test_there_is_no_word_for_money_in_the_graph_or_the_tables() -> None:
    money = re.compile(r"amount|award|pound|salary|income_|take_home|earning|weekly|rate\b", re.I)
    graph = "\n".join(line for line in sdl(SERVICE).splitlines() if '"' not in line)
    tables = "\n".join(line for line in SERVICE.tables.splitlines() if not line.startswith("--"))

    assert not money.search(graph)
    assert not money.search(tables)
    assert "numeric" not in tables
    assert "Float" not in graph


async def test_no_row_tells_of_an_adoption(
    ask: Ask, children: tuple[Child, ...], database_url: str
) -> None:
    await ask("benefits", "{ __typename }", **OFFICER)
    connection = await asyncpg.connect(database_url)

    relations = await connection.fetch(
        "SELECT DISTINCT claimant_relation FROM benefits.claim_child"
    )
    first = await load_population(connection, children)
    second = await load_population(connection, children)
    await connection.close()

    assert [row["claimant_relation"] for row in relations] == ["parent"]
    assert first == second
    assert any(child.has(Circumstance.FREE_SCHOOL_MEALS) for child in children)
