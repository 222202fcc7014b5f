"""Attack 91: no number and no name of a person where none belongs (trust.md §5.5, §7): every journey, and every sink there is.

Sinks: answers with their errors and extensions, headers, logs of the gateway and of every subgraph at DEBUG, the log of
Postgres, the ledger with its export and its view for readers, the link node's tables, trace reports, and every file
beside the database. A number is known by its shape and check digit, and as one of the invented children's own.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from gateway.demo.journeys import journeys
from gateway.identifiers import MalformedIdentifier, Nino, Uln, Upn
from gateway.identifiers import NhsNumber as Nhs
from gateway.ledger.export import export
from gateway.ledger.fhir import audit_event
from subgraphs.population import Child
from tests.journeys.conftest import Machine

CANARY = "Zebedee-Canary-7Q"
SHAPES = {
    "NHS number": (
        Nhs,
        re.compile(r"(?<![0-9A-Za-z+/=_.-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![0-9A-Za-z+/=_-])"),
    ),
    "UPN": (Upn, re.compile(r"(?<![0-9A-Za-z+/=_-])[A-Z]\d{11}[0-9A-Z](?![0-9A-Za-z+/=_-])")),
    "ULN": (Uln, re.compile(r"(?<![0-9A-Za-z+/=_.-])\d{10}(?![0-9A-Za-z+/=_-])")),
    "NINO": (Nino, re.compile(r"(?<![0-9A-Za-z+/=_-])[A-Z]{2}\d{6}[A-D](?![0-9A-Za-z+/=_-])")),
}
OF_TEN, OF_THIRTEEN = re.compile(r"(?=(\d{10}))"), re.compile(r"(?=([A-Z]\d{11}[0-9A-Z]))")
TOLD_AS = {
    "nhsNumber", "uniquePupilNumber", "formerUpns", "uniqueLearnerNumber", "claimNumber", "upn", "formerUpn",
    "nationalInsuranceNumber", "number",
}  # fmt: skip
"""The fields in which a number may be told at all, where the purpose opens it."""


@dataclass
class Known:
    """What belongs to the invented children."""

    tens: set[str]
    thirteens: set[str]
    names: set[str]

    @classmethod
    def of(cls, children: tuple[Child, ...]) -> Known:
        numbers = [one.numbers for child in children for one in (child, child) if child.numbers] + [
            child.before_adoption for child in children if child.before_adoption
        ]
        tens = {
            str(one) for each in numbers for one in (getattr(each, "nhs", None), each.uln) if one
        }
        thirteens = {str(one.upn) for one in numbers if one.upn}
        names = {f"{child.forename} {child.surname}" for child in children}
        return cls(tens, thirteens, names)

    def leaks(self, text: str) -> set[str]:
        """Kinds of what is in a text; never the thing itself, which would leak into the test's own report."""
        found = {"a child's number" for _ in set(OF_TEN.findall(text)) & self.tens}
        found |= {"a child's UPN" for _ in set(OF_THIRTEEN.findall(text)) & self.thirteens}
        found |= {"a child's name" for name in self.names if name in text}
        found |= {"the canary"} if CANARY in text else set()
        for kind, (parse, shape) in SHAPES.items():
            if any(valid(parse, one) for one in shape.findall(text)):
                found.add(kind)
        return found


def valid(kind: Any, text: str) -> bool:
    plain = text.replace(" ", "").replace("-", "")
    try:
        kind.parse(plain, synthetic=True) if kind is Nino else kind.parse(plain)
    except MalformedIdentifier:
        return False
    return True


@dataclass
class Sinks:
    """What was said, by where."""

    said: dict[str, list[str]] = field(default_factory=dict)

    def say(self, where: str, text: str) -> None:
        self.said.setdefault(where, []).append(text)


@contextmanager
def everything_logged(sinks: Sinks) -> Iterator[None]:
    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            sinks.say(f"log {record.name.partition('.')[0]}", self.format(record))

    handler, root = Handler(), logging.getLogger()
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


@pytest.fixture(scope="module")
async def known(machine: Machine) -> Known:
    return Known.of(machine.demo.children)


@pytest.fixture(scope="module")
async def walked(machine: Machine) -> AsyncIterator[tuple[Sinks, list[tuple[str, httpx.Response]]]]:
    """Every journey walked once, every way of going wrong tried, and all that was said meanwhile."""
    sinks, answers = Sinks(), []
    connection = await asyncpg.connect(machine.demo.database)
    with everything_logged(sinks):
        for number, purpose, body in questions(machine):
            answers.append((purpose, await sent(machine, *body)))
            sinks.say("walked", str(number))
        answers += [("", await sent(machine, *body)) for body in mistakes(machine)]
        answers += [("", one) for one in await failures(machine, connection)]
    await connection.close()
    yield sinks, answers


def questions(machine: Machine) -> Iterator[tuple[int, str, tuple[Any, ...]]]:
    for journey in journeys(machine.demo.children):
        for ask in journey.asks:
            variables = {"identifier": dict(ask.person.identifier)}
            used = variables if "$identifier" in ask.text else {}
            yield journey.number, ask.person.purpose, (ask.person, ask.text, used)


async def sent(
    machine: Machine, person: Any, text: Any, variables: Any, **more: str
) -> httpx.Response:
    headers = {
        "authorization": f"Bearer {machine.token(person)}",
        "declared-purpose": person.purpose,
        **more,
    }
    body = {"query": text, "variables": variables}
    return await machine.http.post("/graphql", json=body, headers=headers)


CHILD = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { id nhsNumber pupil { senProvision } } }"


def mistakes(machine: Machine) -> Iterator[tuple[Any, ...]]:
    """Numbers in every wrong place: each is an error, and none is quoted."""
    person = machine.people["EHC coordinator"]
    kai = machine.child("Kai")
    nhs, upn, uln = str(kai.numbers.nhs), str(kai.numbers.upn), str(kai.numbers.uln)
    yield person, CHILD, {"identifier": {"nhsNumber": nhs}}
    yield person, CHILD, {"identifier": {"upn": upn, "nhsNumber": nhs}}
    yield person, CHILD, {"identifier": {"upn": nhs}}
    yield person, CHILD, {"identifier": {"upn": CANARY}}
    yield person, CHILD, {"identifier": {"uln": uln + "1"}}
    yield person, CHILD, {"identifier": nhs}
    yield person, CHILD, {"identifier": {nhs: nhs}}
    yield person, CHILD.replace("$identifier)", f'{{upn: "{upn}"}}) @include(if: "{nhs}")'), {}
    yield person, f'{{ child(identifier: {{nhsNumber: "{nhs}"}}) {{ zebra }} }}', {}
    yield person, f"{{ child(identifier: {{nhsNumber: {nhs}}}) {{ id }} }}", {}
    yield person, f'{{ child(identifier: {{upn: "{upn}"}}) {{ id(x: "{CANARY}") }} }}', {}
    yield person, f'{{ a{nhs}: child(identifier: {{upn: "{upn}"}}) {{ id }} }}', {}
    yield person, f'{{ pupil(upn: "{upn}") {{ senProvision }} }} # {CANARY}', {}
    yield person, CHILD + f" # {nhs}", {"identifier": {"upn": upn}, CANARY: nhs}


async def failures(machine: Machine, owner: asyncpg.Connection) -> list[httpx.Response]:
    """Things that break while a child is asked about: an island's code, its database, a statement under way."""
    person = machine.people["EHC coordinator"]
    query = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { pupil { surname senProvision } } }"
    asked = (person, query, {"identifier": dict(person.identifier)})
    await owner.execute("alter table schools.pupil rename column surname to elsewhere")
    broken = [await sent(machine, *asked)]
    await owner.execute("alter table schools.pupil rename column elsewhere to surname")
    async with owner.transaction():
        await owner.execute("lock table schools.pupil in access exclusive mode")
        under_way = asyncio.create_task(sent(machine, *asked))
        await asyncio.sleep(0.7)
        await owner.execute(
            "select pg_cancel_backend(pid) from pg_stat_activity where usename = 'causeway_schools'"
        )
        broken.append(await under_way)
    return broken


async def test_91_an_answer_tells_a_number_only_where_its_purpose_opens_it(
    machine: Machine, known: Known, walked: Any
) -> None:
    _, answers = walked
    register = machine.demo.register
    opened: set[str] = set()
    for purpose, answer in answers:
        body = answer.json()
        data, numbers = body.pop("data", None), []
        numbers += list(told(data))
        assert not known.leaks(json.dumps(body)), f"{purpose}: beside the data"
        assert not known.leaks("\n".join(f"{k}: {v}" for k, v in answer.headers.items()))
        inside = " ".join(map(str, values(data)))  # a client may name its own answer as it likes
        leaks = {one for one in known.tens | known.thirteens if one in inside}
        assert leaks <= {str(one) for _, one in numbers}, f"{purpose}: in a field of no number"
        if any(name == "nhsNumber" and one for name, one in numbers):
            opened.add(purpose.partition(";")[0])
    assert opened <= {
        code
        for code, one in register.purposes.items()
        if one.nhs_number in ("visible_to_health", "conditional", "own")
    }
    assert len(answers) > 25


def told(data: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The values of fields in which a number may be told."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from told(value, key)
    elif isinstance(data, list):
        for value in data:
            yield from told(value, name)
    elif name in TOLD_AS and data is not None:
        yield name, data


def values(data: Any) -> Iterator[Any]:
    if isinstance(data, dict | list):
        for one in data.values() if isinstance(data, dict) else data:
            yield from values(one)
    else:
        yield data


async def test_91_no_log_of_any_part_names_anybody(known: Known, walked: Any) -> None:
    sinks, answers = walked

    logs = {where: said for where, said in sinks.said.items() if where.startswith("log ")}
    assert set(sinks.said["walked"]) == {str(number) for number in range(1, 15)}
    assert {"log gateway", "log subgraphs"} & logs.keys()
    assert {where: known.leaks("\n".join(said)) for where, said in logs.items()} == {
        where: set() for where in logs
    }
    assert any(answer.json().get("errors") for _, answer in answers)
    assert any("failed at" in one for one in sinks.said.get("log subgraphs", ()))


async def test_91_postgres_itself_names_nobody(
    machine: Machine, known: Known, walked: Any, links: asyncpg.Connection
) -> None:
    folder = Path(await links.fetchval("show data_directory"))
    text = await asyncio.to_thread((folder / "log").read_text, errors="replace")

    assert "canceling statement" in text  # what broke is there, with its statement …
    assert "current_pupil" in text or "schools." in text
    assert not known.leaks(text)  # … and without what was asked for


async def test_91_the_ledger_and_what_is_made_of_it_name_nobody(
    known: Known, walked: Any, links: asyncpg.Connection
) -> None:
    rows = await links.fetch(
        "select convert_from(body, 'UTF8') || coalesce(subject, '') as one from ledger.entry"
    )
    reading = await links.fetch("select row_to_json(r)::text as one from ledger.reading r")
    lines = [str(line) async for line in export(links)]
    bodies = [json.loads(row["one"][: row["one"].rindex("}") + 1]) for row in rows]

    assert len(rows) > 30 and lines
    assert not known.leaks("\n".join(row["one"] for row in (*rows, *reading)))
    assert not known.leaks("\n".join(lines))
    assert not known.leaks(json.dumps([audit_event(one, one["id"]) for one in bodies]))


async def test_91_the_link_nodes_tables_and_trace_reports_name_nobody(
    known: Known, walked: Any, links: asyncpg.Connection
) -> None:
    tables = await links.fetch(
        "select format('%I.%I', schemaname, tablename) as one from pg_tables"
        " where schemaname in ('link', 'ledger', 'causeway')"
    )
    found = {}
    for table in tables:
        rows = await links.fetch(f"select row_to_json(t)::text as one from {table['one']} t")
        if leaks := known.leaks("\n".join(row["one"] for row in rows)):
            found[table["one"]] = leaks

    assert len(tables) > 15
    assert found == {}


async def test_91_no_file_beside_the_database_names_anybody(
    known: Known, walked: Any, links: asyncpg.Connection
) -> None:
    """Keys, the spool, what was sealed: all that a gateway and its subgraphs keep outside Postgres."""
    folder = Path(await links.fetchval("show data_directory")).parent
    files = [
        one
        for one in await asyncio.to_thread(lambda: list(folder.rglob("*")))
        if one.is_file() and "postgres" not in one.relative_to(folder).parts
    ]
    texts = {one.name: await asyncio.to_thread(one.read_bytes) for one in files}

    assert {"ledger.key", "audit.key"} <= texts.keys()
    assert not {name for name, text in texts.items() if known.leaks(text.decode("latin-1"))}


async def test_91_there_is_no_place_where_metrics_or_traces_are_told(machine: Machine) -> None:
    for path in (
        "/metrics",
        "/debug",
        "/docs",
        "/graphiql",
        "/trace",
        "/.git/config",
        "/openapi.json",
    ):
        assert (await machine.http.get(path)).status_code == 404


def test_91_the_scan_finds_what_it_looks_for(known: Known) -> None:
    some = next(iter(known.tens))
    for text, kind in (
        ("asked for 9434765919 at", "NHS number"),
        ("943 476 5919", "NHS number"),
        (f"x{some}y", "a child's number"),
        (f"upn={next(iter(known.thirteens))}", "a child's UPN"),
        (f"upn: {next(iter(known.thirteens))}", "UPN"),
        ("QQ123456C", "NINO"),
        (f"hello {CANARY}", "the canary"),
        (f"for {next(iter(known.names))}.", "a child's name"),
    ):
        assert kind in known.leaks(text)
    assert not known.leaks("1764000000.123456 8f14e45fceea167a5a36dedd4bea2543 2026-11-22")
