"""The queue in Postgres: what comes, what stays, what goes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from subgraphs.link.matching.conflicts import Conflict, Source
from subgraphs.link.matching.evidence import Ground
from subgraphs.link.matching.findings import TABLES, Duplicate, Found, keep, sources_of
from subgraphs.link.matching.sealing import Seal, seal_in
from subgraphs.postgres import pool

HERE, THERE = Source("LA", "999:C1", "999"), Source("UPN", "B801200005001", "990099")
PAIR = Duplicate((HERE, THERE), 12.5, (Ground("name", "the names are the same", 12.5),))
CONFLICT = Conflict("BIRTH_DATE", "one digit of the birth date differs", (HERE, THERE))


@pytest.fixture
async def connections(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    async with pool(database_url, [TABLES]) as connections:
        yield connections
        await connections.execute("delete from matching.finding where authority = '999'")


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    return seal_in(tmp_path)


async def kept(
    connections: asyncpg.Pool, seal: Seal, pairs: Sequence[Duplicate], *conflicts: Conflict
) -> int:
    found = Found("999", "model", datetime.now(UTC), 2, 2, pairs, conflicts)
    async with connections.acquire() as connection:
        return await keep(connection, seal, found)


async def states(connections: asyncpg.Pool) -> list[tuple[str, str]]:
    rows = await connections.fetch(
        "select kind, state from matching.finding where authority = '999' order by kind"
    )
    return [tuple(row) for row in rows]


async def test_what_is_found_again_is_no_news(connections: asyncpg.Pool, seal: Seal) -> None:
    turned = Duplicate((THERE, HERE), 13.0, PAIR.evidence)

    assert await kept(connections, seal, [PAIR], CONFLICT) == 2
    assert await kept(connections, seal, [turned], CONFLICT) == 0
    assert await states(connections) == [("BIRTH_DATE", "OPEN"), ("DUPLICATE", "OPEN")]


async def test_what_is_not_found_again_is_forgotten_unless_it_was_judged(
    connections: asyncpg.Pool, seal: Seal
) -> None:
    await kept(connections, seal, [PAIR], CONFLICT)
    await connections.execute("update matching.finding set state = 'NOT_SAME' where kind = 'DUPLICATE'")  # fmt: skip

    await kept(connections, seal, [])
    assert await states(connections) == [("DUPLICATE", "NOT_SAME")]

    assert await kept(connections, seal, [PAIR]) == 0
    assert await states(connections) == [("DUPLICATE", "NOT_SAME")]


async def test_the_records_come_back_under_the_same_key_and_under_no_other(
    connections: asyncpg.Pool, seal: Seal, tmp_path: Path
) -> None:
    await kept(connections, seal, [PAIR])
    finding = await connections.fetchval("select finding from matching.finding where authority = '999'")  # fmt: skip

    assert await sources_of(connections, seal_in(tmp_path), [finding]) == {finding: [HERE, THERE]}
    assert seal_in(tmp_path / "other").digest("DUPLICATE", PAIR.sources) != seal.digest(
        "DUPLICATE", PAIR.sources
    )
    assert (tmp_path / "match.key").stat().st_mode & 0o077 == 0
