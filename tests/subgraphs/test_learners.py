from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any

import asyncpg

from subgraphs.learners import load_population
from subgraphs.learners.codes import EmploymentStatus, LearnerEthnicity
from subgraphs.learners.graph import Learner
from subgraphs.learners.records import LearnerEmployment
from subgraphs.population import Child, Circumstance, named

Ask = Callable[..., Awaitable[dict[str, Any]]]

OFFICER = {
    "purpose": "POST16_PARTICIPATION",
    "role": "participation_officer",
    "organisation": ("LA", "838"),
}
COORDINATOR = {
    "purpose": "EHC_NEEDS_ASSESSMENT",
    "role": "ehc_coordinator",
    "organisation": ("LA", "838"),
}


def college(ukprn: str) -> dict[str, Any]:
    return {**OFFICER, "role": "careers_adviser", "organisation": ("FE_COLLEGE", ukprn)}


def keys(children: Sequence[Child]) -> list[dict[str, str]]:
    return [{"__typename": "Learner", "uln": str(child.numbers.uln)} for child in children]


async def of_learner(ask: Ask, child: Child, fields: str, **caller: Any) -> Any:
    query = f"query ($keys: [_Any!]!) {{ _entities(representations: $keys) {{ ... on Learner {{ {fields} }} }} }}"
    body = await ask("learners", query, {"keys": keys([child])}, **caller)
    assert "errors" not in body, body["errors"]
    return body["data"]["_entities"][0]


async def test_learners_are_loaded_by_key_in_the_order_asked(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    at_college = [child for child in reversed(children) if child.provider and child.numbers.uln]
    query = "query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Learner { familyName givenNames } } }"

    body = await ask("learners", query, {"keys": keys(at_college)}, **OFFICER)

    assert len(at_college) > 3
    assert body["data"]["_entities"] == [
        {"familyName": child.surname, "givenNames": child.forename} for child in at_college
    ]


async def test_an_unknown_learner_is_null_and_no_error(ask: Ask) -> None:
    query = "query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Learner { familyName } } }"

    body = await ask(
        "learners", query, {"keys": [{"__typename": "Learner", "uln": "1061484016"}]}, **OFFICER
    )

    assert body == {"data": {"_entities": [None]}}


async def test_a_taster_at_college_is_an_enrolment_with_its_provider(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    fields = "enrolled enrolments { planLearnHours provider { ukprn name } } learningDeliveries { aimType compStatus fundModel }"

    kai = await of_learner(ask, named(children, "Kai"), fields, **COORDINATOR)

    assert kai["enrolled"] is True
    assert kai["enrolments"] == [
        {
            "planLearnHours": 36,
            "provider": {"ukprn": "19990000", "name": "Purbeck Shore College"},
        }
    ]
    assert {aim["fundModel"] for aim in kai["learningDeliveries"]} == {"_25"}


async def test_a_difficulty_is_what_the_learner_declares(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    fields = "lldd { primary lldd: llddCat { value authorRole recordedOn basis } } llddHealthProb { value authorRole }"

    jodie = await of_learner(ask, named(children, "Jodie"), fields, **COORDINATOR)

    assert jodie["lldd"][0]["primary"] is True
    assert jodie["lldd"][0]["lldd"]["authorRole"] == "learner"
    assert jodie["llddHealthProb"] == {"value": "_1", "authorRole": "learner"}


async def test_a_learner_who_left_is_not_participating_and_has_a_destination(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    fields = "enrolled participates hasEhcPlan participation { activityStatus adviser asAt } destinations { outType outStartDate }"

    jodie = await of_learner(ask, named(children, "Jodie"), fields, **OFFICER)

    assert jodie["enrolled"] is False
    assert jodie["participates"] is False
    assert jodie["hasEhcPlan"] is True
    assert jodie["participation"][0]["activityStatus"] == "NEET_AVAILABLE"
    assert jodie["destinations"][0]["outType"] == "NPE"


async def test_a_provider_s_own_root_tells_what_it_returned_and_no_more(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    uln = {"uln": str(named(children, "Jodie").numbers.uln)}
    query = "query ($uln: ULN!) { learner(uln: $uln) { familyName enrolments { planLearnHours } participation { asAt } } }"

    own = await ask("learners", query, uln, **college("19990000"))
    other = await ask("learners", query, uln, **college("19990001"))
    authority = await ask("learners", query, uln, **OFFICER)

    assert own["data"]["learner"] == {
        "familyName": "Harbour",
        "enrolments": [{"planLearnHours": 540}],
        "participation": [],  # the authority's, not the provider's
    }
    assert other["data"] == authority["data"] == {"learner": None}


async def test_a_participation_caseload_is_the_own_authority_s_by_next_contact(ask: Ask) -> None:
    query = """query ($adviser: String, $dueWithin: Int) {
      participationCaseload(adviser: $adviser, dueWithin: $dueWithin) { uln laCode adviser activityStatus nextContactOn }
    }"""

    async def asked(**variables: Any) -> Any:
        body = await ask("learners", query, variables, **OFFICER)
        return body["data"]["participationCaseload"]

    every = await asked()
    due = [each["nextContactOn"] for each in every]

    assert len(every) > 1
    assert due == sorted(due)
    assert {each["laCode"] for each in every} == {"838"}
    mine = [each for each in every if each["adviser"] == "Beth Langley"]
    assert await asked(adviser="Beth Langley") == mine
    assert await asked(dueWithin=-100_000) == []
    school = await ask("learners", query, {}, **college("838"))
    assert school["data"]["participationCaseload"] == []


def test_numeric_codes_are_read_as_their_values() -> None:
    learner = Learner.of([_returned("19990000")])

    assert learner is not None
    assert learner.ethnicity is LearnerEthnicity._31


def test_a_learner_of_two_providers_is_told_to_one_as_its_own_return_has_them() -> None:
    both = [
        _returned("19990001", family_name="Newer"),
        _returned("19990000", family_name="Older"),
    ]

    every, own, none = Learner.of(both), Learner.of(both, only="19990000"), Learner.of([])

    assert every is not None
    assert own is not None
    assert (every.family_name, len(every.enrolments())) == ("Newer", 2)
    assert (own.family_name, len(own.enrolments())) == ("Older", 1)
    assert none is None
    assert Learner.of(both, only="19990002") is None


def _returned(ukprn: str, **columns: Any) -> dict[str, Any]:
    names = (
        "learn_ref_number prev_learn_ref_number family_name given_names date_of_birth sex ni_number postcode"
        " postcode_prior add_line1 add_line2 add_line3 add_line4 tel_no email lldd_health_prob prior_attain"
        " math_grade eng_grade plan_learn_hours plan_eep_hours accom"
    )
    row: dict[str, Any] = dict.fromkeys(names.split())
    known = {"ukprn": ukprn, "uln": "9276308686", "ethnicity": 31, "as_at": date(2026, 11, 22)}
    return row | known | columns


def test_employment_tells_that_a_benefit_is_received_and_not_which() -> None:
    row = {
        "emp_stat": 11,
        "date_emp_stat_app": date(2026, 9, 1),
        "emp_id": None,
        "as_at": date(2026, 11, 22),
    }

    on = LearnerEmployment.of({**row, "employment_status_monitoring": '[{"esm_type": "BSI"}]'})
    off = LearnerEmployment.of({**row, "employment_status_monitoring": '[{"esm_type": "EII"}]'})
    unknown = LearnerEmployment.of({**row, "employment_status_monitoring": None})

    assert on.emp_stat is EmploymentStatus._11
    assert (on.on_benefits, off.on_benefits, unknown.on_benefits) == (True, False, None)


async def test_loading_the_population_again_changes_nothing(
    ask: Ask, children: tuple[Child, ...], database_url: str
) -> None:
    await ask("learners", "{ __typename }", **OFFICER)
    connection = await asyncpg.connect(database_url)

    first = await load_population(connection, children)
    second = await load_population(connection, children)
    kept = await connection.fetchval("SELECT count(*) FROM learners.learner")
    await connection.close()

    at_college = [
        c for c in children if c.numbers.uln and (c.provider or c.has(Circumstance.COLLEGE_TASTER))
    ]
    assert first == second
    assert kept == len(at_college)
