"""`causeway keys`, killed while it works and run again."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from click.testing import CliRunner

from gateway.commands.keys import keys
from subgraphs.link.keyed import STORES, key_files
from subgraphs.link.keys import ring_in
from tests.subgraphs.link.rotating import filled, held, stored

COMMAND = "from gateway.commands.keys import keys; keys()"
CHILDREN = 6_000
KILLS = 2
STORED = 1_200
MOVED = (("tracing.row", "told"), ("matching.record", "cipher"))
"""What the process is killed at the first moved row of."""


def rotating(url: str, folder: Path, *names: str) -> subprocess.Popen[str]:
    asked = ["rotate", *names, "--database", url, "--data", str(folder)]
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *asked], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip


async def test_killed_again_and_again_it_loses_and_doubles_no_number(
    links: asyncpg.Pool, own_url: str, tmp_path: Path
) -> None:
    ring, dice = ring_in(tmp_path), random.Random(5)
    children = await filled(links, ring.now(), CHILDREN)
    under = "select count(*) from link.identifier where get_byte(cipher, 0) = 2"

    for part in range(1, KILLS + 1):
        running = rotating(own_url, tmp_path, "UPN", "CHB")
        until = CHILDREN * part // (KILLS + 2) + dice.randrange(200)
        while await links.fetchval(under) < until:
            assert running.poll() is None, running.communicate()
            await asyncio.sleep(0.005)
        os.kill(running.pid, signal.SIGKILL)
        await asyncio.to_thread(running.communicate)
        assert running.returncode == -signal.SIGKILL
        assert ring.now().versions("UPN") == (2, 1), "the old key is kept until it is not needed"
    last = rotating(own_url, tmp_path, "UPN", "CHB")
    said, complained = await asyncio.to_thread(last.communicate)

    assert (last.returncode, complained) == (0, "")
    assert said.splitlines()[0].startswith("UPN: ")
    assert await held(links, ring.now()) == {text: [child] for text, child in children.items()}
    assert len(await held(links, ring.now(), "CHB")) == CHILDREN // 100
    assert ring.now().versions("UPN") == ring.now().versions("CHB") == (2,)


async def test_killed_in_any_store_it_loses_and_doubles_nothing_and_all_reads_as_before(
    links: asyncpg.Pool, own_url: str, tmp_path: Path
) -> None:
    stores = await stored(links, tmp_path, STORED)
    before = await stores.read()

    for table, cipher in MOVED:
        running = rotating(own_url, tmp_path, *STORES)
        begun = f"select exists (select from {table} where get_byte({cipher}, 0) = 2)"
        while not await links.fetchval(begun):
            assert running.poll() is None, running.communicate()
            await asyncio.sleep(0.002)
        os.kill(running.pid, signal.SIGKILL)
        await asyncio.to_thread(running.communicate)
        assert running.returncode == -signal.SIGKILL
        assert await stores.read() == before
    last = rotating(own_url, tmp_path, *STORES)
    said, complained = await asyncio.to_thread(last.communicate)

    assert (last.returncode, complained) == (0, "")
    assert [line.split(":")[0] for line in said.splitlines()] == list(STORES)
    assert await stores.read() == before
    assert {len(file.now().opening) for file in key_files(tmp_path).values()} == {1}
    assert await stores.found() == 0


def test_it_says_what_there_is_and_shows_no_key(tmp_path: Path) -> None:
    asked = ["--data", str(tmp_path)]
    ring = ring_in(tmp_path)
    ring.begin("NHS")

    renewed = CliRunner().invoke(keys, ["rotate-ids", "--days", "7", *asked])
    shown = CliRunner().invoke(keys, ["show", *asked])

    assert renewed.exit_code == shown.exit_code == 0
    lines = shown.output.splitlines()
    today = f"since {datetime.now(UTC).date()} (0 days)"
    assert lines[:5] == [
        f"NHS: version 2, {today}; a rotation is open",
        *(f"{kind}: version 1, {today}" for kind in ("LA", "UPN", "ULN", "CHB")),
    ]
    assert lines[5:8] == [f"{name}: version 1, {today}" for name in ("SEALED", "TRACE", "MATCH")]
    assert lines[8] == f"ids: version 2, {today}"
    assert lines[9].startswith(f"ids: version 1, {today}, read until ")
    assert lines[10] == f"names in the ledger: version 1, {today}; never changed"
    assert not [
        secret for secret in ring.now().held.values() if len(secret) > 12 and secret in shown.output
    ]


def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    nowhere = ["--database", "postgresql://127.0.0.1:9/x", "--data", str(tmp_path)]

    assert "DATABASE_URL" in CliRunner().invoke(keys, ["rotate", *nowhere]).output
