"""A stand-in of the NHS over real HTTP, and a database with the tables of tracing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner, Result

from gateway.commands.trace import trace
from gateway.listening import listening
from subgraphs.link.tracing.batch import TABLES
from subgraphs.link.tracing.pace import Unshared
from subgraphs.link.tracing.pds import Pds
from subgraphs.link.tracing.sealing import Seal, seal_in
from subgraphs.pds.app import Pace, Service
from subgraphs.pds.patients import Patients
from subgraphs.pds.record import record
from subgraphs.postgres import pool
from tests.subgraphs.link.tracing.nhs import ANNE, BEN, CARA, LOST, OLD_BEN, TWIN, resource

FAST = 100_000.0


def people() -> Patients:
    replaced = [{"type": "replaced-by", "other": {"reference": f"Patient/{BEN}"}}]
    return Patients(
        [
            record(resource(ANNE, "Anne", "Archer")),
            record(resource(BEN, "Ben", "Baker", gender="male")),
            record(resource(OLD_BEN, "Ben", "Baker", gender="male", link=replaced)),
            record(resource(CARA, "Cara", "Cole")),
            record(resource(TWIN, "Cara", "Cole")),
            record(resource(LOST, "Lo", "Lost", level="REDACTED")),
        ]
    )


@pytest.fixture(scope="module")
async def nhs_url() -> AsyncIterator[str]:
    """The address of a sandbox that knows a few people."""
    async with listening(Service(people(), None, Pace(0)).app()) as url:
        yield url


@pytest.fixture
def nhs(nhs_url: str) -> Pds:
    return Pds(nhs_url, pace=Unshared(FAST), pause=0.01)


@pytest.fixture
async def connections(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    """With the tables of tracing, and no row in them."""
    async with pool(database_url, [TABLES], size=8) as connections:
        await connections.execute("truncate tracing.batch, tracing.row, tracing.pace cascade")
        yield connections


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    return seal_in(tmp_path / "keys")


@pytest.fixture
def traced(database_url: str, tmp_path: Path) -> Callable[..., Awaitable[Result]]:
    """`causeway trace …`, within this process."""

    async def run(url: str, *words: object) -> Result:
        asked = ["--database", database_url, "--data", tmp_path, "--pds", url, "--sandbox"]
        every = [str(word) for word in (*asked, "--rate", 5_000, *words)]
        return await asyncio.to_thread(CliRunner().invoke, trace, every)

    return run
