"""Attacks F: caching, sharing and several at once (trust.md §7, 72–77), over HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import asyncpg
import httpx
import pytest

from tests.journeys.conftest import Machine

QUERY = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    id identity { status } pupil { senProvision } } }"""
COORDINATOR = "EHC coordinator"


@pytest.fixture
async def ledger(machine: Machine):
    connection = await asyncpg.connect(machine.demo.database)
    yield connection
    await connection.close()


async def test_72_two_callers_about_one_child_at_once_are_two_decisions_and_two_records(
    machine: Machine, ledger: asyncpg.Connection
) -> None:
    stranger = replace(machine.people[COORDINATOR], subject="stranger", organisation="383")
    machine.people["stranger"] = stranger
    before = await ledger.fetchval("select count(*) from ledger.entry")

    mine, theirs = await asyncio.gather(
        machine.ask(COORDINATOR, QUERY), machine.ask("stranger", QUERY)
    )

    receipts = [
        (one["stream"], one["seq"])
        for answer in (mine, theirs)
        for one in answer.body["extensions"]["receipt"]
    ]
    assert mine.data["child"]["pupil"] and theirs.data == {"child": None}
    assert len(set(receipts)) == len(receipts)
    assert await ledger.fetchval("select count(*) from ledger.entry") == before + len(receipts)


async def test_73_the_same_question_twice_at_once_is_on_the_record_twice(
    machine: Machine, ledger: asyncpg.Connection
) -> None:
    once = await machine.ask(COORDINATOR, QUERY)
    each = len(once.body["extensions"]["receipt"])
    before = await ledger.fetchval("select count(*) from ledger.entry")

    answers = await asyncio.gather(*(machine.ask(COORDINATOR, QUERY) for _ in range(4)))

    assert all(answer.data == once.data for answer in answers)
    assert await ledger.fetchval("select count(*) from ledger.entry") == before + 4 * each


async def test_74_a_plan_is_not_borrowed_by_another_operation_variable_or_purpose(
    machine: Machine,
) -> None:
    two = (
        "query A($identifier: IdentifierInput!) { child(identifier: $identifier) { identity { status } } }"
        " query B($identifier: IdentifierInput!) { child(identifier: $identifier) { id } }"
    )
    skipped = """query($identifier: IdentifierInput!, $no: Boolean!) { child(identifier: $identifier) {
        identity { status } pupil @skip(if: $no) { senProvision } } }"""
    variables = {"identifier": machine.people[COORDINATOR].identifier}

    first = await machine.ask(COORDINATOR, two, operationName="A")
    second = await machine.ask(COORDINATOR, two, operationName="B")
    shown = await machine.ask(COORDINATOR, skipped, variables={**variables, "no": False})
    left_out = await machine.ask(COORDINATOR, skipped, variables={**variables, "no": True})
    transfer = await machine.ask("SENCO", QUERY)

    assert list(first.data["child"]) == ["identity"]
    assert list(second.data["child"]) == ["id"]
    assert "pupil" in shown.data["child"] and "pupil" not in left_out.data["child"]
    assert transfer.body != first.body


async def test_75_no_cache_keeps_an_answer(machine: Machine) -> None:
    person = machine.people[COORDINATOR]
    answer: httpx.Response = await machine.http.post(
        "/graphql",
        json={"query": QUERY, "variables": {"identifier": person.identifier}},
        headers={
            "authorization": f"Bearer {machine.token(person)}",
            "declared-purpose": person.purpose,
        },
    )

    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


async def test_76_each_record_names_the_register_it_was_decided_by(
    machine: Machine, ledger: asyncpg.Connection
) -> None:
    await machine.ask(COORDINATOR, QUERY)
    body = await ledger.fetchval("select body from ledger.entry order by written desc limit 1")

    assert machine.demo.register.digest.encode() in body


async def test_77_two_hundred_interleaved_callers_each_get_their_own(machine: Machine) -> None:
    canaries = []
    for nth, child in enumerate(
        one for one in machine.demo.children if one.linked and one.nhs_status == "01"
    ):
        name = f"canary {nth}"
        machine.people[name] = replace(
            machine.people["A&E clinician"],
            subject=name,
            purpose="UNSCHEDULED_CARE_CPIS",
            identifier={"nhsNumber": str(child.numbers.nhs)},
        )
        canaries.append((name, str(child.numbers.nhs)))
        if len(canaries) == 20:
            break
    query = (
        "query($identifier: IdentifierInput!) { child(identifier: $identifier) { id nhsNumber } }"
    )

    answers = await asyncio.gather(
        *(machine.ask(name, query) for _ in range(10) for name, _ in canaries)
    )

    for (_, number), answer in zip(canaries * 10, answers, strict=True):
        child = answer.data["child"]
        assert child is None or child["nhsNumber"] == number
    assert any(answer.data["child"] for answer in answers)
