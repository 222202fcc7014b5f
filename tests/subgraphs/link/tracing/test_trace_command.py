"""`causeway trace` as someone at a council runs it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest
from click.testing import Result

from gateway.listening import listening
from subgraphs.pds.app import Pace, Service
from subgraphs.pds.patients import Patients
from subgraphs.pds.record import record
from subgraphs.population.numbers import nhs_number
from tests.subgraphs.link.tracing.nhs import Scripted, outcome, resource

COMMAND = "from gateway.commands.trace import trace; trace()"
Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    def running(url: str, *words: object) -> subprocess.Popen[str]:
        asked = ["--database", database_url, "--data", tmp_path, "--pds", url, "--sandbox", *words]
        return subprocess.Popen(
            [sys.executable, "-c", COMMAND, *map(str, asked)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return running


def _file(folder: Path, names: list[str]) -> Path:
    path = folder / "people.csv"
    rows = (f"{name},Archer,2012-05-06\n" for name in names)
    path.write_text("GivenName,Surname,DOB\n" + "".join(rows))
    return path


async def test_killed_in_the_middle_it_loses_and_doubles_no_row(
    connections: asyncpg.Pool, run: Run, tmp_path: Path
) -> None:
    letters = "BCDFGKLMNPRST"
    names = [
        f"{a}{vowel}{b}{end}"
        for a in letters
        for vowel in "aeiou"
        for b in letters
        for end in ("a", "or")
    ]
    names = names[:300]
    numbers = [str(nhs_number(30_000 + place)) for place in range(len(names))]
    people = [
        record(resource(number, name, "Archer"))
        for number, name in zip(numbers, names, strict=True)
    ]
    file, out = _file(tmp_path, names), tmp_path / "out.csv"

    async with listening(Service(Patients(people), None, Pace(0)).app()) as url:
        running = run(url, "--rate", 5_000, file)
        while await connections.fetchval(_DONE) < 20:
            assert running.poll() is None, running.communicate()
            await asyncio.sleep(0.02)
        os.kill(running.pid, signal.SIGKILL)
        await asyncio.to_thread(running.communicate)
        assert running.returncode == -signal.SIGKILL
        last = run(url, "--rate", 5_000, "--output", out, file)
        said, complained = await asyncio.to_thread(last.communicate)

    assert (last.returncode, complained) == (0, "")
    assert "handed in before" in said
    assert said.splitlines()[-1].startswith("read 300, traced 300, waiting 0: Match ")
    lines = [line.split(",") for line in out.read_text().splitlines()[1:]]
    assert [int(line[0]) for line in lines] == list(range(2, 302))
    assert {line[5] for line in lines} - {""} <= set(numbers)
    assert len(await connections.fetch("select 1 from tracing.batch")) == 1
    assert await connections.fetchval("select max(attempts) from tracing.row") == 1


_DONE = "select count(*) from tracing.row where status is not null"


Traced = Callable[..., Awaitable[Result]]


async def test_what_it_exits_with_says_how_it_went(
    connections: asyncpg.Pool, traced: Traced, nhs_url: str, tmp_path: Path
) -> None:
    nowhere = "postgresql://127.0.0.1:9/x"

    good = await traced(nhs_url, _file(tmp_path, ["Anne", "Nobody"]))
    some = await traced(nhs_url, _file(tmp_path, ["Anne", ""]))
    refused = await traced(nhs_url, Path(__file__))
    no_database = await traced(nhs_url, "--database", nowhere, _file(tmp_path, ["Anne"]))

    assert good.exit_code == 0
    assert good.output.splitlines()[-1] == (
        "read 2, traced 2, waiting 0: Match 1, PotentialMatch 0, LowConfidenceMatch 0, "
        "ManyMatch 0, NoMatch 1, Error 0"
    )
    assert some.exit_code == 1 and "Error 1" in some.output
    assert refused.exit_code == 2
    assert refused.output.startswith("refused: test_trace_command.py has neither headings")
    assert no_database.exit_code == 3 and "DATABASE_URL" in no_database.output


async def test_with_the_nhs_out_of_reach_rows_are_left_waiting(
    connections: asyncpg.Pool, traced: Traced, tmp_path: Path
) -> None:
    denied = Scripted([(401, outcome("ACCESS_DENIED"), {})])

    async with listening(denied.app()) as url:
        ended = await traced(url, _file(tmp_path, ["Anne"] * 30))

    assert ended.exit_code == 4
    assert "NoMatch 0" in ended.output and "waiting 0" not in ended.output
