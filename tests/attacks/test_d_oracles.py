"""Attacks D: telling a child that is not to be known from one that is not there (trust.md §7, 49, 52–57), over HTTP."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest
from stdnum.gb import upn as upn_sum

from gateway.budget import USUAL
from gateway.demo import Person
from subgraphs.link.sample import CANARY
from tests.journeys.conftest import Machine, promised

QUERY = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    id identity { status } islands { island presence } pupil { senProvision } } }"""
ID = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { id } }"
LIST = (
    "query($list: [IdentifierInput!]!) { children(identifiers: $list) { pupil { senProvision } } }"
)
COORDINATOR = "EHC coordinator"
NEVER_ISSUED = "E838994819999"
_OWN = ("date", "content-length")


def hidden(machine: Machine) -> dict[str, dict[str, Any]]:
    """One child in each of the four states that are to be told apart by nobody."""
    rowan = machine.child("Rowan").before_adoption
    assert rowan is not None
    elsewhere = next(
        child
        for child in machine.demo.children
        if child.linked
        and child.numbers.upn
        and child.nhs_status == "01"
        and str(child.authority) != machine.people[COORDINATOR].organisation
    )
    return {
        "never issued": {"upn": NEVER_ISSUED},
        "not linked": {"upn": str(machine.child("Imogen").numbers.upn)},
        "not entitled": {"upn": str(elsewhere.numbers.upn)},
        "sealed": {"upn": str(rowan.upn)},
    }


@pytest.fixture
async def owner(machine: Machine) -> AsyncIterator[asyncpg.Connection]:
    """The ledger's database, as its owner sees it."""
    connection = await asyncpg.connect(machine.demo.database)
    yield connection
    await connection.close()


async def asked(machine: Machine, identifier: dict[str, Any]) -> httpx.Response:
    person = machine.people[COORDINATOR]
    headers = {
        "authorization": f"Bearer {machine.token(person)}",
        "declared-purpose": person.purpose,
    }
    body = {"query": QUERY, "variables": {"identifier": identifier}}
    return await machine.http.post("/graphql", json=body, headers=headers)


async def test_49_four_states_are_one_to_whoever_may_not_know_them_apart(machine: Machine) -> None:
    answers = [await asked(machine, one) for one in hidden(machine).values()]

    receipts = [answer.json()["extensions"]["receipt"] for answer in answers]
    assert len({len(promised(answer.json())) for answer in answers}) == 1
    bodies = [{**answer.json(), "extensions": None} for answer in answers]
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0]["data"] == {"child": None}
    assert len({answer.status_code for answer in answers}) == 1
    assert len({len(one) for one in receipts}) == 1
    assert len({tuple(map(tuple, map(sorted, one))) for one in receipts}) == 1


async def test_56_no_header_differs_by_state(machine: Machine) -> None:
    answers = [await asked(machine, one) for one in hidden(machine).values()]

    headers = [
        {name: value for name, value in answer.headers.items() if name not in _OWN}
        for answer in answers
    ]
    assert all(one == headers[0] for one in headers)
    assert not {"etag", "server-timing", "traceparent", "retry-after"} & headers[0].keys()


async def test_52_old_numbers_and_an_old_handle_are_as_those_of_nobody(machine: Machine) -> None:
    rowan = machine.child("Rowan").before_adoption
    assert rowan is not None
    record = rowan.local_authority[0]
    old = [
        {"upn": str(rowan.upn)},
        {"nhsNumber": str(rowan.nhs)},
        {"laChild": {"laCode": str(record.la_code), "localChildId": str(record.local_child_id)}},
    ]
    handle = (await machine.ask(COORDINATOR, ID)).data["child"]["id"]
    forged = handle[:-4] + ("AAAA" if handle[-4:] != "AAAA" else "BBBB")

    nobody = await machine.ask(COORDINATOR, ID, identifier={"upn": NEVER_ISSUED})
    for identifier in (*old, {"id": forged}, {"id": "A" * len(handle)}):
        answer = await machine.ask(COORDINATOR, ID, identifier=identifier)
        assert (answer.status, answer.data, answer.codes) == (
            nobody.status,
            nobody.data,
            nobody.codes,
        )


async def test_57_the_order_of_an_answer_is_that_of_the_question(machine: Machine) -> None:
    kai = {"upn": str(machine.child("Kai").numbers.upn)}
    states = list(hidden(machine).values())
    there = await machine.ask(COORDINATOR, LIST, variables={"list": [*states, kai]})
    back = await machine.ask(COORDINATOR, LIST, variables={"list": [kai, *states[::-1]]})

    assert there.data["children"] == back.data["children"][::-1]
    assert [one is not None for one in there.data["children"]] == [False] * 4 + [True]


@pytest.mark.parametrize("text", ["1234567890", "\uff19434765919", "9434765871", "943 476 5919'--"])
async def test_a_malformed_number_is_refused_before_anybody_is_looked_up_and_never_quoted(
    machine: Machine, text: str
) -> None:
    query = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { onCpis } }"
    answer = await machine.ask("A&E clinician", query, identifier={"nhsNumber": text})

    assert answer.data == {"child": None}
    assert [one["extensions"]["code"] for one in answer.body["errors"]] == ["BAD_IDENTIFIER"]
    assert text not in str(answer.body["errors"])
    assert not re.findall(r"\d{10}", str(answer.body["errors"]))


async def one_of(machine: Machine, person: Person, identifier: dict[str, Any]) -> httpx.Response:
    headers = {
        "authorization": f"Bearer {machine.token(person)}",
        "declared-purpose": person.purpose,
    }
    body = {"query": ID, "variables": {"identifier": identifier}}
    return await machine.http.post("/graphql", json=body, headers=headers)


async def alerts(owner: asyncpg.Connection, start: int) -> list[str]:
    """What the Caldicott Guardian's queue was given since."""
    rows = await owner.fetch("select body from ledger.entry order by written offset $1", start)
    found = (json.loads(row["body"]).get("alert") for row in rows)
    return [alert for alert in found if alert]


def walked(serial: int) -> dict[str, Any]:
    """The UPNs of one school and year, one after the other, as whoever guesses them would."""
    body = f"83899{serial // 1000:02}21{serial % 1000:03}"
    return {"upn": f"{upn_sum.calc_check_digit(body)}{body}"}


async def test_54_walking_through_numbers_ends_with_the_same_answer_to_everything(
    machine: Machine, owner: asyncpg.Connection
) -> None:
    walker = replace(machine.people[COORDINATOR], subject="walker-1")
    start = await owner.fetchval("select count(*) from ledger.entry")
    answers = [await one_of(machine, walker, walked(serial)) for serial in range(100)]

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) <= USUAL.misses_in_ten_minutes + 10, "few of a hundred guesses"
    assert set(statuses[statuses.index(429) :]) == {429}
    assert answers[-1].json()["errors"][0]["extensions"] == {"code": "TOO_MANY_LOOKUPS"}

    before = await owner.fetchval("select count(*) from ledger.entry")
    states = [*hidden(machine).values(), walker.identifier]
    refused = [await one_of(machine, walker, identifier) for identifier in states]
    assert len({(one.status_code, one.content) for one in refused}) == 1
    assert len({tuple(n for n in one.headers if n not in _OWN) for one in refused}) == 1
    waits = [int(one.headers["retry-after"]) for one in refused]
    assert max(waits) - min(waits) <= 2 and 0 < max(waits) <= 600
    rows = await owner.fetch(
        "select subject, body from ledger.entry order by written offset $1", before
    )
    assert [json.loads(row["body"])["refused"] for row in rows] == [[["*", "TOO_MANY_LOOKUPS"]]] * 5
    assert all(row["subject"] is None for row in rows)
    assert await alerts(owner, start) == ["lookups_spent"], "once, however often they were refused"


async def test_54_many_enquiries_in_an_hour_are_told_of_and_stop_nobody(
    machine: Machine, owner: asyncpg.Connection
) -> None:
    worker = replace(machine.people["Social worker"], subject="sw-many", purpose="CP_S47_ENQUIRY")
    start = await owner.fetchval("select count(*) from ledger.entry")

    answers = [await one_of(machine, worker, walked(serial)) for serial in range(15)]

    assert {answer.status_code for answer in answers} == {200}
    assert await alerts(owner, start) == ["rate"]


async def test_54_parallel_sockets_share_one_budget(machine: Machine) -> None:
    walker = replace(machine.people[COORDINATOR], subject="walker-2")
    many = [walked(serial)["upn"] for serial in range(300)]

    async def hundred(first: int) -> int:
        listed = [{"upn": upn} for upn in many[first : first + 100]]
        answer = await machine.ask(walker, LIST, variables={"list": listed})
        return answer.status

    assert sorted(await asyncio.gather(*map(hundred, (0, 100, 200)))) == [200, 200, 429]


async def test_54_a_colleague_and_ones_own_caseload_are_not_stopped_by_it(machine: Machine) -> None:
    coordinator = replace(machine.people[COORDINATOR], subject="busy-1")
    for _ in range(USUAL.misses_in_ten_minutes + 20):
        answer = await one_of(machine, coordinator, dict(coordinator.identifier))
        assert answer.status_code == 200 and answer.json()["data"]["child"]


async def test_54_whoever_comes_upon_a_canary_is_told_of_and_learns_nothing(
    machine: Machine, owner: asyncpg.Connection
) -> None:
    walker = replace(machine.people[COORDINATOR], subject="walker-3")
    heard: asyncio.Queue[str] = asyncio.Queue()
    await owner.add_listener("link_alerts", lambda *said: heard.put_nowait(said[-1]))

    nobody = await one_of(machine, walker, walked(7))
    found = await one_of(machine, walker, {"upn": CANARY})

    told = json.loads(await asyncio.wait_for(heard.get(), 5))
    assert (told["alert"], told["organisation"]) == ("CANARY", walker.organisation)
    assert CANARY not in str(told)
    bodies = [{**answer.json(), "extensions": None} for answer in (nobody, found)]
    assert bodies[0] == bodies[1] and found.status_code == nobody.status_code
    assert heard.empty(), "a number that is nobody's alerts nobody"
    newest = await owner.fetchrow("select subject from ledger.entry order by written desc limit 1")
    assert newest and newest["subject"], "that the canary was looked up stands in the record"
