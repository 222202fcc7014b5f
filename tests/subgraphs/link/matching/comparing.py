"""An authority's children in a link node, some of them twice, and a stand-in of the gateway that answers about them over HTTP."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from subgraphs.link.keys import Keys, keys_in
from subgraphs.link.matching.asking import FAMILY
from subgraphs.link.numbers import Entry, add

AUTHORITY = "838"
PATIENCE = 30  # seconds


@dataclass(slots=True)
class Office:
    """`children`: by id, what the graph says of each. Every pair of them is one child twice."""

    keys: Keys
    children: dict[UUID, dict[str, Any]]
    asked: int = 0
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    """Until it is set, no question after the first is answered."""

    @property
    def pairs(self) -> set[frozenset[str]]:
        numbers = [f"{AUTHORITY}:{one['localAuthorityRecords'][0]['laChildId']}" for one in self.children.values()]  # fmt: skip
        return {frozenset(numbers[at : at + 2]) for at in range(0, len(numbers), 2)}

    def held(self) -> None:
        """From now on the second question is kept waiting."""
        self.asked = 0
        self.hold.clear()

    async def is_asked(self) -> bool:
        return self.asked > 1

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/graphql", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> Response:
        asked = orjson.loads(await request.body())["variables"]["identifiers"]
        self.asked += 1
        if self.asked > 1:
            await self.hold.wait()
        ids = [self.keys.inward(one["id"], AUTHORITY, FAMILY) for one in asked]
        found = [self.children[one] if one else None for one in ids]
        return Response(orjson.dumps({"data": {"children": found}}))


async def office(links: asyncpg.Pool, folder: Path, pairs: int) -> Office:
    keys = keys_in(folder)
    children: dict[UUID, dict[str, Any]] = {}
    for nth in range(2 * pairs):
        made, number = uuid4(), f"C{1_000 + nth}"
        children[made] = {"localAuthorityRecords": [_record(nth // 2, number)], "pupil": None, "learner": None}  # fmt: skip
        await links.execute("insert into link.child (child, status) values ($1, '01')", made)
        await links.execute(
            "insert into link.relationship (child, organisation, kind, opened_on)"
            " values ($1, $2, 'live_case_of_caller', current_date)", made, AUTHORITY,
        )  # fmt: skip
        await add(links, keys, Entry(made, "LA", f"{AUTHORITY}:{number}", AUTHORITY))
    made = Office(keys, children)
    made.hold.set()
    return made


def _record(child: int, number: str) -> dict[str, Any]:
    drawn = random.Random(child)
    surname, forename = ("".join(drawn.choices("abdegiklmnoprstuv", k=9)) for _ in range(2))
    return {
        "authority": AUTHORITY, "laChildId": number, "surname": surname.title(), "forename": forename.title(),
        "born": f"20{10 + child % 9}-0{1 + child % 9}-1{child % 9}", "sex": "F", "postCode": f"ZZ{child % 90} 1AA", "upn": None,
    }  # fmt: skip


class Matching:
    """`causeway match`, in a process of its own."""

    def __init__(self, gateway: str, database: str, folder: Path) -> None:
        self._words = (
            "match", "--authority", AUTHORITY, "--gateway", gateway, "--database", database, "--data", str(folder),
        )  # fmt: skip

    async def begun(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", *self._words, env={"CAUSEWAY_TOKEN": "a token", "PATH": ""},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def killed(self, when: Callable[[], Awaitable[bool]]) -> None:
        """-9, as soon as it is so."""
        running = await self.begun()
        try:
            async with asyncio.timeout(PATIENCE):
                while not await when():
                    assert running.returncode is None, await running.communicate()
                    await asyncio.sleep(0.005)
        finally:
            if running.returncode is None:
                running.kill()
            await running.communicate()
        assert running.returncode == -9

    async def ended(self) -> str:
        running = await self.begun()
        said, complained = await running.communicate()
        assert running.returncode == 0, complained.decode()
        return said.decode()
