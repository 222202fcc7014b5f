"""How fast decisions become durable: at a steady rate, at saturation, and what one costs the gateway.

    python tests/benchmarks/ledger.py [--rate 1000] [--seconds 10]

On an embedded Postgres of its own, from one gateway process. Latency is from asking to durable. Take the
CPU of the `no ledger` line off the `steady` line: that is what the benchmark itself costs.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from pathlib import Path

import asyncpg
import uvloop

from gateway.errors import AuditUnavailable
from gateway.ledger.append import Ledger
from gateway.ledger.record import Circumstances, Record
from gateway.ledger.sealing import AuditKey
from gateway.ledger.tables import create_tables, gateway_url
from subgraphs.postgres import database_url

CHILDREN = 500


def decision() -> Record:
    """A decision of the usual size: a dozen fields released, four withheld."""
    about = Circumstances(
        operation="5f" * 32,
        operation_name="EhcNeedsAssessment",
        purpose="EHC_NEEDS_ASSESSMENT",
        case="c3" * 16,
        register="a1" * 32,
        organisation="LA:201",
        role="ehc_coordinator",
        actor="pairwise-actor-identifier",
        transaction="2f" * 16,
    )
    return Record(
        about,
        subject=f"subject-{random.randrange(CHILDREN):032x}",
        island="schools",
        outcome="partial",
        released=tuple(f"Pupil.releasedField{n}" for n in range(12)),
        refused=tuple((f"Child.withheldField{n}", "NOT_IN_PURPOSE") for n in range(4)),
    )


class Nothing:
    """Records nothing: what the benchmark itself costs, to be taken off."""

    async def append(self, records: list[Record]) -> None:
        """Takes as long as a turn of the loop."""
        await asyncio.sleep(0)


async def steady(ledger: Ledger | Nothing, rate: int, seconds: float) -> dict[str, float]:
    """Poisson arrivals at `rate` a second."""
    took: list[float] = []
    late: list[float] = []

    async def one() -> None:
        await _timed(ledger, took, late)

    started, cpu, due = time.perf_counter(), time.process_time(), 0.0
    async with asyncio.TaskGroup() as group:
        while due < seconds:
            due += random.expovariate(rate)
            wait = started + due - time.perf_counter()
            await asyncio.sleep(max(0.0, wait))
            group.create_task(one())
    return _figures((took, late), time.perf_counter() - started, time.process_time() - cpu)


async def _timed(ledger: Ledger | Nothing, took: list[float], late: list[float]) -> None:
    started = time.perf_counter()
    try:
        await ledger.append([decision()])
    except AuditUnavailable:
        late.append(started)
    else:
        took.append((time.perf_counter() - started) * 1000)


async def saturated(ledger: Ledger, seconds: float, askers: int = 800) -> dict[str, float]:
    """As many as it takes, from `askers` that ask again as soon as they are answered."""
    took: list[float] = []
    late: list[float] = []
    end = time.perf_counter() + seconds

    async def asker() -> None:
        while time.perf_counter() < end:
            await _timed(ledger, took, late)

    started, cpu = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(askers):
            group.create_task(asker())
    return _figures((took, late), time.perf_counter() - started, time.process_time() - cpu)


def _figures(times: tuple[list[float], list[float]], wall: float, cpu: float) -> dict[str, float]:
    took, late = times
    cuts = statistics.quantiles(took, n=100)
    return {
        "a second": len(took) / wall,
        "p50 ms": cuts[49],
        "p99 ms": cuts[98],
        "gateway CPU ms each": cpu * 1000 / len(took),
        "refused as late": len(late),
    }


async def run(rate: int, seconds: float) -> None:
    """Prints a line a run."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        url = database_url(Path(folder))
        owner = await asyncpg.connect(url)
        await create_tables(owner)
        ledger = Ledger(gateway_url(url), "benchmark", AuditKey(bytes(32)))
        await ledger.open()
        await saturated(ledger, 1.0, 50)
        for name, figures in (
            ("no ledger", await steady(Nothing(), rate, seconds)),
            (f"steady {rate}/s", await steady(ledger, rate, seconds)),
            ("saturated", await saturated(ledger, seconds)),
        ):
            print(f"{name:14}", *(f"{label} {value:10.3f}" for label, value in figures.items()))  # noqa: T201
        size = await owner.fetchval(
            "select sum(pg_total_relation_size(inhrelid)) / (select count(*) from ledger.entry)"
            " from pg_inherits where inhparent = 'ledger.entry'::regclass"
        )
        print(f"{'kept':14} bytes each, with indexes {size}")  # noqa: T201
        await ledger.close()
        await owner.close()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rate", type=int, default=1000)
    arguments.add_argument("--seconds", type=float, default=10)
    asked = arguments.parse_args()
    uvloop.run(run(asked.rate, asked.seconds))
