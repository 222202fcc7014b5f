"""Every row of the table of failures: with a real Postgres stopped, slowed, filled or killed, nothing goes out unrecorded."""

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from gateway.errors import AuditUnavailable
from gateway.ledger.append import Ledger
from gateway.ledger.checkpoint import Signer, publish
from gateway.ledger.record import open_digest
from gateway.ledger.sealing import AuditKey, personal
from gateway.ledger.spool import MOST, Spool
from gateway.ledger.tables import create_tables, gateway_url
from gateway.ledger.watch import CLOCK, WITNESSES, Clocks, Watch
from subgraphs.postgres import database_url, stop

KEY = AuditKey(bytes(32))
BACKEND = (
    "select pid from pg_stat_activity where usename = 'causeway_gateway'"
    " and datname = current_database()"
)


@contextmanager
def stopped(backend: int):
    os.kill(backend, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(backend, signal.SIGCONT)


async def until(holds, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 what is waited for is in other processes
            await asyncio.sleep(0.05)


@pytest.fixture
async def opened(place):
    """Opens ledgers that end with the test."""
    ledgers = []

    async def open_(**more) -> Ledger:
        ledgers.append(Ledger(place.gateway, "test", KEY, **({"seconds": 1.0} | more)))
        await ledgers[-1].open()
        return ledgers[-1]

    yield open_
    for ledger in ledgers:
        await ledger.close()


async def test_a_slow_ledger_refuses_is_not_ready_and_recovers_by_itself(
    ledger, owner, decision
) -> None:
    await ledger.append([decision(0)])
    with stopped(await owner.fetchval(BACKEND)):
        with pytest.raises(AuditUnavailable):
            await ledger.append([decision(1)])
        assert not ledger.ready

    await until(lambda: ledger.ready)
    await ledger.append([decision(2)])


async def test_a_killed_backend_under_load_leaves_no_gap_and_no_double(
    ledger, owner, decision
) -> None:
    receipts: list = []

    async def asker(number: int) -> None:
        for turn in range(40):
            try:
                receipts.extend(await ledger.append([decision(1000 * number + turn)]))
            except AuditUnavailable:
                await asyncio.sleep(0.02)

    askers = [asyncio.create_task(asker(number)) for number in range(8)]
    for _ in range(3):
        await asyncio.sleep(0.05)
        for row in await owner.fetch(BACKEND):
            await owner.execute("select pg_terminate_backend($1)", row["pid"])
    await asyncio.gather(*askers)

    rows = await owner.fetch("select stream, seq, id, chain from ledger.entry order by stream, seq")
    kept = {(row["stream"], row["seq"]): row["chain"] for row in rows}
    assert receipts and all(kept[one.stream, one.seq] == one.chain for one in receipts)
    assert len({row["id"] for row in rows}) == len(rows)
    for stream in {row["stream"] for row in rows}:
        numbers = [row["seq"] for row in rows if row["stream"] == stream]
        assert numbers == list(range(1, len(numbers) + 1))


async def test_a_batch_whose_commit_was_in_doubt_stands_once(ledger, owner, decision) -> None:
    record = decision(1)
    await ledger.append([record])
    for row in await owner.fetch(BACKEND):
        await owner.execute("select pg_terminate_backend($1)", row["pid"])
    await until(lambda: not ledger.ready)
    await until(lambda: ledger.ready)

    again = await ledger.append([record])

    assert await owner.fetchval("select count(*) from ledger.entry") == 1
    assert again[0].seq == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("raise exception 'disk' using errcode = 'disk_full'", "53100"),
        ("raise exception 'deadlock' using errcode = 'deadlock_detected'", "40P01"),
        ("raise exception 'again' using errcode = 'serialization_failure'", "40001"),
    ],
)
async def test_a_full_disk_a_deadlock_and_a_failed_serialization_refuse(
    ledger, owner, decision, fault, said
) -> None:
    await owner.execute(
        f"create function ledger.fault() returns trigger language plpgsql as $$ begin {fault}; end $$;"
        "create trigger fault before insert on ledger.entry for each row execute function ledger.fault()"
    )
    with pytest.raises(AuditUnavailable):
        await ledger.append([decision()])
    assert await owner.fetchval("select count(*) from ledger.entry") == 0

    await owner.execute("drop trigger fault on ledger.entry")
    await until(lambda: ledger.ready)
    await ledger.append([decision()])


@pytest.mark.parametrize("skew", [10.0, -10.0, -3600.0])
async def test_a_clock_that_is_off_releases_nothing(opened, decision, skew) -> None:
    clock = {"off": skew}
    ledger = await opened(watch=Watch(clocks=Clocks(wall=lambda: time.time() + clock["off"])))

    with pytest.raises(AuditUnavailable, match="clock"):
        await ledger.append([decision()])
    assert ledger.problem == CLOCK

    clock["off"] = 0.0
    await until(lambda: ledger.ready)
    await ledger.append([decision()])


async def test_a_clock_that_steps_between_two_looks_is_noticed_at_once(opened, decision) -> None:
    clock = {"off": 0.0}
    ledger = await opened(watch=Watch(clocks=Clocks(wall=lambda: time.time() + clock["off"])))
    await ledger.append([decision(1)])

    clock["off"] = -3600.0

    assert ledger.problem == CLOCK
    with pytest.raises(AuditUnavailable, match="clock"):
        await ledger.append([decision(2)])


@pytest.mark.parametrize(
    ("silent", "alarm", "problem"),
    [(60, None, None), (6 * 60, WITNESSES, None), (4 * 3600 + 60, WITNESSES, WITNESSES)],
)
async def test_witnesses_who_are_silent_raise_an_alarm_and_in_the_end_stop_releases(
    place, opened, owner, decision, tmp_path, silent, alarm, problem
) -> None:
    ledger = await opened(watch=Watch(quorum=0))
    await ledger.append([decision(1)])
    integrator = await asyncpg.connect(place.integrator)
    await publish(integrator, Signer.at(tmp_path / "key", "l.example"))
    await ledger.append([decision(2)])
    await owner.execute(
        "update ledger.entry set written = clock_timestamp() - make_interval(secs => $1) where seq = 2",
        float(silent),
    )
    await asyncio.sleep(1.6)

    assert ledger.problem == problem
    assert (ledger.alarm or "").startswith(alarm or "")
    if problem:
        with pytest.raises(AuditUnavailable, match="witness"):
            await ledger.append([decision(3)])
        await publish(integrator, Signer.at(tmp_path / "key", "l.example"))
        await until(lambda: ledger.ready)
    await ledger.append([decision(4)])
    await integrator.close()


async def test_a_night_without_questions_is_no_outage(
    place, opened, owner, decision, tmp_path
) -> None:
    ledger = await opened()
    await ledger.append([decision(1)])
    integrator = await asyncpg.connect(place.integrator)
    await publish(integrator, Signer.at(tmp_path / "key", "l.example"))
    await integrator.close()
    await owner.execute("update ledger.entry set written = written - interval '9 hours'")
    await owner.execute("update ledger.checkpoint set at = at - interval '9 hours'")

    await ledger.append([decision(2)])
    await asyncio.sleep(1.6)

    assert (ledger.alarm, ledger.problem) == (None, None)
    await ledger.append([decision(3)])


async def test_a_checkpoint_without_its_quorum_does_not_count(
    place, opened, owner, decision, tmp_path
) -> None:
    ledger = await opened(watch=Watch(quorum=2))
    await ledger.append([decision(1)])
    integrator = await asyncpg.connect(place.integrator)
    await publish(integrator, Signer.at(tmp_path / "key", "l.example"))
    await integrator.close()
    await owner.execute("update ledger.entry set written = written - interval '5 hours'")

    await until(lambda: ledger.problem == WITNESSES)


# The emergency spool.


def emergency(decision, number: int = 0, **more):
    return decision(number, purpose="EMERGENCY_BREAK_GLASS", emergency="public_interest", **more)


async def test_an_emergency_goes_to_the_spool_and_from_there_first_into_the_ledger(
    opened, owner, decision, tmp_path
) -> None:
    path = tmp_path / "spool"
    ledger = await opened(spool=Spool(path, KEY))
    with stopped(await owner.fetchval(BACKEND)):
        (spooled,) = await ledger.append([emergency(decision, 1, subject="child-1")])
        with pytest.raises(AuditUnavailable):
            await ledger.append([decision(2)])
        assert path.exists() and b"child-1" not in path.read_bytes()
    for row in await owner.fetch(BACKEND):
        await owner.execute("select pg_terminate_backend($1)", row["pid"])

    await until(lambda: not path.exists())
    await until(lambda: ledger.ready)
    await ledger.append([decision(3)])

    rows = await owner.fetch("select subject, body from ledger.entry order by stream, seq")
    bodies = [json.loads(row["body"]) for row in rows]
    body = next(body for body in bodies if body.get("emergency"))
    keys = {
        str(row["id"]): KEY.unwrapped(row["id"], row["wrapped"])
        for row in await owner.fetch("select id, wrapped from ledger.data_key")
    }
    assert (body["id"], body["clock_ok"]) == (spooled.id, False)
    assert open_digest(body) == spooled.digest
    at = bodies.index(body)
    assert personal(rows[at]["body"], keys)["subject"] == "child-1"
    assert at < max(bodies.index(body) for body in bodies if not body.get("emergency"))


async def test_an_emergency_that_got_into_the_ledger_late_stands_there_once_and_as_promised(
    opened, owner, decision, tmp_path
) -> None:
    ledger = await opened(spool=Spool(tmp_path / "spool", KEY))
    await ledger.append([emergency(decision, 0)])
    with stopped(await owner.fetchval(BACKEND)):  # it goes on with what it was sent
        (spooled,) = await ledger.append([emergency(decision, 1)])

    await until(lambda: ledger.ready)

    rows = await owner.fetch("select body from ledger.entry where id = $1", spooled.id)
    assert [open_digest(json.loads(row["body"])) for row in rows] == [spooled.digest]


async def test_what_was_spooled_before_a_kill_is_taken_over_by_the_next_process(
    opened, owner, decision, tmp_path
) -> None:
    Spool(tmp_path / "spool", KEY).keep([emergency(decision, 1)])

    await opened(spool=Spool(tmp_path / "spool", KEY))

    await until(lambda: not (tmp_path / "spool").exists())
    body = json.loads(await owner.fetchval("select body from ledger.entry"))
    assert (body["spooled"], body["emergency"]) == (True, "public_interest")


TAKING_OVER = """
import asyncio, sys
from pathlib import Path
from gateway.ledger.append import Ledger
from gateway.ledger.tables import create_tables, gateway_url
from gateway.ledger.sealing import AuditKey
from gateway.ledger.spool import Spool

async def main():
    key = AuditKey(bytes(32))
    ledger = Ledger(sys.argv[1], "killed", key, spool=Spool(Path(sys.argv[2]), key))
    await ledger.open()
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_process_killed_while_it_takes_the_spool_over_leaves_each_record_once(
    opened, place, owner, decision, tmp_path
) -> None:
    path = tmp_path / "spool"
    records = [emergency(decision, number) for number in range(MOST)]
    Spool(path, KEY).keep(records)
    await owner.execute(
        "create function ledger.slow() returns trigger language plpgsql as"
        " $$ begin perform pg_sleep(0.002); return new; end $$;"
        "create trigger slow before insert on ledger.entry for each row execute function ledger.slow()"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", TAKING_OVER, place.gateway, str(path)
    )
    async with asyncio.timeout(20):
        while not await owner.fetchval("select count(*) from ledger.entry"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    process.kill()
    await process.wait()
    part = await owner.fetchval("select count(*) from ledger.entry")
    assert 0 < part < MOST and path.exists()
    await owner.execute(
        "create or replace function ledger.slow() returns trigger language plpgsql as"
        " $$ begin return new; end $$"
    )

    ledger = await opened(spool=Spool(path, KEY))
    await until(lambda: not path.exists())

    kept = await owner.fetch("select id::text from ledger.entry")
    assert sorted(row["id"] for row in kept) == sorted(one.id for one in records)
    assert ledger.alarm is None


async def test_a_postgres_that_is_stopped_and_started_again(decision, tmp_path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="causeway-"))  # not pytest's: Postgres is another user
    url = await asyncio.to_thread(database_url, folder)
    owner = await asyncpg.connect(url)
    await create_tables(owner)
    await owner.close()
    ledger = Ledger(gateway_url(url), "test", KEY, spool=Spool(tmp_path / "spool", KEY))
    await ledger.open()
    (before,) = await ledger.append([decision(1)])

    await asyncio.to_thread(stop, folder)
    with pytest.raises(AuditUnavailable):
        await ledger.append([decision(2)])
    (spooled,) = await ledger.append([emergency(decision, 3)])
    assert not ledger.ready
    assert await asyncio.to_thread(database_url, folder) == url
    await until(lambda: ledger.ready and not (tmp_path / "spool").exists())
    await ledger.append([decision(4)])

    owner = await asyncpg.connect(url)
    kept = [row["id"] for row in await owner.fetch("select id::text from ledger.entry order by id")]
    await owner.close()
    await ledger.close()
    await asyncio.to_thread(stop, folder)
    shutil.rmtree(folder, ignore_errors=True)
    assert len(kept) == 3 and {before.id, spooled.id} <= set(kept)
