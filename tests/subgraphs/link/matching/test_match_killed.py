"""`causeway match` killed (-9) anywhere and run again: nothing lost, nothing doubled, and no finding is ever half written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from gateway.listening import listening
from subgraphs.link import SERVICE
from subgraphs.link.matching.conflicts import Source
from subgraphs.link.matching.findings import DUPLICATE, TABLES, sources_of
from subgraphs.link.matching.sealing import seal_in
from subgraphs.postgres import pool
from tests.subgraphs.link.matching.comparing import Matching, Office, office

PAIRS = 60  # more children than one question takes
WAITS = """
    select exists (
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like $1
    )
"""

HELD = """
    select exists (
        select from pg_locks l join pg_database d on d.oid = l.database
        where l.locktype = 'advisory' and d.datname = current_database()
    )
"""
OLD = b"\x01of a finding that no run finds again"


@pytest.fixture(scope="module")
async def own_database(database_url: str) -> AsyncIterator[str]:
    name = f"matched_{uuid4().hex}"
    server = await asyncpg.connect(database_url)
    await server.execute(f"create database {name}")
    yield urlsplit(database_url)._replace(path=f"/{name}").geturl()
    await server.execute(f"drop database {name} with (force)")
    await server.close()


@pytest.fixture
async def links(own_database: str) -> AsyncIterator[asyncpg.Pool]:
    async with pool(own_database, [SERVICE.tables, TABLES]) as connections:
        yield connections


async def found(links: asyncpg.Pool, folder: Path) -> list[tuple[str, frozenset[str]]]:
    """What the queue would show: each finding with its state and its records."""
    rows = await links.fetch("select finding, state from matching.finding")
    sources = await sources_of(links, seal_in(folder), [row["finding"] for row in rows])
    return sorted(
        ((row["state"], frozenset(one.number for one in sources[row["finding"]])) for row in rows),
        key=str,
    )


async def test_killed_at_each_stage_it_leaves_what_there_was_and_the_next_run_does_it_all(
    links: asyncpg.Pool, own_database: str, tmp_path: Path
) -> None:
    work = await office(links, tmp_path, PAIRS)
    async with listening(work.app()) as url:
        matching = Matching(url, own_database, tmp_path)

        await _killed_while_it_asks(work, matching)
        assert await found(links, tmp_path) == []

        taken = seal_in(tmp_path).digest(DUPLICATE, [Source("LA", one, "838") for one in sorted(work.pairs, key=sorted)[7]])  # fmt: skip
        half = ("insert into matching.finding (digest, authority, kind, run) values ($1, '838', 'DUPLICATE', 0)", taken)  # fmt: skip
        await _killed_where_it_waits_for(
            links, (work, matching), half, "%insert into matching.finding%"
        )
        assert await found(links, tmp_path) == []
        assert await links.fetchval("select count(*) from matching.run") == 0

        said = await matching.ended()
        assert said.endswith(f"possible duplicates {PAIRS}, conflicts 0, of these new {PAIRS}\n")
        whole = await found(links, tmp_path)
        assert [records for _state, records in whole] == sorted(work.pairs, key=str)

        before = await _judged_and_another_waiting(links, tmp_path)
        last = ("select from matching.finding where digest = $1 for update", OLD)
        await _killed_where_it_waits_for(
            links, (work, matching), last, "%delete from matching.finding%"
        )
        assert await found(links, tmp_path) == before, "not even what it would forget"

        again = await matching.ended()
        assert again.endswith(f"possible duplicates {PAIRS}, conflicts 0, of these new 0\n")
        after = await found(links, tmp_path)
        assert [records for _state, records in after] and {r for _, r in after} == work.pairs
        assert len(after) == PAIRS and ("NOT_SAME" in {state for state, _ in after})
    assert await links.fetchval("select count(*) from matching.record") == 2 * PAIRS


async def _killed_while_it_asks(work: Office, matching: Matching) -> None:
    work.held()
    await matching.killed(work.is_asked)
    work.hold.set()


async def _killed_where_it_waits_for(
    links: asyncpg.Pool, of: tuple[Office, Matching], held: tuple[str, bytes], statement: str
) -> None:
    """In the midst of its transaction: another has changed what the statement needs, since it began to ask."""
    work, matching = of
    work.held()
    async with links.acquire() as one:
        another = one.transaction()

        async def waiting() -> bool:
            if not work.hold.is_set() and await work.is_asked():
                await another.start()
                await one.execute(*held)
                work.hold.set()
            return bool(await links.fetchval(WAITS, statement))

        try:
            await matching.killed(waiting)
        finally:
            await another.rollback()
    async with asyncio.timeout(10):
        # Its session ends when it next speaks to nobody; until then another run would be told to wait.
        while await links.fetchval(HELD):  # noqa: ASYNC110 the database tells nobody
            await asyncio.sleep(0.02)


async def _judged_and_another_waiting(
    links: asyncpg.Pool, folder: Path
) -> list[tuple[str, frozenset[str]]]:
    """One is judged, and one waits that no run will find again."""
    await links.execute("update matching.finding set state = 'NOT_SAME' where finding = (select min(finding::text)::uuid from matching.finding)")  # fmt: skip
    seal = seal_in(folder)
    old = await links.fetchval(
        "insert into matching.finding (digest, authority, kind, run) values ($1, '838', 'DUPLICATE', 0) returning finding",
        OLD,
    )
    source = seal.key.now().sealed(b"838:C0", [b"LA"])
    await links.execute("insert into matching.record values ($1, 0, 'LA', $2, '838')", old, source)
    return await found(links, folder)
