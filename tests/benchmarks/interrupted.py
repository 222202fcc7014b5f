"""`causeway trace`, `match` and `keys rotate`, killed (-9) at random moments and run again: what is lost, what is doubled.

    python -m tests.benchmarks.interrupted trace sui_batch_search_queries.csv [--kills 20]
    python -m tests.benchmarks.interrupted rotate [--numbers 100000] [--kills 12]
    python -m tests.benchmarks.interrupted match [--pairs 2000] [--kills 12]

The file is a CSV as the SUI matcher takes it, such as its own sample of 901 people; the stand-in of the NHS knows nine
in ten of them, one in ten under another spelling. Every number that comes out is held against who it was made for.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import asyncpg
import click

from gateway.listening import listening
from subgraphs.link import SERVICE
from subgraphs.link.keys import ring_in
from subgraphs.link.matching.findings import TABLES as QUEUE
from subgraphs.link.matching.findings import sources_of
from subgraphs.link.matching.sealing import seal_in
from subgraphs.link.tracing.batch import TABLES
from subgraphs.link.tracing.demographics import assess
from subgraphs.link.tracing.files import sheet
from subgraphs.pds.app import Pace, Service
from subgraphs.pds.patients import Patients
from subgraphs.pds.record import Record, record
from subgraphs.population.numbers import nhs_number
from subgraphs.postgres import database_url, pool, stop
from tests.subgraphs.link.matching.comparing import Matching, office
from tests.subgraphs.link.rotating import filled, held
from tests.subgraphs.link.tracing.nhs import resource

_FINDINGS = (
    "select count(distinct finding) from matching.finding join matching.record using (finding)"
)
FIRST = 40_000  # of the invented numbers
MARGIN = 60  # steps at most from one kill to the next, of the smaller task


async def traced(file: Path, kills: int) -> None:
    rows = list(sheet(file).rows())
    async with _database(TABLES) as (connections, url, folder):
        async with listening(Service(Patients(_people(file)), None, Pace(0)).app()) as nhs:
            asked = [
                "trace", str(file), "--database", url, "--data", str(folder), "--pds", nhs, "--sandbox",
                "--rate", "150", "--output", str(folder / "out.csv"),
            ]  # fmt: skip
            count = "select count(*) from tracing.row where status is not null"
            click.echo(
                f"killed {await _killed(asked, (connections, count), (kills, MARGIN))} times"
            )
        lines = list(csv.reader((folder / "out.csv").read_text().splitlines()))[1:]
        right = {str(line): str(nhs_number(FIRST + nth)) for nth, (line, _told) in enumerate(rows)}
        numbers = [line for line in lines if line[5]]
        click.echo(
            f"rows {len(rows)}, lines {len(lines)}, of them different {len({line[0] for line in lines})}"
        )
        click.echo(
            f"most attempts at a row {await connections.fetchval('select max(attempts) from tracing.row')}"
        )
        click.echo(
            f"numbers given {len(numbers)}, wrong {sum(right[line[0]] != line[5] for line in numbers)}"
        )


async def rotated(count: int, kills: int) -> None:
    async with _database(SERVICE.tables) as (connections, url, folder):
        ring = ring_in(folder)
        children = await filled(connections, ring.now(), count)
        asked = ["keys", "rotate", "UPN", "CHB", "--database", url, "--data", str(folder)]
        moved = "select count(*) from link.identifier where get_byte(cipher, 0) = 2"
        done = await _killed(asked, (connections, moved), (kills, count // (kills + 1)))
        click.echo(f"killed {done} times")
        found = await held(connections, ring.now())
        lost, doubled = (
            children.keys() - found.keys(),
            [each for each in found.values() if len(each) > 1],
        )
        click.echo(
            f"numbers {count}, lost {len(lost)}, doubled {len(doubled)}; versions left {ring.now().versions('UPN')}"
        )


async def matched(pairs: int, kills: int) -> None:
    """Killed at moments drawn from as long as a whole run takes: what the queue shows after each, and at the end."""
    async with _database(SERVICE.tables + QUEUE) as (connections, url, folder):
        work, dice = await office(connections, folder, pairs), random.Random(7)
        async with listening(work.app()) as gateway:
            matching, half = Matching(gateway, url, folder), 0
            began = time.monotonic()
            first = await matching.begun()
            await first.wait()
            whole = time.monotonic() - began
            all_of_them = await connections.fetchval(_FINDINGS)
            await connections.execute("truncate matching.finding, matching.run cascade")
            for _ in range(kills):
                running = await matching.begun()
                await asyncio.sleep(dice.uniform(0.3, 1) * whole)
                if running.returncode is None:
                    running.kill()
                await running.wait()
                half += await connections.fetchval(_FINDINGS) not in (0, all_of_them)
            said = await matching.ended()
        ends = await connections.fetchval("select count(*) from matching.run")
        click.echo(f"killed {kills} times; {ends} runs kept; after a kill half kept {half}")
        click.echo(said.strip())
        found = await sources_of(connections, seal_in(folder), await _found(connections))
        shown = [frozenset(one.number for one in sources) for sources in found.values()]
        click.echo(
            f"pairs {pairs}, lost {len(work.pairs - set(shown))}, doubled {len(shown) - len(set(shown))}"
        )


async def _found(connections: asyncpg.Pool) -> list[UUID]:
    return [row["finding"] for row in await connections.fetch("table matching.finding")]


async def _killed(
    asked: list[str], looking: tuple[asyncpg.Pool, str], kills: tuple[int, int]
) -> int:
    """Runs a command until it ends by itself, killing it so often, each time some steps further."""
    (connections, count), (most, margin), dice, done = looking, kills, random.Random(7), 0
    while True:
        running = subprocess.Popen(  # noqa: ASYNC220 it is waited for on a thread
            [sys.executable, "-m", "gateway", *asked], stdout=subprocess.PIPE
        )
        until = await connections.fetchval(count) + dice.randrange(margin // 2, margin)
        while done < most and running.poll() is None:
            if await connections.fetchval(count) >= until:
                running.kill()
                break
            await asyncio.sleep(0.01)
        said, _ = await asyncio.to_thread(running.communicate)
        if running.returncode != -9:
            click.echo(said.decode().strip().splitlines()[-1])
            return done
        done += 1


def _people(file: Path) -> Iterator[Record]:
    for nth, (_line, told) in enumerate(sheet(file).rows()):
        read, _quality = assess(told, date.max)
        if read is None or nth % 10 == 9:
            continue
        given = " ".join(read.given)
        more: dict[str, Any] = {
            "birthDate": read.born.isoformat(),
            "gender": read.gender or "unknown",
        }
        spelt = given[:-1] + "e" if nth % 10 == 8 else given
        yield record(resource(str(nhs_number(FIRST + nth)), spelt, read.family, **more))


@asynccontextmanager
async def _database(tables: str) -> AsyncIterator[tuple[asyncpg.Pool, str, Path]]:
    with TemporaryDirectory(prefix="causeway-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        url = database_url(folder)
        async with pool(url, [tables]) as connections:
            yield connections, url, folder
        stop(folder)


if __name__ == "__main__":
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    kinds = options.add_subparsers(dest="kind", required=True)
    trace = kinds.add_parser("trace")
    trace.add_argument("file", type=Path)
    rotate = kinds.add_parser("rotate")
    rotate.add_argument("--numbers", type=int, default=100_000)
    match = kinds.add_parser("match")
    match.add_argument("--pairs", type=int, default=2_000)
    for kind in (trace, rotate, match):
        kind.add_argument("--kills", type=int, default=20)
    given = options.parse_args()
    if given.kind == "trace":
        asyncio.run(traced(given.file, given.kills))
    elif given.kind == "rotate":
        asyncio.run(rotated(given.numbers, given.kills))
    else:
        asyncio.run(matched(given.pairs, given.kills))
