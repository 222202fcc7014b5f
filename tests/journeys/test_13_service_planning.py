"""Journey 13: service planning: counts only, suppressed and rounded, off unless `universal_plus` is on."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from gateway.demo import machine as demo
from gateway.demo.people import HOSPITAL
from tests.journeys.conftest import Machine, machine_in

ANALYST = "Planning analyst"
MENU = ("ehcPlansByPrimaryNeed", "senSupportByYearGroup", "participationByStatus")
MONTH = "query($month: Date) { senSupportByYearGroup(month: $month) { state month total rows { people } } }"


async def test_three_islands_each_count_their_own_and_no_small_number_is_told(
    machine, journey
) -> None:
    answer = await machine.ask(ANALYST, journey("service_planning"))

    assert answer.codes == {}
    assert list(answer.data) == list(MENU)
    for table in answer.data.values():
        assert table["state"] == "COUNTED"
        told = [table["total"], *(row["people"] for row in table["rows"])]
        numbers = [int(one) for one in told if one != "*"]
        assert "*" in told and 0 in numbers, "small counts hidden, zeros kept"
        assert all(one % 5 == 0 and not 1 <= one <= 7 for one in numbers)
        assert max(numbers) == int(table["total"]) >= 100


OF_CHILDREN = """query($identifier: IdentifierInput!, $upn: UPN!) {
    child(identifier: $identifier) { id nhsNumber pupil { senProvision } islands { island } }
    pupil(upn: $upn) { uniquePupilNumber senProvision }
    participationCaseload { activityStatus } ehcCaseload { caseRef }
    senSupportByYearGroup { total } }"""


async def test_only_counts_are_open_and_no_child_not_even_its_existence(machine) -> None:
    upn = str(machine.child("Kai").numbers.upn)

    answer = await machine.ask(
        ANALYST, OF_CHILDREN, variables={"identifier": {"upn": upn}, "upn": upn}
    )

    total = answer.data.pop("senSupportByYearGroup")["total"]
    assert int(total) >= 100
    assert not any(answer.data.values())
    assert set(answer.codes) == answer.data.keys()
    assert set(answer.codes.values()) <= {"COUNTS_ONLY", "PROHIBITED", "NOT_IN_PURPOSE"}


async def test_whoever_may_see_a_child_may_not_thereby_count_them(machine, journey) -> None:
    answer = await machine.ask("EHC coordinator", journey("service_planning"))

    assert not any((answer.data or {}).values())
    assert set(answer.codes.values()) <= {"EXISTENCE_ONLY", "NOT_IN_PURPOSE", "PROHIBITED"}


async def test_an_authority_is_told_of_its_own_area_and_of_no_other(machine, journey) -> None:
    analyst = machine.people[ANALYST]
    county = (await machine.ask(analyst, journey("service_planning"))).data
    dorset = (
        await machine.ask(replace(analyst, organisation="838"), journey("service_planning"))
    ).data

    assert county != dorset
    assert {table["state"] for table in dorset.values()} == {"COUNTED"}


async def test_an_organisation_that_is_no_authority_has_no_area_here(machine, journey) -> None:
    analyst = replace(machine.people[ANALYST], organisation=HOSPITAL)

    answer = await machine.ask(analyst, journey("service_planning"))

    assert answer.status == 403
    assert answer.body["errors"][0]["extensions"]["code"] == "PURPOSE_NOT_FOR_ORGANISATION"


async def test_a_month_that_was_not_counted_is_said_not_to_be(machine) -> None:
    answer = await machine.ask(ANALYST, MONTH, variables={"month": "2020-05-17"})

    assert answer.data["senSupportByYearGroup"] == {
        "state": "NOT_COUNTED", "month": None, "total": None, "rows": [],
    }  # fmt: skip


async def test_it_is_on_the_record_with_its_obligation_and_about_nobody(
    machine, journey, records: asyncpg.Connection
) -> None:
    before = await records.fetchval("select count(*) from ledger.entry")

    await machine.ask(ANALYST, journey("service_planning"))

    rows = await records.fetch(
        "select subject, body from ledger.entry order by written offset $1", before
    )
    bodies = [json.loads(row["body"]) for row in rows]
    assert {body["island"] for body in bodies} == {"local_authority", "schools", "learners"}
    assert all(row["subject"] is None for row in rows)
    assert all(body["obligations"] == ["suppress_small_counts"] for body in bodies)


@pytest.fixture
async def switched_off(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Machine]:
    """A machine as a deployment has it that did not switch `universal_plus` on, in a database apart."""
    there = urlsplit(machine.demo.database)
    owner = await asyncpg.connect(machine.demo.database)
    await owner.execute("create database switched_off")
    await owner.close()
    monkeypatch.setenv("DATABASE_URL", urlunsplit(there._replace(path="/switched_off")))
    monkeypatch.setattr(demo, "USES", tuple(one for one in demo.USES if one != "universal_plus"))
    async with machine_in(tmp_path, children=8) as off:
        yield off


async def test_it_is_off_unless_the_deployment_switches_it_on_and_the_answer_names_the_switch(
    switched_off: Machine, journey
) -> None:
    answer = await switched_off.ask(ANALYST, journey("service_planning"))

    assert answer.status == 403
    (error,) = answer.body["errors"]
    assert error["extensions"]["code"] == "USE_NOT_SWITCHED_ON"
    assert "`universal_plus` is not switched on" in error["message"]
    assert "data" not in answer.body
