"""`causeway serve`: what it refuses to serve, with the reason, and what it serves until it is stopped."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import sys
from asyncio import StreamReader
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.cli import main
from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.listening import listening
from gateway.tls import GATEWAY, Clients, serving
from tests.certificates import HERE, Authority

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


@asynccontextmanager
async def served(path: Path, *options: object) -> AsyncIterator[tuple[str, StreamReader]]:
    """Its address, and what else it says. Leaving sends it away, and it goes in peace."""
    command = [sys.executable, "-m", "gateway", "serve", "--no-register", "--port", "0"]
    process = await asyncio.create_subprocess_exec(
        *command, "--supergraph", str(path), *map(str, options), stdout=-1, stderr=-2
    )
    assert process.stdout
    said = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    try:
        yield said[said.index("http") : said.index("/graphql")], process.stdout
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_it_serves_with_health_until_it_is_told_to_stop(tmp_path: Path) -> None:
    path = tmp_path / "supergraph.graphql"
    path.write_text(PLAIN)
    async with (
        served(path) as (address, more),
        httpx.AsyncClient(base_url=address, timeout=10) as client,
    ):
        health = await client.get("/health")
        schema = await client.post("/graphql", json={"query": '{ __type(name: "Query") { name } }'})
        down = await client.post("/graphql", json={"query": "{ a }"})

    assert await more.read() == b""
    assert health.json() == {"status": "ok"}
    assert schema.json() == {"data": {"__type": {"name": "Query"}}}
    assert json.loads(down.text)["data"] == {"a": None}
    assert len(down.json()["errors"]) == 1


async def one(scope: Scope, receive: Receive, send: Send) -> None:
    """A subgraph for which everything is 1, once for who subscribes."""
    answer = Response(b'{"data":{"a":1,"b":1,"c":1}}', media_type="application/json")
    if (b"accept", b"text/event-stream") in scope["headers"]:
        stream = b"event: next\ndata: %b\n\nevent: complete\ndata:\n\n" % answer.body
        answer = Response(stream, media_type="text/event-stream")
    await answer(scope, receive, send)


async def test_it_is_called_and_calls_over_tls_and_believes_no_other_name(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    gateway, own, path = ours.issue(GATEWAY), ours.issue(HERE), tmp_path / "supergraph.graphql"
    files = {
        "--subgraph-ca": ours.file,
        "--certificate": gateway.certificate,
        "--key": gateway.key,
        "--tls-certificate": own.certificate,
        "--tls-key": own.key,
    }
    async with (
        listening(one, tls=serving(own, Clients(ours.file))) as right,
        listening(one, tls=serving(ours.issue("schools"), Clients(ours.file))) as impostor,
        listening(one) as clear,
    ):
        path.write_text(graph(a=right, b=impostor, c=clear))
        async with (
            served(path, *(part for option in files.items() for part in option)) as (url, more),
            httpx.AsyncClient(verify=ssl.create_default_context(cafile=ours.file)) as client,
        ):
            answer = await client.post(f"{url}/graphql", json={"query": "{ a b c }"})
            events = await client.post(
                f"{url}/graphql",
                json={"query": "subscription { a }"},
                headers={"accept": "text/event-stream"},
            )
            said = [(await more.readline()).decode() for _ in range(2)]

    assert answer.json() == {
        "data": {"a": 1, "b": None, "c": 1},
        "errors": [
            {
                "message": "the subgraph cannot be reached over TLS",
                "path": ["b"],
                "extensions": {"code": "SUBREQUEST_HTTP_ERROR", "service": "b"},
            }
        ],
    }
    assert b'data: {"data":{"a":1}}' in events.content
    assert said[0] == "called without TLS, at http URLs: c\n"
    assert "over TLS: IP address mismatch" in said[1]


def graph(**urls: str) -> str:
    """Each subgraph has the one field of its name, to ask for or to subscribe to."""
    own = "type Query { %s: Int } type Subscription { %s: Int }"
    sources = [Source(name, url, f"{LINK} {own % (name, name)}") for name, url in urls.items()]
    return compose(sources).sdl


def test_certificates_that_cannot_be_used_or_would_not_be_are_named(tmp_path: Path) -> None:
    ours, path = Authority(tmp_path), tmp_path / "supergraph.graphql"
    own, other = ours.issue("gateway"), ours.issue("other")
    mine = {"--certificate": own.certificate, "--key": own.key}
    wrong = [
        ("https", mine | {"--key": other.key}, f"{other.key} is no key for {own.certificate}"),
        ("https", {"--certificate": own.certificate}, "comes without its key"),
        ("https", {"--tls-key": own.key}, "comes without its certificate"),
        ("https", {"--subgraph-ca": own.key}, f"{own.key} holds no certificate"),
        ("https", {"--subgraph-ca": tmp_path / "away"}, f"'{tmp_path / 'away'}' does not exist"),
        ("http", mine, "all are at http URLs"),
        ("http", {"--subgraph-ca": ours.file}, "all are at http URLs"),
    ]
    for scheme, files, says in wrong:
        path.write_text(graph(a=f"{scheme}://127.0.0.1:9/"))
        options = [str(part) for option in files.items() for part in option]

        refused = CliRunner().invoke(
            main, ["serve", "--supergraph", str(path), "--no-register", *options]
        )

        assert refused.exit_code in (1, 2), refused.output
        assert says in refused.output.replace("\n", ""), refused.output
