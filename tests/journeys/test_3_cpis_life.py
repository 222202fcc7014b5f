"""Journey 3, over a plan's life: put on and ended by the authority, shown for a year after, 25 accesses, nobody's attendance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from subgraphs.link.tracing.strategies import months
from subgraphs.population import Child, Circumstance
from tests.journeys.conftest import Answer, Machine

KEEP = """
mutation ($identifier: IdentifierInput!, $plan: CpisPlanInput!) {
  keepCpisPlan(child: $identifier, plan: $plan) { record { planType startDate endDate laCode contactTelephone } }
}
"""
READ = """
query ($identifier: IdentifierInput!, $access: AccessInput) {
  child(identifier: $identifier) { onCpis cpis(access: $access) {
    planType endDate laCode contactTelephone accesses { organisation reason concern contactRole contactTelephone }
  } }
}
"""
PLAN = {"planType": "CPP", "startDate": "2025-01-10", "contactTelephone": "01632 960300"}
TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
async def child(machine: Machine) -> Child:
    """A child in need, who is not on CP-IS; its authority's worker, and a clinician whose patient it is."""
    found = next(
        one for one in machine.demo.children
        if one.has(Circumstance.CHILD_IN_NEED) and one.linked and one.nhs_status == "01" and not one.story
        and not one.has(Circumstance.CHILD_PROTECTION_PLAN) and not one.has(Circumstance.LOOKED_AFTER)
        and one.restriction.value == "U"
    )  # fmt: skip
    number = {"nhsNumber": str(found.numbers.nhs)}
    known = found.numbers.local_authority[0]
    local = {"laChild": {"laCode": str(known.la_code), "localChildId": str(known.local_child_id)}}
    machine.people |= {
        "planner": replace(
            machine.people["Social worker"], subject="sw-plan", organisation=str(found.authority),
            purpose="CP_S47_ENQUIRY", identifier=local,
        ),
        "clinic": replace(machine.people["A&E clinician"], identifier=number),
    }  # fmt: skip
    connection = await asyncpg.connect(machine.demo.database)
    await connection.execute(
        "insert into link.relationship (child, organisation, kind, opened_on)"
        " select r.child, v.organisation, v.kind, current_date from link.relationship r,"
        " (values ('RQX', 'encounter_id'), ($1, 's47_id')) v (organisation, kind)"
        " where r.organisation = $1 and r.kind = 'open_referral' and r.child in"
        " (select child from link.child where birth_date = $2)",
        str(found.authority),
        found.birth_date,
    )
    await connection.close()
    return found


async def keep(machine: Machine, **plan: Any) -> Answer:
    variables = {"identifier": machine.people["planner"].identifier, "plan": PLAN | plan}
    return await machine.ask("planner", KEEP, variables=variables)


async def read(machine: Machine, case: str, **access: Any) -> Any:
    answer = await machine.ask(
        "clinic", READ, purpose=f'UNSCHEDULED_CARE_CPIS; case="{case}"',
        variables={"identifier": machine.people["clinic"].identifier, "access": access or None},
    )  # fmt: skip
    return answer.data["child"]


async def test_the_authority_puts_a_child_on_ends_it_and_may_say_so_twice(
    machine: Machine, records: asyncpg.Connection, child: Child
) -> None:
    before = await read(machine, "before")
    kept = await keep(machine)
    on = await read(machine, "on")
    ended = await keep(machine, endDate=TODAY.isoformat(), contactTelephone="01632 960301")
    again = await keep(machine, endDate=TODAY.isoformat(), contactTelephone="01632 960301")
    backwards = await keep(machine, endDate="2024-12-31")
    after = await read(machine, "after")

    assert before == {"onCpis": False, "cpis": None}
    assert kept.data["keepCpisPlan"]["record"]["laCode"] == str(child.authority)
    assert on["cpis"]["planType"] == "CPP" and on["cpis"]["endDate"] is None
    assert ended.data == again.data
    assert backwards.codes == {"keepCpisPlan": "ENDS_BEFORE_IT_BEGINS"}
    assert after["cpis"]["endDate"] == TODAY.isoformat()
    assert after["cpis"]["contactTelephone"] == "01632 960301"
    assert await records.fetchval("select count(*) from link.cpis_plan where start_date = '2025-01-10'") == 1  # fmt: skip


@pytest.mark.parametrize(
    ("ended", "shown"),
    [
        (months(TODAY, -12) + timedelta(days=1), True),
        (months(TODAY, -12), False),
        (months(TODAY, -12) - timedelta(days=1), False),
        (TODAY + timedelta(days=30), True),
    ],
)
async def test_a_plan_is_shown_until_twelve_months_after_its_end_to_the_day(
    machine: Machine, child: Child, ended: date, shown: bool
) -> None:
    await keep(machine, startDate="2025-01-10", endDate=ended.isoformat())

    found = await read(machine, f"tail {ended}")

    assert found["onCpis"] is shown
    assert (found["cpis"] is not None) is shown


async def test_the_twenty_sixth_access_drops_the_oldest(machine: Machine, child: Child) -> None:
    await keep(machine)
    await read(machine, "ring first", reason="RECORD_CHECKED", concern="the first")
    for nth in range(24):
        await read(machine, f"ring {nth}")
    full = await read(machine, "ring 23", reason="PRESENTATION", concern="the twenty-fifth")
    over = await read(machine, "ring last", reason="PRESENTATION", concern="the twenty-sixth")

    concerns = [[one["concern"] for one in found["cpis"]["accesses"]] for found in (full, over)]
    assert [len(some) for some in concerns] == [25, 25]
    assert (concerns[0][0], concerns[0][-1]) == ("the twenty-fifth", "the first")
    assert (concerns[1][0], concerns[1][1]) == ("the twenty-sixth", "the twenty-fifth")
    assert "the first" not in concerns[1]


async def test_an_access_is_told_with_why_and_whom_to_ring_and_is_nobodys_attendance(
    machine: Machine, child: Child
) -> None:
    await keep(machine)
    await read(machine, "looked", reason="RECORD_CHECKED")
    await read(
        machine, "came", reason="PRESENTATION", concern="A burn", contactRole="duty consultant",
        contactTelephone="01632 960112",
    )  # fmt: skip
    came, looked = (await read(machine, "came"))["cpis"]["accesses"][:2]

    assert looked == {
        "organisation": "RQX", "reason": "RECORD_CHECKED", "concern": None, "contactRole": None,
        "contactTelephone": None,
    }  # fmt: skip
    assert (came["reason"], came["concern"], came["contactRole"]) == ("PRESENTATION", "A burn", "duty consultant")  # fmt: skip


async def test_only_an_authority_puts_a_child_on(machine: Machine, child: Child) -> None:
    machine.people["clinic that plans"] = replace(
        machine.people["clinic"], subject="ed-9", purpose="UNSCHEDULED_CARE_CPIS"
    )
    variables = {"identifier": machine.people["clinic"].identifier, "plan": PLAN}

    refused = await machine.ask("clinic that plans", KEEP, variables=variables)

    assert refused.data == {"keepCpisPlan": None}
    assert refused.codes
