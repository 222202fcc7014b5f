"""Attacks on a restricted record (S-flag): who counts as the team that holds it, over HTTP.

Where the child is drops for everybody but those who declare the case that restricted the record; where no case was
named, for everybody but the person who did.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from gateway.demo import Person
from subgraphs import roster
from subgraphs.population import Child, Circumstance
from tests.attacks.conftest import node_of
from tests.journeys.conftest import Answer, Machine

WHERE = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    identity { status } gpPractice pupil { senProvision enrolments { school { name } } } } }"""
RESTRICT = """mutation($identifier: IdentifierInput!, $to: Restriction!) {
    restrict(child: $identifier, to: $to) { restriction } }"""
OPEN = (
    "mutation($identifier: IdentifierInput!) { openRelationship(child: $identifier) { reference } }"
)
CLOSE = (
    "mutation($reference: ID!) { closeRelationship(reference: $reference) { reference closedOn } }"
)
TODAY = "(now() at time zone 'utc')::date"
S47 = "CP_S47_ENQUIRY"
OURS, OTHERS = f'{S47}; case="CP-7"', f'{S47}; case="CP-8"'


@pytest.fixture
def child(machine: Machine) -> Child:
    return next(
        one
        for one in machine.demo.children
        if one.has(Circumstance.CHILD_PROTECTION_PLAN)
        and one.school
        and one.numbers.upn
        and one.linked
        and one.nhs_status == "01"
        and one.restriction.value == "U"
    )


@pytest.fixture
def manager(machine: Machine, child: Child) -> Person:
    known = child.numbers.local_authority[0]
    return replace(
        machine.people["Social worker"],
        subject="manager of the case",
        role="csc_manager",
        organisation=str(child.authority),
        purpose=OURS,
        identifier={
            "laChild": {"laCode": str(known.la_code), "localChildId": str(known.local_child_id)}
        },
    )


@pytest.fixture(autouse=True)
async def as_it_was(links: asyncpg.Connection, child: Child) -> AsyncIterator[None]:
    """Whatever a test does to the child's record, the next finds it unrestricted."""
    known = await links.fetch(
        "select relationship from link.relationship where child = $1", node_of(child)
    )
    yield
    await links.execute("delete from link.holder where child = $1", node_of(child))
    await links.execute("update link.child set restriction = 'U' where child = $1", node_of(child))
    await links.execute(
        "delete from link.relationship where child = $1 and relationship <> all ($2)",
        node_of(child),
        [row["relationship"] for row in known],
    )
    await links.execute(
        "update link.relationship set closed_on = null where child = $1", node_of(child)
    )


async def restrict(machine: Machine, who: Person, to: str = "R") -> Answer:
    variables = {"identifier": who.identifier, "to": to}
    return await machine.ask(who, RESTRICT, variables=variables)


async def located(machine: Machine, who: Person) -> bool | None:
    """Whether this caller is told where the child is; None: told of no child at all."""
    answer = await machine.ask(who, WHERE)
    child = answer.data["child"]
    if child is None:
        return None
    assert child["identity"]["status"] == "_01"
    told = {bool(child["gpPractice"]), bool(child["pupil"] and child["pupil"]["enrolments"])}
    assert len(told) == 1, answer.body
    return told.pop()


def refused(answer: Answer) -> bool:
    codes = {one["extensions"]["code"] for one in answer.body.get("errors", ())}
    return codes == {"NOT_AVAILABLE"} and not any((answer.data or {}).values())


async def at_school(links: asyncpg.Connection, machine: Machine, child: Child) -> Person:
    """The safeguarding lead of the child's school, with live work of the same kind."""
    dsl = replace(machine.people["SENCO"], role="dsl", purpose=OURS)
    await links.execute(
        "insert into link.relationship (child, organisation, kind, opened_on)"
        f" values ($1, $2, 's47_id', {TODAY})",
        node_of(child),
        dsl.organisation,
    )
    return replace(dsl, identifier={"upn": str(child.numbers.upn)})


async def test_where_a_restricted_child_is_drops_for_all_but_the_case_that_restricted_it(
    machine: Machine, links: asyncpg.Connection, child: Child, manager: Person
) -> None:
    worker = replace(manager, subject="worker of the case", role="social_worker")
    other_case = replace(manager, purpose=OTHERS)
    no_case = replace(manager, purpose=S47)
    other_work = replace(manager, purpose='CIN_S17_ASSESSMENT; case="CP-7"')
    await links.execute(
        "insert into link.relationship (child, organisation, kind, opened_on)"
        f" values ($1, $2, 'open_referral', {TODAY})",
        node_of(child),
        manager.organisation,
    )
    school = await at_school(links, machine, child)
    everybody = (manager, worker, other_case, no_case, school)

    before = [await located(machine, one) for one in everybody]
    restricted = await restrict(machine, manager)
    after = [await located(machine, one) for one in everybody]
    elsewhere = await machine.ask(other_work, WHERE)
    await restrict(machine, manager, "U")
    lifted = [await located(machine, one) for one in everybody]

    assert before == lifted == [True] * 5
    assert restricted.data["restrict"] == {"restriction": "R"}
    assert after == [True, True, False, False, False]
    assert "school" not in str(elsewhere.data)


async def test_a_restriction_without_a_case_is_held_by_the_one_person_who_made_it(
    machine: Machine, child: Child, manager: Person
) -> None:
    alone = replace(manager, purpose=S47)
    colleague = replace(alone, subject="another manager")

    await restrict(machine, alone)
    told = [await located(machine, one) for one in (alone, colleague, manager, replace(colleague, purpose=OURS))]  # fmt: skip
    await restrict(machine, manager)  # the same person, who now says for which case
    handed = [await located(machine, one) for one in (alone, colleague, manager, replace(colleague, purpose=OURS))]  # fmt: skip

    assert told == [True, False, True, False]
    assert handed == [False, False, True, True]


async def test_nobody_alone_makes_a_child_unfindable(
    machine: Machine, child: Child, manager: Person
) -> None:
    refusal = await restrict(machine, replace(manager, purpose=S47), "V")

    assert {one["extensions"]["code"] for one in refusal.body["errors"]} == {"CASE_NEEDED"}
    assert await located(machine, replace(manager, subject="colleague")) is True


async def test_nobody_takes_over_or_lifts_what_another_case_restricted(
    machine: Machine, child: Child, manager: Person
) -> None:
    other = replace(manager, subject="manager of another case", purpose=OTHERS)
    await restrict(machine, manager)

    taken = await restrict(machine, other)
    lifted = await restrict(machine, other, "U")
    told = [await located(machine, one) for one in (other, manager)]
    stricter = await restrict(machine, other, "V")
    then = [await located(machine, one) for one in (other, manager)]
    again = await restrict(machine, other, "U")

    assert refused(taken) and refused(lifted) and refused(again)
    assert told == [False, True]
    assert stricter.data["restrict"] == {"restriction": "V"}
    assert then == [None, True]


async def test_when_the_work_that_held_a_record_ends_it_is_closed_to_all_until_it_is_restricted_anew(
    machine: Machine, links: asyncpg.Connection, child: Child, manager: Person
) -> None:
    await links.execute(
        f"update link.relationship set closed_on = {TODAY} where child = $1 and kind = 's47_id'",
        node_of(child),
    )
    opened = [
        (await machine.ask(one, OPEN)).data["openRelationship"]["reference"]
        for one in (manager, replace(manager, purpose=OTHERS))
    ]
    other = replace(manager, purpose=OTHERS)
    await restrict(machine, manager)

    closed = await machine.ask(manager, CLOSE, variables={"reference": opened[0]})
    told = [await located(machine, one) for one in (manager, other)]
    anew = await restrict(machine, other)
    held = await located(machine, other)

    assert closed.data["closeRelationship"]["closedOn"]
    assert told == [None, False]
    assert anew.data["restrict"] == {"restriction": "R"}
    assert held is True


async def test_a_record_that_nobody_is_known_to_hold_is_open_to_nobody(
    machine: Machine, links: asyncpg.Connection, child: Child, manager: Person
) -> None:
    """As after an upgrade, or when the NHS says that a record is restricted."""
    await links.execute("update link.child set restriction = 'R' where child = $1", node_of(child))

    told = [await located(machine, one) for one in (manager, replace(manager, purpose=S47))]

    assert told == [False, False]


async def test_an_earlier_database_forgets_whom_it_let_count_as_the_team(
    machine: Machine, links: asyncpg.Connection, child: Child, manager: Person
) -> None:
    async with links.transaction():
        await links.execute(
            "alter table link.relationship add column holds_restricted boolean not null default true"
        )
        await links.execute("drop table link.holder")
        await links.execute(
            "update link.child set restriction = 'R' where child = $1", node_of(child)
        )
        await links.execute(roster.service("link").tables)

    assert await located(machine, manager) is False
    assert not await links.fetchval("select count(*) from link.holder")


@pytest.mark.parametrize(
    ("gone", "stays", "holder"),
    [
        (("R", "a"), ("U", None), "a"),
        (("R", "a"), ("R", "b"), "b"),
        (("R", "a"), ("R", None), "a"),
        (("R", "a"), ("V", None), None),
        (("V", "a"), ("R", "b"), "a"),
        (("V", None), ("R", "b"), None),
        (("U", None), ("R", "b"), "b"),
    ],
)
async def test_of_two_records_that_become_one_the_stricter_ones_team_holds_it(
    links: asyncpg.Connection, gone: Any, stays: Any, holder: str | None
) -> None:
    undone = links.transaction()
    await undone.start()
    known = [
        await links.fetchval(
            "insert into link.child (child, status, restriction) values (gen_random_uuid(), '03', $1) returning child",
            restriction,
        )
        for restriction, _ in (gone, stays)
    ]
    for node, (_, team) in zip(known, (gone, stays), strict=True):
        if team:
            await links.execute(
                "insert into link.holder (child, organisation, kind, case_digest) values ($1, '838', 's47_id', $2)",
                node,
                team,
            )

    await links.execute("select link.merge($1, $2)", *known)
    held = await links.fetch(
        "select child, case_digest from link.holder where child = any ($1)", known
    )
    await undone.rollback()

    assert [tuple(row) for row in held] == ([(known[1], holder)] if holder else [])
