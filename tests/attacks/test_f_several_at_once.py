"""Attacks F: caching, sharing and several at once (trust.md §7, 72–77), over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import FrozenInstanceError, fields, replace

import asyncpg
import httpx
import pytest

from gateway.pipeline import Gateway
from tests.attacks.conftest import node_of, recorded
from tests.journeys.conftest import Machine, promised

QUERY = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    id identity { status } pupil { senProvision } } }"""
COORDINATOR = "EHC coordinator"


@pytest.fixture
async def ledger(machine: Machine) -> AsyncIterator[asyncpg.Connection]:
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

    receipts = [place for answer in (mine, theirs) for place in promised(answer.body)]
    assert mine.data["child"]["pupil"] and theirs.data == {"child": None}
    assert len(set(receipts)) == len(receipts)
    assert await ledger.fetchval("select count(*) from ledger.entry") == before + len(receipts)


async def test_73_the_same_question_twice_at_once_is_on_the_record_twice(
    machine: Machine, ledger: asyncpg.Connection
) -> None:
    once = await machine.ask(COORDINATOR, QUERY)
    each = len(promised(once.body))
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


async def test_76_one_request_is_decided_by_one_register_from_beginning_to_end(
    machine: Machine, ledger: asyncpg.Connection
) -> None:
    """There is no way to put another register into a gateway that serves; each record names the one it had."""
    answer = await machine.ask(
        COORDINATOR,
        """query($identifier: IdentifierInput!) { child(identifier: $identifier) { identity { status }
            pupil { senProvision freeSchoolMeals { startDate } } localAuthorityRecords { surname } nhsNumber } }""",
    )
    records = await recorded(ledger, answer.body)

    assert len({one["island"] for one in records}) >= 3
    assert {one["register"] for one in records} == {machine.demo.register.digest}
    with pytest.raises(FrozenInstanceError):
        setattr(machine.demo.register, "openings", {})  # noqa: B010
    with pytest.raises(FrozenInstanceError):
        setattr(replace_nothing(Gateway), "admissions", None)  # noqa: B010


def replace_nothing(kind: type[Gateway]) -> Gateway:
    """A gateway of no parts, to see what can be put into one."""
    return kind(**dict.fromkeys((one.name for one in fields(kind)), None))  # type: ignore[arg-type]


async def test_77_two_hundred_interleaved_callers_each_get_their_own(
    machine: Machine, ledger: asyncpg.Connection
) -> None:
    """Five people at the hospital for each of forty children; every answer is the one that was given alone."""
    chosen = [
        one
        for one in machine.demo.children
        if one.linked and one.nhs_status == "01" and one.restriction.value == "U" and not one.story
    ][:40]
    nodes = [node_of(one) for one in chosen]
    await ledger.execute(
        "insert into link.relationship (child, organisation, kind, opened_on)"
        " select one, 'RQX', 'encounter_id', current_date - 1 from unnest($1::uuid[]) one",
        nodes,
    )
    clinicians = [
        (
            replace(
                machine.people["A&E clinician"],
                subject=f"canary {nth} {turn}",
                identifier={"nhsNumber": str(child.numbers.nhs)},
            ),
            str(child.numbers.nhs),
        )
        for turn in range(5)
        for nth, child in enumerate(chosen)
    ]
    query = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
        id nhsNumber identity { status verifiedOn } } }"""

    alone = [await machine.ask(person, query) for person, _ in clinicians[:40]]
    together = await asyncio.gather(*(machine.ask(person, query) for person, _ in clinicians))
    subjects = [
        {one["txn"] for one in await recorded(ledger, answer.body)} for answer in together[:40]
    ]
    await ledger.execute(
        "delete from link.relationship where kind = 'encounter_id' and child = any ($1)", nodes
    )

    assert len({answer.data["child"]["nhsNumber"] for answer in alone}) == 40
    for nth, (answer, (_, number)) in enumerate(zip(together, clinicians, strict=True)):
        assert answer.data["child"]["nhsNumber"] == number
        assert answer.data == alone[nth % 40].data
    assert len(set.union(*subjects)) == 40 and all(len(one) == 1 for one in subjects)
