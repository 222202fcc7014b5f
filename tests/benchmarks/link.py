"""How the link node grows: from 10⁴ children to 12 million, four numbers each, in its own tables under its own keys.

    python tests/benchmarks/link.py [--children 12000000] [--folder FOLDER] [--times 500]

Each size is a database of its own in an embedded Postgres. Interrupted, the next run with the same `--folder` goes on
after the last rows that are in; without one everything is made anew and removed at the end. What is measured are
`subgraphs.link.loaders`' own reads, on connections as the service has them, when the tables are in memory: of each the
time of its statements, from asking to rows in hand, for children drawn by lot. All is measured in rounds: on a machine that
others use too the quietest round says what the queries take, and the usual one what the neighbours cost. Least of all
do neighbours change how long Postgres itself computes, by the kernel's account: without them a query takes that, and
what it takes to send it and its answer from one process to the other (some 0.06 ms here).
"""

from __future__ import annotations

import argparse
import hashlib
import math
import os
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import pairwise, product
from operator import attrgetter
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from stdnum.gb import upn as upn_sum

from gateway.assertion import Assertion
from gateway.commands.serve import settle
from gateway.demo.machine import REGISTER, USES
from gateway.register import load as load_register
from subgraphs.link import SERVICE
from subgraphs.link.decide import Decisions
from subgraphs.link.hearing import Hearing
from subgraphs.link.islands import ISLANDS, LINK, SCHOOLS
from subgraphs.link.keys import Keys, keys_in
from subgraphs.link.loaders import Loaders, Reads
from subgraphs.link.sealed import sealed_store
from subgraphs.postgres import database_url, pool, stop

WHOLE = 12_000_000
AT_ONCE = 50_000
"""Children whose rows go in together: an interrupt costs at most these."""
CASELOAD = 100
ROUNDS = 10
SETTINGS = ("shared_buffers = '12GB'", "max_wal_size = '8GB'", "fsync = off", "autovacuum = off")
"""Half the machine's memory for the tables; nothing that is loaded here needs to outlive the machine."""
TODAY = date(2026, 11, 22)
AUTHORITIES = ("838", "839", "383", "204", "211", "317")
PARTS = ("child", "NHS", "LA", "UPN", "ULN", "relationship", "consent", "objection")
"""Loaded one after the other: a child's rows do not lie side by side, as they would not if four islands had sent them."""
EVERY = {"relationship": 4, "consent": 8, "objection": 100}
"""Live work for one child in four, an agreement for half of these, an objection for one in a hundred."""
_COLUMNS = {
    "child": ("child", "status", "verified_on", "verified_by", "birth_date", "restriction"),
    "identifier": ("kind", "index", "child", "cipher", "custodian", "provenance"),
    "relationship": ("child", "organisation", "kind", "opened_on"),
    "consent": (
        "child", "kind", "purpose", "categories", "given_by", "capacity", "form", "recorded_by", "given_on", "refresh_by",
    ),
    "objection": ("child", "kind", "categories", "recorded_by", "recorded_on"),
}  # fmt: skip

Row = tuple[Any, ...]


# The nth child


def node(nth: int) -> UUID:
    return UUID(bytes=hashlib.blake2b(nth.to_bytes(8, "big"), digest_size=16).digest())


def authority(nth: int) -> str:
    return AUTHORITIES[nth % len(AUTHORITIES)]


def nhs_number(nth: int) -> str:
    """From 9xx, eight apart: where one has no check digit, its neighbour has."""
    nine = 900_000_000 + 8 * nth
    check = -_weighted(nine) % 11
    return f"{nine}{check}" if check < 10 else f"{nine + 1}8"


def uln(nth: int) -> str:
    nine = 100_000_000 + 8 * nth
    check = 10 - _weighted(nine) % 11
    return f"{nine}{check}" if check < 10 else f"{nine + 1}8"


def _weighted(nine: int) -> int:
    return sum(int(digit) * (10 - place) for place, digit in enumerate(str(nine)))


def upn(nth: int) -> str:
    body = f"{authority(nth)}{nth // 20_000:04}{nth // 1_000 % 20:02}{nth % 1_000:03}"
    letter: str = upn_sum.calc_check_digit(body)
    return letter + body


def la_child_id(nth: int) -> str:
    return f"{authority(nth)}:C{10_000_000 + nth}"


NUMBERS: dict[str, Callable[[int], str]] = {
    "NHS": nhs_number,
    "LA": la_child_id,
    "UPN": upn,
    "ULN": uln,
}


def rows(part: str, children: range, keys: Keys) -> Iterator[Row]:
    """What one part of the load holds of these children."""
    if part in NUMBERS:
        yield from _identifiers(part, children, keys)
        return
    every = EVERY.get(part, 1)
    for nth in children:
        if nth % every == 0:
            yield _ROWS[part](nth)


def _identifiers(kind: str, children: range, keys: Keys) -> Iterator[Row]:
    number = NUMBERS[kind]
    for nth in children:
        text = number(nth)
        custodian = {"LA": authority(nth), "UPN": f"{100_000 + nth % 24_000}", "NHS": None}
        yield (
            kind, keys.index(kind, text), node(nth), keys.sealed(kind, text),
            custodian.get(kind, "19990000"), "PDS trace",
        )  # fmt: skip


_ROWS: dict[str, Callable[[int], Row]] = {
    "child": lambda nth: (
        node(nth), "01", TODAY, "PDS trace", TODAY - timedelta(days=nth % 6_500), "R" if nth % 50 == 1 else "U",
    ),
    "relationship": lambda nth: (node(nth), authority(nth), "open_request", TODAY),
    "consent": lambda nth: (
        node(nth), "CONSENT", "EHC_NEEDS_ASSESSMENT", ["*"], "parent", "parental responsibility", "WRITTEN",
        "ehc_coordinator", TODAY, TODAY + timedelta(days=3_650),
    ),
    "objection": lambda nth: (node(nth), "DISSENT", ["SC.ATTENDANCE"], "ehc_coordinator", TODAY),
}  # fmt: skip


# Loading

_CONSTRAINTS = """
    select conrelid::regclass::text as of, conname as name, pg_get_constraintdef(oid) as definition, contype::text as type
    from pg_constraint where connamespace = 'link'::regnamespace and contype in ('p', 'u', 'f')
"""
_INDEXES = """
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
    from pg_index join pg_class on pg_class.oid = indexrelid
    where relnamespace = 'link'::regnamespace
"""
_PROGRESS = """
    create schema if not exists benchmark;
    create table if not exists benchmark.part (part text primary key, children int not null, seconds float not null);
    create table if not exists benchmark.put_back (nth int primary key, statement text not null);
"""
_DONE = """
    insert into benchmark.part values ($1, $2, $3)
    on conflict (part) do update set children = $2, seconds = benchmark.part.seconds + $3
"""


async def loaded(connection: asyncpg.Connection, count: int, keys: Keys) -> None:
    """`count` children are in and indexed, whatever was there before of them."""
    done = {row["part"]: row["children"] for row in await connection.fetch("table benchmark.part")}
    if "indexes" in done:
        return
    if not await connection.fetchval("select exists (table benchmark.put_back)"):
        async with connection.transaction():
            await _agree(connection)
            await _take_away(connection)
    with _bar() as progress:
        for part in PARTS:
            task = progress.add_task(
                f"{count:,} · {part}", total=count, completed=done.get(part, 0)
            )
            for start in range(done.get(part, 0), count, AT_ONCE):
                children = range(start, min(start + AT_ONCE, count))
                await _load(connection, part, children, keys)
                progress.update(task, completed=children.stop)
        await _put_back(connection, progress)


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))


async def _load(connection: asyncpg.Connection, part: str, children: range, keys: Keys) -> None:
    """These rows and that they are in, or neither."""
    started = time.perf_counter()
    table = "identifier" if part in NUMBERS else part
    async with connection.transaction():
        await connection.copy_records_to_table(
            table, schema_name="link", columns=_COLUMNS[table], records=rows(part, children, keys)
        )
        await connection.execute(_DONE, part, children.stop, time.perf_counter() - started)


async def _agree(connection: asyncpg.Connection) -> None:
    """Every island with every authority: one agreement each, by name."""
    agreements = [
        (f"{island} to {kind} {code}", island, kind, code, ["*"], ["*"], TODAY, date(2036, 1, 1))
        for island in (*ISLANDS, "link")
        for kind in ("LA", "SCHOOL", "NHS_TRUST")
        for code in range(200, 360)
    ] + [
        (f"{island} to {code}", island, "LA", code, ["*"], ["*"], TODAY, date(2036, 1, 1))
        for island in (*ISLANDS, "link")
        for code in AUTHORITIES
        if not 200 <= int(code) < 360
    ]
    columns = (
        "agreement", "island", "recipient_kind", "recipient", "purposes", "categories", "valid_from", "valid_until",
    )  # fmt: skip
    await connection.copy_records_to_table(
        "agreement",
        schema_name="link",
        columns=columns,
        records=[(*row[:3], str(row[3]), *row[4:]) for row in agreements],
    )


async def _take_away(connection: asyncpg.Connection) -> None:
    """All keys and indexes of the tables, and how each is made again: primary and unique keys, indexes, references."""
    constraints = await connection.fetch(_CONSTRAINTS)
    indexes = {row["name"]: row["definition"] for row in await connection.fetch(_INDEXES)}
    made: list[tuple[int, str]] = []
    for one in sorted(constraints, key=lambda row: row["type"] != "f"):
        await connection.execute(f"alter table {one['of']} drop constraint {one['name']}")
        again = f"alter table {one['of']} add constraint {one['name']} {one['definition']}"
        made.append((3 if one["type"] == "f" else 1, again))
    for name in indexes:
        if await connection.fetchval("select to_regclass($1) is not null", name):
            await connection.execute(f"drop index {name}")
            made.append((2, indexes[name]))
    await connection.executemany(
        "insert into benchmark.put_back values ($1, $2)",
        enumerate(statement for _, statement in sorted(made)),
    )


async def _put_back(connection: asyncpg.Connection, progress: Progress) -> None:
    await connection.execute("set maintenance_work_mem = '1GB'")
    waiting = await connection.fetch("select * from benchmark.put_back order by nth")
    task = progress.add_task("keys and indexes", total=len(waiting))
    for one in waiting:
        started = time.perf_counter()
        async with connection.transaction():
            await connection.execute(one["statement"])
            await connection.execute("delete from benchmark.put_back where nth = $1", one["nth"])
            await connection.execute(_DONE, "keys", 0, time.perf_counter() - started)
        progress.advance(task)
    await connection.execute("vacuum (analyze)")
    await connection.execute("checkpoint")
    await connection.execute(_DONE, "indexes", 0, 0.0)


# Measuring


class Timed:
    """The pool, with how many seconds each of its reads took, from asking to rows in hand."""

    def __init__(self, connections: asyncpg.Pool, backend: int) -> None:
        self.connections = connections
        self.took: list[float] = []
        self._account = Path(f"/proc/{backend}/schedstat")

    async def fetch(self, statement: str, *arguments: object) -> list[Any]:
        started = time.perf_counter()
        found: list[Any] = await self.connections.fetch(statement, *arguments)
        self.took.append(time.perf_counter() - started)
        if not found:
            raise SystemExit("a child that was loaded was not found")
        return found

    def computed(self) -> float:
        """Seconds that Postgres has computed so far."""
        return int(self._account.read_text().split()[0]) / 1e9


@dataclass(frozen=True)
class Round:
    """Of each asking how long it took by the clock, and how long Postgres computed."""

    took: list[float]
    computed: list[float]


@dataclass(frozen=True)
class Figures:
    """Of one size; times in seconds."""

    children: int
    bytes_each: float
    indexed_bytes_each: float
    loaded_each_second: float
    took: dict[str, list[Round]]
    """By what was asked."""


async def measured(connections: asyncpg.Pool, folder: Path, count: int, times: int) -> Figures:
    await _warm(connections)
    timed = Timed(connections, await connections.fetchval("select pg_backend_pid()"))
    keys = keys_in(folder)
    decisions = Decisions(load_register(REGISTER, uses=USES))

    def reads() -> Reads:
        """Those of a request of its own."""
        sealed, hearing = sealed_store(keys, folder), Hearing(connections)
        fresh = Loaders(timed, keys, sealed, decisions, hearing)  # type: ignore[arg-type]
        return fresh.under(_asking(decisions))

    took: dict[str, list[Round]] = {what: [] for what in ASKED}
    for _ in range(ROUNDS):
        for what, (ask, share) in ASKED.items():
            took[what].append(await _round(timed, reads, partial(ask, count), times // share))
    return Figures(count, *await _sizes(connections, count), took)


async def _warm(connections: asyncpg.Pool) -> None:
    """Reads everything in the order of its keys once, as a node that has been up for a while has done."""
    async with connections.acquire() as connection:
        await connection.execute("set enable_seqscan = off; set enable_sort = off")
        for table, column, order in _WARMED:
            statement = (
                f"select count({column}) from (select {column} from {table} order by {order}) t"
            )
            await connection.execute(statement, timeout=1_800)
        await connection.execute("reset enable_seqscan; reset enable_sort")


_WARMED = (
    ("link.identifier", "custodian", "kind, index"),
    ("link.identifier", "cipher", "child"),
    ("link.child", "status", "child"),
    *((f"link.{table}", column, "child") for table, column in (
        ("relationship", "opened_on"), ("consent", "given_on"), ("objection", "recorded_on"),
    )),
)  # fmt: skip


async def _round(
    timed: Timed, reads: Callable[[], Reads], ask: Callable[[Reads], Awaitable[Any]], times: int
) -> Round:
    """The time of all statements of each asking. The first few do not count."""
    for _ in range(5):
        await ask(reads())
    took, computed = [], [timed.computed()]
    for _ in range(times):
        timed.took = []
        await ask(reads())
        took.append(sum(timed.took))
        computed.append(timed.computed())
    return Round(took, [after - before for before, after in pairwise(computed)])


def _one(count: int) -> tuple[str, str]:
    kind = random.choice(list(NUMBERS))
    return kind, NUMBERS[kind](random.randrange(count))


def _some(count: int) -> list[tuple[str, str]]:
    """A caseload by one kind of number, as callers have them."""
    kind = random.choice(list(NUMBERS))
    return [(kind, NUMBERS[kind](nth)) for nth in random.sample(range(count), CASELOAD)]


def _caseload(count: int) -> list[str]:
    """Children whom the asker works with, where there are so many."""
    every = math.lcm(EVERY["relationship"], len(AUTHORITIES))
    return [upn(every * nth) for nth in random.sample(range(count // every), CASELOAD)]


async def _found(count: int, reads: Reads) -> None:
    """Whose number it is, with the facts that decide about the child: one statement."""
    kind, text = _one(count)
    await reads._found(kind, LINK, [text])


async def _all_found(count: int, reads: Reads) -> None:
    some = _some(count)
    await reads._found(some[0][0], LINK, [text for _, text in some])


ASKED: dict[str, tuple[Callable[[int, Reads], Awaitable[Any]], int]] = {
    "resolve one": (_found, 1),
    "one, with all its numbers": (lambda count, reads: reads.by_number.load(_one(count)), 1),
    "resolve 100": (_all_found, 10),
    "100, with all their numbers": (
        lambda count, reads: reads.by_number.load_many(_some(count)),
        10,
    ),
    "decide on 100 crossings": (
        lambda count, reads: reads.crossings(SCHOOLS, _caseload(count)),
        10,
    ),
}
"""How each is asked, and of how many askings of one there is one of it."""


def _asking(decisions: Decisions) -> Assertion:
    return Assertion(
        purpose="EHC_NEEDS_ASSESSMENT",
        role="ehc_coordinator",
        organisation=f"LA:{AUTHORITIES[0]}",
        organisation_kind="LA",
        actor="benchmark",
        register=decisions.register.digest,
        request="benchmark",
    )


async def _sizes(connections: asyncpg.Pool, count: int) -> tuple[float, float, float]:
    """Bytes a child in tables, with their indexes, and children loaded a second, indexes included."""
    tables = await connections.fetchrow("""
        select sum(pg_table_size(oid)) as own, sum(pg_total_relation_size(oid)) as whole
        from pg_class where relnamespace = 'link'::regnamespace and relkind = 'r'
    """)
    seconds = await connections.fetchval("select sum(seconds) from benchmark.part")
    return float(tables["own"]) / count, float(tables["whole"]) / count, count / seconds


# Saying


def say(figures: Sequence[Figures]) -> None:
    table = Table("children", *(f"{size.children:,}" for size in figures), "growth")
    for what, (name, at), (of, how) in product(ASKED, PERCENTILES, HOW):
        quiet, usual = zip(*(_over(size.took[what], how, at) for size in figures), strict=True)
        cells = [f"{least:.2f} ({mid:.2f})" for least, mid in zip(quiet, usual, strict=True)]
        table.add_row(f"{what}, {name} {of}, ms", *cells, f"{quiet[-1] / quiet[0]:.2f}×")
    for what, value in (
        ("bytes a child", lambda size: size.bytes_each),
        ("with indexes", lambda size: size.indexed_bytes_each),
        ("children loaded a second", lambda size: size.loaded_each_second),
    ):
        table.add_row(what, *(f"{value(size):,.0f}" for size in figures), "")
    Console(width=140).print(table, f"The quietest of {ROUNDS} rounds; in brackets the usual one.")


PERCENTILES = (("p50", 49), ("p99", 98))
HOW = (("by the clock", attrgetter("took")), ("in Postgres", attrgetter("computed")))


def _over(
    rounds: Sequence[Round], how: Callable[[Round], list[float]], at: int
) -> tuple[float, float]:
    """A percentile of the rounds, in ms: the least of them, and the middle one."""
    found = [statistics.quantiles(how(one), n=100)[at] * 1e3 for one in rounds]
    return min(found), statistics.median(found)


# The whole of it


async def configured(folder: Path) -> None:
    """Postgres started anew under SETTINGS."""
    server = await asyncpg.connect(database_url(folder))
    for setting in SETTINGS:
        await server.execute(f"alter system set {setting}")
    await server.close()
    stop(folder)


@asynccontextmanager
async def database(folder: Path, count: int) -> AsyncIterator[asyncpg.Pool]:
    """A database for this many children, over which the link node's tables have been applied."""
    url, name = database_url(folder), f"children_{count}"
    server = await asyncpg.connect(url)
    if not await server.fetchval("select true from pg_database where datname = $1", name):
        await server.execute(f"create database {name}")
    await server.close()
    at = url.replace("/postgres?", f"/{name}?")
    once = await asyncpg.connect(at)
    await once.execute(_PROGRESS)
    loading = await once.fetchval("select exists (table benchmark.put_back)")
    await once.close()
    # Not during a load: what is taken away for it would be put back.
    async with pool(at, [] if loading else [SERVICE.tables], size=1) as connections:
        yield connections


async def run(arguments: argparse.Namespace, folder: Path) -> None:
    sizes = [size for size in (10_000, 100_000, 1_000_000) if size < arguments.children]
    found = []
    await configured(folder)
    settle()
    for count in (*sizes, arguments.children):
        async with database(folder, count) as connections:
            async with connections.acquire() as connection:
                await loaded(connection, count, keys_in(folder))
            if arguments.times:
                found.append(await measured(connections, folder, count, arguments.times))
    if found:
        say(found)


def main(arguments: argparse.Namespace) -> None:
    # Never a database that somebody has set up for something else.
    os.environ.pop("DATABASE_URL", None)
    if arguments.folder:
        uvloop.run(run(arguments, arguments.folder))
        return
    with tempfile.TemporaryDirectory(prefix="causeway-", ignore_cleanup_errors=True) as name:
        uvloop.run(run(arguments, Path(name)))
        stop(Path(name))


if __name__ == "__main__":
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--children", type=int, default=WHOLE)
    options.add_argument("--folder", type=Path, help="kept, so that an interrupted run can go on")
    options.add_argument(
        "--times", type=int, default=500, help="askings of one a round; 0: load alone"
    )
    main(options.parse_args())
