"""Journey 3: a clinician reads CP-IS by NHS number, and the authority's social worker hears why, and whom to ring."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

READ = """query($identifier: IdentifierInput!, $access: AccessInput) {
  child(identifier: $identifier) { onCpis
    cpis(access: $access) { planType startDate laCode contactTelephone
      accesses { organisation accessedAt reason } } } }"""
HEAR = """subscription { cpisAccesses {
  access { organisation accessedAt reason concern contactRole contactTelephone followUp }
  child { identity { status } cpis { planType } } } }"""
WHY = {
    "reason": "PRESENTATION",
    "concern": "Unexplained bruising",
    "contactRole": "safeguarding nurse",
    "contactTelephone": "01632 960111",
    "followUp": True,
}
CLINICIAN, WORKER = "A&E clinician", "Social worker"


@asynccontextmanager
async def hearing(machine, title: str, purpose: str | None = None) -> AsyncIterator[asyncio.Queue]:
    """What the subscription brings to this caller, event by event."""
    person = machine.people[title]
    headers = {
        "authorization": f"Bearer {machine.token(person)}",
        "declared-purpose": purpose or person.purpose,
        "accept": "text/event-stream",
    }
    heard: asyncio.Queue = asyncio.Queue()

    async def listen() -> None:
        async with machine.http.stream(
            "POST", "/graphql", json={"query": HEAR}, headers=headers
        ) as stream:
            assert stream.status_code == 200, await stream.aread()
            assert stream.headers["content-type"].startswith("text/event-stream")
            async for line in stream.aiter_lines():
                if line.startswith("data: {"):
                    heard.put_nowait(json.loads(line.removeprefix("data: ")))

    listening = asyncio.create_task(listen())
    await asyncio.sleep(1.0)
    try:
        yield heard
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def read(machine, case: str, **access):
    return await machine.ask(
        CLINICIAN,
        READ,
        purpose=f'UNSCHEDULED_CARE_CPIS; case="{case}"',
        variables={"identifier": machine.people[CLINICIAN].identifier, "access": access or None},
    )


async def test_the_clinician_sees_the_plan_and_whom_to_ring_and_no_more(machine) -> None:
    answer = await read(machine, "E-1")

    found = answer.data["child"]["cpis"]
    assert answer.data["child"]["onCpis"] is True
    assert found["planType"] == "LAC"
    assert found["laCode"] and found["contactTelephone"]
    assert len(found["accesses"]) >= 1


async def test_where_the_notices_are_closed_that_is_the_one_thing_said(machine) -> None:
    async with hearing(machine, "EHC coordinator") as heard:
        said = await asyncio.wait_for(heard.get(), 5)

    assert said["data"] == {"cpisAccesses": None}
    assert {one["extensions"]["code"] for one in said["errors"]} <= {"PROHIBITED", "NOT_IN_PURPOSE"}
    assert heard.empty()


async def test_the_responsible_authority_hears_at_once_why_and_whom_to_ring(machine) -> None:
    async with hearing(machine, WORKER) as heard:
        await read(machine, "E-2", **WHY)
        event = await asyncio.wait_for(heard.get(), 5)

    notice = event["data"]["cpisAccesses"]
    access = notice["access"]
    assert access["organisation"] == "RQX"
    assert {name: access[name] for name in WHY} == WHY
    assert notice["child"]["identity"]["status"] == "_01"
    assert notice["child"]["cpis"]["planType"] == "LAC"
    assert event["extensions"]["receipt"]


async def test_there_is_one_notice_for_an_encounter_however_often_the_record_is_opened(
    machine,
) -> None:
    async with hearing(machine, WORKER) as heard:
        for _ in range(3):
            await read(machine, "E-3", **WHY)
        await asyncio.wait_for(heard.get(), 5)
        await asyncio.sleep(0.5)

    assert heard.empty()


async def test_each_event_is_on_the_record_as_if_it_had_been_asked_for(machine, records) -> None:
    async with hearing(machine, WORKER) as heard:
        before = await records.fetchval("select count(*) from ledger.entry")
        await read(machine, "E-4")
        event = await asyncio.wait_for(heard.get(), 5)
    (receipt,) = event["extensions"]["receipt"]
    body = json.loads(
        await records.fetchval(
            "select body from ledger.entry where stream = $1 and seq = $2",
            receipt["stream"],
            receipt["seq"],
        )
    )

    assert await records.fetchval("select count(*) from ledger.entry") == before + 2
    assert body["purpose"] == "CLA_CARE_PLANNING"
    assert "Subscription.cpisAccesses" in body["released"]


async def test_41_a_stream_ends_with_the_work_and_no_later_event_is_heard(machine, records) -> None:
    closed = "update link.relationship set closed_on = $1 where organisation = $2 and kind = 'cla_episode'"
    authority = machine.people[WORKER].organisation
    today = await records.fetchval("select (now() at time zone 'utc')::date")

    async with hearing(machine, WORKER) as heard:
        await records.execute(closed, today, authority)
        await read(machine, "E-5")
        await asyncio.sleep(1.0)
        await records.execute(closed, None, authority)
        await read(machine, "E-6")
        await asyncio.sleep(0.5)
    async with hearing(machine, WORKER) as again:
        await read(machine, "E-7")
        await asyncio.wait_for(again.get(), 5)

    assert heard.empty()


async def test_another_authority_hears_nothing(machine) -> None:
    from dataclasses import replace

    machine.people["elsewhere"] = replace(
        machine.people[WORKER], subject="elsewhere", organisation="838"
    )
    assert machine.people[WORKER].organisation != "838"

    async with hearing(machine, "elsewhere") as heard:
        await read(machine, "E-7")
        await asyncio.sleep(1.0)

    assert heard.empty()


async def test_a_client_that_takes_no_stream_is_told_so(machine) -> None:
    answer = await machine.ask(WORKER, HEAR)

    assert answer.status == 406


async def test_no_more_than_the_last_25_accesses_are_kept(machine, records) -> None:
    for one in range(27):
        await read(machine, f"E-ring-{one}")
    answer = await read(machine, "E-ring-26")

    accesses = answer.data["child"]["cpis"]["accesses"]
    most = await records.fetchval(
        "select max(n) from (select count(*) n from link.cpis_access group by child) counted"
    )
    assert len(accesses) == 25
    assert most == 25


async def test_a_setting_gone_to_in_confidence_is_named_to_the_authority_alone(
    machine, records
) -> None:
    await records.execute("insert into link.sensitive_setting values ('RQX')")
    async with hearing(machine, WORKER) as heard:
        await read(machine, "E-quiet")
        event = await asyncio.wait_for(heard.get(), 5)
    await records.execute("delete from link.sensitive_setting")

    assert event["data"]["cpisAccesses"]["access"]["organisation"] == "RQX"
    assert await records.fetchval("select count(*) from link.cpis_access where sensitive") == 1
