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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
)

from gateway.assertion import actor_id
from gateway.caller.demo import NAME
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import load as load_supergraph
from gateway.identifiers import MalformedIdentifier, NhsNumber
from gateway.ledger.append import Ledger
from gateway.ledger.checkpoint import Signer, publish
from gateway.ledger.export import export
from gateway.ledger.note import Note
from gateway.ledger.sealing import AuditKey
from gateway.ledger.tables import create_tables, gateway_url
from gateway.ledger.verify import Trust, verify
from gateway.purpose.scopes import UNDERSTOOD
from tests.journeys.conftest import Machine, promised
from tests.journeys.test_3_unscheduled_care import hearing, read

CHILD = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { pupil { senProvision } } }"
SUPERGRAPH = Path("schema/supergraph.graphql").read_text()
CANARY = "Zebedee-Canary-7Q"


@pytest.fixture
async def owner(machine: Machine) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(machine.demo.database)
    yield connection
    await connection.close()


async def recorded(
    owner: asyncpg.Connection | asyncpg.Pool, body: dict[str, Any]
) -> list[dict[str, Any]]:
    """The records that an answer's receipts promise."""
    rows = [
        await owner.fetchval(
            "select body from ledger.entry where stream = $1 and seq = $2",
            *place,
        )
        for place in promised(body)
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
        refused = await machine.ask("EHC coordinator", CHILD, purpose="NONE", operationName=name)

    assert refused.status in (400, 403, 413)
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


async def test_100_an_event_of_a_stream_waits_for_its_record_too(
    machine: Machine, owner: asyncpg.Connection
) -> None:
    async with hearing(machine, "Social worker") as before:
        await read(machine, "E-100-before")
        assert await asyncio.wait_for(before.get(), 10)

    async with hearing(machine, "Social worker") as heard, silent_ledger(owner):
        asked = await read(machine, "E-100")
        await asyncio.sleep(1.0)

    assert asked.status == 503
    assert heard.empty()
    async with asyncio.timeout(10):
        while (await machine.http.get("/health")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


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
    ledger = Ledger(gateway_url(url), "test", AuditKey(bytes(32)), seconds=2.0)
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


ASKERS = ("EHC coordinator", "SENCO", "Participation officer", "Social worker", "A&E clinician")
OPERATIONS = int(os.environ.get("CAUSEWAY_ATTACK_98", "200"))
"""The whole attack is 10,000: `CAUSEWAY_ATTACK_98=10000 pytest tests/attacks/test_h_ledger.py -k test_98`."""


async def test_98_the_record_names_what_was_answered_and_the_ledger_holds_what_was_promised(
    machine: Machine, owner: asyncpg.Connection
) -> None:
    schema = api_schema(load_supergraph(SUPERGRAPH, UNDERSTOOD))
    await machine.ask("EHC coordinator", CHILD)
    last = await owner.fetchval("select id from ledger.entry order by id desc limit 1")
    rng, places, shown, wrong, late = random.Random(98), [], 0, [], []

    # A connection that the gateway is about to close must not be used again: what was asked would be lost to us.
    brief = httpx.Limits(max_keepalive_connections=0)
    async with (
        asyncpg.create_pool(machine.demo.database, min_size=1, max_size=4) as kept,
        httpx.AsyncClient(base_url=machine.demo.url, timeout=30, limits=brief) as http,
    ):
        asking = Machine(machine.demo, http, machine.folder)

        async def one(query: str, who: str) -> tuple[Told, list[str]]:
            answer = await asking.ask(who, query)
            if (
                answer.status == 503
            ):  # a machine that is too busy: nothing is released, and perhaps recorded
                assert answer.codes == {"": "AUDIT_UNAVAILABLE"} and answer.body.keys() == {
                    "errors"
                }
                late.append(query)
                return Told(), []
            assert answer.status == 200, answer.body
            places.extend(promised(answer.body))
            told = Told.of(schema, query, answer.body)
            return told, differences(told, await recorded(kept, answer.body))

        for _ in range(0, OPERATIONS, 8):
            asked = [(random_query(rng, schema), rng.choice(ASKERS)) for _ in range(8)]
            for told, found in await asyncio.gather(*(one(*each) for each in asked)):
                shown += len(told.shown)
                wrong += found

    assert wrong == []
    assert shown > OPERATIONS  # it was worth asking
    rows = await owner.fetch("select stream, seq from ledger.entry where id > $1", last)
    assert len(set(places)) == len(places)
    assert set(places) <= set(map(tuple, rows))
    assert late or len(rows) == len(places)


def random_query(rng: random.Random, schema: GraphQLSchema) -> str:
    """A question about a child: a few random fields, some under other names, some in fragments."""
    child = schema.get_type("Child")
    assert isinstance(child, GraphQLObjectType)
    inside = random_fields(rng, child, 3)
    return (
        f"query($identifier: IdentifierInput!) {{ child(identifier: $identifier) {{ {inside} }} }}"
    )


def random_fields(rng: random.Random, of: GraphQLObjectType, depth: int) -> str:
    usable = [
        name
        for name, field in of.fields.items()
        if not any(is_required_argument(one) for one in field.args.values())
        and (depth > 1 or is_leaf_type(get_named_type(field.type)))
        and isinstance(
            get_named_type(field.type), (GraphQLObjectType, GraphQLScalarType, GraphQLEnumType)
        )
    ]
    found = []
    for number, name in enumerate(rng.sample(usable, min(len(usable), rng.randint(1, 4)))):
        target = get_named_type(of.fields[name].type)
        below = ""
        if isinstance(target, GraphQLObjectType):
            inner = random_fields(rng, target, depth - 1)
            if not inner:
                continue
            below = f" {{ {inner} }}"
        written = (f"a{number}: " if rng.random() < 0.3 else "") + name + below
        found.append(f"... on {of.name} {{ {written} }}" if rng.random() < 0.2 else written)
    return " ".join(found)


COUNTED = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
  localAuthorityRecords { personDeathDate episodes { ... on Episode { cin } } } } }"""


async def test_98_how_many_of_something_there_are_is_recorded_though_nothing_in_it_was_open(
    machine: Machine, owner: asyncpg.Connection
) -> None:
    answer = await machine.ask("Social worker", COUNTED)

    given = [one["episodes"] for one in answer.data["child"]["localAuthorityRecords"]]
    assert any(given)
    records = await recorded(owner, answer.body)
    assert "LocalAuthorityChild.episodes" in {n for record in records for n in record["released"]}


@dataclass
class Told:
    """What an answer says of each field that was asked for: it has a value, an error here or above, or it is silent."""

    shown: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)
    below: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, schema: GraphQLSchema, query: str, body: dict[str, Any]) -> Told:
        told = cls()
        errors = {
            tuple(step for step in error.get("path") or () if isinstance(step, str))
            for error in body.get("errors", ())
        }
        (definition,) = parse(query).definitions
        assert isinstance(definition, OperationDefinitionNode) and schema.query_type
        told._walk((schema.query_type, definition.selection_set), body["data"], (), errors)
        return told

    def _walk(
        self, asked: Any, value: Any, path: tuple[str, ...], errors: set[tuple[str, ...]]
    ) -> None:
        owner, selections = asked
        for one in selections.selections:
            if isinstance(one, InlineFragmentNode):
                self._walk((owner, one.selection_set), value, path, errors)
                continue
            key = one.alias.value if one.alias else one.name.value
            here = (*path, key)
            found = value.get(key) if isinstance(value, dict) else None
            self._of(found, here, errors).add(f"{owner.name}.{one.name.value}")
            if one.selection_set:
                target = get_named_type(owner.fields[one.name.value].type)
                for each in found if isinstance(found, list) and found else [found]:
                    self._walk((target, one.selection_set), each, here, errors)

    def _of(self, found: Any, here: tuple[str, ...], errors: set[tuple[str, ...]]) -> set[str]:
        if found is not None:
            return self.shown
        if here in errors:
            return self.withheld
        return self.below if any(here[:n] in errors for n in range(len(here))) else self.silent


def differences(told: Told, records: list[dict[str, Any]]) -> list[str]:
    """A value in no record, a name that nobody asked for, what is given and withheld, what is withheld without a word."""
    named = {one for record in records for one in record["released"]}
    refused = {pair[0] for record in records for pair in record["refused"]}
    asked = told.shown | told.silent | told.withheld | told.below
    return [
        *(f"{one} was given and is in no record" for one in told.shown - named),
        *(f"{one} is in a record and was not asked for" for one in named - asked),
        *(f"{one} was withheld and stands as given" for one in told.withheld & named - told.shown),
        *(f"{one} was withheld and no record says so" for one in told.withheld - refused),
    ]


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


@asynccontextmanager
async def parent_of(owner: asyncpg.Connection, worker: str, subject: str) -> AsyncIterator[None]:
    """While the block lasts a worker is known, by a verified identity, to be a parent of this young person."""
    child = await owner.fetchval(
        "select child from link.relationship where kind = 'verified_identity' and actor = $1",
        actor_id(NAME, subject),
    )
    actor = actor_id(NAME, worker)
    await owner.execute(
        "insert into link.relationship (child, organisation, kind, actor, opened_on)"
        " values ($1, 'anyone', 'verified_identity', $2, current_date)",
        child,
        actor,
    )
    try:
        yield
    finally:
        await owner.execute("delete from link.relationship where actor = $1", actor)


LEARNER = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { learner { enrolled } } }"
CASELOAD = "{ participationCaseload { uln activityStatus } }"
QUEUE = "{ emergenciesToReview(first: 100) { id alert reviewBy } }"


async def test_102_a_worker_who_looks_at_their_own_child_is_reported(
    machine: Machine, owner: asyncpg.Connection
) -> None:
    officer, jodie = machine.people["Participation officer"], machine.people["Young person (Jodie)"]
    async with parent_of(owner, officer.subject, jodie.subject):
        with everything_logged() as lines:
            crossing = await machine.ask(officer, LEARNER)
            caseload = await machine.ask(officer, CASELOAD)
    before = await machine.ask(officer, LEARNER)
    own = await machine.ask(jodie, LEARNER)

    alerts = [
        [record.get("alert") for record in await recorded(owner, answer.body)]
        for answer in (crossing, caseload, before, own)
    ]
    assert set(alerts[0]) == {"self_or_relative"}
    assert alerts[1].count("self_or_relative") == 1 and len(alerts[1]) > 1
    assert set(alerts[2]) | set(alerts[3]) == {None}
    assert any("Caldicott Guardian's queue" in line for line in lines)
    async with asyncio.timeout(15):
        while True:
            queue = (await machine.ask("Caldicott Guardian", QUEUE)).data["emergenciesToReview"]
            if waiting := [one for one in queue if one["alert"]]:
                break
            await asyncio.sleep(0.3)
    assert waiting[0]["reviewBy"]


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
