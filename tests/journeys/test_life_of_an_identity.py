"""What happens to a child's numbers, over HTTP: superseded, merged, invalidated, renewed, born, moved, died."""

from dataclasses import replace
from itertools import count

import pytest

from subgraphs.link.keys import keys_in
from subgraphs.link.numbers import Entry, add
from subgraphs.population import Circumstance
from subgraphs.population.numbers import upn

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


RENEW = "mutation($identifier: IdentifierInput!, $upn: UPN!) { renewUpn(child: $identifier, upn: $upn) { status } }"


async def test_a_former_upn_finds_the_pupil_and_is_shown_no_more(machine, officer, records) -> None:
    child = ordinary(machine, 5)
    who, new = officer(child), str(upn(903, child.birth_date, 0))
    old = str(child.numbers.upn)

    answer = await changed(machine, who, RENEW, upn=new)
    by_old = await machine.ask(who, STATUS, identifier={"upn": old})
    by_new = await machine.ask(who, STATUS, identifier={"upn": new})
    taken = await changed(machine, who, RENEW, upn=str(ordinary(machine, 6).numbers.upn))

    assert answer.data["renewUpn"] == {"status": "01"}, answer.codes
    assert by_old.data == by_new.data and by_new.data["child"] is not None
    assert taken.codes == {"renewUpn": "NUMBER_IN_USE"}
    former = "select former, provenance from link.identifier where kind = 'UPN' and provenance = $1"
    assert [tuple(row) for row in await records.fetch(former, f"LA {child.authority}")] == [
        (False, f"LA {child.authority}")
    ]


async def test_two_records_that_were_one_child_keep_what_each_authority_calls_it(
    machine, officer, records
) -> None:
    """A duplicate was registered, and the NHS merged its number into the first."""
    child = next(
        one
        for one in machine.demo.children
        if one.linked
        and not one.story
        and one.nhs_status == "01"
        and one.numbers.local_authority
        and one.restriction.value == "U"
        and one.numbers.upn
        and one not in [ordinary(machine, n) for n in range(9)]
    )
    who = officer(child)
    survivor = fresh_number()
    keys = keys_in(machine.folder)
    twin = await records.fetchval(
        "insert into link.child (child, status, birth_date, verified_on, verified_by)"
        " values (gen_random_uuid(), '01', $1, current_date, 'PDS trace') returning child",
        child.birth_date,
    )
    await add(records, keys, Entry(twin, "NHS", survivor, provenance="PDS trace"))
    await add(records, keys, Entry(twin, "LA", "839:TWIN1", "839", "LA 839"))
    mutation = (
        "mutation($identifier: IdentifierInput!, $by: NHSNumber!) {"
        " supersedeNumber(child: $identifier, by: $by) { status } }"
    )

    answer = await changed(machine, who, mutation, by=survivor)
    by_each = [
        await machine.ask(who, STATUS, identifier=identifier)
        for identifier in (
            {"nhsNumber": survivor},
            {"nhsNumber": str(child.numbers.nhs)},
            {"upn": str(child.numbers.upn)},
            {"laChild": {"laCode": "839", "localChildId": "TWIN1"}},
        )
    ]

    assert answer.data["supersedeNumber"] == {"status": "01"}, answer.codes
    assert len({str(one.data) for one in by_each}) == 1
    assert by_each[0].data["child"]["nhsNumber"] == survivor
    kept = "select array_agg(custodian order by custodian) from link.identifier where child = $1 and kind = 'LA' and not former"
    assert set(await records.fetchval(kept, twin)) == {"839", str(child.authority)}


async def test_several_authorities_records_of_one_child_are_all_found(machine, officer) -> None:
    child = next(  # from the end: the first is adopted in journey 10
        one
        for one in reversed(machine.demo.children)
        if len(one.numbers.local_authority) > 1 and one.nhs_status == "01" and not one.story
    )
    who = officer(child)
    by_each = [
        {"laChild": {"laCode": str(known.la_code), "localChildId": str(known.local_child_id)}}
        for known in child.numbers.local_authority
    ]
    machine.people["worker of one"] = replace(
        machine.people["Social worker"],
        subject="sw-two",
        organisation=str(child.authority),
        purpose="CP_S47_ENQUIRY",
        identifier=by_each[0],
    )

    answers = [await machine.ask(who, STATUS, identifier=one) for one in by_each]

    assert answers[0].data["child"] is not None
    assert answers[0].data == answers[1].data


SEAL = """mutation($identifier: IdentifierInput!, $renewed: [IdentifierInput!]!, $ground: SealGround!) {
    seal(child: $identifier, renewed: $renewed, ground: $ground) { sealedAt } }"""
SEEN = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { id identity { status } onCpis } }"


async def still_known(machine, records):
    """A child whom no other test here has moved, sealed or buried, with an assessment that its manager asks about."""
    keys = keys_in(machine.folder)
    for child in reversed(machine.demo.children):
        plain = child.linked and not child.story and child.restriction.value == "U"
        if not (plain and child.nhs_status == "01" and child.numbers.upn):
            continue
        machine.people["manager"] = replace(
            machine.people["Social worker"], subject="csc-1", role="csc_manager", purpose="CIN_S17_ASSESSMENT",
            organisation=str(child.authority), identifier={"nhsNumber": str(child.numbers.nhs)},
        )  # fmt: skip
        await records.execute(
            "insert into link.relationship (child, organisation, kind, opened_on)"
            " select child, $1, 'open_referral', current_date from link.identifier where kind = 'NHS' and index = $2",
            str(child.authority),
            keys.index("NHS", str(child.numbers.nhs)),
        )
        before = await machine.ask("manager", SEEN)
        if before.data["child"] and before.data["child"]["identity"]["status"] == "_01":
            return child, before
    raise AssertionError


@pytest.mark.parametrize(("ground", "restriction"), [("GENDER", "U"), ("PROTECTED_PERSON", "R")])
async def test_a_new_identity_has_new_numbers_and_nothing_crosses_from_the_old(
    machine, records, ground, restriction
) -> None:
    child, before = await still_known(machine, records)
    new = fresh_number()

    done = await changed(machine, "manager", SEAL, renewed=[{"nhsNumber": new}], ground=ground)

    old = (
        {"nhsNumber": str(child.numbers.nhs)},
        {"upn": str(child.numbers.upn)},
        {"id": before.data["child"]["id"]},
    )
    never = await machine.ask("manager", SEEN, identifier={"upn": "E838994819999"})
    for identifier in old:
        answer = await machine.ask("manager", SEEN, identifier=identifier)
        assert (answer.data, answer.codes) == (never.data, never.codes) == ({"child": None}, {})
    assert done.data["seal"]["sealedAt"], done.codes
    index = keys_in(machine.folder).index("NHS", new)
    made = await records.fetchrow(
        "select c.* from link.child c join link.identifier i using (child) where i.kind = 'NHS' and i.index = $1",
        index,
    )
    assert (made["adopted"], made["restriction"], made["status"]) == (False, restriction, "01")
    for table in ("cpis_plan", "consent", "objection", "adviser"):
        assert not await records.fetchval(
            f"select count(*) from link.{table} where child = $1", made["child"]
        )
    work = await records.fetch("select kind from link.relationship where child = $1", made["child"])
    assert [row["kind"] for row in work] == ["agency_case"]
