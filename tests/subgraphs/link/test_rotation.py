"""Keys are rotated while everybody goes on: no row lost or doubled, whenever it is killed, and no old key left in use."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from cryptography.exceptions import InvalidTag

from subgraphs.link.keyed import numbers_turned
from subgraphs.link.keys import KeyRing, StaleKeys, ring_in
from subgraphs.link.numbers import Entry, add, taken
from subgraphs.link.rotation import Busy, Rotation
from tests.subgraphs.link.rotating import filled, held

CHILDREN = 3_000


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return ring_in(tmp_path)


async def test_every_number_is_under_the_new_key_and_none_under_the_old(
    links: asyncpg.Pool, ring: KeyRing
) -> None:
    old = ring.now()
    children = await filled(links, old, CHILDREN)

    moved = await Rotation(links, numbers_turned(ring)).run()

    new = ring.now()
    assert moved == {"NHS": 0, "LA": 0, "UPN": CHILDREN, "ULN": 0, "CHB": 30}
    assert await held(links, new) == {text: [child] for text, child in children.items()}
    assert {len(some) for some in (await held(links, new, "CHB")).values()} == {2}
    assert new.versions("UPN") == (2,)
    assert not {name for name in new.held if name in ("index.UPN", "cipher.UPN")}, (
        "the old key is gone"
    )
    with pytest.raises(StaleKeys):
        await held(links, old)


async def test_the_database_itself_lets_nobody_write_under_the_old_key_any_more(
    links: asyncpg.Pool, ring: KeyRing
) -> None:
    old = ring.now()
    children = await filled(links, old, 10)
    child = next(iter(children.values()))

    await Rotation(links, numbers_turned(ring)).run(["UPN"])

    checked = await links.fetchval(
        "select convalidated from pg_constraint where conname = 'identifier_key_upn'"
    )
    assert checked, "Postgres has looked at every row"
    with pytest.raises(StaleKeys):
        await add(links, old, Entry(child, "UPN", "B801200005001"))
    with pytest.raises(asyncpg.CheckViolationError):
        await links.execute(
            "insert into link.identifier (kind, index, child, cipher) values ('UPN', $1, $2, $3)",
            old.index("UPN", "B801200005001"), child, old.sealed("UPN", "B801200005001"),
        )  # fmt: skip
    await add(links, ring.now(), Entry(child, "UPN", "B801200005001"))


async def test_a_second_rotation_goes_on_from_the_first(links: asyncpg.Pool, ring: KeyRing) -> None:
    children = await filled(links, ring.now(), 50)

    await Rotation(links, numbers_turned(ring)).run(["UPN"])
    await Rotation(links, numbers_turned(ring)).run(["UPN"])

    assert ring.now().versions("UPN") == (3,)
    assert (await held(links, ring.now())).keys() == children.keys()


@pytest.mark.parametrize("step", ["begin", "fence", "half", "unproved"])
async def test_broken_off_at_any_step_it_is_gone_on_with(
    links: asyncpg.Pool, ring: KeyRing, step: str
) -> None:
    children = await filled(links, ring.now(), CHILDREN)
    ring.begin("UPN")
    if step != "begin":
        await links.execute("update link.key_version set version = 2 where kind = 'UPN'")
    if step == "half":
        with pytest.raises(InterruptedError):
            await Rotation(links, numbers_turned(ring), _breaking).run(["UPN"])
        assert {row[0] for row in await links.fetch("select get_byte(cipher, 0) from link.identifier where kind = 'UPN'")} == {1, 2}  # fmt: skip
        assert await held(links, ring.now()) == {text: [child] for text, child in children.items()}
    if step == "unproved":
        await links.execute(
            "alter table link.identifier add constraint identifier_key_upn"
            " check (kind <> 'UPN' or get_byte(cipher, 0) >= 2) not valid"
        )

    await Rotation(links, numbers_turned(ring)).run(["UPN"])

    assert ring.now().versions("UPN") == (2,)
    assert await held(links, ring.now()) == {text: [child] for text, child in children.items()}


def _breaking(_kind: str, moved: int, _of: int) -> None:
    if moved >= 1_000:
        raise InterruptedError


async def test_two_do_not_rotate_at_once(links: asyncpg.Pool, ring: KeyRing) -> None:
    async with links.acquire() as other:
        await other.execute("select pg_advisory_lock(4250003)")

        with pytest.raises(Busy):
            await Rotation(links, numbers_turned(ring)).run()


async def test_a_number_that_gets_a_second_child_meanwhile_stands_for_two(
    links: asyncpg.Pool, ring: KeyRing
) -> None:
    (one, two) = (await filled(links, ring.now(), 2)).values()
    await links.execute("delete from link.identifier where kind = 'CHB' and child = $1", two)
    ring.begin("CHB")

    await add(links, ring.now(), Entry(two, "CHB", "CHB0"))

    rows = await links.fetch("select index, child from link.identifier where kind = 'CHB'")
    assert {row["child"] for row in rows} == {one, two}
    assert {row["index"] for row in rows} == {ring.now().index("CHB", "CHB0")}
    assert await taken(links, ring.now(), [("CHB", "CHB0")])


async def test_a_row_that_somebody_is_changing_is_left_until_they_are_done(
    links: asyncpg.Pool, ring: KeyRing
) -> None:
    children = await filled(links, ring.now(), 20)
    async with links.acquire() as other, other.transaction():
        await other.execute("select 1 from link.identifier where kind = 'UPN' limit 1 for update")
        rotation = Rotation(links, numbers_turned(ring))
        ring.begin("UPN")

        assert await rotation._pass("UPN", 20) == (19, 1)

    assert await rotation.run(["UPN"]) == {"UPN": 1}
    assert (await held(links, ring.now())).keys() == children.keys()


def test_a_process_that_runs_sees_that_the_file_was_changed(ring: KeyRing) -> None:
    elsewhere = KeyRing(ring.path)
    before = elsewhere.now()

    ring.begin("NHS")

    assert elsewhere.now().versions("NHS") == (2, 1)
    assert before.versions("NHS") == (1,)
    assert elsewhere.now() is elsewhere.now()


def test_an_id_given_before_is_translated_within_its_window_and_no_longer(ring: KeyRing) -> None:
    child = uuid4()
    given = ring.now().outward(child, "838", "send")

    ring.renew_pairwise(days=30)
    renewed = ring.now()
    ring.renew_pairwise(days=-1)  # the window of the second ended yesterday

    assert renewed.inward(given, "838", "send") == child
    assert renewed.inward(given, "839", "send") is None
    assert renewed.outward(child, "838", "send") != given
    later = ring.now()
    assert later.inward(renewed.outward(child, "838", "send"), "838", "send") is None
    assert later.inward(given, "838", "send") == child, "its thirty days are not over"
    assert later.inward(later.outward(child, "838", "send"), "838", "send") == child


def test_a_cipher_is_opened_by_its_own_version_alone(ring: KeyRing) -> None:
    cipher = ring.now().sealed("NHS", "9000000009")
    ring.begin("NHS")
    keys = ring.now()

    assert keys.unsealed("NHS", cipher) == "9000000009"
    assert keys.sealed("NHS", "9000000009") != cipher
    with pytest.raises(InvalidTag):
        keys.unsealed("NHS", b"\x02" + cipher[1:])
