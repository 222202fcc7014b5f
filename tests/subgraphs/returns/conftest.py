"""An empty database for each test, and the command run against it as a user would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from click.testing import CliRunner, Result

from gateway.commands.load import load
from subgraphs.returns.islands import tables


@dataclass(frozen=True)
class Database:
    """One database: what is asked of it is answered at once."""

    url: str

    def rows(self, query: str, *given: object) -> list[dict[str, Any]]:
        return asyncio.run(self._rows(query, given))

    def value(self, query: str, *given: object) -> Any:
        (row,) = self.rows(query, *given)
        return next(iter(row.values()))

    def run(self, *statements: str) -> None:
        asyncio.run(_run(self.url, *statements))

    async def _rows(self, query: str, given: tuple[object, ...]) -> list[dict[str, Any]]:
        connection = await asyncpg.connect(self.url)
        try:
            return [dict(row) for row in await connection.fetch(query, *given)]
        finally:
            await connection.close()


_EMPTY = """
do $$ declare one regclass; begin
    set local session_replication_role = replica;
    for one in select format('%I.%I', schemaname, tablename)::regclass from pg_tables
               where schemaname not in ('pg_catalog', 'information_schema') loop
        execute 'delete from ' || one;
    end loop;
end $$
"""


@pytest.fixture(scope="session")
def with_tables(database_url: str) -> str:
    """A database that holds every table."""
    drop = "drop database if exists returns_tests with (force)"
    asyncio.run(_run(database_url, drop, "create database returns_tests"))
    url = urlunsplit(urlsplit(database_url)._replace(path="/returns_tests"))
    asyncio.run(_run(url, *tables()))
    return url


@pytest.fixture
def database(with_tables: str) -> Database:
    """The same, with no row in it."""
    asyncio.run(_run(with_tables, _EMPTY))
    return Database(with_tables)


Loads = Callable[..., Result]


@pytest.fixture
def loads(database: Database) -> Loads:
    """`causeway load …` on the test's own database."""

    def run(*words: object) -> Result:
        asked = ["--database", database.url, *map(str, words)]
        return CliRunner().invoke(load, asked, catch_exceptions=False)

    return run


Writes = Callable[..., Path]


@pytest.fixture
def writes(tmp_path: Path) -> Writes:
    """Text or bytes → a file of that name."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


async def _run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
