"""Kill -9 under load, again and again: how many decisions were acted on and are not on the record. It must be none.

    python -m tests.benchmarks.kills [--rounds 200]

Each round is a process of its own that appends from sixteen askers and says what it released as soon as it may, as
a gateway does; it is killed at a random moment. Every release that came out is then looked up in the ledger.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from gateway.errors import AuditUnavailable
from gateway.ledger.append import Ledger
from gateway.ledger.sealing import AuditKey
from gateway.ledger.tables import create_tables, gateway_url
from subgraphs.postgres import database_url, stop
from tests.benchmarks.ledger import decision

ASKERS = 16


@dataclass(frozen=True)
class Outcome:
    """What a run of kills gave."""

    rounds: int
    released: int
    unrecorded: int
    kept: int


async def release_for_ever(url: str) -> None:
    """Appends, and releases what was appended, until it is killed."""
    ledger = Ledger(url, "killed", AuditKey(bytes(32)))
    await ledger.open()

    async def asker() -> None:
        while True:
            try:
                (receipt,) = await ledger.append([decision()])
            except AuditUnavailable:  # a machine that is too busy: nothing is released
                await asyncio.sleep(0.01)
                continue
            os.write(1, f"{receipt.stream} {receipt.seq} {receipt.chain.hex()}\n".encode())

    await asyncio.gather(*(asker() for _ in range(ASKERS)))


def one_round(url: str, load: float) -> list[str]:
    """Starts a process, kills it after `load` seconds of releases, and says what it released."""
    program = [sys.executable, "-m", "tests.benchmarks.kills", "--release", url]
    # Unbuffered: what is read ahead of the first line would be lost to the second reader.
    with subprocess.Popen(program, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout
        first = process.stdout.readline()
        reading = os.fdopen(os.dup(process.stdout.fileno()), "rb")
        os.set_blocking(reading.fileno(), False)
        found, until = [first], time.monotonic() + load
        while time.monotonic() < until:
            found.append(reading.read() or b"")
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.set_blocking(reading.fileno(), True)
        found.append(reading.read())
        reading.close()
    return b"".join(found).decode().split("\n")[:-1]  # a line cut short reached nobody whole


async def kills(url: str, rounds: int) -> Outcome:
    """Kills so many processes, and counts what they released and the ledger does not have."""
    owner = await asyncpg.connect(url)
    released = unrecorded = 0
    for _ in range(rounds):
        lines = await asyncio.to_thread(one_round, gateway_url(url), random.uniform(0.01, 0.3))
        promised = [line.split() for line in lines]
        streams = {int(stream) for stream, _, _ in promised}
        kept = {
            (row["stream"], row["seq"]): row["chain"].hex()
            for row in await owner.fetch(
                "select stream, seq, chain from ledger.entry where stream = any($1)", list(streams)
            )
        }
        released += len(promised)
        unrecorded += sum(kept.get((int(s), int(n))) != chain for s, n, chain in promised)
    total = await owner.fetchval("select count(*) from ledger.entry")
    await owner.close()
    return Outcome(rounds, released, unrecorded, total)


async def run(rounds: int) -> None:
    """Prints what came of it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        url = database_url(Path(folder))
        owner = await asyncpg.connect(url)
        await create_tables(owner)
        await owner.close()
        found = await kills(url, rounds)
        print(  # noqa: T201
            f"{found.rounds} kills, {found.released} released, {found.kept} recorded,"
            f" {found.unrecorded} released but not recorded"
        )
        stop(Path(folder))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=200)
    arguments.add_argument("--release", help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    asyncio.run(release_for_ever(asked.release) if asked.release else run(asked.rounds))
