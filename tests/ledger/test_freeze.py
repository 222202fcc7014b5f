"""A ledger that is not what was promised of it stops for every gateway, and only its owner lets it go on."""

import asyncio
import base64
import json
import os
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.errors import AuditUnavailable
from gateway.ledger.append import Ledger
from gateway.ledger.checkpoint import COSIGNATURE, LatticeSigner, Signer, Witness, publish
from gateway.ledger.export import export
from gateway.ledger.note import Note
from gateway.ledger.sealing import AuditKey
from gateway.ledger.spool import Spool
from gateway.ledger.tables import OldLedger, create_tables
from gateway.ledger.verify import Trust, verify
from gateway.ledger.watch import FROZEN
from gateway.ledger.witness import Memory, witness
from gateway.listening import listening

ORIGIN = "causeway.example/ledger"
KEY = AuditKey(bytes(32))
FROZEN_NOW = "select why from ledger.freeze where lifted is null"
EDIT = "update ledger.tile set hashes = overlay(hashes placing sha256('x') from 1) where level = 0"


async def until(holds, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 what is waited for is in other processes
            await asyncio.sleep(0.05)


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.at(tmp_path / "ledger.key", ORIGIN)


@pytest.fixture
async def integrator(place):
    connection = await asyncpg.connect(place.integrator)
    yield connection
    await connection.close()


@pytest.fixture
async def witnessed(signer, tmp_path: Path):
    """A witness with both kinds of key, over HTTP."""
    cosigners = (
        Signer.at(tmp_path / "witness.key", "witness.example", COSIGNATURE),
        LatticeSigner.at(tmp_path / "witness.key.mldsa", "witness.example"),
    )
    app = witness(cosigners, {ORIGIN: signer.key}, Memory(tmp_path / "seen.json"))
    async with listening(app) as url:
        yield Witness(url, tuple(one.key for one in cosigners))


async def stopped_everywhere(place, ledger, decision) -> None:
    """The gateway that runs stops, is not ready, and says what to do; one that starts now stops too."""
    await until(lambda: ledger.problem == FROZEN)
    with pytest.raises(AuditUnavailable):
        await ledger.append([decision(99)])
    other = Ledger(place.gateway, "other", KEY)
    await other.open()
    with pytest.raises(AuditUnavailable):
        await other.append([decision(98)])
    assert not other.ready
    await other.close()


async def test_a_ledger_that_its_witness_saw_otherwise_stops_everywhere(
    place, ledger, owner, integrator, signer, witnessed, decision
) -> None:
    await ledger.append([decision(n) for n in range(3)])
    await publish(integrator, signer, [witnessed])
    await owner.execute("delete from ledger.checkpoint")
    await owner.execute(EDIT)
    await ledger.append([decision(4)])

    assert await publish(integrator, signer, [witnessed]) is None

    assert "3 entries are not those" in await owner.fetchval(FROZEN_NOW)
    await stopped_everywhere(place, ledger, decision)


async def test_a_ledger_that_is_shorter_than_its_witness_saw_stops(
    owner, ledger, integrator, signer, witnessed, decision
) -> None:
    await ledger.append([decision(n) for n in range(3)])
    await publish(integrator, signer, [witnessed])
    await owner.execute(
        "truncate ledger.checkpoint, ledger.tile, ledger.position, ledger.integrated"
    )
    await owner.execute("delete from ledger.entry where seq = 3; update ledger.stream set seq = 2")

    await publish(integrator, signer, [witnessed])

    assert "signed with 3 entries and has 2" in await owner.fetchval(FROZEN_NOW)


async def test_a_ledger_that_does_not_extend_its_own_last_checkpoint_stops(
    owner, ledger, integrator, signer, decision
) -> None:
    await ledger.append([decision(1)])
    await publish(integrator, signer)
    await owner.execute(EDIT)
    await ledger.append([decision(2)])

    assert await publish(integrator, signer) is None

    assert "1 entries are not those" in await owner.fetchval(FROZEN_NOW)


async def test_a_last_checkpoint_of_another_key_stops_it(
    owner, ledger, integrator, signer, decision, tmp_path
) -> None:
    await ledger.append([decision(1)])
    await publish(integrator, Signer.at(tmp_path / "other.key", ORIGIN))
    await ledger.append([decision(2)])

    await publish(integrator, signer)

    assert "not one that its key signed" in await owner.fetchval(FROZEN_NOW)


async def test_a_witness_who_merely_refuses_or_shows_what_nobody_signed_stops_nothing(
    owner, ledger, integrator, signer, witnessed, decision, tmp_path
) -> None:
    forger = Signer.at(tmp_path / "forger.key", ORIGIN)
    forged = str(
        forger.sign(type(await first(ledger, integrator, signer, decision))(ORIGIN, 9, bytes(32)))
    )
    (tmp_path / "seen.json").write_text(
        json.dumps({ORIGIN: {"size": 9, "root": "00" * 32, "note": forged}})
    )
    cosigner = Signer.at(tmp_path / "w2.key", "w2.example", COSIGNATURE)
    app = witness([cosigner], {ORIGIN: signer.key}, Memory(tmp_path / "seen.json"))
    async with listening(app) as url:
        await ledger.append([decision(2)])
        published = await publish(integrator, signer, [Witness(url, (cosigner.key,))])

    assert published is not None
    assert await owner.fetchval(FROZEN_NOW) is None
    assert ledger.ready


async def first(ledger, integrator, signer, decision):
    await ledger.append([decision(1)])
    return await publish(integrator, signer)


async def test_a_gateway_notices_that_its_streams_end_was_changed(
    place, ledger, owner, decision
) -> None:
    await ledger.append([decision(1)])
    await owner.execute("update ledger.stream set chain = sha256('x')")

    with pytest.raises(AuditUnavailable):
        await ledger.append([decision(2)])

    assert "chain" in await owner.fetchval(FROZEN_NOW)
    await stopped_everywhere(place, ledger, decision)


async def test_a_gateway_notices_that_an_older_backup_was_put_back(
    place, ledger, owner, integrator, signer, decision
) -> None:
    await ledger.append([decision(1)])
    await publish(integrator, signer)
    await ledger.append([decision(2)])
    await publish(integrator, signer)
    await asyncio.sleep(1.6)

    await owner.execute("delete from ledger.checkpoint where size = 2")

    await stopped_everywhere(place, ledger, decision)
    assert "older than one" in await owner.fetchval(FROZEN_NOW)


async def test_an_emergency_is_not_spooled_beside_a_ledger_that_is_frozen(
    place, owner, decision, tmp_path
) -> None:
    ledger = Ledger(place.gateway, "test", KEY, spool=Spool(tmp_path / "spool", KEY))
    await ledger.open()
    await owner.execute("select ledger.stop('a test')")
    await until(lambda: ledger.problem == FROZEN)

    with pytest.raises(AuditUnavailable):
        await ledger.append([decision(1, emergency="public_interest")])

    assert not (tmp_path / "spool").exists()
    await ledger.close()


async def test_only_the_owner_lets_it_go_on_and_then_in_new_streams(
    place, ledger, owner, integrator, decision
) -> None:
    (before,) = await ledger.append([decision(1)])
    gateway = await asyncpg.connect(place.gateway)
    await gateway.execute("select ledger.stop('a test')")
    await until(lambda: not ledger.ready)
    for connection in (gateway, integrator):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("update ledger.freeze set lifted = now()")
    with pytest.raises(asyncpg.PostgresError, match="frozen"):
        await gateway.execute(
            "select ledger.append($1, array[gen_random_uuid()], array[null], array['x'::bytea])",
            before.stream,
        )
    await gateway.close()

    said = await asyncio.to_thread(
        CliRunner().invoke,
        main,
        ["ledger", "resume", "--database", place.owner, "--because", "INC-1"],
    )

    assert "a test; lifted" in said.output
    await until(lambda: ledger.ready)
    after = []
    async with asyncio.timeout(5):
        while not after:
            try:
                after += await ledger.append([decision(2)])
            except (
                AuditUnavailable
            ):  # the old stream stays closed; the next has a stream of its own
                await asyncio.sleep(0.1)
    assert after[0].stream != before.stream
    assert await owner.fetchval("select because from ledger.freeze") == "INC-1"


async def test_an_export_is_verified_with_both_keys_of_a_witness(
    place, ledger, integrator, signer, witnessed, decision
) -> None:
    await ledger.append([decision(n) for n in range(5)])
    await publish(integrator, signer, [witnessed])
    auditor = await asyncpg.connect(place.auditor)
    lines = [line async for line in export(auditor)]
    await auditor.close()
    trust = Trust(signer.key, witnessed.keys, quorum=1)

    assert verify(lines, trust).whole

    note = Note.parse(json.loads(lines[0])["checkpoint"])
    lattice = next(one for one in note.signatures if len(one.value) > 1000)
    line = json.dumps(lattice.line().strip())[1:-1]
    broken = lattice.value[:-1] + bytes([lattice.value[-1] ^ 1])
    forged = line.replace(
        base64.b64encode(lattice.key_id + lattice.value).decode(),
        base64.b64encode(lattice.key_id + broken).decode(),
    )
    lines[0] = lines[0].replace(line, forged)
    assert [one.code for one in verify(lines, trust).findings] == ["UNWITNESSED"]


async def test_a_ledger_from_before_months_is_told_apart_with_the_way_out(database_url) -> None:
    server = await asyncpg.connect(database_url)
    name = "old_" + os.urandom(6).hex()
    await server.execute(f"create database {name}")
    url = database_url.replace("/postgres?", f"/{name}?")
    old = await asyncpg.connect(url)
    await old.execute("create schema ledger; create table ledger.entry (stream bigint)")

    with pytest.raises(OldLedger, match="rename"):
        await create_tables(old)
    said = await asyncio.to_thread(
        CliRunner().invoke, main, ["ledger", "tables", "--database", url]
    )
    assert (said.exit_code, "alter schema ledger rename" in said.output) == (1, True)
    await old.execute("alter schema ledger rename to ledger_before")
    await create_tables(old)

    await old.close()
    await server.execute(f"drop database {name} with (force)")
    await server.close()
