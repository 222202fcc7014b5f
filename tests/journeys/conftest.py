"""One demonstration for all journeys: the real thing, over HTTP, with invented children."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import httpx
import pytest

from gateway.demo import Person, Running, people, running
from subgraphs.population import Child, Circumstance, Restriction, named
from subgraphs.postgres import stop

JOURNEYS = Path(__file__).parents[2] / "gateway" / "demo" / "journeys"


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: Mapping[str, Any]

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def codes(self) -> dict[str, str]:
        """Each error's code by its place."""
        return {
            ".".join(map(str, error.get("path") or ())): error["extensions"]["code"]
            for error in self.body.get("errors", ())
        }


class Machine:
    """The running demonstration, and asking it."""

    def __init__(self, demo: Running, http: httpx.AsyncClient, folder: Path) -> None:
        self.demo = demo
        self.folder = folder
        self.http = http
        self.people = {person.title: person for person in people(demo.children)}

    def child(self, forename: str) -> Child:
        return named(self.demo.children, forename)

    def first(self, circumstance: Circumstance) -> Child:
        """A verified child of whom this is so, and about whom no story is told."""
        return next(
            child
            for child in self.demo.children
            if child.has(circumstance)
            and child.linked
            and child.nhs_status == "01"
            and child.restriction is Restriction.UNRESTRICTED
            and not child.story
        )

    def token(self, person: Person, **more: Any) -> str:
        return self.demo.issuer.token(person.subject, person.role, person.organisation, **more)

    async def ask(
        self,
        who: str | Person,
        query: str,
        *,
        identifier: Mapping[str, Any] | None = None,
        purpose: str | None = None,
        **more: Any,
    ) -> Answer:
        """Asks as a ready-made caller, by title, or as another; about their child unless one is named."""
        person = self.people[who] if isinstance(who, str) else who
        body: dict[str, Any] = {"query": query}
        if "$identifier" in query:
            body["variables"] = {"identifier": identifier or person.identifier}
        headers = {
            "authorization": f"Bearer {self.token(person)}",
            "declared-purpose": purpose or person.purpose,
        }
        answer = await self.http.post("/graphql", json=body | more, headers=headers)
        return Answer(answer.status_code, answer.json())


@asynccontextmanager
async def machine_in(folder: Path, *, children: int = 150) -> AsyncIterator[Machine]:
    async with (
        running(folder, lambda what, done: None, children=children) as demo,
        httpx.AsyncClient(base_url=demo.url, timeout=30) as http,
    ):
        yield Machine(demo, http, folder)


def promised(body: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Stream and number of every entry that an answer's receipts promise."""
    return [
        (one["stream"], seq)
        for one in body["extensions"]["receipt"]
        for seq in range(one["first"], one["seq"] + 1)
    ]


@pytest.fixture(scope="session")
async def machine() -> AsyncIterator[Machine]:
    # Not in pytest's own folder: Postgres runs as another user, who may not enter that one.
    with (
        TemporaryDirectory(prefix="causeway-", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("CAUSEWAY_PDS_RATE", "1000")  # of the stand-in that the machine starts
        async with machine_in(Path(folder)) as machine:
            yield machine
        stop(Path(folder))


@pytest.fixture
async def records(machine: Machine) -> AsyncIterator[asyncpg.Connection]:
    """The ledger's database, as its owner sees it."""
    connection = await asyncpg.connect(machine.demo.database)
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
def journey():
    """The text of a journey's operation."""
    return lambda name: (JOURNEYS / f"{name}.graphql").read_text()
