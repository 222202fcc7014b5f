"""A database of an earlier version gets the indexes of this one while everybody reads and writes, and answers as before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
from click.testing import CliRunner

from gateway.cli import main
from subgraphs.link import SERVICE
from subgraphs.link.keys import Keys, keys_in
from subgraphs.link.numbers import Entry, add
from subgraphs.link.statements import NUMBERS, STANDING_UNDER
from subgraphs.link.upgrading import KEY, Upgrade
from subgraphs.postgres import apply, pool
from tests.subgraphs.link.rotating import filled

COUNT = 6_000
OLD_TABLES = """
    create schema link;
    create table link.child (
        child uuid primary key, status text not null, verified_on date, verified_by text, birth_date date,
        restriction text not null default 'U', adopted boolean not null default false, gp_practice text, sealed_at timestamptz
    );
    create table link.identifier (
        kind text not null, index bytea not null, child uuid not null references link.child, cipher bytea not null,
        custodian text, provenance text,
        primary key (kind, index, child)
    );
    create index identifier_child on link.identifier (child);
"""
"""As the link node's first version made them."""


@pytest.fixture
async def old_url(database_url: str) -> AsyncIterator[str]:
    name = f"old_{uuid4().hex}"
    server = await asyncpg.connect(database_url)
    await server.execute(f"create database {name}")
    yield urlsplit(database_url)._replace(path=f"/{name}").geturl()
    await server.execute(f"drop database {name} with (force)")
    await server.close()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return keys_in(tmp_path)


@pytest.fixture
async def old(old_url: str, keys: Keys) -> AsyncIterator[tuple[asyncpg.Pool, dict[str, UUID]]]:
    """With rows of the time, ciphers without a version before them, and the tables of today applied to it."""
    async with pool(old_url, [OLD_TABLES]) as connections:
        children = await filled(connections, keys, COUNT)
        await connections.execute("update link.identifier set cipher = substr(cipher, 2)")
        for _ in range(2):
            await apply(connections, SERVICE.tables)
        yield connections, children


async def answers(connections: asyncpg.Pool, keys: Keys, children: dict[str, UUID]) -> Any:
    indexes = [keys.index("UPN", text) for text in [*children, "B801200005001"]]
    found = await connections.fetch(STANDING_UNDER, indexes, "UPN")
    some = list(children.values())[:500]
    numbers = await connections.fetch(NUMBERS, some, "LA", "838", "EHC_NEEDS_ASSESSMENT", None)
    return [tuple(row) for row in found], sorted(map(str, numbers))


async def used(connections: asyncpg.Pool, keys: Keys, children: dict[str, UUID]) -> set[str]:
    """The indexes of numbers that the reads which decide are answered from, and nothing beside them."""
    await connections.execute("vacuum analyze link.identifier")
    indexes = [keys.index("UPN", text) for text in list(children)[:3]]
    some = list(children.values())[:3]
    for_purpose = (some, "LA", "838", "EHC_NEEDS_ASSESSMENT", None)
    custodians = "select i.custodian, i.child from link.identifier i join unnest($1::bytea[]) a (index) on i.kind = 'UPN' and i.index = a.index"
    plans = [
        await connections.fetch(f"explain {custodians}", indexes),
        await connections.fetch(f"explain {NUMBERS}", *for_purpose),
    ]
    lines = [str(row[0]) for plan in plans for row in plan]
    return {line.split(" on ")[0].split("->")[-1].strip() for line in lines if "on identifier" in line}  # fmt: skip


async def test_it_answers_the_same_and_from_the_covering_indexes(
    old: tuple[asyncpg.Pool, dict[str, UUID]], old_url: str, keys: Keys
) -> None:
    connections, children = old
    before = await answers(connections, keys, children)
    assert [row[1] for row in before[0]] == [*children.values(), None]
    was = await used(connections, keys, children)
    assert not any(line.startswith("Index Only") and "identifier_of_child" in line for line in was)

    asked = ["upgrade", "--database", old_url]
    ran = await asyncio.to_thread(CliRunner().invoke, main, asked)

    assert ran.exit_code == 0, ran.output
    assert [line.split()[0] for line in ran.output.splitlines()] == ["making", "putting", "making", "dropping", "the"]  # fmt: skip
    assert await answers(connections, keys, children) == before
    assert await used(connections, keys, children) == {
        "Index Only Scan using identifier_pkey",
        "Index Only Scan using identifier_of_child",
    }
    again = await asyncio.to_thread(CliRunner().invoke, main, asked)
    assert again.output == "the indexes are this version's: nothing to do\n"
    await apply(connections, SERVICE.tables)
    assert not await Upgrade(connections).needed()


async def test_a_new_database_needs_none(old_url: str) -> None:
    async with pool(old_url, [SERVICE.tables]) as connections:
        assert not await Upgrade(connections).needed()


async def test_what_was_half_made_is_made_anew(
    old: tuple[asyncpg.Pool, dict[str, UUID]], keys: Keys
) -> None:
    connections, children = old
    before = await answers(connections, keys, children)
    async with connections.acquire() as writer, connections.acquire() as killed:
        writing = writer.transaction()
        await writing.start()
        await writer.execute("update link.identifier set provenance = 'x' where kind = 'CHB'")
        await killed.execute("set statement_timeout = '300ms'")
        with pytest.raises(asyncpg.QueryCanceledError):
            await killed.execute(KEY.statement)
        await killed.execute("reset statement_timeout")
        await writing.rollback()
    half = "select indisvalid from pg_index where indexrelid = 'link.identifier_covering'::regclass"
    assert await connections.fetchval(half) is False

    await Upgrade(connections).run()

    assert not await Upgrade(connections).needed()
    assert await answers(connections, keys, children) == before


async def test_everybody_reads_and_writes_while_it_waits_for_one_who_reads_for_long(
    old: tuple[asyncpg.Pool, dict[str, UUID]], keys: Keys
) -> None:
    connections, children = old
    steps: list[str] = []
    async with connections.acquire() as reader, reader.transaction():
        await reader.execute("select count(*) from link.identifier")

        upgrading = asyncio.create_task(Upgrade(connections, steps.append).run())
        async with asyncio.timeout(10):
            while len(steps) < 2:
                assert not upgrading.done(), upgrading.exception()
                await asyncio.sleep(0.01)
        for nth, child in enumerate(list(children.values())[:5]):
            async with asyncio.timeout(5):
                await add(connections, keys, Entry(child, "ULN", f"{nth}"))
                assert await connections.fetchval("select count(*) from link.identifier") > COUNT
            await asyncio.sleep(0.2)
        assert not upgrading.done(), "it waits, and holds up nobody"
    await upgrading

    assert not await Upgrade(connections).needed()
    kept = await connections.fetchval("select count(*) from link.identifier where kind = 'ULN'")
    assert kept == 5


async def test_the_same_number_still_stands_once_for_a_child(
    old: tuple[asyncpg.Pool, dict[str, UUID]], keys: Keys
) -> None:
    connections, children = old
    await Upgrade(connections).run()
    text, child = next(iter(children.items()))

    row = ("UPN", keys.index("UPN", text), child, keys.sealed("UPN", text))
    with pytest.raises(asyncpg.UniqueViolationError):
        await connections.execute(
            "insert into link.identifier (kind, index, child, cipher) values ($1, $2, $3, $4)", *row
        )
