"""What happens to a child's numbers, over HTTP: superseded, merged, invalidated, renewed, born, moved, died."""

from dataclasses import replace
from itertools import count

import pytest

from subgraphs.population import Circumstance

STATUS = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { id identity { status } nhsNumber } }"
_used = count(980_000_000)


def fresh_number() -> str:
    """A synthetic NHS number that nobody in the demonstration has."""
    for nine in map(str, _used):
        check = (
            -sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True))
            % 11
        )
        if check < 10:
            return f"{nine}{check}"
    raise AssertionError


@pytest.fixture
def officer(machine):
    """An identity officer of the authority of a child of her own, who is asked about by NHS number."""

    def for_(child):
        machine.people["identity officer"] = replace(
            machine.people["Social worker"],
            subject="io-1",
            role="identity_officer",
            organisation=str(child.authority),
            purpose="IDENTIFIER_TRACE",
            identifier={"nhsNumber": str(child.numbers.nhs)},
        )
        return "identity officer"

    return for_


def ordinary(machine, nth: int, *circumstances: Circumstance):
    return [
        one
        for one in machine.demo.children
        if one.linked
        and not one.story
        and one.nhs_status == "01"
        and one.restriction.value == "U"
        and one.numbers.upn
        and not one.has(Circumstance.LOOKED_AFTER)
        and all(one.has(each) for each in circumstances)
    ][nth]


async def changed(machine, who, mutation, **variables):
    given = {"identifier": machine.people[who].identifier} | variables
    return await machine.ask(who, mutation, variables=given)


async def test_a_superseded_number_leads_to_the_child_and_is_shown_no_more(
    machine, officer
) -> None:
    child = ordinary(machine, 0)
    who, new = officer(child), fresh_number()

    answer = await changed(
        machine,
        who,
        "mutation($identifier: IdentifierInput!, $by: NHSNumber!) { supersedeNumber(child: $identifier, by: $by) { status } }",
        by=new,
    )
    by_old = await machine.ask(who, STATUS)
    by_new = await machine.ask(who, STATUS, identifier={"nhsNumber": new})

    assert answer.data["supersedeNumber"] == {"status": "01"}, answer.codes
    assert by_old.data == by_new.data
    assert by_old.data["child"]["nhsNumber"] == new


async def test_an_invalidated_number_joins_nothing_any_more(machine, officer) -> None:
    child = ordinary(machine, 1)
    who = officer(child)
    machine.people[who] = replace(machine.people[who], identifier={"upn": str(child.numbers.upn)})

    before = await machine.ask(who, STATUS)
    await changed(
        machine,
        who,
        "mutation($identifier: IdentifierInput!) { invalidateNumber(child: $identifier) { status } }",
    )
    after = await machine.ask(who, STATUS)

    assert before.data["child"]["identity"]["status"] == "_01"
    assert after.data["child"]["identity"]["status"] == "_05"
    assert after.data["child"]["nhsNumber"] is None


async def test_a_plan_from_before_birth_is_the_childs_own_once_it_is_born(machine) -> None:
    mother = ordinary(machine, 0, Circumstance.CHILD_PROTECTION_PLAN)
    machine.people["worker"] = replace(
        machine.people["Social worker"],
        subject="sw-9",
        organisation=str(mother.authority),
        purpose="CP_S47_ENQUIRY",
        identifier={"upn": str(mother.numbers.upn)},
    )
    plan = {"planType": "UCPP", "startDate": "2026-10-01", "contactTelephone": "01632 960222"}
    kept = await changed(
        machine,
        "worker",
        "mutation($identifier: IdentifierInput!, $plan: CpisPlanInput!) {"
        " keepCpisPlan(child: $identifier, plan: $plan) { record { planType laCode } } }",
        plan=plan,
    )
    number = fresh_number()
    born = await changed(
        machine,
        "worker",
        "mutation($identifier: IdentifierInput!, $number: NHSNumber!) {"
        ' recordBirth(mother: $identifier, nhsNumber: $number, birthDate: "2026-11-20") { status } }',
        number=number,
    )
    read = await machine.ask(
        "worker",
        "query($identifier: IdentifierInput!) { child(identifier: $identifier) { identity { status } cpis { planType } } }",
        identifier={"nhsNumber": number},
    )

    assert kept.data["keepCpisPlan"]["record"] == {
        "planType": "UCPP",
        "laCode": str(mother.authority),
    }
    assert born.data["recordBirth"] == {"status": "08"}
    assert read.data["child"] == {"identity": {"status": "_08"}, "cpis": {"planType": "CPP"}}


async def test_a_case_moves_only_when_both_authorities_say_so(machine) -> None:
    child = ordinary(machine, 0, Circumstance.CHILD_IN_NEED)
    there = next(str(la) for la in ("838", "383", "211") if la != str(child.authority))
    here = replace(
        machine.people["Social worker"],
        subject="sw-from",
        organisation=str(child.authority),
        purpose="CIN_S17_ASSESSMENT",
        identifier={"upn": str(child.numbers.upn)},
    )
    machine.people |= {
        "from": here,
        "to": replace(here, subject="sw-to", organisation=there),
        "other": replace(here, subject="sw-other", organisation=there, role="csc_manager"),
    }
    offer = "mutation($identifier: IdentifierInput!, $la: LACode!) { transferCase(child: $identifier, toLa: $la) { reference confirmedOn } }"
    confirm = (
        "mutation($identifier: IdentifierInput!, $reference: ID!) { confirmTransfer(reference: $reference,"
        ' child: $identifier, localChildId: "MOVED1") { confirmedOn } }'
    )

    alone = await changed(machine, "to", confirm, reference="5f1f0f3e-0000-4000-8000-000000000000")
    offered = await changed(machine, "from", offer, la=there)
    reference = offered.data["transferCase"]["reference"]
    another = await changed(
        machine,
        "to",
        confirm,
        reference=reference,
        identifier={"upn": str(ordinary(machine, 3).numbers.upn)},
    )
    moved = await changed(machine, "to", confirm, reference=reference)
    twice = await changed(machine, "to", confirm, reference=reference)

    assert offered.data["transferCase"]["confirmedOn"] is None
    assert alone.data == another.data == twice.data == {"confirmTransfer": None}
    assert moved.data["confirmTransfer"]["confirmedOn"]
    assert (await machine.ask("from", STATUS)).data == {"child": None}
    assert (await machine.ask("to", STATUS)).data["child"]["identity"]["status"] == "_01"


async def test_live_work_ends_with_a_childs_death(machine, officer, records) -> None:
    child = ordinary(machine, 4)
    who = officer(child)

    await changed(
        machine,
        who,
        'mutation($identifier: IdentifierInput!) { recordDeath(child: $identifier, on: "2026-11-01") { status } }',
    )

    assert (await machine.ask(who, STATUS)).data == {"child": None}
    assert await records.fetchval("select count(*) from link.child where died_on is not null") == 1
