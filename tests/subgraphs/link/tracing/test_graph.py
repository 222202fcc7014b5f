"""Tracing as it is asked for in the graph, behind the guard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from gateway.assertion import HEADER, Assertion, Signer, new_key, public_keys
from gateway.register import Register
from subgraphs.link import SERVICE
from subgraphs.link.tracing.batch import TABLES, counts
from subgraphs.link.tracing.demographics import Told
from subgraphs.link.tracing.node import Tracing
from subgraphs.postgres import pool
from subgraphs.service import Trust, opened
from tests.subgraphs.link.tracing.nhs import ANNE, BEN, CARA, OLD_BEN, TWIN

Ask = Callable[..., Awaitable[dict[str, Any]]]

TRACE = """
mutation ($person: PersonToTraceInput!) {
  traceChild(person: $person) {
    status score numberStatus source toBeJudged fault nhsNumber quality { item quality }
  }
}
"""
SUBMIT = """
mutation ($people: [PersonToTraceInput!]!) { submitTraceBatch(people: $people) { id people waiting } }
"""
BATCH = """
query ($id: ID!) {
  traceBatch(id: $id) {
    people waiting counts { status people }
    outcomes { position reference trace { status numberStatus } }
  }
}
"""
VERIFY = """
query ($number: NHSNumber!, $family: String!, $born: Date!) {
  verifyNhsNumber(nhsNumber: $number, familyName: $family, birthDate: $born)
}
"""
ANNE_TOLD = {"givenName": "Anne", "familyName": "Archer", "birthDate": "06/05/2012"}


@pytest.fixture
async def ask(
    database_url: str,
    nhs_url: str,
    connections: asyncpg.Pool,
    tmp_path: Path,
    register: Register,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Ask]:
    """As `tests/subgraphs/conftest.py` asks, of a link node that traces."""
    key = new_key("test")
    signer = Signer(key)
    await connections.execute("truncate tracing.asked")
    monkeypatch.setenv("CAUSEWAY_PDS", nhs_url)
    monkeypatch.setenv("CAUSEWAY_PDS_SANDBOX", "yes")

    trust = Trust(public_keys([key]), register)
    async with opened(SERVICE, (database_url, tmp_path), trust, synthetic=True) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://link.test") as client:

            async def asked(query: str, **how: Any) -> dict[str, Any]:
                body = orjson.dumps({"query": query, "variables": how.pop("variables", {})})
                signed = signer.sign(_assertion(register, **how), "link", body)
                headers = {HEADER: signed, "content-type": "application/json"}
                answer = await client.post("/graphql", content=body, headers=headers)
                read: dict[str, Any] = answer.json()
                return read

            yield asked


def _assertion(register: Register, **how: Any) -> Assertion:
    usual = {"purpose": "IDENTIFIER_TRACE", "role": "identity_officer", "organisation": "LA:838"}
    said = usual | {"actor": "tester"} | how
    opening = register.opening(said["purpose"], said["role"], "LA")
    return Assertion(
        organisation_kind="LA",
        register=register.digest,
        request="request",
        categories=register.scale.written(opening.open),
        **said,
    )


def _code(answer: dict[str, Any]) -> str:
    code: str = answer["errors"][0]["extensions"]["code"]
    return code


async def test_a_child_is_traced_to_a_number_with_its_status_and_data_quality(ask: Ask) -> None:
    answer = await ask(TRACE, variables={"person": ANNE_TOLD | {"postcode": "nowhere"}})

    found = answer["data"]["traceChild"]
    quality = {each["item"]: each["quality"] for each in found.pop("quality")}
    assert found == {
        "status": "MATCH", "score": 1.0, "numberStatus": "_01", "source": "PDS_TRACE",
        "toBeJudged": False, "fault": None, "nhsNumber": ANNE,
    }  # fmt: skip
    assert (quality["given"], quality["postcode"], quality["email"]) == ("VALID", "INVALID", "NOT_PROVIDED")  # fmt: skip


async def test_a_match_that_contradicts_the_number_held_is_for_a_person(ask: Ask) -> None:
    answer = await ask(TRACE, variables={"person": ANNE_TOLD | {"nhsNumber": TWIN}})

    found = answer["data"]["traceChild"]
    assert (found["status"], found["numberStatus"]) == ("MATCH", "_05")
    assert found["toBeJudged"] and found["nhsNumber"] is None


async def test_under_another_purpose_nothing_is_traced(ask: Ask) -> None:
    other = {"purpose": "EHC_NEEDS_ASSESSMENT", "role": "ehc_coordinator"}
    query = TRACE.replace("nhsNumber ", "")

    answer = await ask(query, variables={"person": ANNE_TOLD}, **other)

    assert _code(answer) == "NOT_FOR_THIS_PURPOSE"


async def test_the_number_is_not_for_a_role_that_only_traces_by_the_batch(ask: Ask) -> None:
    whole = await ask(TRACE, variables={"person": ANNE_TOLD}, role="system_batch")
    without = await ask(
        TRACE.replace("nhsNumber ", ""), variables={"person": ANNE_TOLD}, role="system_batch"
    )

    assert _code(whole) == "REFUSED"
    assert without["data"]["traceChild"]["status"] == "MATCH"


@pytest.mark.parametrize(
    ("number", "family", "said"),
    [
        (BEN, "Baker", "YES"),
        (OLD_BEN, "baker", "SUPERSEDED"),
        (BEN, "Archer", "NO"),
        ("9111231130", "Baker", "NO"),
    ],
)
async def test_a_number_is_verified(ask: Ask, number: str, family: str, said: str) -> None:
    asked = {"number": number, "family": family, "born": "2012-05-06"}

    answer = await ask(VERIFY, variables=asked)

    assert answer["data"] == {"verifyNhsNumber": said}
    assert BEN not in str(answer)


async def test_one_asks_after_one_number_at_a_time(ask: Ask) -> None:
    one = f'verifyNhsNumber(nhsNumber: "{BEN}", familyName: "Baker", birthDate: "2012-05-06")'

    together = await ask(f"{{ a: {one} b: {one} c: {one} }}")
    after = await ask(f"{{ a: {one} }}")

    assert {error["extensions"]["code"] for error in together["errors"]} == {"ONE_AT_A_TIME"}
    assert after["data"] == {"a": "YES"}


async def test_who_guesses_is_stopped_and_others_are_not(ask: Ask) -> None:
    wrong = {"number": CARA, "family": "Archer", "born": "2012-05-06"}

    said = [await ask(VERIFY, variables=wrong) for _ in range(11)]
    right = await ask(VERIFY, variables=wrong | {"family": "Cole"})
    other = await ask(VERIFY, variables=wrong | {"family": "Cole"}, actor="another")

    assert [each["data"]["verifyNhsNumber"] for each in said[:10]] == ["NO"] * 10
    assert _code(said[10]) == _code(right) == "TOO_MANY_MISSES"
    assert other["data"]["verifyNhsNumber"] == "YES"


async def test_a_job_is_handed_in_followed_and_its_organisations_alone(ask: Ask) -> None:
    people = [ANNE_TOLD | {"reference": "L1"}, {"givenName": "Cara", "familyName": "Cole", "birthDate": "2012-05-06"}, {}]  # fmt: skip

    handed_in = (await ask(SUBMIT, variables={"people": people}))["data"]["submitTraceBatch"]
    again = (await ask(SUBMIT, variables={"people": people}))["data"]["submitTraceBatch"]
    asked = {"variables": {"id": handed_in["id"]}}
    for _poll in range(200):
        job = (await ask(BATCH, **asked))["data"]["traceBatch"]
        if not job["waiting"]:
            break
        await asyncio.sleep(0.05)
    stranger = await ask(BATCH, **asked, organisation="LA:383")

    assert (handed_in["people"], again["id"]) == (3, handed_in["id"])
    assert job["counts"] == [
        {"status": "MATCH", "people": 1},
        {"status": "MANY_MATCH", "people": 1},
        {"status": "ERROR", "people": 1},
    ]
    assert job["outcomes"][0] == {
        "position": 1,
        "reference": "L1",
        "trace": {"status": "MATCH", "numberStatus": "_01"},
    }
    assert stranger["data"] == {"traceBatch": None}
    assert (await ask(BATCH, variables={"id": "x"}))["data"] == {"traceBatch": None}


@pytest.mark.parametrize(("people", "code"), [(0, "NOBODY_TO_TRACE"), (1_001, "TOO_MANY_PEOPLE")])
async def test_a_job_has_a_size(ask: Ask, people: int, code: str) -> None:
    assert _code(await ask(SUBMIT, variables={"people": [{}] * people})) == code


async def test_a_node_that_ends_in_the_middle_of_a_job_leaves_the_rest_waiting(
    database_url: str, nhs_url: str, connections: asyncpg.Pool, tmp_path: Path
) -> None:
    people = [Told("Anne", "Archer", "2012-05-06", reference=str(row)) for row in range(50)]
    async with pool(database_url, [TABLES]) as own:
        tracing = Tracing(own, tmp_path, nhs_url, sandbox=True)
        means = await tracing.means()
        assert means is not None
        batch = await tracing.hand_in(means, "LA:838", people)
        while not await connections.fetchval("select 1 from tracing.pace"):  # noqa: ASYNC110 told by a row only
            await asyncio.sleep(0.01)
        ending = monotonic()

    assert monotonic() - ending < 5
    assert (await counts(connections, batch.id))["waiting"] > 40
