"""From a ledger in a database to a verdict on a file, by the commands people use."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.ledger.append import Ledger
from gateway.ledger.checkpoint import Signer, publish
from gateway.ledger.record import Circumstances, Record
from gateway.ledger.sealing import AuditKey, personal
from gateway.ledger.tables import gateway_url


def run(*arguments: str):
    return CliRunner().invoke(main, list(arguments))


def decision(number: int) -> Record:
    about = Circumstances(str(number), None, "P", None, "r", "LA:201", "role", "a")
    return Record(about, "s", "schools", "allow")


async def two_recorded(url: str, signer: Signer) -> list[dict]:
    ledger = Ledger(gateway_url(url), "test", AuditKey(bytes(32)), seconds=2.0)
    await ledger.open()
    receipts = await ledger.append([decision(1), decision(2)])
    await ledger.close()
    connection = await asyncpg.connect(url)
    await publish(connection, signer)
    await connection.close()
    return [signer.receipt(r.stream, r.seq, r.leaf, r.chain) for r in receipts]


async def recreate(url: str) -> None:
    server = await asyncpg.connect(url)
    await server.execute("drop database if exists ledger_command with (force)")
    await server.execute("create database ledger_command")
    await server.close()


async def fetched(url: str, query: str) -> list:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(query)
    await connection.close()
    return rows


def test_audit_events_figures_retirement_and_shredding_leave_the_proofs_as_they_were(
    database_url, tmp_path: Path
) -> None:
    asyncio.run(recreate(database_url))
    url = database_url.replace("/postgres?", "/ledger_command?")
    signer = Signer.at(tmp_path / "ledger.key", "causeway.example/ledger")
    at = ("--database", url)
    run("ledger", "tables", *at)
    receipts = asyncio.run(two_recorded(url, signer))
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(r) + "\n" for r in receipts))
    now = datetime.now(UTC)

    events = run("ledger", "fhir", *at)
    counted = run("ledger", "transparency", *at, f"{now.year}-Q{(now.month + 2) // 3}")
    retired = run("ledger", "retire", *at, "--to", str(tmp_path / "archive"))
    kept = asyncio.run(fetched(url, "select body from ledger.entry"))
    sealed = json.loads(kept[0]["body"])["sealed"]
    (key,) = asyncio.run(
        fetched(url, "select id, wrapped from ledger.data_key where subject = 's'")
    )
    before = personal(kept[0]["body"], {sealed["key"]: AuditKey(bytes(32)).unwrapped(*key)})
    shredded = run("ledger", "shred", *at, "--yes", "s")
    again = run("ledger", "shred", *at, "--yes", "s")
    run("ledger", "export", *at, "-o", str(tmp_path / "ledger.jsonl"))
    verified = run(
        *("verify", str(tmp_path / "ledger.jsonl"), "--key", str(signer.key)),
        *("--receipts", str(tmp_path / "mine.jsonl")),
    )

    first = json.loads(events.output.splitlines()[0])
    assert (first["resourceType"], first["patient"]["identifier"]["value"]) == ("AuditEvent", "s")
    assert json.loads(counted.output)["decisions"] == {"all": "*"}
    assert retired.output.startswith("0 entries")
    assert before is not None and before["subject"] == "s"
    assert (shredded.output, again.output) == ("1 data keys destroyed\n", "0 data keys destroyed\n")
    assert asyncio.run(fetched(url, "select from ledger.data_key where subject = 's'")) == []
    assert asyncio.run(fetched(url, "select body from ledger.entry")) == kept
    assert verified.exit_code == 0, verified.output


def test_a_ledger_that_is_not_frozen_has_nothing_to_lift(database_url) -> None:
    asyncio.run(recreate(database_url))
    url = database_url.replace("/postgres?", "/ledger_command?")
    run("ledger", "tables", "--database", url)

    said = run("ledger", "resume", "--database", url, "--because", "nothing")

    assert (said.exit_code, said.output) == (0, "the ledger is not frozen\n")


@pytest.mark.parametrize(
    "command", ["tables", "export", "fhir", "resume --because x", "transparency 2026-Q4"]
)
def test_a_ledger_that_is_away_is_named_as_what_is_missing(command: str) -> None:
    answer = run("ledger", *command.split(), "--database", "postgresql://127.0.0.1:1/none")

    assert answer.exit_code == 3
    assert "LEDGER_URL or --database" in answer.output


def test_tables_export_and_verify_work_from_the_command_line(database_url, tmp_path: Path) -> None:
    asyncio.run(recreate(database_url))
    url = database_url.replace("/postgres?", "/ledger_command?")
    signer = Signer.at(tmp_path / "ledger.key", "causeway.example/ledger")

    made = run("ledger", "tables", "--database", url)
    receipts = asyncio.run(two_recorded(url, signer))
    exported = run("ledger", "export", "--database", url, "-o", str(tmp_path / "ledger.jsonl"))
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(r) + "\n" for r in receipts))
    verified = run(
        *("verify", str(tmp_path / "ledger.jsonl"), "--key", str(signer.key)),
        *("--receipts", str(tmp_path / "mine.jsonl")),
    )

    assert (made.exit_code, exported.exit_code, verified.exit_code) == (0, 0, 0), verified.output
    assert "2 entries in 1 streams, 1 checkpoints" in verified.output
    assert verified.output.endswith("whole\n")

    lines = (tmp_path / "ledger.jsonl").read_text().replace("LA:201", "LA:202")
    (tmp_path / "ledger.jsonl").write_text(lines)
    tampered = run("verify", str(tmp_path / "ledger.jsonl"), "--key", str(signer.key))

    assert tampered.exit_code == 1
    assert "BODY_CHANGED stream" in tampered.output


def test_a_damaged_key_is_refused_with_what_a_key_looks_like(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")

    answer = run("verify", str(tmp_path / "empty"), "--key", "nonsense")

    assert answer.exit_code == 2
    assert "--key" in answer.output
