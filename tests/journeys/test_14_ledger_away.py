"""Journey 14, the ledger away: nothing is released but in an emergency, and what was promised then is kept later."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx

from gateway.ledger.export import export
from gateway.ledger.note import VerifierKey
from gateway.ledger.verify import Trust, verify

QUERY = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    identity { status } pupil { senProvision } } }"""
EMERGENCY = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    identity { status } pupil { forename } } }"""
AWAY = """alter role causeway_gateway nologin;
    select pg_terminate_backend(pid) from pg_stat_activity where usename = 'causeway_gateway'"""
BACK = "alter role causeway_gateway login"


async def health(machine) -> httpx.Response:
    return await machine.http.get("/health")


async def ready(machine) -> None:
    async with asyncio.timeout(15):
        while (await health(machine)).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


@asynccontextmanager
async def ledger_away(machine, records: asyncpg.Connection) -> AsyncIterator[None]:
    """The ledger refuses every connection while the block lasts, and drops those it has; the islands answer."""
    await records.execute(AWAY)
    try:
        yield
    finally:
        await records.execute(BACK)
    await ready(machine)


async def emergency(machine) -> httpx.Response:
    person = machine.people["A&E clinician"]
    token = machine.demo.issuer.token("dr-1", "clinician", person.organisation)
    headers = {
        "authorization": f"Bearer {token}",
        "declared-purpose": 'DIRECT_HEALTH_CARE; emergency=public_interest; because="Found unconscious"',
    }
    body = {"query": EMERGENCY, "variables": {"identifier": person.identifier}}
    return await machine.http.post("/graphql", json=body, headers=headers)


async def test_without_the_ledger_nothing_is_released_and_the_gateway_is_not_ready(
    machine, records
) -> None:
    async with ledger_away(machine, records):
        answers = [await machine.ask("EHC coordinator", QUERY) for _ in range(2)]
        said = await health(machine)
    again = await machine.ask("EHC coordinator", QUERY)

    for answer in answers:
        assert answer.status == 503
        assert answer.body.keys() == {"errors"}
        assert list(answer.codes.values()) == ["AUDIT_UNAVAILABLE"]
    assert said.status_code == 503
    assert said.json()["missing"] == "the ledger cannot be reached"
    assert again.data["child"]["pupil"] == {"senProvision": "K"}


async def test_an_emergency_is_answered_with_a_promise_that_is_kept_once_the_ledger_is_back(
    machine, records
) -> None:
    async with ledger_away(machine, records):
        answered = await emergency(machine)
        refused = await machine.ask("EHC coordinator", QUERY)
        said = (await health(machine)).json()

    assert answered.status_code == 200
    assert answered.json()["data"]["child"]["identity"] == {"status": "_01"}, answered.text
    assert refused.status == 503
    assert "Caldicott Guardian" in said["alarm"]
    promised = answered.json()["extensions"]["receipt"]
    assert promised and all(one.keys() == {"spooled", "digest", "signature"} for one in promised)

    rows = await records.fetch(
        "select id::text, body from ledger.entry where id = any($1::uuid[])",
        [one["spooled"] for one in promised],
    )
    bodies = [json.loads(row["body"]) for row in rows]
    assert sorted(row["id"] for row in rows) == sorted(one["spooled"] for one in promised)
    assert {(body["spooled"], body["clock_ok"]) for body in bodies} == {(True, False)}
    assert {body["emergency"] for body in bodies} == {"public_interest"}
    assert "alarm" not in (await health(machine)).json()
    trust = Trust(VerifierKey.parse(machine.demo.ledger_key), receipts=tuple(promised))
    lines = [line async for line in export(records)]
    assert verify(lines, trust).whole
    kept = [line for line in lines if promised[0]["spooled"] not in line]
    assert "RECEIPT_WITHOUT_ENTRY" in {one.code for one in verify(kept, trust).findings}
    false = promised[0] | {"digest": "00" * 32}
    forged = Trust(trust.ledger, receipts=(false,))
    assert {one.code for one in verify(lines, forged).findings} == {"RECEIPT_UNSIGNED"}
