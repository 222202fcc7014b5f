"""A record is durable before anyone goes on, or nobody goes on."""

import asyncio
import os
import signal
import time
from contextlib import suppress

import asyncpg
import pytest

from gateway.errors import AuditUnavailable
from gateway.ledger.append import AT_ONCE, Ledger
from gateway.ledger.askers import QUEUE
from gateway.ledger.merkle import leaf_hash
from gateway.ledger.record import GENESIS, link
from gateway.ledger.sealing import AuditKey


async def test_a_record_is_in_the_database_when_append_returns(ledger, owner, decision) -> None:
    record = decision()

    (receipt,) = await ledger.append([record])

    row = await owner.fetchrow("select * from ledger.entry where id = $1", record.id)
    assert row["leaf"] == leaf_hash(row["body"]) == receipt.leaf
    assert (row["stream"], row["seq"], row["chain"]) == (receipt.stream, receipt.seq, receipt.chain)


async def test_every_entry_commits_to_all_before_it(ledger, owner, decision) -> None:
    await ledger.append([decision(number) for number in range(5)])
    await ledger.append([decision(5)])

    chain = GENESIS
    for row in await owner.fetch("select * from ledger.entry order by seq"):
        chain = link(chain, leaf_hash(row["body"]))
        assert row["chain"] == chain
    assert row["seq"] == 6


async def test_many_askers_share_transactions_and_each_gets_its_own_receipt(
    ledger, owner, decision
) -> None:
    records = [decision(number) for number in range(500)]

    receipts = await asyncio.gather(*(ledger.append([record]) for record in records))

    assert [r[0].id for r in receipts] == [record.id for record in records]
    assert sorted(r[0].seq for r in receipts) == list(range(1, 501))


async def test_a_record_sent_twice_stands_once(ledger, owner, decision) -> None:
    record = decision()

    first = await ledger.append([record])
    again = await ledger.append([record])

    assert first == again
    assert await owner.fetchval("select count(*) from ledger.entry") == 1


async def test_each_gateway_process_writes_its_own_stream(place, ledger, decision) -> None:
    other = Ledger(place.gateway, "other", AuditKey(bytes(32)))
    await other.open()

    (a,), (b,) = await asyncio.gather(ledger.append([decision(1)]), other.append([decision(2)]))
    await other.close()

    assert a.stream != b.stream
    assert (a.seq, b.seq) == (1, 1)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from ledger.entry",
        "insert into ledger.entry values (1, 1, gen_random_uuid(), now(), '', '', '', '')",
        "update ledger.entry set body = ''",
        "delete from ledger.entry",
        "truncate ledger.entry",
        "select * from ledger.stream",
        "drop function ledger.append(bigint, uuid[], text[], bytea[])",
        "alter table ledger.entry disable trigger all",
    ],
)
async def test_the_gateways_role_can_append_and_nothing_else(place, statement) -> None:
    connection = await asyncpg.connect(place.gateway)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)
    await connection.close()


async def test_after_a_lost_connection_a_new_one_is_used_and_nothing_promised_is_missing(
    ledger, owner, decision
) -> None:
    await owner.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'causeway_gateway'"
        " and datname = current_database()"
    )

    promised = []
    async with asyncio.timeout(20):
        while not promised:  # refused until the new connection is there; a second try finds it
            with suppress(AuditUnavailable):
                promised += await ledger.append([decision(len(promised))])

    kept = await owner.fetch("select stream, seq from ledger.entry")
    assert (promised[-1].stream, promised[-1].seq) in [tuple(row) for row in kept]


async def test_a_stopped_writer_refuses_in_a_quarter_of_a_second_and_releases_nothing(
    place, owner, decision
) -> None:
    ledger = Ledger(place.gateway, "test", AuditKey(bytes(32)))
    await ledger.open()
    backend = await owner.fetchval(
        "select pid from pg_stat_activity where usename = 'causeway_gateway'"
        " and datname = current_database()"
    )
    os.kill(backend, signal.SIGSTOP)
    started = time.monotonic()
    try:
        with pytest.raises(AuditUnavailable):
            await ledger.append([decision()])
    finally:
        os.kill(backend, signal.SIGCONT)
    assert 0.15 < time.monotonic() - started < 1.0
    await ledger.close()


async def test_a_full_queue_refuses_at_once(ledger, owner, decision) -> None:
    async with owner.transaction():
        await owner.execute("lock table ledger.stream in exclusive mode")
        asked = [asyncio.create_task(ledger.append([decision(0)]))]
        await asyncio.sleep(0.05)  # the writer waits with that one
        for first in range(0, QUEUE, AT_ONCE):
            turn = [decision(first + n) for n in range(AT_ONCE)]
            asked.append(asyncio.create_task(ledger.append(turn)))
        await asyncio.sleep(0.05)
        with pytest.raises(AuditUnavailable):
            await ledger.append([decision(0)])
    await asyncio.gather(*asked)


async def test_a_list_longer_than_the_queue_is_kept_in_turns(ledger, owner, decision) -> None:
    records = [decision(number) for number in range(QUEUE + 300)]

    receipts = await ledger.append(records)

    assert [one.seq for one in receipts] == list(range(1, len(records) + 1))


async def test_a_process_that_stood_still_has_not_waited_too_long(ledger, decision) -> None:
    await ledger.append([decision(0)])
    asked = asyncio.create_task(ledger.append([decision(1)]))
    await asyncio.sleep(0)

    time.sleep(2.5)  # noqa: ASYNC251 it is the loop itself that stands still

    assert len(await asked) == 1


async def test_without_a_ledger_there_is_no_gateway(place) -> None:
    with pytest.raises(AuditUnavailable):
        await Ledger(
            place.gateway.replace("/ledger_", "/absent_"), "test", AuditKey(bytes(32))
        ).open()


async def test_a_closed_ledger_takes_no_record(place, decision) -> None:
    ledger = Ledger(place.gateway, "test", AuditKey(bytes(32)))
    await ledger.open()
    await ledger.close()

    assert not ledger.ready
