"""Kill -9 of everything, under load: what was released is on the record, and the system starts again."""

import asyncio
import contextlib
import re
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest

from gateway.demo import running

QUERY = "query($identifier: IdentifierInput!) { child(identifier: $identifier) { pupil { senProvision } } }"


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "demo"


@contextlib.asynccontextmanager
async def started(folder: Path) -> AsyncIterator[tuple[str, str, str]]:
    """A demo in a process of its own: its address, and the first caller's token and UPN."""
    program = [sys.executable, "-m", "gateway", "demo", "--port", "0", "--children", "8"]
    process = await asyncio.create_subprocess_exec(
        *program,
        "--data",
        str(folder),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout
    said = ""
    while "Ctrl-C stops it all" not in said:
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        assert line, said
        said += line.decode()
    try:
        yield (
            re.search(r"answers at (\S+?)/graphql", said)[1],
            re.search(r"^ +(ey\S+)$", said, re.M)[1],
            re.search(r'"upn": "(\w+)"', said)[1],
        )
    finally:
        postgres = psutil.Process(
            int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
        )
        for one in (*postgres.children(recursive=True), postgres):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def asking(url: str, token: str, upn: str, released: list[dict]) -> None:
    """Asks until the gateway is gone, and keeps every receipt that came with an answer."""
    headers = {"authorization": f"Bearer {token}", "declared-purpose": "EHC_NEEDS_ASSESSMENT"}
    body = {"query": QUERY, "variables": {"identifier": {"upn": upn}}}
    async with httpx.AsyncClient(base_url=url, headers=headers) as http:
        with contextlib.suppress(httpx.TransportError):
            while True:
                answer = (await http.post("/graphql", json=body)).json()
                if (answer.get("data") or {}).get("child"):
                    released.extend(answer["extensions"]["receipt"])


async def test_no_decision_that_was_acted_on_is_lost_and_the_system_starts_again(folder) -> None:
    released: list[dict] = []
    async with started(folder) as (url, token, upn):
        askers = [asyncio.create_task(asking(url, token, upn, released)) for _ in range(8)]
        await asyncio.sleep(2.0)
    await asyncio.gather(*askers)

    async with running(folder, lambda what, done: None, children=8) as demo:
        connection = await asyncpg.connect(demo.database)
        kept = {
            (row["stream"], row["seq"]): row["chain"].hex()
            for row in await connection.fetch("select stream, seq, chain from ledger.entry")
        }
        await connection.close()
    assert len(released) > 20
    assert all(kept[one["stream"], one["seq"]] == one["chain"] for one in released)
