"""Attacks 39, 40, 41 and 48: whose child it is, under which agreement, and what changes meanwhile (trust.md §7), over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from gateway.assertion import case_digest
from gateway.crossing import Crossing, door
from gateway.federation.execution.transport import Call
from subgraphs.population import Child
from tests.attacks.conftest import node_of, recorded
from tests.crossing.test_crossing import BOTH, PUPILS, crossed, pupils
from tests.journeys.conftest import Answer, Machine

QUERY = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    identity { status } pupil { senProvision } } }"""
COORDINATOR = "EHC coordinator"
TODAY = "(now() at time zone 'utc')::date"
OPEN = {"identity": {"status": "_01"}, "pupil": {"senProvision": "K"}}
CASE = "EHC-2026-0042"


@asynccontextmanager
async def changed(
    links: asyncpg.Connection, table: str, where: str, change: str, *given: Any
) -> AsyncIterator[None]:
    """Some rows of the link node otherwise, for as long as the block lasts."""
    copy = f"kept_{table}"
    await links.execute(f"create temp table {copy} as select * from link.{table}")
    await links.execute(f"update link.{table} set {change} where {where}", *given)
    try:
        yield
    finally:
        await links.execute(f"delete from link.{table}")
        await links.execute(f"insert into link.{table} select * from {copy}")
        await links.execute(f"drop table {copy}")


def reasons(records: Sequence[dict[str, Any]], island: str) -> set[str]:
    return {why for one in records if one["island"] == island for _, why in one["refused"]}


async def nothing_told(
    machine: Machine, links: asyncpg.Connection, answer: Answer, why: str
) -> None:
    """The same null as for nobody; the reason in the record alone."""
    assert (answer.status, answer.data) == (200, {"child": None})
    assert "errors" not in answer.body
    records = await recorded(links, answer.body)
    assert why in reasons(records, "link")
    assert not any(one["released"] for one in records if one["island"] != "link")
    assert why not in str({**answer.body, "extensions": None})


WORK = "child = $1 and kind = 'open_request'"


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("none", "kind = 'active_plan'"),
        ("closed today", f"closed_on = {TODAY}"),
        ("closed a year ago", f"closed_on = {TODAY} - 365"),
        ("opens tomorrow", f"opened_on = {TODAY} + 1"),
        ("another organisation's", "organisation = '383'"),
        ("another person's alone", "actor = 'somebody else'"),
    ],
)
async def test_39_without_a_live_case_of_ones_own_nothing_of_the_child_is_told(
    machine: Machine, links: asyncpg.Connection, what: str, change: str
) -> None:
    kai = node_of(machine.child("Kai"))

    before = await machine.ask(COORDINATOR, QUERY)
    async with changed(links, "relationship", WORK, change, kai):
        shut = await machine.ask(COORDINATOR, QUERY)
    after = await machine.ask(COORDINATOR, QUERY)

    assert before.data["child"] == after.data["child"] == OPEN, what
    await nothing_told(machine, links, shut, "relationship")


async def test_39_a_case_for_a_sibling_is_a_case_for_the_sibling(
    machine: Machine, links: asyncpg.Connection
) -> None:
    kai, sibling = machine.child("Kai"), machine.child("Poppy")

    async with changed(links, "relationship", WORK, "child = $2", node_of(kai), node_of(sibling)):
        shut = await machine.ask(COORDINATOR, QUERY)

    await nothing_told(machine, links, shut, "relationship")


@pytest.mark.parametrize(
    ("kept_by", "kept", "declared", "opens"),
    [
        (None, CASE, f'; case="{CASE}"', True),
        (None, CASE, "", True),
        (None, CASE, '; case="EHC-2026-0043"', False),
        (None, CASE, f'; case="{CASE} "', False),
        ("383", CASE, f'; case="{CASE}"', False),
    ],
)
async def test_39_a_case_reference_of_another_case_or_organisation_opens_nothing(
    machine: Machine,
    links: asyncpg.Connection,
    kept_by: str | None,
    kept: str,
    declared: str,
    opens: bool,
) -> None:
    kai, person = machine.child("Kai"), machine.people[COORDINATOR]
    digest = case_digest(kept_by or person.organisation, kept)

    async with changed(links, "relationship", WORK, "case_digest = $2", node_of(kai), digest):
        answer = await machine.ask(COORDINATOR, QUERY, purpose=f"EHC_NEEDS_ASSESSMENT{declared}")

    if opens:
        assert answer.data["child"] == OPEN
    else:
        await nothing_told(machine, links, answer, "relationship")


SCHOOLS = "island = 'schools' and recipient_kind = 'LA'"


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("ended yesterday", f"valid_until = {TODAY} - 1"),
        ("starts tomorrow", f"valid_from = {TODAY} + 1, valid_until = {TODAY} + 2"),
        ("revoked today", f"revoked_on = {TODAY}"),
        ("revoked long ago", f"revoked_on = {TODAY} - 100"),
        ("the wrong way round", "island = 'local_authority', recipient_kind = 'SCHOOL'"),
        ("for another purpose", "purposes = '{SCHOOL_TRANSFER}'"),
        ("for other categories", "categories = '{SC.CORE}'"),
        ("with another authority", "recipient = '383'"),
        ("by another school", "source = '999999'"),
    ],
)
async def test_40_an_agreement_covers_its_days_its_direction_and_what_it_names(
    machine: Machine, links: asyncpg.Connection, what: str, change: str
) -> None:
    async with changed(links, "agreement", SCHOOLS, change):
        shut = await machine.ask(COORDINATOR, QUERY)
    again = await machine.ask(COORDINATOR, QUERY)

    assert shut.data["child"]["identity"] == {"status": "_01"}, what
    assert not (shut.data["child"]["pupil"] or {}).get("senProvision")
    assert again.data["child"] == OPEN
    records = await recorded(links, shut.body)
    assert not any("Pupil.senProvision" in one["released"] for one in records)
    assert all(one["at"] for one in records)  # when the facts were looked at


@asynccontextmanager
async def island_that_waits(machine: Machine) -> AsyncIterator[None]:
    """The schools' own tables are locked: the link node has answered, and the island has not."""
    connection = await asyncpg.connect(machine.demo.database)
    async with connection.transaction():
        await connection.execute("lock table schools.pupil in access exclusive mode")
        yield
    await connection.close()


async def test_40_and_41_what_changes_while_an_island_answers_is_decided_before_and_closed_after(
    machine: Machine, links: asyncpg.Connection
) -> None:
    """A request that was decided and sent is one moment, and is on the record as that; the next one is another."""
    consent = "purpose = 'EHC_NEEDS_ASSESSMENT' and child = $1"
    kai = node_of(machine.child("Kai"))

    async with island_that_waits(machine):
        under_way = asyncio.create_task(machine.ask(COORDINATOR, QUERY))
        await asyncio.sleep(0.5)
        await links.execute(f"update link.consent set withdrawn_on = {TODAY} where {consent}", kai)
        next_one = await machine.ask(COORDINATOR, QUERY)
    first = await under_way
    await links.execute(f"update link.consent set withdrawn_on = null where {consent}", kai)

    assert next_one.data == {"child": None}
    assert first.data["child"] == OPEN
    (kept,) = [one for one in await recorded(links, first.body) if one["island"] == "schools"]
    assert "Pupil.senProvision" in kept["released"]


async def test_41_a_decision_is_not_believed_for_longer_than_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between what the link node told and a later fetch of the same request, consent was withdrawn."""
    facts = {"open": BOTH}
    asked: list[int] = []

    async def ask(_: str, keys: Sequence[Any]) -> list[Crossing]:
        asked.append(len(keys))
        return [Crossing("s", facts["open"]) for _ in keys]

    now = [100.0]
    monkeypatch.setattr(door, "monotonic", lambda: now[0])
    request, island = crossed(ask)
    await request.send(Call(PUPILS, {}, pupils("A")))
    now[0] += door.BELIEVED / 2
    await request.send(Call(PUPILS, {}, pupils("A")))
    facts["open"] = 0
    now[0] += door.BELIEVED
    after = await request.send(Call(PUPILS, {}, pupils("A")))

    assert asked == [1, 1]
    assert len(island.calls) == 2
    assert {one.code for one in after.problems} == {"NOT_AVAILABLE"}
    assert door.BELIEVED <= 2


async def entitled(machine: Machine, links: asyncpg.Connection, count: int) -> list[Child]:
    """Children of the coordinator's authority with whom it works now, with their families' consent."""
    kai, person = machine.child("Kai"), machine.people[COORDINATOR]
    chosen = [
        one
        for one in machine.demo.children
        if str(one.authority) == person.organisation
        and one.linked
        and one.nhs_status == "01"
        and one.numbers.upn
        and not one.before_adoption
        and one.restriction.value == "U"
    ][:count]
    assert len(chosen) == count
    for table, kind in (
        ("relationship", "kind = 'open_request'"),
        ("consent", "purpose = 'EHC_NEEDS_ASSESSMENT'"),
    ):
        columns = await links.fetchval(
            "select string_agg(quote_ident(column_name), ', ') from information_schema.columns"
            " where table_schema = 'link' and table_name = $1 and column_name not in ('child', $1)",
            table,
        )
        await links.execute(
            f"insert into link.{table} (child, {columns}) select new, {columns} from link.{table}, unnest($2::uuid[]) new"
            f" where child = $1 and {kind} and not exists (select from link.{table} o where o.child = new and o.{kind})",
            node_of(kai),
            [node_of(one) for one in chosen],
        )
    return chosen


async def test_48_of_ten_children_seven_are_answered_and_three_are_nulls_in_the_order_asked(
    machine: Machine, links: asyncpg.Connection
) -> None:
    seven = await entitled(machine, links, 7)
    rowan = machine.child("Rowan").before_adoption
    elsewhere = next(
        one
        for one in machine.demo.children
        if one.linked and one.numbers.upn and one.nhs_status == "01"
        and str(one.authority) != machine.people[COORDINATOR].organisation
    )  # fmt: skip
    assert rowan is not None
    upns = [str(one.numbers.upn) for one in seven]
    asked = [
        str(elsewhere.numbers.upn), *upns[:3], str(rowan.upn), *upns[3:6], "E838994819999", upns[6],
    ]  # fmt: skip
    query = """query($list: [IdentifierInput!]!) { children(identifiers: $list) {
        pupil { uniquePupilNumber } } }"""

    answer = await machine.ask(
        COORDINATOR, query, variables={"list": [{"upn": upn} for upn in asked]}
    )
    found = [one and one["pupil"]["uniquePupilNumber"] for one in answer.data["children"]]
    records = await recorded(links, answer.body)

    assert found == [upn if upn in upns else None for upn in asked]
    assert "errors" not in answer.body
    schools = [one for one in records if one["island"] == "schools"]
    assert len(schools) == 7
    assert all("Pupil.uniquePupilNumber" in one["released"] for one in schools)
    assert len(records) >= 7 + 8  # the stranger's child is on the record too
    refused = [one for one in records if one["island"] == "link" and one["outcome"] == "refuse"]
    assert refused
    await links.execute(
        "delete from link.relationship where kind = 'open_request' and child = any ($1) and child <> $2",
        [node_of(one) for one in seven],
        node_of(machine.child("Kai")),
    )


async def test_48_a_child_asked_about_by_somebody_else_at_the_same_time_stays_closed(
    machine: Machine,
) -> None:
    person = machine.people[COORDINATOR]
    stranger = replace(person, subject="stranger", organisation="383")

    answers = await asyncio.gather(*(machine.ask(one, QUERY) for one in (person, stranger) * 10))

    assert [one.data["child"] for one in answers] == [OPEN, None] * 10


KEPT_BACK = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    identity { status } advisers { role } pupil { senProvision ever: everExcluded } } }"""


@pytest.mark.parametrize(
    ("role", "code"), [("ehc_coordinator", "WITHHELD"), ("ed_psychologist", "NOT_AVAILABLE")]
)
async def test_48_that_something_is_kept_back_is_told_to_whom_the_register_lets_know_it_and_never_why(
    machine: Machine, links: asyncpg.Connection, role: str, code: str
) -> None:
    person = replace(machine.people[COORDINATOR], role=role)
    await links.execute(
        "insert into link.objection (child, kind, categories, recorded_by, recorded_on)"
        f" values ($1, 'DETRIMENT', '{{SC.SEN, N.ADVISER}}', 'attack', {TODAY})",
        node_of(machine.child("Kai")),
    )
    answer = await machine.ask(person, KEPT_BACK)
    nobody = await machine.ask(person, KEPT_BACK, identifier={"upn": "E838994819999"})
    await links.execute("delete from link.objection where recorded_by = 'attack'")

    assert answer.data["child"]["pupil"]["senProvision"] is None
    assert answer.data["child"]["pupil"]["ever"] is not None
    assert answer.codes == {"child.pupil.senProvision": code, "child.advisers": code}
    assert {json.dumps(one["extensions"]) for one in answer.body["errors"]} == {
        json.dumps({"code": code})
    }
    assert "etriment" not in str(answer.body)
    assert nobody.data == {"child": None} and "errors" not in nobody.body
