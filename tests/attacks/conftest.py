"""What the attacks share: the register, a small graph served by the engine, and who may ask."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg
import pytest

from gateway.federation.engine import Engine
from gateway.federation.supergraph import load as load_supergraph
from gateway.ledger.record import Record
from gateway.purpose.admit import Admission, Admissions
from gateway.purpose.labels import compiled
from gateway.register import Register, load
from subgraphs.population import Child
from subgraphs.postgres import stop
from tests.journeys.conftest import Machine, machine_in, promised
from tests.ledger.conftest import decision

GRAPH = Path("tests/purpose/graph.graphql").read_text()
COORDINATOR = ("EHC_NEEDS_ASSESSMENT", "ehc_coordinator", "LA")


@dataclass(frozen=True)
class Attempt:
    """What came of an operation: what was withheld and why, and every field name any subgraph is sent."""

    admission: Admission
    sent: frozenset[str]

    @property
    def withheld(self) -> dict[str, str]:
        return {one.coordinate: one.code for one in self.admission.withheld}


Try = Callable[..., Awaitable[Attempt]]


@pytest.fixture(scope="session")
def register() -> Register:
    return load(Path("schema/register.toml"))


@pytest.fixture(scope="session")
def attempt(register: Register) -> Try:
    async def tried(
        text: str, who: tuple[str, str, str] = COORDINATOR, graph: str = GRAPH, **variables: object
    ) -> Attempt:
        supergraph = load_supergraph(graph)
        engine = Engine(supergraph)
        operation = await engine.read(text, None, variables)
        admissions = Admissions(register, compiled(supergraph, register))
        admission = admissions.admit(operation, register.opening(*who))
        program = await engine.program(admission.operation)
        engine.close()
        documents = " ".join(step.document for step in program.plan.steps)
        return Attempt(admission, frozenset(re.findall(r"\w+", documents)))

    return tried


@pytest.fixture(scope="session")
async def machine() -> AsyncIterator[Machine]:
    """The whole of it, over HTTP, apart from the one that the journeys use: attacks change facts."""
    with TemporaryDirectory(prefix="causeway-", ignore_cleanup_errors=True) as folder:
        async with machine_in(Path(folder)) as machine:
            yield machine
        stop(Path(folder))


@pytest.fixture
async def links(machine: Machine) -> AsyncIterator[asyncpg.Connection]:
    """The machine's database as its owner; whatever a test changes there it changes back."""
    connection = await asyncpg.connect(machine.demo.database)
    yield connection
    await connection.close()


async def recorded(owner: asyncpg.Connection, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The records that an answer's receipts promise."""
    rows = [
        await owner.fetchval(
            "select body from ledger.entry where stream = $1 and seq = $2",
            *place,
        )
        for place in promised(body)
    ]
    return [json.loads(row) for row in rows]


def node_of(child: Child) -> UUID:
    """The link node's own key of an invented child whose number is verified."""
    return uuid5(NAMESPACE_URL, f"https://causeway.example/invented/{child.number}/whole")


@pytest.fixture(name="decision")
def _decision() -> Callable[..., Record]:
    """A decision of the usual kind, for a ledger of its own."""
    return decision
