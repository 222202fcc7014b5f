"""Attack 41, of streams: what opened a running stream ends, and so does the stream (trust.md §7, I-11), over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from subgraphs.link import hearing
from tests.attacks.streams import (
    SOON,
    TODAY,
    following,
    id_of,
    identifier,
    looked_after,
    opened,
    worker,
)
from tests.journeys.conftest import Machine

Change = Callable[[asyncpg.Connection, Any], Awaitable[Any]]


def sql(close: str, undo: str) -> tuple[Change, Change]:
    async def closes(links: asyncpg.Connection, child: Any) -> None:
        await links.execute(close, child)

    async def undoes(links: asyncpg.Connection, child: Any) -> None:
        await links.execute(undo, child)

    return closes, undoes


ENDINGS = {
    "relationship closed": sql(
        f"update link.relationship set closed_on = {TODAY} where child = $1 and kind = 'cla_episode'",
        "update link.relationship set closed_on = null where child = $1 and kind = 'cla_episode'",
    ),
    "sealed": sql(
        "update link.child set sealed_at = now() where child = $1",
        "update link.child set sealed_at = null where child = $1",
    ),
    "very restricted": sql(
        "update link.child set restriction = 'V' where child = $1",
        "update link.child set restriction = 'U' where child = $1",
    ),
    "detriment declared": sql(
        "insert into link.objection (child, kind, categories, recorded_by, recorded_on)"
        f" values ($1, 'DETRIMENT', '{{*}}', 'attack', {TODAY})",
        "delete from link.objection where child = $1 and recorded_by = 'attack'",
    ),
    "dissent recorded": sql(
        "insert into link.objection (child, kind, purpose, categories, recorded_by, recorded_on)"
        f" values ($1, 'DISSENT', 'CLA_CARE_PLANNING', '{{*}}', 'attack', {TODAY})",
        "delete from link.objection where child = $1 and recorded_by = 'attack'",
    ),
    "agreement revoked": sql(
        f"update link.agreement set revoked_on = {TODAY} where island = 'link' and $1::uuid is not null",
        "update link.agreement set revoked_on = null where island = 'link' and $1::uuid is not null",
    ),
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_41_a_stream_about_a_child_ends_when_what_opened_it_does(
    machine: Machine, links: asyncpg.Connection, ending: str
) -> None:
    child = looked_after(machine)
    known = await id_of(links, machine, child)
    closes, undoes = ENDINGS[ending]

    async with following(machine, worker(machine, child), identifier(child)) as stream:
        await opened(links, f"{ending} 1", known)
        first = await asyncio.wait_for(stream.events.get(), SOON)
        await closes(links, known)
        try:
            ended = await stream.ends()
            await opened(links, f"{ending} 2", known)
            async with following(machine, worker(machine, child), identifier(child)) as again:
                refused = await asyncio.wait_for(again.events.get(), SOON)
        finally:
            await undoes(links, known)

    assert first["data"]["cpisAccesses"]["child"]["identity"]["status"] == "_01"
    assert ended
    assert stream.events.empty()
    assert refused["errors"][0]["extensions"]["code"] == "NOT_AVAILABLE"


async def test_41_a_stream_ends_when_consent_is_withdrawn_by_the_mutation(
    machine: Machine, links: asyncpg.Connection
) -> None:
    child = looked_after(machine)
    known = await id_of(links, machine, child)
    person = worker(machine, child, "CIN_S17_ASSESSMENT")
    await links.execute(
        "insert into link.relationship (child, organisation, kind, opened_on)"
        f" values ($1, $2, $3, {TODAY})",
        known,
        str(child.authority),
        machine.demo.register.purposes["CIN_S17_ASSESSMENT"].relationship,
    )
    given = await machine.ask(
        person,
        """mutation($identifier: IdentifierInput!) { recordConsent(child: $identifier, kind: CONSENT,
            word: {givenBy: PARENT, form: WRITTEN, categories: ["*"]}) { reference stands } }""",
    )
    reference = given.data["recordConsent"]["reference"]

    async with following(machine, person, identifier(child)) as stream:
        await opened(links, "consent 1", known)
        await asyncio.wait_for(stream.events.get(), SOON)
        withdrawn = await machine.ask(
            person,
            "mutation($reference: ID!) { withdrawConsent(reference: $reference) { stands } }",
            variables={"reference": reference},
        )
        ended = await stream.ends()
        await opened(links, "consent 2", known)

    assert withdrawn.data["withdrawConsent"] == {"stands": False}
    assert ended and stream.events.empty()


async def test_41_a_stream_ends_when_its_token_does_though_nothing_happens(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.streaming.while_standing.__defaults__", (0.2,))
    child = looked_after(machine)
    now = int(time.time())

    async with following(
        machine, worker(machine, child), identifier(child), iat=now - 60, exp=now - 3
    ) as stream:
        assert not stream.ended.is_set()
        assert await stream.ends(10)


async def test_46_a_stream_that_broken_glass_opened_ends_with_the_hour(
    machine: Machine, links: asyncpg.Connection
) -> None:
    child = looked_after(machine)
    person = worker(
        machine, child, 'CP_S47_ENQUIRY; emergency=law; because="Nobody else is on duty"'
    )
    shut = await machine.ask(
        replace(person, purpose="CP_S47_ENQUIRY"),
        "query($identifier: IdentifierInput!) { child(identifier: $identifier) { id } }",
    )

    async with following(machine, person, identifier(child)) as stream:
        await opened(links, "glass 1", await id_of(links, machine, child))
        await asyncio.wait_for(stream.events.get(), SOON)
        await links.execute(
            "update link.emergency set opened_at = opened_at - interval '61 minutes' where purpose = 'CP_S47_ENQUIRY'"
        )
        ended = await stream.ends()
    async with following(machine, person) as nobody:
        await asyncio.wait_for(nobody.ended.wait(), SOON)

    assert shut.data == {"child": None}
    assert ended
    assert nobody.events.get_nowait()["errors"]  # the glass is broken for one child, who is named


async def test_41_what_nobody_said_had_changed_is_looked_at_within_the_minute(
    machine: Machine, links: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hearing.PATIENCE <= 60
    monkeypatch.setattr(hearing, "PATIENCE", 0.5)
    child = looked_after(machine)
    known = await id_of(links, machine, child)
    closes, undoes = ENDINGS["relationship closed"]

    async with following(machine, worker(machine, child), identifier(child)) as stream:
        async with links.transaction():
            await links.execute("alter table link.relationship disable trigger told_of_change")
            await closes(links, known)
        try:
            ended = await stream.ends()
        finally:
            await links.execute("alter table link.relationship enable trigger told_of_change")
            await undoes(links, known)

    assert ended


async def test_41_a_stream_of_a_whole_authority_ends_when_nothing_it_could_speak_of_is_left(
    machine: Machine, links: asyncpg.Connection
) -> None:
    child = looked_after(machine)
    person = worker(machine, child)
    closed = "update link.relationship set closed_on = $2::date where organisation = $1 and kind = 'cla_episode' and child = any ($3)"
    today = await links.fetchval(f"select {TODAY}")
    rows = await links.fetch(
        "select child from link.relationship where organisation = $1 and kind = 'cla_episode' and closed_on is null",
        person.organisation,
    )
    everyone = [row["child"] for row in rows]
    mine = await id_of(links, machine, child)

    async with following(machine, person) as stream:
        await links.execute(closed, person.organisation, today, [c for c in everyone if c != mine])
        await asyncio.sleep(0.5)
        open_still = not stream.ended.is_set()
        await opened(links, "authority 1", mine)
        heard = await asyncio.wait_for(stream.events.get(), SOON)
        await links.execute(closed, person.organisation, today, [mine])
        ended = await stream.ends()
        await links.execute(closed, person.organisation, None, everyone)

    assert heard["data"]["cpisAccesses"]["access"]["organisation"] == "RQX"
    assert open_still and ended


async def test_41_a_stream_about_one_child_says_nothing_of_another_and_is_not_opened_for_a_stranger(
    machine: Machine, links: asyncpg.Connection
) -> None:
    child = looked_after(machine)
    anne = machine.child("Anne")
    person = worker(machine, child)

    async with following(machine, person, identifier(child)) as stream:
        await opened(links, "another child", await id_of(links, machine, anne))
        await asyncio.sleep(0.5)
        silent = stream.events.empty()
    stranger = replace(person, organisation="383" if person.organisation != "383" else "838")
    async with following(machine, stranger, identifier(child)) as shut:
        answer: dict[str, Any] = await asyncio.wait_for(shut.events.get(), SOON)
        await asyncio.wait_for(shut.ended.wait(), SOON)

    assert silent
    assert answer["data"] is None or not any(answer["data"].values())
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["NOT_AVAILABLE"]
