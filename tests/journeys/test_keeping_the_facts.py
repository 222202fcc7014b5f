"""Whoever keeps the facts, over HTTP: who may, who may not, and that each bites on the next request everywhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg
import pytest

from gateway.demo import Person
from subgraphs.population import Child
from tests.journeys.conftest import Answer, Machine, promised
from tests.journeys.test_life_of_an_identity import fresh_number, ordinary

STATUS = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { id identity { status } } }"
TODAY = "(now() at time zone 'utc')::date"


def node_of(child: Child) -> UUID:
    return uuid5(NAMESPACE_URL, f"https://causeway.example/invented/{child.number}/whole")


def local(child: Child) -> dict[str, Any]:
    known = child.numbers.local_authority[0]
    return {"laChild": {"laCode": str(known.la_code), "localChildId": str(known.local_child_id)}}


def person(machine: Machine, role: str, child: Child, purpose: str, **more: Any) -> Person:
    """Somebody of the child's own authority."""
    of = machine.people["Social worker"]
    if "identifier" not in more:
        more["identifier"] = local(child)
    return replace(
        of, role=role, purpose=purpose, organisation=str(child.authority), subject=role, **more
    )


def elsewhere(machine: Machine, one: Person) -> Person:
    """The same of another authority."""
    others = {str(child.authority) for child in machine.demo.children} - {one.organisation}
    return replace(one, organisation=sorted(others)[0])


async def act(machine: Machine, who: Person, mutation: str, **variables: Any) -> Answer:
    given = {"identifier": who.identifier} if "$identifier" in mutation else {}
    return await machine.ask(who, mutation, variables=given | variables)


def refused(answer: Answer, code: str) -> bool:
    """Nothing was done, and it says no more than this."""
    nothing = not any((answer.body.get("data") or {}).values())
    return nothing and {one["extensions"]["code"] for one in answer.body["errors"]} == {code}


async def kept(records: asyncpg.Connection, answer: Answer) -> list[dict[str, Any]]:
    found = "select body from ledger.entry where stream = $1 and seq = $2"
    return [json.loads(await records.fetchval(found, *place)) for place in promised(answer.body)]


OPEN = "mutation($identifier: IdentifierInput!) { openRelationship(child: $identifier) { reference kind closedOn child { identity { status } } } }"
CLOSE = "mutation($reference: ID!) { closeRelationship(reference: $reference) { reference closedOn child { identity { status } } } }"


async def test_work_is_opened_and_closed_by_the_organisation_that_does_it(
    machine: Machine, records: asyncpg.Connection
) -> None:
    child = ordinary(machine, 5)
    worker = person(machine, "social_worker", child, "CP_S47_ENQUIRY")
    colleague = replace(worker, subject="colleague")

    before = await machine.ask(worker, STATUS)
    strangers = await act(machine, elsewhere(machine, worker), OPEN)
    opened = await act(machine, worker, OPEN)
    during = [await machine.ask(one, STATUS) for one in (worker, colleague)]
    reference = opened.data["openRelationship"]["reference"]
    not_theirs = await act(machine, elsewhere(machine, worker), CLOSE, reference=reference)
    still = await machine.ask(worker, STATUS)
    closed = await act(machine, worker, CLOSE, reference=reference)
    after = [await machine.ask(one, STATUS) for one in (worker, colleague)]
    again = await act(machine, worker, CLOSE, reference=reference)

    assert before.data == {"child": None}
    assert refused(strangers, "NOT_AVAILABLE") and refused(not_theirs, "NOT_AVAILABLE")
    assert opened.data["openRelationship"]["child"] == {"identity": {"status": "_01"}}
    assert opened.data["openRelationship"]["kind"] == "s47_id"
    assert [one.data["child"]["identity"] for one in (*during, still)] == [{"status": "_01"}] * 3
    assert closed.data["closeRelationship"]["child"] is None
    assert [one.data for one in after] == [{"child": None}] * 2
    assert (
        again.data["closeRelationship"]["closedOn"] == closed.data["closeRelationship"]["closedOn"]
    )
    released = {name for one in await kept(records, opened) for name in one["released"]}
    assert "Mutation.openRelationship" in released
    why = await kept(records, not_theirs)
    assert all(one["outcome"] == "refuse" or not one["subject"] for one in why)


async def test_what_is_no_work_of_theirs_cannot_be_opened_or_closed(machine: Machine) -> None:
    child = ordinary(machine, 5)
    worker = person(machine, "social_worker", child, "CP_S47_ENQUIRY")
    guardian = machine.people["Caldicott Guardian"]
    analyst = replace(machine.people["SENCO"], identifier={"upn": str(child.numbers.upn)})

    never_here = await act(machine, guardian, OPEN)
    not_for_role = await act(machine, analyst, OPEN)
    nobody = await act(machine, replace(worker, identifier={"upn": "E838994819999"}), OPEN)
    wrong = [
        await act(machine, worker, CLOSE, reference=one)
        for one in ("x", "", "00000000-0000-0000-0000-000000000000", "' or 1=1--")
    ]

    assert refused(never_here, "NOT_OPENED_HERE")
    assert not any((not_for_role.body.get("data") or {}).values())
    assert refused(nobody, "NOT_AVAILABLE")
    assert all(refused(one, "NOT_AVAILABLE") for one in wrong)


REGISTER = """mutation($agreement: AgreementInput!) { registerAgreement(agreement: $agreement) {
    agreement source recipient revokedOn } }"""
REVOKE = """mutation($agreement: String!) { revokeAgreement(agreement: $agreement) {
    agreement revokedOn } }"""
SURNAME = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    identity { status } localAuthorityRecords { surname } } }"""


@asynccontextmanager
async def no_agreement_with_schools(records: asyncpg.Connection) -> AsyncIterator[None]:
    """The demonstration's own agreement of authorities with schools, set aside."""
    where = "island = 'local_authority' and recipient_kind = 'SCHOOL' and source is null"
    await records.execute(f"update link.agreement set revoked_on = {TODAY} where {where}")
    try:
        yield
    finally:
        await records.execute(f"update link.agreement set revoked_on = null where {where}")
        await records.execute("delete from link.agreement where agreement like 'test %'")


async def test_an_agreement_opens_what_it_names_until_it_is_revoked(
    machine: Machine, records: asyncpg.Connection
) -> None:
    kai = machine.child("Kai")
    dsl = replace(machine.people["SENCO"], role="dsl", purpose="CP_S47_ENQUIRY")
    guardian = machine.people["Caldicott Guardian"]
    today = await records.fetchval(f"select {TODAY}")
    agreement = {
        "agreement": "test 1", "island": "local_authority", "recipientKind": "SCHOOL",
        "recipient": dsl.organisation, "purposes": ["CP_S47_ENQUIRY"], "categories": ["LA.CORE"],
        "validFrom": str(today), "validUntil": str(today + timedelta(days=30)),
    }  # fmt: skip
    await records.execute(
        "insert into link.relationship (child, organisation, kind, opened_on)"
        f" values ($1, $2, 's47_id', {TODAY})",
        node_of(kai),
        dsl.organisation,
    )

    async def told() -> list[str]:
        answer = await machine.ask(dsl, SURNAME)
        found = answer.data["child"]["localAuthorityRecords"] or []
        return [one["surname"] for one in found if one and one["surname"]]

    async with no_agreement_with_schools(records):
        without = await told()
        registered = await act(machine, guardian, REGISTER, agreement=agreement)
        under = await told()
        twice = await act(machine, guardian, REGISTER, agreement=agreement)
        not_theirs = await act(machine, elsewhere(machine, guardian), REVOKE, agreement="test 1")
        still = await told()
        revoked = await act(machine, guardian, REVOKE, agreement="test 1")
        after = await told()
        again = await act(machine, guardian, REVOKE, agreement="test 1")
    await records.execute(
        "delete from link.relationship where child = $1 and organisation = $2 and kind = 's47_id'",
        node_of(kai),
        dsl.organisation,
    )

    assert without == after == []
    assert under == still == [kai.surname] * len(under) and under
    assert registered.data["registerAgreement"]["source"] == guardian.organisation
    assert refused(twice, "AGREEMENT_EXISTS") and refused(not_theirs, "NOT_AVAILABLE")
    assert revoked.data["revokeAgreement"]["revokedOn"] == str(today)
    assert again.data == revoked.data
    (record,) = await kept(records, registered)
    assert "Mutation.registerAgreement" in record["released"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"island": "schools"}, "NOT_THEIRS_TO_GIVE"),
        ({"island": "nowhere"}, "NOT_THEIRS_TO_GIVE"),
        ({"recipientKind": "PIRATES"}, "ORGANISATION_KIND_UNKNOWN"),
        ({"purposes": ["EVERYTHING"]}, "PURPOSE_UNKNOWN"),
        ({"purposes": ["*"]}, "PURPOSE_UNKNOWN"),
        ({"purposes": []}, "PURPOSE_UNKNOWN"),
        ({"categories": ["SC.SEN"]}, "CATEGORY_UNKNOWN"),
        ({"categories": ["*"]}, "CATEGORY_UNKNOWN"),
        ({"categories": []}, "CATEGORY_UNKNOWN"),
        ({"validUntil": "2020-01-01"}, "ENDS_BEFORE_IT_BEGINS"),
    ],
)
async def test_an_agreement_names_what_there_is_and_what_its_source_has_to_give(
    machine: Machine, records: asyncpg.Connection, change: dict[str, Any], code: str
) -> None:
    agreement = {
        "agreement": "test 2", "island": "local_authority", "recipientKind": "SCHOOL",
        "purposes": ["CP_S47_ENQUIRY"], "categories": ["LA.CORE"],
        "validFrom": "2026-01-01", "validUntil": "2027-01-01",
    }  # fmt: skip

    answer = await act(
        machine, machine.people["Caldicott Guardian"], REGISTER, agreement=agreement | change
    )

    assert refused(answer, code)
    assert not await records.fetchval(
        "select count(*) from link.agreement where agreement = 'test 2'"
    )


async def test_nobody_but_those_who_review_registers_an_agreement(
    machine: Machine, records: asyncpg.Connection
) -> None:
    agreement = {
        "agreement": "test 3", "island": "local_authority", "recipientKind": "LA",
        "purposes": ["CP_S47_ENQUIRY"], "categories": ["LA.CORE"],
        "validFrom": "2026-01-01", "validUntil": "2027-01-01",
    }  # fmt: skip
    for title in ("EHC coordinator", "Social worker", "SENCO", "A&E clinician"):
        answer = await act(machine, machine.people[title], REGISTER, agreement=agreement)
        revoked = await act(
            machine, machine.people[title], REVOKE, agreement="invented: schools to LA"
        )
        for one in (answer, revoked):
            assert not any((one.body.get("data") or {}).values())
            assert one.body["errors"]
    assert not await records.fetchval(
        "select count(*) from link.agreement where agreement = 'test 3' or revoked_on is not null"
    )


RESTRICT = "mutation($identifier: IdentifierInput!, $to: Restriction!) { restrict(child: $identifier, to: $to) { restriction child { identity { status } } } }"
WHERE = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    identity { status } pupil { senProvision enrolments { school { name } } } } }"""


async def test_a_restricted_record_drops_where_the_child_is_for_all_others_at_once(
    machine: Machine, records: asyncpg.Connection
) -> None:
    kai = machine.child("Kai")
    manager = person(machine, "csc_manager", kai, 'CP_S47_ENQUIRY; case="CP-1"')
    dsl = replace(machine.people["SENCO"], role="dsl", purpose="CP_S47_ENQUIRY")
    work = await act(machine, manager, OPEN)
    await records.execute(
        "insert into link.relationship (child, organisation, kind, opened_on)"
        f" values ($1, $2, 's47_id', {TODAY})",
        node_of(kai),
        dsl.organisation,
    )

    before = await machine.ask(dsl, WHERE)
    not_for_role = await act(machine, replace(manager, role="social_worker"), RESTRICT, to="R")
    strangers = await act(machine, elsewhere(machine, manager), RESTRICT, to="R")
    nonsense = await act(machine, manager, RESTRICT, to="X")
    restricted = await act(machine, manager, RESTRICT, to="R")
    twice = await act(machine, manager, RESTRICT, to="R")
    located = await machine.ask(dsl, WHERE)
    await act(machine, manager, RESTRICT, to="V")
    hidden = await machine.ask(dsl, WHERE)
    own_team = await machine.ask(manager, STATUS)
    lifted = await act(machine, manager, RESTRICT, to="U")
    after = await machine.ask(dsl, WHERE)
    await act(machine, manager, CLOSE, reference=work.data["openRelationship"]["reference"])

    await records.execute(
        "delete from link.relationship where child = $1 and organisation = $2 and kind = 's47_id'",
        node_of(kai),
        dsl.organisation,
    )

    assert before.data["child"]["pupil"]["enrolments"]
    assert not any((not_for_role.body.get("data") or {}).values())
    assert refused(strangers, "NOT_AVAILABLE")
    assert nonsense.body["errors"] and not nonsense.body.get("data")
    assert (
        restricted.data["restrict"]["restriction"] == twice.data["restrict"]["restriction"] == "R"
    )
    assert located.data["child"]["pupil"] == {"senProvision": "K", "enrolments": None}
    assert hidden.data == {"child": None}
    assert own_team.data["child"]["identity"] == {"status": "_01"}
    assert lifted.data["restrict"]["restriction"] == "U"
    assert after.data == before.data
    assert any("Mutation.restrict" in one["released"] for one in await kept(records, restricted))


RENEW = "mutation($identifier: IdentifierInput!, $upn: UPN!) { renewUpn(child: $identifier, upn: $upn) { status child { pupil { uniquePupilNumber } } } }"
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


def another_upn(serial: int) -> str:
    """A synthetic UPN that nobody has: its check letter over LA code, establishment, year and serial."""
    digits = f"838998020{serial:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(2, 14), strict=True))
    return LETTERS[total % 23] + digits


async def test_a_renewed_upn_finds_the_child_and_so_does_the_former_one(
    machine: Machine, records: asyncpg.Connection
) -> None:
    child = ordinary(machine, 8)
    taken = str(machine.child("Kai").numbers.upn)
    officer = person(
        machine,
        "identity_officer",
        child,
        "IDENTIFIER_TRACE",
        identifier={"upn": str(child.numbers.upn)},
    )
    fresh = another_upn(77)

    by_id = (await machine.ask(officer, STATUS)).data["child"]["id"]
    strangers = await act(machine, elsewhere(machine, officer), RENEW, upn=fresh)
    in_use = await act(machine, officer, RENEW, upn=taken)
    malformed = await act(machine, officer, RENEW, upn="A838998020778")
    renewed = await act(machine, officer, RENEW, upn=fresh)
    twice = await act(machine, officer, RENEW, upn=fresh)
    found = [
        await machine.ask(officer, STATUS, identifier={"upn": one})
        for one in (fresh, str(child.numbers.upn))
    ]
    stranger = await machine.ask(elsewhere(machine, officer), STATUS, identifier={"upn": fresh})

    assert refused(strangers, "NOT_AVAILABLE") and refused(in_use, "NUMBER_IN_USE")
    assert malformed.body["errors"] and not any((malformed.body.get("data") or {}).values())
    assert "A838998020778" not in str(malformed.body)
    assert renewed.data["renewUpn"]["status"] == "_01" or renewed.data["renewUpn"]["status"] == "01"
    assert refused(twice, "NUMBER_IN_USE")
    assert {one.data["child"]["id"] for one in found} == {by_id}
    assert stranger.data == {"child": None}
    assert any("Mutation.renewUpn" in one["released"] for one in await kept(records, renewed))


SUPERSEDE = "mutation($identifier: IdentifierInput!, $by: NHSNumber!) { supersedeNumber(child: $identifier, by: $by) { status child { id } } }"


async def test_two_records_become_one_and_the_stricter_word_of_either_holds(
    machine: Machine, records: asyncpg.Connection
) -> None:
    gone, stays = ordinary(machine, -1), ordinary(machine, -2)
    nodes = [node_of(gone), node_of(stays)]
    officer = person(
        machine, "identity_officer", gone, "IDENTIFIER_TRACE",
        identifier={"nhsNumber": str(gone.numbers.nhs)},
    )  # fmt: skip
    await records.execute("update link.child set restriction = 'R' where child = $1", nodes[0])
    await records.execute(
        "insert into link.objection (child, kind, purpose, categories, recorded_by, recorded_on)"
        f" values ($1, 'DISSENT', 'EHC_NEEDS_ASSESSMENT', '{{*}}', 'test', {TODAY})",
        nodes[0],
    )
    by = str(stays.numbers.nhs)

    apart = await act(machine, officer, SUPERSEDE, by=by)
    await records.execute(
        "update link.child set birth_date = (select birth_date from link.child where child = $1) where child = $2",
        *nodes,
    )
    strangers = await act(machine, elsewhere(machine, officer), SUPERSEDE, by=by)
    merged = await act(machine, officer, SUPERSEDE, by=by)
    again = await act(machine, officer, SUPERSEDE, by=by)
    found = [
        await machine.ask(officer, STATUS, identifier={"nhsNumber": str(one.numbers.nhs)})
        for one in (gone, stays)
    ]
    row = await records.fetchrow(
        "select restriction, (select count(*) from link.objection o where o.child = c.child and o.recorded_by = 'test')"
        " as objections from link.child c where child = $1",
        nodes[1],
    )

    assert refused(apart, "NEEDS_A_PERSON")
    assert refused(strangers, "NOT_AVAILABLE")
    assert merged.data["supersedeNumber"]["status"] in ("01", "_01")
    ids = {(one.data["child"] or {}).get("id") for one in found}
    assert len(ids) == 1 and None not in ids
    assert (row["restriction"], row["objections"]) == ("R", 1)
    assert again.status == 200
    assert await records.fetchval(
        "select merged_into = $2 and sealed_at is not null from link.child where child = $1", *nodes
    )


async def test_a_fresh_number_is_nobodys_until_it_is_somebodys(machine: Machine) -> None:
    officer = person(
        machine, "identity_officer", ordinary(machine, 3), "IDENTIFIER_TRACE",
        identifier={"nhsNumber": fresh_number()},
    )  # fmt: skip

    assert (await machine.ask(officer, STATUS)).data == {"child": None}
    assert refused(await act(machine, officer, RENEW, upn=another_upn(78)), "NOT_AVAILABLE")
