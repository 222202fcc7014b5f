"""A stream's own chain is made twice, and what was sent again stands once."""

import asyncio

import asyncpg
import pytest

from gateway.errors import AuditUnavailable
from gateway.ledger import keys as remembered
from gateway.ledger.append import BROKEN, UNRECORDED, Ledger
from gateway.ledger.sealing import AuditKey
from gateway.ledger.tables import create_tables
from gateway.ledger.watch import FROZEN

KEY = AuditKey(bytes(32))
SIGNATURE = "bigint, uuid[], text[], bytea[]"
BACKEND = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where usename = 'causeway_gateway' and datname = current_database()"
)


async def open_ledger(place, name: str = "test") -> Ledger:
    ledger = Ledger(place.gateway, name, KEY, seconds=2.0)
    await ledger.open()
    return ledger


async def until(holds, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 what is waited for is in other processes
            await asyncio.sleep(0.05)


async def test_records_sent_again_among_new_ones_keep_their_places_and_the_new_ones_follow(
    ledger, owner, decision
) -> None:
    old = [decision(n) for n in range(3)]
    before = await ledger.append(old)
    new = [decision(n) for n in range(3, 6)]

    mixed = await ledger.append([new[0], old[1], new[1], old[0], new[2]])

    assert [one.id for one in mixed] == [one.id for one in (new[0], old[1], new[1], old[0], new[2])]
    assert (mixed[1], mixed[3]) == (before[1], before[0])
    assert [mixed[n].seq for n in (0, 2, 4)] == [4, 5, 6]
    kept = {row["seq"]: row for row in await owner.fetch("select * from ledger.entry")}
    assert all((kept[one.seq]["leaf"], kept[one.seq]["chain"]) == one[3:] for one in mixed)
    assert (await ledger.append([decision(6)]))[0].seq == 7


async def test_what_another_stream_kept_has_its_receipt_from_there(place, ledger, decision) -> None:
    record = decision(1)
    (before,) = await ledger.append([record])
    other = await open_ledger(place, "other")

    again = await other.append([record, decision(2)])
    await other.close()

    assert again[0] == before
    assert (again[1].seq, again[1].stream) != (before.seq, before.stream)
    assert again[1].seq == 1


LIES = {
    "a number too high": "select last_seq + 1, last_chain, known",
    "a number too low": "select last_seq - 1, last_chain, known",
    "another chain": "select last_seq, sha256(last_chain), known",
    "no chain": "select last_seq, null::bytea, known",
    "a new record that it calls known": "select last_seq, last_chain, ids",
    "an old end, and a new record that it calls known": (
        "select last_seq - cardinality(ids), (select chain from ledger.entry where seq = last_seq - cardinality(ids)), ids"
    ),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
async def test_a_server_whose_answer_does_not_follow_stops_the_ledger(
    ledger, owner, decision, lie
) -> None:
    await ledger.append([decision(1)])
    await owner.execute(
        f"alter function ledger.append({SIGNATURE}) rename to honest;"
        "create function ledger.append(into_stream bigint, ids uuid[], subjects text[], bodies bytea[],"
        " out last_seq bigint, out last_chain bytea, out known uuid[])"
        " language sql security definer set search_path = ledger, pg_temp as"
        f" $$ {lie} from ledger.honest(into_stream, ids, subjects, bodies) $$;"
        f"grant execute on function ledger.append({SIGNATURE}) to causeway_gateway"
    )

    with pytest.raises(AuditUnavailable):
        await ledger.append([decision(2), decision(3)])

    assert ledger.problem == FROZEN
    assert await owner.fetchval("select why from ledger.freeze where lifted is null") == BROKEN


async def test_a_pseudonym_that_reads_as_two_is_refused_and_nothing_of_its_batch_is_kept(
    ledger, owner, decision
) -> None:
    with pytest.raises(AuditUnavailable):
        await ledger.append([decision(1, subject="s1,s2"), decision(2)])

    assert await owner.fetchval("select count(*) from ledger.entry") == 0


async def test_a_record_of_nobody_has_no_pseudonym_beside_it(ledger, owner, decision) -> None:
    await ledger.append([decision(1), decision(2, subject=None), decision(3, subject="s3")])
    await ledger.append([decision(4, subject=None)])

    rows = await owner.fetch("select subject from ledger.entry order by seq")
    assert [row["subject"] for row in rows] == ["s1", None, "s3", None]


BEFORE = """
    drop function ledger.append(bigint, uuid[], text[], bytea[]);
    drop function ledger.places(uuid[]);
    create function ledger.append(into_stream bigint, ids uuid[], subjects text[], bodies bytea[])
    returns table (entry_stream bigint, entry_seq bigint, entry_leaf bytea, entry_chain bytea)
    language sql security definer set search_path = ledger, pg_temp
    as $$ select stream, seq, leaf, chain from ledger.entry where id = any(ids) $$;
    revoke all on function ledger.append(bigint, uuid[], text[], bytea[]) from public;
    grant execute on function ledger.append(bigint, uuid[], text[], bytea[]) to causeway_gateway;
"""
AS_BEFORE = (
    "select entry_stream, entry_seq, entry_leaf, entry_chain from ledger.append($1, $2, $3, $4)"
)


async def test_tables_of_the_version_before_are_brought_up_to_date_with_what_they_hold(
    place, ledger, owner, decision
) -> None:
    (before,) = await ledger.append([decision(1)])
    await owner.execute(BEFORE)
    with pytest.raises(AuditUnavailable, match="tables"):
        await open_ledger(place)
    with pytest.raises(AuditUnavailable):
        await ledger.append([decision(2)])

    await create_tables(owner)
    await create_tables(owner)

    await until(lambda: ledger.ready)
    (after,) = await ledger.append([decision(3)])
    assert (after.stream != before.stream, after.seq) == (True, 1)
    assert await owner.fetchval("select count(*) from ledger.entry") == 2


async def test_a_gateway_of_the_version_before_can_record_nothing_in_these_tables(
    place, ledger, owner, decision
) -> None:
    old = await asyncpg.connect(place.gateway)
    stream = await old.fetchval("select ledger.open('old')")

    with pytest.raises(asyncpg.UndefinedColumnError):
        await old.fetch(AS_BEFORE, stream, [decision(1).id], [None], [b"{}"])
    await old.close()

    assert await owner.fetchval("select count(*) from ledger.entry") == 0


async def test_whoever_waits_when_the_ledger_is_closed_is_refused_and_so_is_who_asks_then(
    place, owner, decision
) -> None:
    ledger = await open_ledger(place)
    async with owner.transaction():
        await owner.execute("lock table ledger.stream in exclusive mode")
        asked = [asyncio.create_task(ledger.append([decision(0)]))]
        await asyncio.sleep(0.1)  # the writer waits with that one
        asked.append(asyncio.create_task(ledger.append([decision(1)])))
        await asyncio.sleep(0)
        async with asyncio.timeout(1.0):
            await ledger.close()
            told = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(one) for one in told] == [AuditUnavailable] * 2
    with pytest.raises(AuditUnavailable, match=UNRECORDED):
        await ledger.append([decision(2)])


async def test_a_ledger_under_another_audit_key_is_not_opened_and_nothing_is_kept_in_it(
    place, ledger, owner, decision
) -> None:
    await ledger.append([decision(1)])
    keys = await owner.fetchval("select count(*) from ledger.data_key")

    other = Ledger(place.gateway, "other", AuditKey(b"\1" * 32))
    with pytest.raises(AuditUnavailable, match="another audit key"):
        await other.open()

    assert not other.ready
    assert await owner.fetchval("select count(*) from ledger.data_key") == keys


async def test_a_key_that_was_forgotten_is_fetched_again_beside_one_that_is_new(
    ledger, owner, decision, monkeypatch
) -> None:
    monkeypatch.setattr(remembered, "MOST", 2)
    for batch in (("a",), ("b",), ("c",), ("a", "d"), ("d", "c", "b")):
        assert await ledger.append([decision(subject=one) for one in batch])

    assert await owner.fetchval("select count(*) from ledger.data_key where subject <> ''") == 4


async def test_after_a_lost_connection_the_next_stream_begins_at_its_own_beginning(
    ledger, owner, decision
) -> None:
    record = decision(1)
    (before,) = await ledger.append([record])
    await owner.execute(BACKEND)
    await until(lambda: not ledger.ready)
    await until(lambda: ledger.ready)

    again, new = await ledger.append([record, decision(2)])

    assert again == before
    assert (new.stream != before.stream, new.seq) == (True, 1)
