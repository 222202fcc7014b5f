"""Journey 10: a child is adopted; the old numbers answer as numbers that never existed, and nothing leads to the new."""

from dataclasses import replace

import asyncpg
import pytest

from subgraphs.population import Circumstance

SEAL = """mutation($identifier: IdentifierInput!, $renewed: [IdentifierInput!]!) {
    seal(child: $identifier, renewed: $renewed) { sealedAt } }"""
APPROVE = "mutation($identifier: IdentifierInput!) { approveRelease(child: $identifier) { until } }"
SEALED = """query($identifier: IdentifierInput!) {
    sealedRecord(identifier: $identifier) { numbers { kind text } } }"""
STATUS = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { id identity { status } } }"
NEVER_ISSUED = {"upn": "E838994819999"}
NEW = {"nhs": "9000000173"}
AGENCY = "ADOPTION_RECORD_ACCESS"


@pytest.fixture(scope="module")
def agency(machine):
    """Two officers of the authority's adoption records agency, and the worker who knew the child."""
    child = next(
        one
        for one in machine.demo.children
        if one.has(Circumstance.LOOKED_AFTER)
        and one.linked
        and not one.story
        and one.restriction.value == "U"
        and one.nhs_status == "01"
    )
    worker = replace(
        machine.people["Social worker"],
        organisation=str(child.authority),
        purpose="CLA_CARE_PLANNING",
        identifier={"nhsNumber": str(child.numbers.nhs)},
    )
    officer = replace(worker, subject="officer-1", role="adoption_records_officer", purpose=AGENCY)
    machine.people |= {
        "worker": worker,
        "officer": officer,
        "second officer": replace(officer, subject="officer-2"),
    }
    return child


async def test_the_old_numbers_are_as_never_issued_and_two_people_read_what_was_sealed(
    machine, records, agency
) -> None:
    links: asyncpg.Connection = records
    await links.execute(
        "insert into link.relationship (child, organisation, kind, opened_on)"
        " select child, $1, 'agency_case', current_date from link.relationship"
        " where organisation = $1 and kind = 'cla_episode' and child in"
        " (select child from link.child where birth_date = $2 and sealed_at is null)",
        str(agency.authority),
        agency.birth_date,
    )
    known = await machine.ask("worker", STATUS)
    renewed = {
        "renewed": [{"nhsNumber": NEW["nhs"]}],
        "identifier": machine.people["worker"].identifier,
    }

    alone = await machine.ask("officer", SEAL, variables=renewed)
    approved = await machine.ask("second officer", APPROVE)
    done = await machine.ask("officer", SEAL, variables=renewed)

    assert known.data["child"]["identity"]["status"] == "_01"
    assert alone.data == {"seal": None}
    assert approved.data["approveRelease"]["until"]
    assert done.data["seal"]["sealedAt"]

    old = [
        {"nhsNumber": str(agency.numbers.nhs)},
        {"id": known.data["child"]["id"]},
        {
            "laChild": {
                "laCode": str(agency.numbers.local_authority[0].la_code),
                "localChildId": str(agency.numbers.local_authority[0].local_child_id),
            }
        },
    ]
    never = await machine.ask("worker", STATUS, identifier=NEVER_ISSUED)
    for identifier in old:
        answer = await machine.ask("worker", STATUS, identifier=identifier)
        assert (answer.data, answer.codes) == (never.data, never.codes) == ({"child": None}, {})

    again = {"nhsNumber": NEW["nhs"]}
    unapproved = await machine.ask("officer", SEALED, identifier=again)
    await machine.ask("second officer", APPROVE, identifier=again)
    read = await machine.ask("officer", SEALED, identifier=again)
    others = await machine.ask("worker", SEALED, identifier=again)

    assert unapproved.data == {"sealedRecord": None}
    numbers = {one["kind"]: one["text"] for one in read.data["sealedRecord"]["numbers"]}
    assert numbers["NHS"] == str(agency.numbers.nhs)
    assert others.data == {"sealedRecord": None}
