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
import statistics
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import orjson
import uvloop
from graphql import REMOVE, FieldNode, parse, print_ast, visit
from graphql.language import Visitor
from parts import Process, place_of, process, request_to, say, whole_gateway, write_down

from gateway.assertion import Assertion
from gateway.demo import Running, running
from gateway.demo.machine import REGISTER, USES
from gateway.ledger.append import Ledger
from gateway.ledger.sealing import AuditKey
from gateway.purpose.scopes import Held
from gateway.register import load as load_register
from subgraphs.link import SERVICE as LINK
from subgraphs.link.islands import SCHOOLS
from subgraphs.postgres import pool, stop
from subgraphs.service import Place

QUERY = Path(__file__).parents[2] / "gateway/demo/journeys/ehc_needs_assessment.graphql"
CHILDREN = 150
AT_ONCE = 16


# Asking and measuring


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


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--requests", type=int, default=400)
    arguments.add_argument(
        "--profile", action="store_true", help="say where the gateway's time goes"
    )
    given = arguments.parse_args()
    uvloop.run(run(given.rounds, given.requests, profile=given.profile))
