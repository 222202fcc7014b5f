"""`causeway keys`, killed while it works and run again."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
from click.testing import CliRunner

from gateway.commands.keys import keys
from subgraphs.link.keys import ring_in
from tests.subgraphs.link.rotating import filled, held

COMMAND = "from gateway.commands.keys import keys; keys()"
CHILDREN = 6_000
KILLS = 2


def rotating(url: str, folder: Path) -> subprocess.Popen[str]:
    asked = ["rotate", "UPN", "CHB", "--database", url, "--data", str(folder)]
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
        running = rotating(own_url, tmp_path)
        until = CHILDREN * part // (KILLS + 2) + dice.randrange(200)
        while await links.fetchval(under) < until:
            assert running.poll() is None, running.communicate()
            await asyncio.sleep(0.005)
        os.kill(running.pid, signal.SIGKILL)
        await asyncio.to_thread(running.communicate)
        assert running.returncode == -signal.SIGKILL
        assert ring.now().versions("UPN") == (2, 1), "the old key is kept until it is not needed"
    last = rotating(own_url, tmp_path)
    said, complained = await asyncio.to_thread(last.communicate)

    assert (last.returncode, complained) == (0, "")
    assert said.splitlines()[0].startswith("UPN: ")
    assert await held(links, ring.now()) == {text: [child] for text, child in children.items()}
    assert len(await held(links, ring.now(), "CHB")) == CHILDREN // 100
    assert ring.now().versions("UPN") == ring.now().versions("CHB") == (2,)


def test_it_says_what_there_is_and_shows_no_key(tmp_path: Path) -> None:
    asked = ["--data", str(tmp_path)]
    ring = ring_in(tmp_path)
    ring.begin("NHS")

    renewed = CliRunner().invoke(keys, ["rotate-ids", "--days", "7", *asked])
    shown = CliRunner().invoke(keys, ["show", *asked])

    assert renewed.exit_code == shown.exit_code == 0
    lines = shown.output.splitlines()
    assert lines[0] == "NHS: version 2; a rotation is open"
    assert lines[1] == "LA: version 1"
    assert lines[5] == "ids: version 2"
    assert lines[6].startswith("ids: version 1, read until ")
    assert not [
        secret for secret in ring.now().held.values() if len(secret) > 12 and secret in shown.output
    ]


def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    nowhere = ["--database", "postgresql://127.0.0.1:9/x", "--data", str(tmp_path)]

    assert "DATABASE_URL" in CliRunner().invoke(keys, ["rotate", *nowhere]).output
