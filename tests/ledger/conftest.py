"""A fresh ledger for a test: its own database on the suite's Postgres, three roles to reach it by."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from gateway.ledger.append import Ledger
from gateway.ledger.record import Circumstances, Record
from gateway.ledger.sealing import AuditKey
from gateway.ledger.tables import create_tables, gateway_url


@dataclass(frozen=True)
class Place:
    """Where the ledger is, by role."""

    owner: str
    gateway: str
    integrator: str
    auditor: str


def as_role(url: str, role: str) -> str:
    return gateway_url(url).replace("causeway_gateway@", f"{role}@")


@pytest.fixture
async def place(database_url: str) -> AsyncIterator[Place]:
    name = "ledger_" + uuid.uuid4().hex
    server = await asyncpg.connect(database_url)
    await server.execute(f"create database {name}")
    url = urlunsplit(urlsplit(database_url)._replace(path="/" + name))
    owner = await asyncpg.connect(url)
    await create_tables(owner)
    await owner.close()
    yield Place(
        url, gateway_url(url), as_role(url, "causeway_integrator"), as_role(url, "causeway_auditor")
    )
    await server.execute(f"drop database {name} with (force)")
    await server.close()


@pytest.fixture
async def ledger(place: Place) -> AsyncIterator[Ledger]:
    # Not a gateway's 250 ms: a test's machine may be busy with other tests.
    ledger = Ledger(place.gateway, "test", AuditKey(bytes(32)), seconds=2.0)
    await ledger.open()
    yield ledger
    await ledger.close()


@pytest.fixture
async def owner(place: Place) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(place.owner)
    yield connection
    await connection.close()


def decision(number: int = 0, **changed) -> Record:
    """A decision of the usual kind, with some of it otherwise."""
    about = {
        "operation": f"{number:064x}",
        "operation_name": "Ehc",
        "purpose": "EHC_NEEDS_ASSESSMENT",
        "case": None,
        "register": "r1",
        "organisation": "LA:201",
        "role": "ehc_coordinator",
        "actor": "a1",
        "emergency": None,
        "text": None,
    }
    own = {
        "subject": "s1",
        "island": "schools",
        "outcome": "partial",
        "released": ("Pupil.senProvision",),
        "refused": (("Child.nhsNumber", "NOT_IN_PURPOSE"),),
    }
    for name, value in changed.items():
        (about if name in about else own)[name] = value
    return Record(Circumstances(**about), **own)


@pytest.fixture(name="decision")
def _decision():
    return decision
