"""A running subscription over HTTP, and the child that it follows: what the attacks on streams share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg

from gateway.demo import Person
from subgraphs.population import Child, Circumstance
from tests.journeys.conftest import Machine

TODAY = "(now() at time zone 'utc')::date"
FOLLOW = """subscription($child: IdentifierInput) { cpisAccesses(child: $child) {
    access { organisation } child { identity { status } } } }"""
SOON = 5.0
"""Seconds within which a stream ends when something is said to have changed."""


@dataclass
class Stream:
    """What a subscription brought, and whether it was ended."""

    events: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    lines: list[str] = field(default_factory=list)

    async def ends(self, within: float = SOON) -> bool:
        try:
            await asyncio.wait_for(self.ended.wait(), within)
        except TimeoutError:
            return False
        return self.lines[-1].startswith("event: complete")


@asynccontextmanager
async def following(
    machine: Machine, person: Person, child: Any = None, query: str = FOLLOW, **claims: Any
) -> AsyncIterator[Stream]:
    stream = Stream()
    headers = {
        "authorization": f"Bearer {machine.token(person, **claims)}",
        "declared-purpose": person.purpose,
        "accept": "text/event-stream",
    }
    body = {"query": query, "variables": {"child": child}}

    async def listen() -> None:
        async with machine.http.stream("POST", "/graphql", json=body, headers=headers) as answer:
            assert answer.status_code == 200, await answer.aread()
            async for line in answer.aiter_lines():
                if line.startswith("data: {"):
                    stream.events.put_nowait(json.loads(line.removeprefix("data: ")))
                if line.startswith("event:"):
                    stream.lines.append(line)
        stream.ended.set()

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.7)
    try:
        yield stream
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


def looked_after(machine: Machine) -> Child:
    return machine.first(Circumstance.LOOKED_AFTER)


def identifier(child: Child) -> dict[str, Any]:
    known = child.numbers.local_authority[0]
    return {"laChild": {"laCode": str(known.la_code), "localChildId": str(known.local_child_id)}}


def worker(machine: Machine, child: Child, purpose: str = "CLA_CARE_PLANNING") -> Person:
    return replace(
        machine.people["Social worker"],
        subject=f"worker for {purpose}",
        organisation=str(child.authority),
        purpose=purpose,
        identifier=identifier(child),
    )


async def opened(links: asyncpg.Connection, case: str, child: Any) -> None:
    """Somebody at the hospital opens the child's CP-IS record, as the link node keeps it."""
    await links.execute(
        "select link.keep_access($1, 'RQX', $2, null, null, null, null, false)", child, case
    )


async def id_of(links: asyncpg.Connection, machine: Machine, child: Child) -> Any:
    """The child in the link node, found by what was told of it: a plan of its own authority and birth date."""
    rows = await links.fetch(
        "select distinct c.child from link.child c join link.cpis_plan p using (child)"
        " join link.relationship r using (child)"
        " where c.birth_date = $1 and p.la_code = $2 and r.kind = 'cla_episode' and c.sealed_at is null",
        child.birth_date,
        str(child.authority),
    )
    assert len(rows) == 1
    return rows[0]["child"]
