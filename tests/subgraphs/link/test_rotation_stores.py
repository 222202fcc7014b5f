"""The keys of what adoptions sealed, of trace jobs and of what matching found are rotated like those of numbers."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from subgraphs.link import rotation
from subgraphs.link.keyed import STORES, key_files, turned_in
from subgraphs.link.keys import StaleKeys
from subgraphs.link.matching.findings import TABLES as QUEUE
from subgraphs.link.rewrapping import Ownerless
from subgraphs.link.rotation import Rotation
from subgraphs.link.sealed_records import NAME, records_in
from subgraphs.link.tracing.batch import TABLES as JOBS
from subgraphs.postgres import apply
from tests.subgraphs.link.rotating import before_of, stored

COUNT = 40


def versions(folder: Path) -> dict[str, tuple[int, ...]]:
    return {name: file.now().opening for name, file in key_files(folder).items()}


async def under(links: asyncpg.Pool) -> set[int]:
    """The versions that anything is under."""
    rows = await links.fetch("""
        select get_byte(wrapped, 0) as version from link.sealed
        union select get_byte(told, 0) from tracing.row
        union select get_byte(number, 0) from tracing.row where number is not null
        union select get_byte(why, 0) from tracing.judgement
        union select get_byte(digest, 0) from tracing.batch
        union select get_byte(digest, 0) from matching.finding
        union select get_byte(cipher, 0) from matching.record
    """)
    return {row["version"] for row in rows}


async def test_all_that_was_kept_is_under_the_new_keys_and_reads_as_before(
    links: asyncpg.Pool, tmp_path: Path
) -> None:
    stores = await stored(links, tmp_path, COUNT)
    before = await stores.read()
    assert [kept and kept[0] for kept in before["sealed"]] == [before_of(nth) for nth in range(COUNT)]  # fmt: skip
    assert before["nobody"] is None

    moved = await Rotation(links, turned_in(tmp_path)).run(STORES)

    assert moved == {"SEALED": COUNT, "TRACE": 1 + COUNT + COUNT // 4, "MATCH": COUNT * 3}
    assert await stores.read() == before
    assert await under(links) == {2}
    assert versions(tmp_path) == dict.fromkeys(STORES, (2,))
    assert await stores.found() == 0, "what was found before is no news"


async def test_a_second_rotation_goes_on_from_the_first(
    links: asyncpg.Pool, tmp_path: Path
) -> None:
    stores = await stored(links, tmp_path, COUNT)
    before = await stores.read()

    for _ in range(2):
        await Rotation(links, turned_in(tmp_path)).run(STORES)

    assert await stores.read() == before
    assert await under(links) == {3}
    assert await stores.found() == 0


@pytest.mark.parametrize("name", STORES)
async def test_broken_off_half_way_everything_reads_as_before_and_what_is_written_is_under_the_new_key(
    links: asyncpg.Pool, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "AT_ONCE", 7)
    stores = await stored(links, tmp_path, COUNT)
    before = await stores.read()

    with pytest.raises(InterruptedError):
        await Rotation(links, turned_in(tmp_path), _half).run([name])

    assert await under(links) == {1, 2}
    assert await stores.read() == before
    assert await stores.found() == 0, "whichever version a question is known by"
    again = uuid4()
    await records_in(tmp_path).keep(links, again, before_of(1))
    assert await Rotation(links, turned_in(tmp_path)).run([name])
    assert await stores.read() == before
    assert await records_in(tmp_path).of(links, again) is not None
    assert versions(tmp_path)[name] == (2,)


def _half(_name: str, moved: int, of: int) -> None:
    if moved >= of // 3:
        raise InterruptedError


async def test_the_database_lets_nobody_write_under_an_old_key_any_more(
    links: asyncpg.Pool, tmp_path: Path
) -> None:
    stale = {name: file.now() for name, file in key_files(tmp_path).items()}
    await stored(links, tmp_path, COUNT)
    await Rotation(links, turned_in(tmp_path)).run(STORES)

    old = stale["TRACE"].sealed(b"{}", [b"anything"])
    for statement in (
        "update tracing.row set told = $1",
        "update tracing.row set number = $1 where number is not null",
        "update tracing.judgement set why = $1",
        "update link.sealed set wrapped = $1",
        "update matching.record set cipher = $1",
        "update matching.finding set digest = $1",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await links.execute(statement, old)
    with pytest.raises(StaleKeys):
        stale["TRACE"].opened(key_files(tmp_path)["TRACE"].now().sealed(b"x", [b"y"]), [b"y"])


async def test_a_host_that_was_not_given_the_new_keys_finds_nothing_rather_than_nobody(
    links: asyncpg.Pool, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    stores = await stored(links, tmp_path, COUNT)
    for file in key_files(tmp_path).values():
        (elsewhere / file.path.name).write_bytes(file.path.read_bytes())

    await Rotation(links, turned_in(elsewhere)).run(STORES)

    with pytest.raises(StaleKeys):
        await records_in(tmp_path).of(links, stores.children[0])
    with pytest.raises(StaleKeys):
        await stores.job()


# Dual control


async def test_a_rotation_opens_no_sealed_record(links: asyncpg.Pool, tmp_path: Path) -> None:
    stores = await stored(links, tmp_path, 3)
    await links.execute("update link.sealed set cipher = 'nobody can open this' || place")
    bodies = "select array_agg(cipher order by cipher) from link.sealed"
    before = await links.fetchval(bodies)

    assert await Rotation(links, turned_in(tmp_path)).run(["SEALED"]) == {"SEALED": 3}

    assert await links.fetchval(bodies) == before, "what was sealed lies as it lay"
    assert versions(tmp_path)["SEALED"] == (2,)
    assert len(stores.children) == 3


async def test_a_sealed_record_opens_in_no_other_row_and_for_no_other_child(
    links: asyncpg.Pool, tmp_path: Path
) -> None:
    stores = await stored(links, tmp_path, 2)
    await Rotation(links, turned_in(tmp_path)).run(["SEALED"])
    one, other = await links.fetch("select place, cipher, wrapped from link.sealed")

    swapped = "update link.sealed set cipher = $2, wrapped = $3 where place = $1"
    await links.execute(swapped, one["place"], other["cipher"], other["wrapped"])

    opened = 0
    for child in stores.children:
        with suppress(InvalidTag):
            opened += await records_in(tmp_path).of(links, child) is not None
    assert opened == 1, "its own alone"


# What earlier versions of this project left


def old_key(folder: Path) -> bytes:
    material = secrets.token_bytes(96)
    (folder / NAME).write_bytes(urlsafe_b64encode(material))
    return material


async def test_records_from_before_they_had_keys_of_their_own_are_read_and_get_them(
    links: asyncpg.Pool, tmp_path: Path
) -> None:
    material = old_key(tmp_path)
    children = [uuid4() for _ in range(50)]
    for nth, child in enumerate(children):
        await links.execute("insert into link.child (child, status) values ($1, '01')", child)
        if nth % 10 == 0:
            await _sealed_once(links, material, child, before_of(nth))
    records = records_in(tmp_path)
    before = [await records.of(links, child) for child in children]
    assert [kept[0] for kept in before if kept] == [before_of(nth) for nth in range(0, 50, 10)]

    assert await Rotation(links, turned_in(tmp_path)).run(["SEALED"]) == {"SEALED": 5}

    assert [await records.of(links, child) for child in children] == before
    assert not await links.fetchval("select count(*) from link.sealed where wrapped is null")
    assert versions(tmp_path)["SEALED"] == (2,)


async def test_a_record_whose_child_is_not_here_keeps_the_old_key(
    links: asyncpg.Pool, tmp_path: Path
) -> None:
    await _sealed_once(links, old_key(tmp_path), uuid4(), before_of(1))

    with pytest.raises(Ownerless):
        await Rotation(links, turned_in(tmp_path)).run(["SEALED"])

    assert versions(tmp_path)["SEALED"] == (2, 1)


async def _sealed_once(
    links: asyncpg.Pool, material: bytes, child: UUID, numbers: list[tuple[str, str]]
) -> None:
    """As it was before there were versions."""
    place = hmac.digest(material[:32], child.bytes, hashlib.sha256)[:16]
    cipher = AESSIV(material[32:]).encrypt(orjson.dumps(numbers), [child.bytes])
    await links.execute("insert into link.sealed (place, cipher) values ($1, $2)", place, cipher)


async def test_jobs_and_findings_from_before_there_were_versions_are_read_and_moved(
    links: asyncpg.Pool, tmp_path: Path
) -> None:
    for name in ("trace.key", "match.key"):
        (tmp_path / name).write_bytes(secrets.token_bytes(96))
    stores = await stored(links, tmp_path, COUNT)
    before = await stores.read()
    await links.execute("""
        update tracing.batch set digest = substr(digest, 2);
        update tracing.row set told = substr(told, 2), number = substr(number, 2);
        update tracing.judgement set why = substr(why, 2);
        update matching.finding set digest = substr(digest, 2);
        update matching.record set cipher = substr(cipher, 2);
        drop table tracing.key_version;
        drop table matching.key_version;
    """)

    for tables in (JOBS, QUEUE) * 2:
        await apply(links, tables)

    assert await stores.read() == before
    await Rotation(links, turned_in(tmp_path)).run(["TRACE", "MATCH"])
    assert await stores.read() == before
    assert await stores.found() == 0
