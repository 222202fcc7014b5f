"""A part's name → that part of a benchmark in a process of its own: two gateways, and the subgraphs behind each.

    python tests/benchmarks/parts.py whole|plain|guarded|believing|replayed FOLDER URLS

The first process writes down in the folder what all must agree on; each part says where it answers, by one line of
JSON, and ends when nobody listens to it any more.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import pstats
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import uvloop
from joserfc.jwk import OKPKey
from replayed import replayed
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.app import application
from gateway.assembly import Parts, assembled
from gateway.assertion import Assertion, Signer, actor_id, new_key, public_keys
from gateway.budget import Limits as LookupLimits
from gateway.caller import Callers
from gateway.caller.demo import NAME, DemoIssuer
from gateway.commands.serve import settle
from gateway.demo import Running, people
from gateway.demo.machine import ORIGIN, REGISTER, USES
from gateway.demo.people import ORGANISATIONS
from gateway.doors import Events, Http
from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.federation.engine import Engine
from gateway.federation.planning.limits import STRICT
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import Supergraph, load
from gateway.ledger.append import Ledger
from gateway.ledger.checkpoint import Signer as LedgerSigner
from gateway.ledger.sealing import AuditKey
from gateway.ledger.tables import gateway_url
from gateway.listening import listening
from gateway.pipeline import Gateway
from gateway.plain import Plain
from gateway.purpose.closable import closable
from gateway.register import load as load_register
from subgraphs import roster
from subgraphs.guard import SCOPE
from subgraphs.service import Trust, opened, sdl

LIMITS = replace(STRICT, cost=10_000)
"""Of both gateways: the counting is on, and the whole of the query is let through."""


def write_down(folder: Path, demo: Running) -> None:
    """Everything that the processes must agree on."""
    who = next(one for one in people(demo.children) if one.title == "EHC coordinator")
    assertion = {
        "purpose": who.purpose,
        "role": who.role,
        "organisation": who.organisation,
        "organisation_kind": "LA",
        "actor": actor_id(NAME, who.subject),
        "register": demo.register.digest,
        "request": "benchmark",
    }
    about = {
        "database": demo.database,
        "key": new_key("benchmark").as_dict(private=True),
        "assertion": assertion,
        "purpose": who.purpose,
        "declared": who.purpose,
        "who": (who.subject, who.role, who.organisation),
        "identifier": who.identifier,
    }
    (folder / "benchmark.json").write_text(json.dumps(about))


def place_of(folder: Path) -> Mapping[str, Any]:
    """What the first process wrote down for the others."""
    found: Mapping[str, Any] = json.loads((folder / "benchmark.json").read_text())
    return found


@asynccontextmanager
async def subgraphs(folder: Path, *, guards: bool) -> AsyncIterator[Mapping[str, str]]:
    """All subgraphs, in this process."""
    about = place_of(folder)
    trust = Trust(
        public_keys([OKPKey.import_key(about["key"])]), load_register(REGISTER, uses=USES)
    )
    under = Assertion(**about["assertion"])
    async with AsyncExitStack() as stack:
        urls = {}
        for name in roster.NAMES:
            service = opened(
                roster.service(name), (about["database"], folder), trust, synthetic=True
            )
            app = await stack.enter_async_context(service)
            app = app if guards else believing(app, under)
            urls[name] = await stack.enter_async_context(listening(app))
        yield urls


def believing(guarded: ASGIApp, assertion: Assertion) -> ASGIApp:
    """The app behind a guard, answering whoever asks as if under this assertion."""
    inner: ASGIApp = guarded._app  # type: ignore[attr-defined]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await inner({**scope, SCOPE: assertion}, receive, send)

    return app


def supergraph_at(urls: Mapping[str, str]) -> Supergraph:
    sources = [Source(n, f"{u}/graphql", sdl(roster.service(n))) for n, u in urls.items()]
    return load(compose(sources).sdl)


@asynccontextmanager
async def with_purposes(folder: Path, urls: Mapping[str, str]) -> AsyncIterator[Mapping[str, str]]:
    """The gateway with the whole model, and a token for it."""
    about = place_of(folder)
    async with AsyncExitStack() as stack:
        ledger = Ledger(
            gateway_url(about["database"]), "benchmark", AuditKey.at(folder / "audit.key")
        )
        await ledger.open()
        stack.push_async_callback(ledger.close)
        gateway, issuer = whole_gateway(folder, urls, ledger)
        url = await stack.enter_async_context(listening(application(gateway.answer, lambda: None)))
        who = about["who"]
        yield {"url": url, "token": issuer.token(*who)}


def whole_gateway(
    folder: Path, urls: Mapping[str, str], ledger: Ledger
) -> tuple[Gateway, DemoIssuer]:
    register = load_register(REGISTER, uses=USES)
    issuer = DemoIssuer(register, ORGANISATIONS)
    supergraph = supergraph_at(urls)
    parts = Parts(
        supergraph=supergraph,
        register=register,
        callers=Callers([issuer.issuer], issuer.fetch),
        door=Http(supergraph.subgraphs),
        signer=Signer(OKPKey.import_key(place_of(folder)["key"])),
        ledger=ledger,
        promising=LedgerSigner.at(folder / "ledger.key", ORIGIN),
        limits=LIMITS,
        lookups=LookupLimits(10**9, 10**9),  # one caller asks for everybody
    )
    return assembled(parts), issuer


@asynccontextmanager
async def without_purposes(_: Path, urls: Mapping[str, str]) -> AsyncIterator[Mapping[str, str]]:
    """A plain gateway over the same graph, under the same limits."""
    supergraph = supergraph_at(urls)
    engine = Engine(supergraph, LIMITS, closable(api_schema(supergraph)))
    plain = Plain(engine, Http(supergraph.subgraphs), Events(supergraph.subgraphs))
    async with listening(application(plain.answer, lambda: None)) as url:
        yield {"url": url}


async def part(name: str, folder: Path, urls: Mapping[str, str], *, profile: bool) -> None:
    """One process's whole life: it says where it is, and ends when nobody listens any more."""
    made = {
        "guarded": lambda: subgraphs(folder, guards=True),
        "believing": lambda: subgraphs(folder, guards=False),
        "replayed": lambda: replayed(urls),
        "whole": lambda: with_purposes(folder, urls),
        "plain": lambda: without_purposes(folder, urls),
    }
    async with made[name]() as ready:
        settle()
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        watched = cProfile.Profile()
        lines = asyncio.to_thread(sys.stdin.readline)
        while (await lines).strip() == "profile" and profile:
            watched.enable()
            lines = asyncio.to_thread(sys.stdin.readline)
        watched.disable()
    if profile:
        stats = pstats.Stats(watched, stream=sys.stderr).strip_dirs()
        stats.sort_stats("tottime").print_stats(60)
        stats.sort_stats("cumulative").print_stats(90)


@dataclass(frozen=True)
class Process:
    """One of the processes, and where it said it is."""

    running: asyncio.subprocess.Process
    ready: Mapping[str, str]

    def cpu(self) -> float:
        """Seconds of CPU so far, by the kernel's account of its threads."""
        tasks = Path(f"/proc/{self.running.pid}/task").glob("*/schedstat")
        return sum(int(one.read_text().split()[0]) for one in tasks) / 1e9


@asynccontextmanager
async def process(
    name: str, folder: Path, urls: Mapping[str, str] | None = None, *, profile: bool = False
) -> AsyncIterator[Process]:
    """A part of the benchmark in a process of its own."""
    asked = [__file__, name, str(folder), json.dumps(urls or {})]
    running_ = await asyncio.create_subprocess_exec(
        sys.executable, *asked, *(["--profile"] if profile else []),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert running_.stdin and running_.stdout
    try:
        yield Process(running_, json.loads(await running_.stdout.readline()))
    finally:
        running_.stdin.close()
        await running_.wait()


def request_to(url: str, query: str, identifier: object, headers: Mapping[str, str]) -> bytes:
    body = orjson.dumps({"query": query, "variables": {"identifier": identifier}})
    lines = [
        "POST /graphql HTTP/1.1",
        f"host: {urlsplit(url).netloc}",
        "content-type: application/json",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def say(name: str, found: object) -> None:
    print(f"{name}: {found}", flush=True)  # noqa: T201


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("part")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("urls", type=json.loads)
    arguments.add_argument("--profile", action="store_true")
    given = arguments.parse_args()
    uvloop.run(part(given.part, given.folder, given.urls, profile=given.profile))
