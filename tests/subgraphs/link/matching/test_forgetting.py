"""What matching found of a child goes when the child is sealed, judged or not, whoever is at work at the time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest

from subgraphs.link import SERVICE
from subgraphs.link.keyed import turned_in
from subgraphs.link.keys import KeyRing, StaleKeys, ring_in
from subgraphs.link.matching.conflicts import Conflict, Source
from subgraphs.link.matching.findings import TABLES, Duplicate, Found, keep
from subgraphs.link.matching.run import Run
from subgraphs.link.matching.sealing import seal_in
from subgraphs.link.numbers import Entry, add
from subgraphs.link.rotation import Rotation
from subgraphs.link.sealed import Agency, sealed_store
from subgraphs.postgres import pool

AGENCY = Agency("838", None, "ADOPTION")
MINE, TWIN = Source("LA", "838:C1", "838"), Source("LA", "838:C2", "838")
THEIRS = Source("UPN", "B801200005001", "990001")
PAIRS = [Duplicate((MINE, TWIN), 12.0, ()), Duplicate((TWIN, THEIRS), 9.0, ())]
CONFLICT = Conflict("BIRTH_DATE", "one digit differs", (MINE, THEIRS))


@pytest.fixture(scope="module")
async def own_database(database_url: str) -> AsyncIterator[str]:
    name = f"forgetting_{uuid4().hex}"
    server = await asyncpg.connect(database_url)
    await server.execute(f"create database {name}")
    yield urlsplit(database_url)._replace(path=f"/{name}").geturl()
    await server.execute(f"drop database {name} with (force)")
    await server.close()


@pytest.fixture
async def links(own_database: str) -> AsyncIterator[asyncpg.Pool]:
    async with pool(own_database, [SERVICE.tables, TABLES]) as connections:
        await connections.execute("truncate link.child, matching.finding, matching.run cascade")
        await connections.execute("update matching.key_version set version = 1")
        await connections.execute("alter table matching.finding drop constraint if exists finding_key")  # fmt: skip
        await connections.execute("alter table matching.record drop constraint if exists record_key")  # fmt: skip
        yield connections


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return ring_in(tmp_path)


async def child(links: asyncpg.Pool, ring: KeyRing, *sources: Source) -> UUID:
    made = uuid4()
    await links.execute("insert into link.child (child, status) values ($1, '01')", made)
    await links.execute(
        "insert into link.relationship (child, organisation, kind, opened_on)"
        " values ($1, '838', 'live_case_of_caller', current_date)", made,
    )  # fmt: skip
    for one in sources:
        await add(links, ring, Entry(made, one.kind, one.number, one.custodian))
    return made


async def found(links: asyncpg.Pool, folder: Path, conflicts: Sequence[Conflict] = (CONFLICT,)) -> None:  # fmt: skip
    async with links.acquire() as connection:
        run = Found("838", "model", datetime.now(UTC), 2, 2, PAIRS, conflicts)
        await keep(connection, seal_in(folder), run)


async def sealed(links: asyncpg.Pool, ring: KeyRing, folder: Path, child: UUID) -> UUID | None:
    store = sealed_store(ring, folder)
    return await store.seal(links, child, [("NHS", "9000000025")], AGENCY)


@pytest.mark.parametrize("state", ["OPEN", "PROPOSED", "SAME", "NOT_SAME"])
async def test_whatever_was_said_of_it_goes_with_the_seal_and_the_rest_stays(
    links: asyncpg.Pool, ring: KeyRing, tmp_path: Path, state: str
) -> None:
    one = await child(links, ring, MINE)
    await child(links, ring, TWIN, THEIRS)
    await found(links, tmp_path)
    await links.execute("update matching.finding set state = $1", state)
    await links.execute("insert into matching.verdict (finding, said, reason, actor, organisation) select finding, 'SAME', 'RECORDS_READ', 'a', '838' from matching.finding")  # fmt: skip

    assert await sealed(links, ring, tmp_path, one)

    left = await links.fetch("select finding, kind from matching.finding")
    assert [row["kind"] for row in left] == ["DUPLICATE"], "that of two others"
    ciphers = {row["cipher"] for row in await links.fetch("select cipher from matching.record")}
    assert not ciphers & set(seal_in(tmp_path).sealed_under_each("LA", MINE.number))
    assert await links.fetchval("select count(*) from matching.verdict") == 1


async def test_where_the_seal_does_not_come_about_nothing_is_forgotten(
    links: asyncpg.Pool, ring: KeyRing, tmp_path: Path
) -> None:
    one = await child(links, ring, MINE, Source("NHS", "9000000025", None))
    await found(links, tmp_path)

    assert await sealed(links, ring, tmp_path, one) is None

    assert await links.fetchval("select count(*) from matching.finding") == 3


async def test_it_is_found_under_either_version_of_the_key(
    links: asyncpg.Pool, ring: KeyRing, tmp_path: Path
) -> None:
    one = await child(links, ring, MINE)
    await found(links, tmp_path, ())
    turned = turned_in(tmp_path)
    turned["MATCH"].begin()
    await found(links, tmp_path)  # the conflict is under the new one

    await sealed(links, ring, tmp_path, one)

    assert await links.fetchval("select count(*) from matching.finding") == 1
    await Rotation(links, turned).run(["MATCH"])


async def test_a_host_that_was_not_given_the_queues_key_seals_nobody_rather_than_by_half(
    links: asyncpg.Pool, ring: KeyRing, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    one = await child(links, ring, MINE)
    await found(links, tmp_path)
    (elsewhere / "match.key").write_bytes((tmp_path / "match.key").read_bytes())
    await Rotation(links, turned_in(elsewhere)).run(["MATCH"])

    with pytest.raises(StaleKeys):
        await sealed(links, ring, tmp_path, one)

    assert await links.fetchval("select sealed_at from link.child where child = $1", one) is None


async def test_a_run_that_read_the_child_before_keeps_nothing_of_it(
    links: asyncpg.Pool, ring: KeyRing, tmp_path: Path
) -> None:
    children = [await child(links, ring, MINE), await child(links, ring, TWIN)]

    async def ask(asked: Sequence[UUID]) -> Sequence[Mapping[str, Any]]:
        answers = [_answer(MINE if each == children[0] else TWIN) for each in asked]
        assert await sealed(links, ring, tmp_path, children[0])
        return answers

    run = Run(links, ring, seal_in(tmp_path), "838")
    counts = await run.run(ask, lambda *_: None)

    assert counts.duplicates == 1
    assert await links.fetchval("select count(*) from matching.finding") == 0


def _answer(source: Source) -> Mapping[str, Any]:
    authority, _, number = source.number.partition(":")
    record = {
        "authority": authority, "laChildId": number, "surname": "Archer-Quill", "forename": "Annabel", "born": "2012-05-06",
        "sex": "F", "postCode": "ZZ1 1AA", "upn": "A838000000001",
    }  # fmt: skip
    return {"localAuthorityRecords": [record], "pupil": None, "learner": None}
