from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from subgraphs.local_authority import load_population
from subgraphs.local_authority.clock import Duty, advice, deadlines
from subgraphs.local_authority.ehc_clock import case_dates
from subgraphs.local_authority.ehc_plan import agreed_sufficient
from subgraphs.local_authority.loaders import merged
from subgraphs.local_authority.looked_after import Episode
from subgraphs.local_authority.population import rows
from subgraphs.local_authority.social_care import Referral
from subgraphs.local_authority.status import NEVER, Standing, periods_of_care, standing
from subgraphs.population import Child, Circumstance, named, population
from subgraphs.rows import read

Ask = Callable[..., Awaitable[dict[str, Any]]]
Body = dict[str, Any]

SOCIAL_WORKER = {
    "purpose": "CP_S47_ENQUIRY",
    "role": "social_worker",
    "organisation": ("LA", "211"),
}


def key(child: Child, place: int = 0) -> dict[str, str]:
    known_as = child.numbers.local_authority[place]
    return {
        "__typename": "LocalAuthorityChild",
        "laCode": str(known_as.la_code),
        "localChildId": str(known_as.local_child_id),
    }


def known(children: Sequence[Child], circumstance: Circumstance) -> Child:
    return next(
        child for child in children if child.has(circumstance) and child.numbers.local_authority
    )


async def of_child(ask: Ask, child: Child, fields: str, **caller: Any) -> Any:
    query = (
        "query ($keys: [_Any!]!) { _entities(representations: $keys)"
        f" {{ ... on LocalAuthorityChild {{ {fields} }} }} }}"
    )
    body = await ask("local_authority", query, {"keys": [key(child)]}, **caller)
    assert "errors" not in body, body["errors"]
    return body["data"]["_entities"][0]


async def test_children_are_loaded_by_key_in_the_order_asked(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    asked = [child for child in reversed(children) if child.numbers.local_authority][:20]
    query = "query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on LocalAuthorityChild { forename surname } } }"

    body = await ask("local_authority", query, {"keys": [key(child) for child in asked]})

    assert body["data"]["_entities"] == [
        {"forename": child.forename, "surname": child.surname} for child in asked
    ]


async def test_an_unknown_child_is_null_and_no_error(ask: Ask, children: tuple[Child, ...]) -> None:
    kai = key(named(children, "Kai"))
    query = "query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on LocalAuthorityChild { forename } } }"

    body = await ask("local_authority", query, {"keys": [{**kai, "localChildId": "nobody"}]})

    assert body == {"data": {"_entities": [None]}}


async def test_the_same_id_at_another_authority_is_another_child(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    kai = key(named(children, "Kai"))
    query = "query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on LocalAuthorityChild { forename } } }"

    body = await ask("local_authority", query, {"keys": [{**kai, "laCode": "383"}]})

    assert body["data"]["_entities"] == [None]


async def test_status_tells_whether_and_since_when(ask: Ask, children: tuple[Child, ...]) -> None:
    fields = "status { lookedAfter { current startDate endDate } childProtectionPlan { current startDate } ehcPlan { current } }"

    status = (await of_child(ask, named(children, "Anne"), fields, **SOCIAL_WORKER))["status"]

    assert status["lookedAfter"]["current"] is True
    assert status["lookedAfter"]["startDate"] < "2026-11-22"
    assert status["childProtectionPlan"] == {"current": False, "startDate": None}


DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        ([], NEVER),
        ([(DAY, None)], Standing(current=True, start_date=DAY)),
        ([(DAY + timedelta(days=1), None)], NEVER),
        (
            [(date(2025, 1, 1), date(2025, 11, 23))],
            Standing(current=False, start_date=date(2025, 1, 1), end_date=date(2025, 11, 23)),
        ),
        ([(date(2025, 1, 1), date(2025, 11, 22))], NEVER),  # twelve months ago to the day
        (
            [(date(2020, 1, 1), date(2021, 1, 1)), (date(2026, 1, 1), date(2026, 3, 1))],
            Standing(current=False, start_date=date(2026, 1, 1), end_date=date(2026, 3, 1)),
        ),
    ],
)
def test_what_ended_over_a_year_ago_looks_like_never(
    spans: list[tuple[date, date | None]], told: Standing
) -> None:
    assert standing(spans, DAY) == told


def test_episodes_that_follow_on_are_one_period_of_care() -> None:
    first, second, third = date(2024, 1, 1), date(2024, 6, 1), date(2025, 6, 1)
    episodes = [
        {"decom": third, "dec": None},
        {"decom": first, "dec": second},
        {"decom": second, "dec": date(2024, 9, 1)},
    ]

    assert periods_of_care(episodes) == [(first, date(2024, 9, 1)), (third, None)]


async def test_a_category_of_abuse_is_an_opinion_that_says_whose(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    child = known(children, Circumstance.CHILD_PROTECTION_PLAN)
    fields = (
        "childProtectionPlans { cppStartDate asAt latestCategoryOfAbuse"
        " { value authorRole recordedOn basis } }"
    )

    (plan,) = (await of_child(ask, child, fields, **SOCIAL_WORKER))["childProtectionPlans"]

    said = plan["latestCategoryOfAbuse"]
    assert said["value"] in {"NEG", "EMO", "PHY", "SAB"}
    assert said["authorRole"] == "child protection conference"
    assert said["recordedOn"] == plan["cppStartDate"]
    assert said["basis"] == "latest conference"


async def test_a_child_placed_elsewhere_is_looked_after_by_one_authority_and_known_to_both(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    anne = named(children, "Anne")
    fields = "laCode episodes { ls place placementLa } keyWorkers { laCode telephone }"
    query = f"query ($keys: [_Any!]!) {{ _entities(representations: $keys) {{ ... on LocalAuthorityChild {{ {fields} }} }} }}"

    body = await ask("local_authority", query, {"keys": [key(anne), key(anne, 1)]}, **SOCIAL_WORKER)

    responsible, host = body["data"]["_entities"]
    assert responsible["laCode"] == "211"
    assert {episode["placementLa"] for episode in responsible["episodes"]} == {"204"}
    assert responsible["keyWorkers"][0]["telephone"] == "01632 960211"
    assert host == {"laCode": "204", "episodes": [], "keyWorkers": []}


ADOPTION_CODES = [("ls", "E1"), ("ls", "D1"), ("rec", "E11"), ("rec", "E12")] + [
    ("place", code) for code in ("A3", "A4", "A5", "A6", "U2", "U5")
]


@pytest.mark.parametrize(("column", "code"), ADOPTION_CODES)
def test_a_code_that_discloses_an_adoption_reads_as_nothing(column: str, code: str) -> None:
    columns = (
        "decom rne ls cin place place_provider dec rec reason_place_change home_post pl_post urn"
        " placement_la placement_address as_at"
    )
    row = dict.fromkeys(columns.split()) | {"decom": DAY, "as_at": DAY, column: code}

    assert getattr(read(Episode, row), column) is None


def test_a_closure_for_adoption_gives_no_reason() -> None:
    columns = "referral_nfa referral_source primary_need_code date_of_initial_cpc cin_closure_date"
    row = dict.fromkeys(columns.split()) | {"cin_referral_date": DAY, "as_at": DAY}

    assert Referral.of({**row, "reason_for_closure": "RC1"}).reason_for_closure is None
    assert Referral.of({**row, "reason_for_closure": "RC9"}).reason_for_closure is not None


async def test_both_reviews_at_two_stand_side_by_side(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    fields = "developmentReviews { instrument area judgement { value authorRole recordedOn basis } score }"
    caller = {
        "purpose": "INTEGRATED_REVIEW_2",
        "role": "health_visitor",
        "organisation": ("HEALTH_VISITING", "RXX"),
    }

    reviews = (await of_child(ask, named(children, "Poppy"), fields, **caller))[
        "developmentReviews"
    ]

    authors = {each["instrument"]: each["judgement"]["authorRole"] for each in reviews}
    assert authors == {
        "ASQ3": "health visitor",
        "EYFS_PROGRESS_CHECK": "early years key person",
    }


async def test_an_own_root_answers_the_own_authority_and_nobody_else(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    kai = named(children, "Kai")
    query = """
      query ($la: LACode!, $id: LAChildID!, $case: ID!) {
        localAuthorityChild(laCode: $la, localChildId: $id) { forename }
        ehcCase(caseRef: $case) { receivedDate }
      }"""
    asked = {"la": "838", "id": key(kai)["localChildId"], "case": "EHC-838-00000"}
    nothing = {"localAuthorityChild": None, "ehcCase": None}

    own = await ask("local_authority", query, asked)
    prefixed = await ask("local_authority", query, asked, organisation=("LA", "LA:838"))
    other = await ask("local_authority", query, asked, organisation=("LA", "839"))
    school = await ask("local_authority", query, asked, organisation=("SCHOOL", "838"))
    absent = await ask("local_authority", query, {**asked, "id": "nobody", "case": "EHC-0"})

    assert own["data"]["localAuthorityChild"] == {"forename": "Kai"}
    assert own["data"]["ehcCase"]["receivedDate"] == "2026-09-13"
    assert prefixed == own
    assert other == absent == {"data": nothing, "extensions": {"whose": []}}
    # A school may not ask as a coordinator at all, and the guard says no more than that.
    assert school.get("data") in (None, nothing)


CASELOAD = """
query ($coordinator: String, $dueWithin: Int) {
  ehcCaseload(coordinator: $coordinator, dueWithin: $dueWithin) {
    caseRef laCode coordinator clock { next { due daysLeft duty met } }
  }
}
"""


async def caseload(ask: Ask, **asked: Any) -> list[Body]:
    body = await ask("local_authority", CASELOAD, asked, organisation=("LA", "838"))
    cases: list[Body] = body["data"]["ehcCaseload"]
    return cases


async def test_a_caseload_is_the_own_authority_s_by_days_left(ask: Ask) -> None:
    cases = await caseload(ask)

    days = [case["clock"]["next"]["daysLeft"] for case in cases]
    assert len(days) > 2
    assert days == sorted(days)
    assert {case["laCode"] for case in cases} == {"838"}
    for case in cases:
        left = date.fromisoformat(case["clock"]["next"]["due"]) - date.today()  # noqa: DTZ011
        assert case["clock"]["next"]["daysLeft"] == left.days


async def test_a_caseload_is_narrowed_to_a_coordinator_and_to_what_is_due(ask: Ask) -> None:
    every = await caseload(ask)
    mine = await caseload(ask, coordinator="Alex Thornbury")
    late = await caseload(ask, dueWithin=0)

    assert mine == [case for case in every if case["coordinator"] == "Alex Thornbury"]
    assert 0 < len(mine) < len(every)
    assert late == [case for case in every if case["clock"]["next"]["daysLeft"] <= 0]
    assert await caseload(ask, coordinator="nobody") == []


async def test_advice_exists_only_when_all_three_find_it_sufficient(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    """Reg 6(4)."""
    fields = """ehcCases {
      adviceRequests { adviceKind receivedOn deadline { duty due met } }
      existingAdvice { adviceKind sufficientForParent summary { value authorRole recordedOn basis } }
    }"""

    (case,) = (await of_child(ask, named(children, "Kai"), fields))["ehcCases"]

    assert len(case["adviceRequests"]) == 5
    assert {each["adviceKind"] for each in case["existingAdvice"]} == {
        "EDUCATIONAL",
        "PSYCHOLOGICAL",
    }
    assert case["existingAdvice"][0]["summary"]["authorRole"] == "head teacher"
    assert case["adviceRequests"][0]["deadline"]["duty"] == "ADVICE"


@pytest.mark.parametrize("missing", ["provider", "la", "parent"])
def test_two_of_three_are_not_enough(missing: str) -> None:
    agreed: dict[str, date | None] = {
        f"sufficient_for_{party}": DAY for party in ("provider", "la", "parent")
    }

    assert agreed_sufficient({**agreed, "received_on": DAY})
    assert not agreed_sufficient({**agreed, "received_on": DAY, f"sufficient_for_{missing}": None})
    assert not agreed_sufficient({**agreed, "received_on": None})


async def test_each_section_of_a_plan_is_an_opinion_under_its_own_category(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    fields = "ehcCases { planInForce plan { startDate } sections { b { value authorRole recordedOn basis } i { value } } needs { senType { value } senTypeRank } placements { named ukprn senSetting } }"
    caller = {
        "purpose": "EHC_PLAN_REVIEW",
        "role": "ehc_coordinator",
        "organisation": ("LA", "838"),
    }

    (case,) = (await of_child(ask, named(children, "Jodie"), fields, **caller))["ehcCases"]

    assert case["planInForce"] is True
    assert case["sections"]["b"]["authorRole"] == "educational psychologist"
    assert case["placements"][0]["senSetting"] == "NEET"


async def test_the_sealed_record_is_there_for_the_adoption_officer(
    ask: Ask, children: tuple[Child, ...]
) -> None:
    caller = {
        "purpose": "ADOPTION_RECORD_ACCESS",
        "role": "adoption_records_officer",
        "organisation": ("LA", "383"),
    }

    rowan = await of_child(ask, named(children, "Rowan"), "adoption { datePlaced }", **caller)
    kai = await of_child(ask, named(children, "Kai"), "adoption { datePlaced }", **caller)

    assert rowan["adoption"]["datePlaced"] < "2026-11-22"
    assert kai["adoption"] is None


async def test_a_upn_that_cannot_be_one_is_said_to_have_failed(
    ask: Ask, children: tuple[Child, ...], database_url: str
) -> None:
    """107 of 2,675 UPNs of the published 903 sample pass their check letter."""
    await ask("local_authority", "{ __typename }")
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "INSERT INTO local_authority.child (source, as_at, la_code, local_child_id, upn_as_filed, upn_check) VALUES"
        " ('903', '2025-03-31', '838', 'failed', 'A801200005001', 'FAILED'), ('903', '2025-03-31', '838', 'none', NULL, NULL)"
    )
    query = "query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on LocalAuthorityChild { upn upnCheck } } }"
    stem = {"__typename": "LocalAuthorityChild", "laCode": "838"}

    keys = [{**stem, "localChildId": "failed"}, {**stem, "localChildId": "none"}, key(children[0])]
    body = await ask("local_authority", query, {"keys": keys})
    await connection.execute("DELETE FROM local_authority.child WHERE source = '903'")
    await connection.close()

    failed, absent, kai = body["data"]["_entities"]
    assert failed == {"upn": None, "upnCheck": "FAILED"}
    assert absent == {"upn": None, "upnCheck": "ABSENT"}
    assert kai["upnCheck"] == "PASSED"


def test_the_newest_return_wins_and_older_ones_fill_its_gaps() -> None:
    newest = {"as_at": DAY, "surname": None, "sex": "M"}
    older = {"as_at": date(2020, 1, 1), "surname": "Marlowe", "sex": "F"}

    assert merged([newest, older]) == {"as_at": DAY, "surname": "Marlowe", "sex": "M"}
    assert merged([]) is None


async def test_of_two_returns_that_tell_of_one_referral_the_newer_is_believed(
    ask: Ask, children: tuple[Child, ...], database_url: str
) -> None:
    await ask("local_authority", "{ __typename }")
    tobias = named(children, "Tobias")
    local_id = key(tobias)["localChildId"]
    connection = await asyncpg.connect(database_url)
    await connection.executemany(
        "INSERT INTO local_authority.cin_details (source, as_at, la_code, local_child_id, sequence, cin_referral_date,"
        " cin_closure_date) VALUES ($1, $2, '838', $3, 1, '2024-01-08', $4)",
        [
            ("cin 2024", date(2024, 3, 31), local_id, None),
            ("cin 2025", date(2025, 3, 31), local_id, date(2024, 6, 1)),
        ],
    )
    fields = "referrals { cinReferralDate cinClosureDate asAt } status { openReferral { current } }"

    told = await of_child(ask, tobias, fields, **SOCIAL_WORKER)
    await connection.execute("DELETE FROM local_authority.cin_details WHERE source LIKE 'cin 20__'")
    await connection.close()

    assert told["referrals"] == [
        {"cinReferralDate": "2024-01-08", "cinClosureDate": "2024-06-01", "asAt": "2025-03-31"}
    ]
    assert told["status"]["openReferral"]["current"] is False


async def test_loading_the_population_again_changes_nothing(
    ask: Ask, children: tuple[Child, ...], database_url: str
) -> None:
    await ask("local_authority", "{ __typename }")
    connection = await asyncpg.connect(database_url)
    count = "SELECT (SELECT count(*) FROM local_authority.child), (SELECT count(*) FROM local_authority.ehc_advice)"

    before = await connection.fetchrow(count)
    first = await load_population(connection, children)
    second = await load_population(connection, children)
    after = await connection.fetchrow(count)
    await connection.close()

    assert first == second > 0
    assert before == after


def test_the_population_has_every_stage_of_the_clock() -> None:
    written = list(rows(population(400, today=DAY)))
    cases = [columns for table, columns in written if table == "ehc_case"]
    reviews = [columns for table, columns in written if table == "ehc_review"]
    optional = "request_outcome_date request_outcome assessment_outcome_date assessment_outcome draft_sent_on start_date cease_date moved_in_on phase_transfer phase_transfer_due_date phase_transfer_final_date exception"
    found: set[tuple[Duty, bool | None]] = set()

    for case in cases:
        held = [each for each in reviews if each["case_ref"] == case["case_ref"]]
        dates = case_dates(dict.fromkeys(optional.split()) | case, held)
        found |= {(each.duty, each.met(DAY)) for each in deadlines(dates)}

    assert {duty for duty, _ in found} == set(Duty) - {Duty.ADVICE, Duty.CONSULTED_SETTING_REPLIES}
    for duty in (Duty.DECIDE_WHETHER_TO_ASSESS, Duty.FINAL_PLAN, Duty.ANNUAL_REVIEW):
        assert (duty, False) in found
    assert any(case.get("exception") for case in cases)
    advisers = [columns for table, columns in written if table == "ehc_advice"]
    assert any(
        advice(each["requested_on"], each["received_on"], None).met(DAY) is False
        for each in advisers
    )


async def test_the_social_care_tables_have_every_kind_of_child(ask: Ask, database_url: str) -> None:
    await ask("local_authority", "{ __typename }")
    connection = await asyncpg.connect(database_url)
    tables = [
        "cin_details",
        "assessment",
        "cin_plan_dates",
        "section47",
        "child_protection_plan",
        "episode",
        "review",
        "oc2",
        "oc3",
        "pre_proceedings",
        "early_years",
        "early_years_review",
        "ehc_section",
    ]

    empty = [
        table
        for table in tables
        if not await connection.fetchval(f"SELECT count(*) FROM local_authority.{table}")
    ]
    await connection.close()

    assert empty == []
