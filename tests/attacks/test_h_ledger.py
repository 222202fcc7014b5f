"""Attacks 90 to 102: logs, the record, the ledger, time.

93 in full is tests/benchmarks/kills.py and tests/journeys/test_pulling_the_plug.py; 94, the rows of 92 and 99 in detail
tests/ledger/test_failure.py; 95 the ten tampers of tests/ledger/test_verify.py; 96 also tests/ledger/test_witness.py.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from gateway.identifiers import MalformedIdentifier, NhsNumber
from gateway.ledger.append import Ledger, create_tables, gateway_url
from gateway.ledger.checkpoint import Signer, publish
from gateway.ledger.export import export
from gateway.ledger.note import Note
from gateway.ledger.sealing import AuditKey
from gateway.ledger.verify import Trust, verify
from tests.journeys.conftest import Machine

CHILD = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { pupil { senProvision } } }"
CANARY = "Zebedee-Canary-7Q"


@pytest.fixture
async def owner(machine: Machine) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(machine.demo.database)
    yield connection
    await connection.close()


async def recorded(owner: asyncpg.Connection, body: dict[str, Any]) -> list[dict[str, Any]]:
    """The records that an answer's receipts promise."""
    rows = [
        await owner.fetchval(
            "select body from ledger.entry where stream = $1 and seq = $2",
            one["stream"],
            one["seq"],
        )
        for one in body["extensions"]["receipt"]
    ]
    return [json.loads(row) for row in rows]


@asynccontextmanager
async def silent_ledger(owner: asyncpg.Connection) -> AsyncIterator[None]:
    """Stops the backend that the gateway appends through, as a hung disk would."""
    pids = [
        row["pid"]
        for row in await owner.fetch(
            "select pid from pg_stat_activity where usename = 'causeway_gateway'"
            " and datname = current_database()"
        )
    ]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def everything_logged() -> Iterator[list[str]]:
    lines: list[str] = []

    class Sink(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    sink, root = Sink(), logging.getLogger()
    before = root.level
    root.addHandler(sink)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(sink)
        root.setLevel(before)


@pytest.mark.parametrize(
    "name",
    [
        "Ehc\r\nrefused: nobody",
        "\x1b[2J",
        "${jndi:ldap://x}",
        'x","outcome":"allow',
        "N" * 1_000_000,
    ],
)
async def test_90_a_name_that_is_none_stands_in_no_record_and_no_log(
    machine: Machine, owner: asyncpg.Connection, name: str
) -> None:
    with everything_logged() as lines:
        answer = await machine.ask("EHC coordinator", CHILD, operationName=name)

    kept = await owner.fetch("select body from ledger.entry order by id desc limit 3")
    assert all(json.loads(row["body"])["op"]["name"] in (None, "Ehc") for row in kept)
    assert not any(name in line or "\r" in line or "\x1b" in line for line in lines)
    assert answer.status in (200, 400, 413)


async def test_91_no_number_and_no_name_of_a_person_is_in_the_record_or_a_log(
    machine: Machine, owner: asyncpg.Connection
) -> None:
    kai = machine.child("Kai")
    numbers = [str(kai.numbers.nhs), str(kai.numbers.upn), str(kai.numbers.uln)]
    with everything_logged() as lines:
        for identifier in ({"nhsNumber": numbers[0]}, {"upn": numbers[1]}, {"uln": numbers[2]}):
            await machine.ask("EHC coordinator", CHILD, identifier=identifier)
        await machine.ask("EHC coordinator", CHILD, identifier={"upn": CANARY})

    rows = await owner.fetch("select convert_from(body, 'UTF8') as text, subject from ledger.entry")
    sinks = "\n".join([*lines, *(f"{row['text']} {row['subject']}" for row in rows)])
    assert not [one for one in (*numbers, CANARY, kai.forename + " " + kai.surname) if one in sinks]
    assert not [
        one for one in re.findall(r"(?<![0-9a-f.])\d{10}(?![0-9a-f])", sinks) if is_nhs(one)
    ]
    assert not re.findall(r"\b[A-HJ-NP-RT-Z]\d{11}[0-9A-HJ-NP-RT-Z]\b", sinks)


def is_nhs(text: str) -> bool:
    try:
        NhsNumber.parse(text)
    except MalformedIdentifier:
        return False
    return True


@pytest.mark.parametrize(
    "accept", ["application/json", "text/event-stream", "multipart/mixed; deferSpec=20220824"]
)
async def test_92_and_100_while_the_ledger_is_silent_no_byte_of_data_is_on_the_wire(
    machine: Machine, owner: asyncpg.Connection, accept: str
) -> None:
    answer = await machine.ask("EHC coordinator", CHILD)
    value = answer.data["child"]["pupil"]["senProvision"]

    async with silent_ledger(owner):
        wire = await packets(machine, accept)
        health = await machine.http.get("/health")

    head, _, body = wire.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503")
    assert json.loads(body)["errors"][0]["extensions"]["code"] == "AUDIT_UNAVAILABLE"
    assert b"data" not in body and f'"{value}"'.encode() not in wire
    assert health.status_code == 503
    async with asyncio.timeout(10):
        while (await machine.http.get("/health")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert (await machine.ask("EHC coordinator", CHILD)).status == 200


async def packets(machine: Machine, accept: str) -> bytes:
    """Every byte that comes back for a question, read from the socket."""
    person = machine.people["EHC coordinator"]
    body = json.dumps({"query": CHILD, "variables": {"identifier": person.identifier}}).encode()
    head = (
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n"
        f"accept: {accept}\r\nauthorization: Bearer {machine.token(person)}\r\n"
        f"declared-purpose: {person.purpose}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    to = urlsplit(machine.demo.url)
    reader, writer = await asyncio.open_connection(to.hostname, to.port)
    writer.write(head.encode() + body)
    found = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return found


async def test_93_who_hangs_up_is_recorded_all_the_same(
    machine: Machine, owner: asyncpg.Connection
) -> None:
    before = await owner.fetchval("select count(*) from ledger.entry")
    asked = asyncio.create_task(machine.ask("EHC coordinator", CHILD))
    await asyncio.sleep(0.2)
    asked.cancel()

    async with asyncio.timeout(10):
        while await owner.fetchval("select count(*) from ledger.entry") == before:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


@pytest.fixture
async def small(database_url: str, tmp_path) -> AsyncIterator[Any]:
    """A ledger of its own: an owner's connection, a stream, a signer."""
    server = await asyncpg.connect(database_url)
    name = "attack_" + os.urandom(6).hex()
    await server.execute(f"create database {name}")
    url = urlsplit(database_url)._replace(path="/" + name).geturl()
    connection = await asyncpg.connect(url)
    await create_tables(connection)
    ledger = Ledger(gateway_url(url), "test", AuditKey(bytes(32)))
    await ledger.open()
    yield connection, ledger, Signer.at(tmp_path / "ledger.key", "l.example")
    await ledger.close()
    await connection.close()
    await server.execute(f"drop database {name} with (force)")
    await server.close()


async def codes(connection: asyncpg.Connection, trust: Trust) -> set[str]:
    lines = [line async for line in export(connection)]
    return {finding.code for finding in verify(lines, trust).findings}


async def test_95_a_restored_backup_and_a_replayed_entry_are_found(small, decision) -> None:
    connection, ledger, signer = small
    await ledger.append([decision(number) for number in range(6)])
    await publish(connection, signer)
    backup = await connection.fetch("select * from ledger.entry where seq > 3")
    receipts = await ledger.append([decision(number) for number in range(6, 9)])
    await publish(connection, signer)
    notes = await connection.fetch("select note from ledger.checkpoint order by size")
    trust = Trust(
        signer.key,
        checkpoints=tuple(Note.parse(row["note"]) for row in notes),
        receipts=tuple(signer.receipt(r.stream, r.seq, r.leaf, r.chain) for r in receipts),
    )
    assert await codes(connection, trust) == set()

    replay = "update ledger.entry set body = $1, leaf = $2, chain = $3 where seq = $4"
    await connection.execute(replay, backup[0]["body"], backup[0]["leaf"], backup[0]["chain"], 8)
    assert "CHAIN_BROKEN" in await codes(connection, trust)

    await connection.execute("delete from ledger.entry where seq > 6")
    await connection.execute("delete from ledger.position where seq > 6")
    await connection.execute("delete from ledger.checkpoint where size > 6")
    assert await codes(connection, trust) >= {"TRUNCATED", "RECEIPT_WITHOUT_ENTRY"}


async def test_96_what_the_witness_saw_and_what_the_auditor_is_given_must_agree(
    small, decision
) -> None:
    connection, ledger, signer = small
    await ledger.append([decision(1)])
    shown = await publish(connection, signer)
    assert shown is not None
    elsewhere = signer.sign(type(shown)(shown.origin, shown.size, bytes(32)))

    found = await codes(connection, Trust(signer.key, checkpoints=(elsewhere,)))

    assert found == {"ROOT_DIFFERS"}


@pytest.mark.parametrize("role", ["causeway_gateway", "causeway_auditor", "causeway_integrator"])
@pytest.mark.parametrize(
    "statement",
    [
        "update ledger.entry set body = ''",
        "delete from ledger.entry",
        "truncate ledger.entry",
        "insert into ledger.entry select * from ledger.entry",
        "drop table ledger.entry",
        "delete from ledger.checkpoint",
        "select ledger.shred('x')",
        "delete from ledger.data_key",
    ],
)
async def test_97_no_role_that_runs_can_change_what_was_recorded(small, role, statement) -> None:
    connection, _, _ = small
    await connection.execute(f"set role {role}")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)


FIELDS = {
    "identity { status verifiedOn }": {"Child.identity", "Identity.status", "Identity.verifiedOn"},
    "nhsNumber": {"Child.nhsNumber"},
    "gpPractice": {"Child.gpPractice"},
    "pupil { senProvision }": {"Child.pupil", "Pupil.senProvision"},
    "pupil { freeSchoolMeals { startDate } }": {"Child.pupil", "Pupil.freeSchoolMeals"},
    "learner { enrolled }": {"Child.learner", "Learner.enrolled"},
    "benefits { claimChildren }": {"Child.benefits", "BenefitsRecord.claimChildren"},
}


@pytest.mark.parametrize("seed", range(12))
async def test_98_the_record_names_what_was_answered_and_nothing_else(
    machine: Machine, owner: asyncpg.Connection, seed: int
) -> None:
    chosen = random.Random(seed).sample(sorted(FIELDS), k=1 + seed % len(FIELDS))
    query = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { %s } }"

    answer = await machine.ask("EHC coordinator", query % " ".join(chosen))

    records = await recorded(owner, answer.body)
    named = {one for record in records for one in record["released"]} - {"Query.child"}
    asked = set().union(*(FIELDS[one] for one in chosen))
    assert named <= asked | {"FreeSchoolMeals.startDate"}
    assert answered(answer.data["child"]) <= named
    withheld = {pair[0] for record in records for pair in record["refused"]}
    assert not named & withheld


def answered(child: dict[str, Any] | None) -> set[str]:
    """The coordinates of values that came back."""
    types = {
        "identity": "Identity",
        "pupil": "Pupil",
        "learner": "Learner",
        "benefits": "BenefitsRecord",
    }
    found = set()
    for name, value in (child or {}).items():
        if value is not None:
            found.add(f"Child.{name}")
        if isinstance(value, dict):
            found |= {f"{types[name]}.{inner}" for inner, v in value.items() if v is not None}
    return found


async def test_101_a_shredded_person_is_gone_and_every_old_proof_holds(small, decision) -> None:
    connection, ledger, signer = small
    receipts = await ledger.append([decision(1, subject="gone"), decision(2, subject="stays")])
    await publish(connection, signer)
    notes = await connection.fetch("select note from ledger.checkpoint")
    trust = Trust(
        signer.key,
        checkpoints=tuple(Note.parse(row["note"]) for row in notes),
        receipts=tuple(signer.receipt(r.stream, r.seq, r.leaf, r.chain) for r in receipts),
    )

    await connection.execute("select ledger.shred('gone')")

    assert await codes(connection, trust) == set()
    assert (
        await connection.fetchval("select count(*) from ledger.data_key where subject = 'gone'")
        == 0
    )
    assert (
        await connection.fetchval("select count(*) from ledger.entry where subject = 'gone'") == 0
    )


async def test_102_a_reviewers_own_look_is_a_decision_and_names_nobody(
    machine: Machine, owner: asyncpg.Connection
) -> None:
    query = "{ decisions { id organisation role operationName released } }"

    answer = await machine.ask("Caldicott Guardian", query)

    (record,) = await recorded(owner, answer.body)
    assert (record["role"], record["island"]) == ("caldicott_guardian", "ledger")
    assert "ehc-1" not in str(answer.body)
    refused = await machine.ask("Caldicott Guardian", "{ decisions { actor subject } }")
    assert "errors" in refused.body and not refused.body.get("data")
