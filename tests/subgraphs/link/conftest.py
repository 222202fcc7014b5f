"""The link node's tables in a database apart, for tests that change its keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from subgraphs.link import SERVICE
from subgraphs.link.keys import NUMBERS
from subgraphs.postgres import pool


@pytest.fixture(scope="module")
async def own_url(database_url: str) -> AsyncIterator[str]:
    """A database of their own: other tests have numbers under other keys."""
    name = f"rotating_{uuid4().hex}"
    server = await asyncpg.connect(database_url)
    await server.execute(f"create database {name}")
    yield urlsplit(database_url)._replace(path=f"/{name}").geturl()
    await server.execute(f"drop database {name} with (force)")
    await server.close()


@pytest.fixture(scope="module")
async def database(own_url: str) -> AsyncIterator[asyncpg.Pool]:
    async with pool(own_url, [SERVICE.tables]) as some:
        yield some


@pytest.fixture
async def links(database: asyncpg.Pool) -> asyncpg.Pool:
    """The link node's tables as before any rotation, and empty."""
    await database.execute("truncate link.child cascade")
    await database.execute("update link.key_version set version = 1")
    for kind in NUMBERS:
        await database.execute(
            f"alter table link.identifier drop constraint if exists identifier_key_{kind.lower()}"
        )
    return database
