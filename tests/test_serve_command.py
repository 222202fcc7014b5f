"""`causeway serve`: what it refuses to serve, with the reason, and what it serves until it is stopped."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])'
PLAIN = compose([Source("a", "http://127.0.0.1:9/", LINK + " type Query { a: Int }")]).sdl
JOIN = 'join/v0.3", for: EXECUTION'
SECRET = '@link(url: "https://example.org/secret/v1.0", for: SECURITY)'


@pytest.mark.parametrize(
    ("sdl", "says"),
    [
        ("type Query {", "not GraphQL SDL"),
        ("<html><body>Not found</body></html>", "not GraphQL SDL"),
        ("type Query { a: Int }", "compose it first"),
        (
            PLAIN.replace("join/v0.5", "join/v9.0").replace("join/v0.3", "join/v9.0"),
            "known versions",
        ),
        (PLAIN.replace("@link(", SECRET + " @link(", 1), "for SECURITY"),
    ],
)
def test_what_is_no_supergraph_that_can_be_served_safely_is_refused_at_the_start(
    tmp_path: Path, sdl: str, says: str
) -> None:
    path = tmp_path / "supergraph.graphql"
    path.write_text(sdl)

    refused = CliRunner().invoke(main, ["serve", "--supergraph", str(path), "--no-register"])

    assert refused.exit_code == 1, refused.output
    assert says in refused.output
    assert str(path) in refused.output
    assert "Traceback" not in refused.output


def test_a_supergraph_with_categories_is_not_served_without_a_register() -> None:
    labelled = Path(__file__).parent.parent / "schema" / "supergraph.graphql"

    refused = CliRunner().invoke(main, ["serve", "--supergraph", str(labelled), "--no-register"])

    assert refused.exit_code == 1
    assert "register" in refused.output


def test_a_register_or_the_word_that_there_is_none_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "supergraph.graphql"
    path.write_text(PLAIN)

    refused = CliRunner().invoke(main, ["serve", "--supergraph", str(path)])

    assert refused.exit_code == 2
    assert "--no-register" in refused.output


async def test_it_serves_with_health_until_it_is_told_to_stop(tmp_path: Path) -> None:
    path = tmp_path / "supergraph.graphql"
    path.write_text(PLAIN)
    command = [sys.executable, "-m", "gateway", "serve", "--no-register"]
    process = await asyncio.create_subprocess_exec(
        *command, "--supergraph", str(path), "--port", "0", stdout=-1, stderr=-2
    )
    assert process.stdout
    said = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    address = said[said.index("http://") : said.index("/graphql")]
    async with httpx.AsyncClient(base_url=address, timeout=10) as client:
        health = await client.get("/health")
        schema = await client.post("/graphql", json={"query": '{ __type(name: "Query") { name } }'})
        down = await client.post("/graphql", json={"query": "{ a }"})
    process.send_signal(signal.SIGINT)

    assert await asyncio.wait_for(process.wait(), 10) == 0
    assert health.json() == {"status": "ok"}
    assert schema.json() == {"data": {"__type": {"name": "Query"}}}
    assert json.loads(down.text)["data"] == {"a": None}
    assert len(down.json()["errors"]) == 1
