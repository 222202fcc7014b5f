"""Attacks 53 and 55: finding a child across a seal, and finding many children at once (trust.md §7), over HTTP."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import asyncpg

from gateway.federation.supergraph import load
from tests.attacks.conftest import node_of
from tests.journeys.conftest import Machine

QUERY = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    id identity { status } islands { island presence } pupil { senProvision } } }"""
LIST = (
    "query($list: [IdentifierInput!]!) { children(identifiers: $list) { pupil { senProvision } } }"
)
OWN_CHILD = """{ localAuthorityChild(laCode: "%s", localChildId: "%s") { status { lookedAfter { current } }
    child { id identity { status } } } }"""
OWN_PUPIL = """{ pupil(upn: "%s") { surname enrolments { school { name } } formerUpns
    child { id identity { status } } } }"""
EVERYTHING = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    id identity { status verifiedOn source } islands { island presence }
    pupil { uniquePupilNumber formerUpns formerSurname surname forename birthDate postLookedAfter
        address { lines postCode } enrolments { school { name } entryDate }
        parentalContacts { surname } }
    localAuthorityRecords { status { lookedAfter { current } }
        upn surname forename } } }"""
COORDINATOR = "EHC coordinator"


async def test_53_the_adopted_child_is_not_found_again_through_what_it_had_before(
    machine: Machine,
) -> None:
    """The school and the authority that knew it still have their own records, and no way on from them."""
    rowan = machine.child("Rowan")
    before, now = rowan.before_adoption, rowan.numbers
    assert before is not None and before.local_authority and before.upn
    assert {now.upn, now.nhs, *now.local_authority}.isdisjoint(
        {before.upn, before.nhs, *before.local_authority}
    )
    record = before.local_authority[0]
    connection = await asyncpg.connect(machine.demo.database)
    school = machine.people["SENCO"].organisation
    await connection.execute(
        "insert into schools.pupil (source, record, as_at, on_roll, urn, upn, surname)"
        " values ('attack', '1', current_date - 900, true, $1, $2, 'Before')",
        school,
        str(before.upn),
    )
    worker = replace(
        machine.people["Social worker"], organisation=str(record.la_code), purpose="CP_S47_ENQUIRY"
    )
    dsl = replace(machine.people["SENCO"], role="dsl", purpose="CP_S47_ENQUIRY")
    asked = [
        (worker, QUERY, {"upn": str(before.upn)}),
        (worker, QUERY, {"nhsNumber": str(before.nhs)}),
        (worker, OWN_CHILD % (record.la_code, record.local_child_id), None),
        (dsl, OWN_PUPIL % before.upn, None),
        (machine.people["SENCO"], QUERY, {"upn": str(before.upn)}),
    ]

    answers = [await machine.ask(who, text, identifier=which) for who, text, which in asked]

    await connection.execute("delete from schools.pupil where source = 'attack'")
    await connection.close()
    assert answers[3].data["pupil"]["surname"] == "Before"  # its own record is its own
    after = [str(now.upn), str(now.nhs), *(str(one.local_child_id) for one in now.local_authority)]
    for answer in answers:
        assert answer.status == 200 and "data" in answer.body, answer.body
        text = str(answer.data) + str(answer.body.get("errors"))
        assert not [one for one in after if one in text]
        child = next(iter(answer.data.values()))
        assert child is None or child.get("child") is None


async def test_53_what_it_has_now_tells_nothing_of_what_it_had_before(machine: Machine) -> None:
    """Whoever works with the child today, with all that their purpose opens."""
    rowan = machine.child("Rowan")
    before = rowan.before_adoption
    assert before is not None
    worker = replace(
        machine.people["Social worker"],
        organisation=str(rowan.authority),
        purpose="CP_S47_ENQUIRY",
        identifier={"upn": str(rowan.numbers.upn)},
    )
    connection = await asyncpg.connect(machine.demo.database)
    await connection.execute(
        "insert into link.relationship (child, organisation, kind, opened_on)"
        " values ($1, $2, 's47_id', (now() at time zone 'utc')::date)",
        node_of(rowan),
        str(rowan.authority),
    )
    answer = await machine.ask(worker, EVERYTHING)
    await connection.execute(
        "delete from link.relationship where child = $1 and kind = 's47_id'", node_of(rowan)
    )
    await connection.close()

    old = [
        str(before.upn),
        str(before.nhs),
        *(str(one.local_child_id) for one in before.local_authority),
    ]
    assert answer.data["child"]["identity"]["status"] == "_01"
    assert answer.data["child"]["pupil"]["enrolments"] is not None
    assert not [one for one in old if one in str(answer.body)]


def test_53_no_field_leads_from_one_child_to_another() -> None:
    """Brothers and sisters, carers and households are nowhere in the graph: nobody is found through a family."""
    types = load(Path("schema/supergraph.graphql").read_text()).types
    people = {"Child", "Pupil", "Learner", "LocalAuthorityChild", "BenefitsRecord"}
    lists = [
        f"{name}.{field.name}"
        for name, one in types.items()
        for field in one.fields.values()
        if field.type.name in people and "[" in str(field.type)
    ]
    words = [
        f"{name}.{field.name}"
        for name, one in types.items()
        for field in one.fields.values()
        if re.search(
            r"(?i)sibling|brother|sister|household|twin|familyMember|birthParent", field.name
        )
    ]

    assert set(lists) <= {
        "Child.localAuthorityRecords", "Query.children", "Query.roll",
    }  # fmt: skip
    assert words == []


async def test_55_a_list_is_capped_however_it_is_asked_for(machine: Machine) -> None:
    kai = {"upn": str(machine.child("Kai").numbers.upn)}
    connection = await asyncpg.connect(machine.demo.database)

    async def found() -> int:
        """Decisions about a child that somebody found."""
        return int(
            await connection.fetchval("select count(*) from ledger.entry where subject is not null")
        )

    full = await machine.ask(COORDINATOR, LIST, variables={"list": [kai] * 100})
    before = await found()
    over = [
        await machine.ask(COORDINATOR, LIST, variables={"list": [kai] * count})
        for count in (101, 1_000, 10_000)
    ]
    two = "query($a: [IdentifierInput!]!) { x: children(identifiers: $a) { id } y: children(identifiers: $a) { id } }"
    for count in (30, 500):
        aliases = " ".join(f"a{n}: child(identifier: $identifier) {{ id }}" for n in range(count))
        text = f"query($identifier: IdentifierInput!) {{ {aliases} }}"
        over.append(await machine.ask(COORDINATOR, text))
    literal = ", ".join(f'{{upn: "{kai["upn"]}"}}' for _ in range(101))
    over.append(
        await machine.ask(COORDINATOR, f"{{ children(identifiers: [{literal}]) {{ id }} }}")
    )
    after = await found()
    person = machine.people[COORDINATOR]
    batched = await machine.http.post(
        "/graphql",
        json=[{"query": "{ __typename }"}] * 2,
        headers={
            "authorization": f"Bearer {machine.token(person)}",
            "declared-purpose": person.purpose,
        },
    )
    twice = await machine.ask(COORDINATOR, two, variables={"a": [kai] * 60})
    await connection.close()

    assert [one is not None for one in full.data["children"]] == [True] * 100
    assert all(not any((one.body.get("data") or {"x": None}).values()) for one in over)
    assert all(one.body["errors"] for one in over)
    assert after == before
    assert batched.status_code == 400
    assert twice.status in (200, 400, 429)
