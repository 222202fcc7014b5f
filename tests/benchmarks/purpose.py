"""What purposes cost: journey 1's query with the whole model and without it, in one run.

    python tests/benchmarks/purpose.py [--rounds 5] [--requests 400] [--profile]

Processes of their own: the gateway with purposes, a plain one over the same graph, and six subgraphs twice, with their
guards and without. Both gateways are asked for the same: the part of the query that the purpose opens. CPU is a
process's user and system time by the kernel's account, in turns, so that a busy machine slows both: first with
subgraphs whose answers are replayed, then with the subgraphs themselves on the same processors.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import orjson
import uvloop
from graphql import REMOVE, FieldNode, parse, print_ast, visit
from graphql.language import Visitor
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
from gateway.demo import Running, people, running
from gateway.demo.machine import ORIGIN, REGISTER, USES
from gateway.demo.people import ORGANISATIONS
from gateway.doors import Events, Http
from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.federation.engine import Engine
from gateway.federation.planning.limits import STRICT
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import Supergraph, load
from gateway.ledger.append import Ledger, gateway_url
from gateway.ledger.checkpoint import Signer as LedgerSigner
from gateway.ledger.sealing import AuditKey
from gateway.listening import listening
from gateway.pipeline import Gateway, Plain
from gateway.purpose.closable import closable
from gateway.purpose.scopes import Held
from gateway.register import load as load_register
from subgraphs import roster
from subgraphs.guard import SCOPE
from subgraphs.link import SERVICE as LINK
from subgraphs.link.islands import SCHOOLS
from subgraphs.postgres import pool, stop
from subgraphs.service import Place, Trust, opened, sdl

QUERY = Path(__file__).parents[2] / "gateway/demo/journeys/ehc_needs_assessment.graphql"
CHILDREN = 150
AT_ONCE = 16
LIMITS = replace(STRICT, cost=10_000)
"""Of both gateways: the counting is on, and the whole of the query is let through."""


# The processes


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


# Asking and measuring


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
    asked = [__file__, "--part", name, "--folder", str(folder), "--urls", json.dumps(urls or {})]
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


async def asked(url: str, request: bytes, times: int, took: list[float]) -> bytes:
    """Asks one after the other on one connection; the last answer's body."""
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    body = b""
    for _ in range(times):
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
        body = await reader.readexactly(length)
        took.append(time.perf_counter() - started)
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{head!r} {body[:500]!r}")
    writer.close()
    return body


@dataclass(frozen=True)
class Measured:
    """CPU milliseconds a request at the gateway and at its subgraphs, and what a client waited."""

    gateway: float
    subgraphs: float
    p50: float


async def measured(gateway: Process, behind: Process, request: bytes, count: int) -> Measured:
    took: list[float] = []
    before = gateway.cpu(), behind.cpu()
    each = count // AT_ONCE
    url = gateway.ready["url"]
    await asyncio.gather(*(asked(url, request, each, took) for _ in range(AT_ONCE)))
    here, there = gateway.cpu() - before[0], behind.cpu() - before[1]
    return Measured(1e3 * here / len(took), 1e3 * there / len(took), 1e3 * statistics.median(took))


class _Open(Visitor):
    """Leaves out the fields at these places, and what then asks for nothing."""

    def __init__(self, shut: Iterable[tuple[str, ...]]) -> None:
        super().__init__()
        self._shut = set(shut)
        self._path: list[str] = []

    def enter_field(self, node: FieldNode, *_: object) -> Any:
        self._path.append(node.alias.value if node.alias else node.name.value)
        if tuple(self._path) in self._shut:
            self._path.pop()
            return REMOVE
        return None

    def leave_field(self, node: FieldNode, *_: object) -> Any:
        self._path.pop()
        return REMOVE if node.selection_set and not node.selection_set.selections else None


def open_part(query: str, answer: Mapping[str, Any]) -> str:
    """The query without the fields that the answer says the purpose withholds."""
    errors = answer.get("errors", ())
    static = [one for one in errors if "coordinate" in one["extensions"]]
    keys = (tuple(key for key in one.get("path", ()) if isinstance(key, str)) for one in static)
    return print_ast(visit(parse(query), _Open(keys)))


# What is found


async def compared(folder: Path, rounds: int, count: int, *, profile: bool) -> None:
    """Both gateways by themselves, then waiting for subgraphs that compute beside them."""
    async with process("guarded", folder) as guarded, process("believing", folder) as trusting:
        async with (
            process("replayed", folder, guarded.ready) as one,
            process("replayed", folder, trusting.ready) as other,
        ):
            turns = await in_turns(folder, (one, other), (rounds, count), profile=profile)
            told("by itself", turns)
        if not profile:
            turns = await in_turns(folder, (guarded, trusting), (rounds, count))
            told("beside its subgraphs", turns)
            told_of_subgraphs(turns)


async def in_turns(
    folder: Path, behind: tuple[Process, Process], times: tuple[int, int], *, profile: bool = False
) -> list[tuple[Measured, Measured]]:
    """Rounds of so many requests: without purposes, then with them."""
    guarded, trusting = behind
    rounds, count = times
    about = place_of(folder)
    headers = {"declared-purpose": about["declared"]}
    query = QUERY.read_text()
    async with (
        process("whole", folder, guarded.ready, profile=profile) as whole,
        process("plain", folder, trusting.ready) as plain,
    ):
        headers["authorization"] = f"Bearer {whole.ready['token']}"
        with_it = request_to(whole.ready["url"], query, about["identifier"], headers)
        first = orjson.loads(await asked(whole.ready["url"], with_it, 1, []))
        without = request_to(plain.ready["url"], open_part(query, first), about["identifier"], {})
        second = orjson.loads(await asked(plain.ready["url"], without, 1, []))
        say("same fields released", same(first["data"], second["data"]))
        await measured(whole, guarded, with_it, count)
        await measured(plain, trusting, without, count)
        if profile and whole.running.stdin:
            whole.running.stdin.write(b"profile\n")
            await measured(whole, guarded, with_it, count)
            return []
        return [
            (
                await measured(plain, trusting, without, count),
                await measured(whole, guarded, with_it, count),
            )
            for _ in range(rounds)
        ]


def same(whole: Any, plain: Any) -> bool:
    """Whether one answer is the other with nulls where something was withheld."""
    if isinstance(plain, dict):
        return isinstance(whole, dict) and all(same(whole.get(k), v) for k, v in plain.items())
    if isinstance(plain, list):
        return isinstance(whole, list) and all(map(same, whole, plain))
    return bool(whole == plain)


def told(where: str, turns: list[tuple[Measured, Measured]]) -> None:
    """The gateways' figures."""
    if not turns:
        return
    plain, whole = zip(*turns, strict=True)
    for name, rows in (("without purposes", plain), ("with the whole model", whole)):
        cpu = middle(one.gateway for one in rows)
        say(f"{where}, {name}", f"{cpu} CPU ms, p50 {middle(one.p50 for one in rows)} ms")
    say(f"{where}, difference", f"{middle(w.gateway - p.gateway for p, w in turns)} CPU ms")
    say(f"{where}, ratio", middle(w.gateway / p.gateway for p, w in turns))


def told_of_subgraphs(turns: list[tuple[Measured, Measured]]) -> None:
    """What the subgraphs took: guarded, and believing whoever asks."""
    believing, guarded = ([one.subgraphs for one in rows] for rows in zip(*turns, strict=True))
    difference = middle(w.subgraphs - p.subgraphs for p, w in turns)
    say(
        "six subgraphs",
        f"{middle(believing)} CPU ms, guarded {middle(guarded)}, difference {difference}",
    )


def middle(values: Iterable[float]) -> str:
    ordered = sorted(values)
    return f"{statistics.median(ordered):.2f} ({ordered[0]:.2f} to {ordered[-1]:.2f})"


async def static_decision(folder: Path, urls: Mapping[str, str]) -> None:
    """The static decision when it was made before."""
    register = load_register(REGISTER, uses=USES)
    ledger = Ledger("", "", AuditKey(bytes(32)))
    gateway, _ = whole_gateway(folder, dict.fromkeys(urls, "http://127.0.0.1:9"), ledger)
    about = place_of(folder)
    operation = await gateway.engine.read(
        QUERY.read_text(), None, {"identifier": about["identifier"]}
    )
    opening = register.opening(about["purpose"], about["who"][1], "LA")
    held = Held()
    gateway.admissions.admit(operation, opening, held)
    rounds, times = [], 20_000
    for _ in range(9):
        started = time.perf_counter()
        for _ in range(times):
            gateway.admissions.admit(operation, opening, held)
        rounds.append((time.perf_counter() - started) / times * 1e6)
    say("static decision, made before", f"{middle(rounds)} us")


class Counting:
    """Connections that count what is asked of them."""

    def __init__(self, connections: asyncpg.Pool) -> None:
        self._connections = connections
        self.statements = 0

    async def fetch(self, *asked: Any) -> Any:
        self.statements += 1
        return await self._connections.fetch(*asked)


async def hundred(demo: Running, folder: Path) -> None:
    """The link node's decision about 100 children in one island."""
    upns = [str(one.numbers.upn) for one in demo.children if one.numbers.upn][:100]
    under = Assertion(**place_of(folder)["assertion"])
    async with pool(demo.database, ()) as connections:
        counting: Any = Counting(connections)
        loaders = LINK.loaders(Place(counting, folder, demo.register, counting))
        rounds = []
        for _ in range(20):
            counting.statements = 0
            reads = loaders().under(under)
            started, cpu = time.perf_counter(), time.process_time()
            known = await reads.crossings(SCHOOLS, upns)
            rounds.append((time.perf_counter() - started, time.process_time() - cpu))
    took, spent = (middle(1e3 * one for one in ones) for ones in zip(*rounds[1:], strict=True))
    say(
        f"crossing decision for {len(upns)} children, {sum(map(bool, known))} known",
        f"{counting.statements} statement, {took} ms, {spent} CPU ms in the link node",
    )


def say(name: str, found: object) -> None:
    print(f"{name}: {found}", flush=True)  # noqa: T201


async def run(rounds: int, count: int, *, profile: bool) -> None:
    """Prints a line a figure."""
    with tempfile.TemporaryDirectory(prefix="causeway-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        async with running(folder, lambda *_: None, children=CHILDREN) as demo:
            write_down(folder, demo)
            await static_decision(folder, demo.subgraphs)
            await hundred(demo, folder)
            await compared(folder, rounds, count, profile=profile)
        stop(folder)


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


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--requests", type=int, default=400)
    arguments.add_argument(
        "--profile", action="store_true", help="say where the gateway's time goes"
    )
    arguments.add_argument("--part", help=argparse.SUPPRESS)
    arguments.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("--urls", type=json.loads, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.part:
        uvloop.run(part(given.part, given.folder, given.urls, profile=given.profile))
    else:
        uvloop.run(run(given.rounds, given.requests, profile=given.profile))
