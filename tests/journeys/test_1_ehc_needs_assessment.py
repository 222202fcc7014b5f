"""Journey 1: one question over four islands for an EHC needs assessment, by UPN."""

import json
from datetime import date, timedelta

from tests.journeys.conftest import promised

NEVER_ISSUED = "E838994819999"
QUERY = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { identity { status } pupil { senProvision } } }"


async def test_one_query_crosses_four_islands_and_withholds_what_the_purpose_keeps_closed(
    machine, journey
) -> None:
    answer = await machine.ask("EHC coordinator", journey("ehc_needs_assessment"))

    child = answer.data["child"]
    assert answer.status == 200
    assert child["identity"]["status"] == "_01"
    assert child["pupil"]["senProvision"] == "K"
    assert child["pupil"]["attendance"] and child["pupil"]["exclusions"]
    assert child["learner"]["enrolled"] is True
    (record,) = child["localAuthorityRecords"]
    assert record["status"]["childInNeedPlan"] is not None
    assert record["ehcCases"][0]["existingAdvice"]
    assert child["advisers"]
    assert (child["nhsNumber"], child["benefits"], record["childProtectionPlans"]) == (None,) * 3
    assert answer.codes["child.nhsNumber"] == "NOT_IN_PURPOSE"
    assert answer.codes["child.benefits"] == "PROHIBITED"
    assert answer.codes["child.pupil.freeSchoolMeals"] == "PROHIBITED"
    assert "child.localAuthorityRecords.0.childProtectionPlans" in answer.codes


async def test_the_statutory_clock_counts_from_the_day_the_request_was_received(
    machine, journey
) -> None:
    answer = await machine.ask("EHC coordinator", journey("ehc_needs_assessment"))

    (case,) = answer.data["child"]["localAuthorityRecords"][0]["ehcCases"]
    received = date.fromisoformat(case["receivedDate"])
    weeks = {"sixWeeks": 6, "sixteenWeeks": 16, "twentyWeeks": 20}
    for name, count in weeks.items():
        assert date.fromisoformat(case["clock"][name]["due"]) == received + timedelta(weeks=count)


async def test_what_is_closed_is_never_asked_of_the_island_that_has_it(machine, records) -> None:
    before = await records.fetchval("select count(*) from ledger.entry")

    await machine.ask(
        "EHC coordinator",
        QUERY.replace("senProvision", "senProvision freeSchoolMeals { startDate }"),
    )

    rows = await records.fetch("select body from ledger.entry order by written offset $1", before)
    bodies = [json.loads(row["body"]) for row in rows]
    schools = next(body for body in bodies if body["island"] == "schools")
    assert schools["released"] == ["Pupil.senProvision"]
    assert ["Pupil.freeSchoolMeals", "PROHIBITED"] in schools["refused"]


async def test_there_is_a_record_for_each_island_before_anything_is_released(
    machine, records, journey
) -> None:
    before = await records.fetchval("select count(*) from ledger.entry")

    answer = await machine.ask("EHC coordinator", journey("ehc_needs_assessment"))

    rows = await records.fetch("select body from ledger.entry order by written offset $1", before)
    islands = {json.loads(row["body"])["island"] for row in rows}
    assert {"link", "schools", "local_authority", "learners"} <= islands
    assert len(promised(answer.body)) == len(rows)
    assert len(answer.body["extensions"]["receipt"]) == 1, "one signature for all of them"


async def test_no_number_of_a_child_is_in_the_record(machine, records, journey) -> None:
    await machine.ask("EHC coordinator", journey("ehc_needs_assessment"))

    kai = machine.child("Kai").numbers
    numbers = [str(kai.nhs), str(kai.upn), str(kai.uln), str(kai.child_benefit)]
    rows = await records.fetch("select body from ledger.entry")
    kept = " ".join(row["body"].decode() for row in rows)
    assert not [number for number in numbers if number in kept]


async def test_without_a_purpose_or_with_a_wrong_one_the_answer_is_a_clear_403(machine) -> None:
    person = machine.people["EHC coordinator"]
    headers = {"authorization": f"Bearer {machine.token(person)}"}
    body = {"query": QUERY, "variables": {"identifier": person.identifier}}

    for declared, code in (
        (None, "PURPOSE_REQUIRED"),
        ("CURIOSITY", "PURPOSE_UNKNOWN"),
        ("CP_S47_ENQUIRY", "PURPOSE_NOT_FOR_ROLE"),
    ):
        more = {"declared-purpose": declared} if declared else {}
        answer = await machine.http.post("/graphql", json=body, headers=headers | more)

        assert answer.status_code == 403
        assert answer.json()["errors"][0]["extensions"]["code"] == code
        assert "data" not in answer.json()


async def test_without_a_token_nobody_is_answered(machine) -> None:
    answer = await machine.http.post("/graphql", json={"query": "{ __typename }"})

    assert answer.status_code == 401


async def test_a_caller_may_ask_for_all_or_nothing(machine) -> None:
    query = QUERY.replace("senProvision", "senProvision freeSchoolMeals { startDate }")

    answer = await machine.ask("EHC coordinator", query, extensions={"whenWithheld": "reject"})

    assert answer.status == 403
    assert "data" not in answer.body


async def test_children_who_are_not_to_be_known_all_look_the_same(machine) -> None:
    adopted = machine.child("Rowan").before_adoption
    answers = [
        await machine.ask("EHC coordinator", QUERY, identifier={"upn": str(upn)})
        for upn in (
            adopted.upn,
            machine.child("Imogen").numbers.upn,
            NEVER_ISSUED,
        )
    ]

    assert all(answer.data == {"child": None} for answer in answers)
    assert len({str(answer.codes) for answer in answers}) == 1


async def test_what_the_link_node_alone_answers_is_recorded_for_the_child(machine, records) -> None:
    query = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { identity { status } nhsNumber } }"

    answer = await machine.ask("EHC coordinator", query)

    rows = await records.fetch(
        "select e.subject, e.body from ledger.entry e join unnest($1::bigint[], $2::bigint[]) r(stream, seq)"
        " using (stream, seq)",
        *zip(*promised(answer.body), strict=True),
    )
    (row,) = rows
    body = json.loads(row["body"])
    assert row["subject"]
    assert body["released"] == ["Child.identity", "Identity.status", "Query.child"]
    assert body["refused"] == [["Child.nhsNumber", "NOT_IN_PURPOSE"]]
    assert body["categories"] == ["N.STATUS"]
    assert body["org"].startswith("LA:")


async def test_a_refusal_is_recorded_like_a_release(machine, records) -> None:
    before = await records.fetchval("select count(*) from ledger.entry")

    await machine.ask("EHC coordinator", QUERY, purpose="CURIOSITY")
    await machine.ask("EHC coordinator", QUERY, purpose="CP_S47_ENQUIRY")

    rows = await records.fetch("select body from ledger.entry order by written offset $1", before)
    refused = {json.loads(row["body"])["refused"][0][1] for row in rows}
    assert refused == {"PURPOSE_UNKNOWN", "PURPOSE_NOT_FOR_ROLE"}


async def test_the_schema_is_not_asked_for_here(machine) -> None:
    for query in (
        "{ __schema { types { name } } }",
        '{ ... on Query { a: __type(name: "Pupil") { name } } }',
    ):
        answer = await machine.ask("EHC coordinator", query)

        assert answer.status == 403
        assert answer.codes[""] == "INTROSPECTION_DISABLED"
