"""The link node's tables in a database apart, for tests that change its keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from subgraphs.link import SERVICE
from subgraphs.link.keyed import turned_in
from subgraphs.link.matching.findings import TABLES as QUEUE
from subgraphs.link.tracing.batch import TABLES as JOBS
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
    async with pool(own_url, [SERVICE.tables, JOBS, QUEUE]) as some:
        yield some


@pytest.fixture
async def links(database: asyncpg.Pool, tmp_path: Path) -> asyncpg.Pool:
    """The link node's tables as before any rotation, and empty."""
    for table in ("link.child", "link.sealed", "tracing.batch", "matching.finding"):
        await database.execute(f"truncate {table} cascade")
    for schema in ("link", "tracing", "matching"):
        await database.execute(f"update {schema}.key_version set version = 1")
    for turned in turned_in(tmp_path).values():
        for guard in turned.guards:
            await database.execute(
                f"alter table {guard.table} drop constraint if exists {guard.name}"
            )
    return database
