"""Attack 93 over HTTP: a gateway killed at the two moments that matter has let out no byte that is not on the record.

The process is stopped while its append waits for a lock, and from there the test decides what comes true: the
append, with the gateway killed before it can answer; or the gateway's death, with the append undone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import psutil
import pytest

from tests.journeys.test_pulling_the_plug import QUERY, started

WAITING = """select pid from pg_stat_activity where usename = 'causeway_gateway' and wait_event_type = 'Lock'"""
NAME = "Ninetythree"
NAMED = f"query {NAME}" + QUERY.removeprefix("query")
KEPT = "select count(*) from ledger.entry where convert_from(body, 'UTF8') like '%Ninetythree%'"


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "demo"


def gateway() -> psutil.Process:
    """The demonstration that this test started."""
    mine = psutil.Process().children()
    return next(one for one in mine if "demo" in one.cmdline() and "gateway" in one.cmdline())


async def asked(url: str, token: str, upn: str) -> socket.socket:
    """Sends the question, and gives the socket that its answer would come by."""
    variables = {"identifier": {"upn": upn}}
    body = json.dumps({"query": NAMED, "operationName": NAME, "variables": variables}).encode()
    head = (
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n"
        f"authorization: Bearer {token}\r\ndeclared-purpose: EHC_NEEDS_ASSESSMENT\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    to = urlsplit(url)
    wire = socket.create_connection((to.hostname, to.port))
    wire.settimeout(0)
    await asyncio.get_running_loop().sock_sendall(wire, head.encode() + body)
    return wire


async def came(wire: socket.socket) -> bytes:
    """Every byte that came by it, until it was closed or broken."""
    found = b""
    with wire, contextlib.suppress(ConnectionResetError):
        while more := await asyncio.get_running_loop().sock_recv(wire, 4096):
            found += more
    return found


async def waiting(owner: asyncpg.Connection, process: psutil.Process) -> int:
    """Stops the gateway in the moment that its append waits; gives the backend that it waits with."""
    async with asyncio.timeout(10):
        while (pid := await owner.fetchval(WAITING)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    process.suspend()
    return int(pid)


@pytest.mark.parametrize("recorded", [True, False], ids=["append-response", "fetch-append"])
async def test_93_a_gateway_killed_between_two_of_its_steps_has_let_out_nothing(
    folder, recorded: bool
) -> None:
    async with started(folder) as (url, token, upn):
        owner = await asyncpg.connect(f"postgresql://postgres:@/postgres?host={folder}/postgres")
        looking = await asyncpg.connect(f"postgresql://postgres:@/postgres?host={folder}/postgres")
        process = gateway()
        before = await looking.fetchval(KEPT)
        async with owner.transaction():
            await owner.execute("lock table ledger.stream in exclusive mode")
            wire = await asked(url, token, upn)
            backend = await waiting(looking, process)
            if not recorded:
                await looking.execute("select pg_terminate_backend($1)", backend)
        async with asyncio.timeout(10):
            while recorded and await looking.fetchval(KEPT) == before:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        process.kill()

        assert await asyncio.wait_for(came(wire), 10) == b""
        kept = await looking.fetchval(KEPT) - before
        for connection in (owner, looking):
            await connection.close()

    assert (kept > 0) == recorded
