"""Many random cases, one after the other, with a line that says how it goes.

python tests/federation/random/run.py --from 0 --count 50000 --processes 1 [--profile P] [--keep-going] [--shrink] [--bugs FOLDER]

Ends with 1 at the first case that fails, or after all of them with --keep-going.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import multiprocessing
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from tests.federation.random.casefile import Case, read, write
from tests.federation.random.judging import (
    TOLERATED,
    Staged,
    Verdict,
    judge,
    stage_or_verdict,
)
from tests.federation.random.making import PROFILES, TOGETHER, graphs_of, make
from tests.federation.random.shrinking import shrink


def say(text: object) -> None:
    """One line for whoever watches."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def verdicts(start: int, stop: int, profile: str = "usual") -> Iterator[tuple[Case, Verdict]]:
    """Each case with its verdict. An exception that nobody expected is a verdict too."""
    base: Case | None = None
    staged: Staged | Verdict | None = None
    for number in range(start, stop):
        if base is None or number % TOGETHER == 0:
            base = graphs_of(number, profile)
            staged = stage_or_verdict(base)
        case = make(number, base, profile)
        yield case, staged if isinstance(staged, Verdict) else settle(case, staged)


def settle(case: Case, staged: Staged | None = None) -> Verdict:
    """The verdict on a case, crashes included."""
    try:
        bare = replace(case, operation="", title="", variables={}, closed=())
        return asyncio.run(judge(case, staged or _staged(write(bare))))
    except Exception as error:  # noqa: BLE001  whatever the engine does, the run goes on
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.name}"
        return Verdict(f"crash {type(error).__name__} {where}", traceback.format_exc())


@lru_cache(maxsize=4)
def _staged(text: str) -> Staged | Verdict:
    """Shrinking tries many operations on the same subgraphs."""
    return stage_or_verdict(read(text), compare=False)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="start", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--profile", choices=PROFILES, default=PROFILES[0])
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--keep-going", action="store_true")
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--show", action="store_true", help="print each failing case")
    parser.add_argument("--bugs", type=Path, help="write each kind of failure here, shrunk")
    options = parser.parse_args()
    stop = options.start + options.count
    if options.processes == 1:
        sys.exit(go(options.start, stop, options))
    size = max(TOGETHER, options.count // options.processes // TOGETHER * TOGETHER)
    edges = [*[*range(options.start, stop, size)][: options.processes], stop]
    work = [
        multiprocessing.Process(target=lambda a=a, b=b: sys.exit(go(a, b, options)))
        for a, b in itertools.pairwise(edges)
    ]
    for one in work:
        one.start()
    for one in work:
        one.join()
    sys.exit(max(one.exitcode or 0 for one in work))


def go(start: int, stop: int, options: argparse.Namespace) -> int:
    """Run the cases of one process."""
    counts: Counter[str] = Counter()
    first: dict[str, int] = {}
    begun = time.perf_counter()
    for number, (case, verdict) in enumerate(verdicts(start, stop, options.profile), start=start):
        kind = verdict.kind or "clean"
        counts[kind] += 1
        if kind not in ("clean", *TOLERATED):
            report(case, verdict, options, new=kind not in first)
            first.setdefault(kind, number)
            if not options.keep_going:
                break
        if number % 200 == 199 or number + 1 == stop:
            took = time.perf_counter() - begun
            say(f"{number + 1 - start:>7} cases {took:6.0f} s  {dict(counts)}")
    if first:
        say(f"first of each kind: {first}")
    return bool(first)


def report(case: Case, verdict: Verdict, options: argparse.Namespace, *, new: bool) -> None:
    """Say what failed; a new kind of failure is shrunk when that is asked for."""
    say(f"{case.title}: {verdict.kind}: {verdict.detail.strip().splitlines()[-1][:300]}")
    if options.show:
        say(f"{write(case)}\n{explained(verdict)}")
    if new and (options.shrink or options.bugs):
        small = shrink(case, verdict.kind, settle)
        text = f"{write(small)}\n{explained(settle(small))}"
        if options.bugs:
            name = verdict.kind.replace(" ", "-").replace(":", "-").lower()
            (options.bugs / f"{name}-{case.title.split()[-1]}.md").write_text(text)
        else:
            say(text)


def explained(verdict: Verdict) -> str:
    """A verdict in full."""
    steps = verdict.plan.steps if verdict.plan else ()
    return "\n".join(
        [
            f"{verdict.kind}: {verdict.detail}",
            f"expected {verdict.wanted}",
            f"got      {verdict.answer}",
            *(f"{s.id} {s.subgraph} needs {s.needs} at {s.path}\n   {s.document}" for s in steps),
        ]
    )


if __name__ == "__main__":
    main()
