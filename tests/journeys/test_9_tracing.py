"""Journey 9: tracing one child, and many as a job, to an NHS number status; and the NHS out of reach is no "no match"."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.demo import Person
from gateway.listening import listening
from subgraphs.pds.app import Pace, Service
from subgraphs.pds.stubs import invented
from subgraphs.population import Child
from subgraphs.postgres import stop
from tests.journeys.conftest import Answer, Machine, machine_in

OFFICER = Person("Identity officer", "io-1", "identity_officer", "838", "IDENTIFIER_TRACE", "", {})

TRACE = """
mutation ($person: PersonToTraceInput!) {
  traceChild(person: $person) { status numberStatus source toBeJudged nhsNumber fault }
}
"""
SUBMIT = """
mutation ($people: [PersonToTraceInput!]!) { submitTraceBatch(people: $people) { id people } }
"""
VERIFY = """
query ($number: NHSNumber!, $family: String!, $born: Date!) {
  verifyNhsNumber(nhsNumber: $number, familyName: $family, birthDate: $born)
}
"""
FOLLOW = """
query ($id: ID!) {
  traceBatch(id: $id) { waiting outcomes { reference trace { status numberStatus } } }
}
"""


@dataclass(slots=True)
class Nhs:
    """The stand-in, which can be put out of reach."""

    app: ASGIApp
    up: bool = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self.app if self.up else Response(status_code=503))(scope, receive, send)


@pytest.fixture(scope="module")
def nhs() -> Nhs:
    return Nhs(Service(invented(150), None, Pace(0)).app())


@pytest.fixture(scope="module")
async def machine(nhs: Nhs) -> AsyncIterator[Machine]:
    """A demonstration whose link node asks a stand-in of the NHS. Apart from the others': its link node traces."""
    async with AsyncExitStack() as stack:
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        folder = Path(
            stack.enter_context(TemporaryDirectory(prefix="causeway-", ignore_cleanup_errors=True))
        )
        stack.callback(stop, folder)
        environment.setenv("CAUSEWAY_PDS", await stack.enter_async_context(listening(nhs)))
        environment.setenv("CAUSEWAY_PDS_SANDBOX", "yes")
        yield await stack.enter_async_context(machine_in(folder))


def told(child: Child, **more: str) -> dict[str, str]:
    names = {"givenName": child.forename, "familyName": child.surname}
    return names | {"birthDate": child.birth_date.isoformat()} | more


async def asked(machine: Machine, query: str, who: Person = OFFICER, **variables: Any) -> Answer:
    return await machine.ask(who, query, variables=variables)


async def test_a_child_is_traced_to_a_verified_number_and_it_is_recorded(machine: Machine) -> None:
    kai = machine.child("Kai")

    answer = await asked(machine, TRACE, person=told(kai))

    assert answer.data["traceChild"] == {
        "status": "MATCH",
        "numberStatus": "_01",
        "source": "PDS_TRACE",
        "toBeJudged": False,
        "nhsNumber": str(kai.numbers.nhs),
        "fault": None,
    }
    assert answer.body["extensions"]["receipt"], "every decision is recorded"


async def test_someone_who_holds_no_such_office_traces_nobody(machine: Machine) -> None:
    coordinator = machine.people["EHC coordinator"]

    answer = await asked(machine, TRACE, coordinator, person=told(machine.child("Kai")))

    assert (answer.data or {}).get("traceChild") is None
    assert answer.codes


async def test_a_job_is_followed_until_each_has_a_status(machine: Machine) -> None:
    people = [
        told(machine.child("Anne"), reference="anne"),
        told(machine.child("Kai"), reference="stranger", familyName="Nobody"),
    ]

    job = (await asked(machine, SUBMIT, people=people)).data["submitTraceBatch"]
    for _poll in range(200):
        followed = (await asked(machine, FOLLOW, id=job["id"])).data["traceBatch"]
        if not followed["waiting"]:
            break
        await asyncio.sleep(0.1)

    assert followed == {
        "waiting": 0,
        "outcomes": [
            {"reference": "anne", "trace": {"status": "MATCH", "numberStatus": "_01"}},
            {"reference": "stranger", "trace": {"status": "NO_MATCH", "numberStatus": "_04"}},
        ],
    }


async def test_a_number_from_before_an_adoption_is_nobodys(machine: Machine) -> None:
    rowan = machine.child("Rowan")
    before = rowan.before_adoption
    assert before is not None
    given = {"family": rowan.surname, "born": rowan.birth_date.isoformat()}

    old = await asked(machine, VERIFY, number=str(before.nhs), **given)
    new = await asked(machine, VERIFY, number=str(rowan.numbers.nhs), **given)
    never = await asked(machine, VERIFY, number="9111231130", **given)

    assert old.data == never.data == {"verifyNhsNumber": "NO"}
    assert new.data == {"verifyNhsNumber": "YES"}


async def test_with_the_nhs_out_of_reach_nobody_is_said_not_to_exist(
    machine: Machine, nhs: Nhs
) -> None:
    nhs.up = False

    answer = await asked(machine, TRACE, person=told(machine.child("Kai")))

    nhs.up = True
    found = answer.data["traceChild"]
    assert (found["status"], found["numberStatus"]) == ("ERROR", "_03")
    assert (found["fault"], found["nhsNumber"]) == ("HTTP_503", None)
