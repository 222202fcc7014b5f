"""Whether a caller who may not know can tell why: four reasons for silence, timed, sized and compared (trust.md §5.6).

    python tests/benchmarks/oracle.py [--times 2000]

A number that was never issued, a child without a link, a child who is not this caller's to know, and a sealed number
are asked for in turns, in an order that is drawn anew each round. For each pair, AUC is how often an answer to one
took longer (or was longer) than an answer to the other: 0.5 tells nothing. Above 0.55 the command fails.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import math
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import uvloop
from parts import place_of, process, request_to, say, write_down

from gateway.demo import Running, running
from subgraphs.population import Child, named
from subgraphs.postgres import stop

QUERY = """query($identifier: IdentifierInput!) { child(identifier: $identifier) {
    identity { status } islands { island presence } pupil { senProvision attendance { asAt } }
    localAuthorityRecords { status { ehcPlan { current } } } } }"""
NEVER_ISSUED = "E838994819999"
CHILDREN = 150
WORST = 0.55


@dataclass
class Seen:
    """What a caller saw of one state, answer by answer."""

    took: list[float] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    shapes: set[tuple[str, ...]] = field(default_factory=set)


class Line:
    """One connection, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, request: bytes, seen: Seen) -> bytes:
        """The body of the answer; what it looked like is added to what was seen."""
        started = time.perf_counter()
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        length = next(int(one.split(":")[1]) for one in lines if one.startswith("content-length"))
        body = await self._reader.readexactly(length)
        seen.took.append(time.perf_counter() - started)
        seen.sizes.append(len(head) + len(body))
        seen.shapes.add(
            (*(one for one in lines if not one.startswith("content-length")), shape(body))
        )
        return body


def shape(body: bytes) -> str:
    """An answer without its receipts, which are promises about its records."""
    answer = orjson.loads(body)
    receipts = answer.get("extensions", {}).pop("receipt", [])
    return json.dumps([answer, [sorted(one) for one in receipts]])


async def silent(line: Line, demo: Running, make: Mapping[str, str], url: str) -> dict[str, bytes]:
    """Each state's request. The one who is not to be known is the first linked child that is not told of."""

    def request(upn: object) -> bytes:
        return request_to(url, QUERY, {"upn": str(upn)}, make)

    rowan = named(demo.children, "Rowan").before_adoption
    assert rowan is not None
    states = {
        "never issued": request(NEVER_ISSUED),
        "unlinked": request(next(c.numbers.upn for c in demo.children if c.numbers.upn and not c.linked)),
        "sealed": request(rowan.upn),
    }  # fmt: skip
    for child in filter(_linked, demo.children):
        asked = request(child.numbers.upn)
        if orjson.loads(await line.ask(asked, Seen()))["data"]["child"] is None:
            return states | {"not allowed": asked}
    raise SystemExit("every child of the population is told of")


def _linked(child: Child) -> bool:
    return child.linked and child.numbers.upn is not None and child.restriction.value == "U"


async def timed(line: Line, states: Mapping[str, bytes], times: int) -> dict[str, Seen]:
    seen = {name: Seen() for name in states}
    for _ in range(50):  # caches fill, keys are made
        for request in states.values():
            await line.ask(request, Seen())
    for _ in range(times):
        for name in random.sample(list(states), len(states)):
            await line.ask(states[name], seen[name])
    return seen


def auc(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """How well a threshold tells the two apart, 0.5 to 1, and the two-sided Mann–Whitney p (normal, with ties)."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks, ties, done = 0.0, 0.0, 0
    for _, group in itertools.groupby(ranked, key=lambda pair: pair[0]):
        same = [side for _, side in group]
        ranks += (done + (len(same) + 1) / 2) * same.count(0)
        ties += len(same) ** 3 - len(same)
        done += len(same)
    n, m = len(one), len(other)
    below = ranks - n * (n + 1) / 2
    spread = math.sqrt(n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1)))) or 1.0
    found = below / (n * m)
    return max(found, 1 - found), math.erfc(abs(below - n * m / 2) / spread / math.sqrt(2))


def judged(seen: Mapping[str, Seen]) -> bool:
    """Says a line per pair; whether none can be told apart."""
    worst = 0.5
    for one, other in itertools.combinations(seen, 2):
        time_auc, p = auc(seen[one].took, seen[other].took)
        size_auc, _ = auc(seen[one].sizes, seen[other].sizes)
        worst = max(worst, time_auc, size_auc)
        say(f"{one} / {other}", f"AUC time {time_auc:.3f} (p {p:.2g}), size {size_auc:.3f}")
    alike = len(set().union(*(one.shapes for one in seen.values()))) == 1
    say("status, headers and body alike", alike)
    say("worst AUC", f"{worst:.3f}")
    return alike and worst <= WORST


async def run(times: int) -> bool:
    """Prints a line a pair."""
    with tempfile.TemporaryDirectory(prefix="causeway-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        async with running(folder, lambda *_: None, children=CHILDREN) as demo:
            write_down(folder, demo)
            async with (
                process("guarded", folder) as guarded,
                process("whole", folder, guarded.ready) as whole,
            ):
                url = whole.ready["url"]
                headers = {
                    "declared-purpose": place_of(folder)["declared"],
                    "authorization": f"Bearer {whole.ready['token']}",
                }
                line = Line(
                    *await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
                )
                states = await silent(line, demo, headers, url)
                found = judged(await timed(line, states, times))
        stop(folder)
    return found


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--times", type=int, default=2_000)
    sys.exit(0 if uvloop.run(run(arguments.parse_args().times)) else 1)
