"""Random cases: what the engine answers is what the monolith answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from tests.federation.random.casefile import read, write
from tests.federation.random.judging import TOLERATED, judge, stage_or_verdict
from tests.federation.random.making import PROFILES, TOGETHER, graphs_of, make

KEPT = sorted((Path(__file__).parent / "kept").glob("*.case"))
COUNT = 500


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_case_that_failed_once_is_answered_as_the_monolith_would(path: Path) -> None:
    case = read(path.read_text())

    verdict = asyncio.run(judge(case, stage_or_verdict(case, compare=False)))

    assert not verdict.kind, f"{case.title}: {verdict.kind}: {verdict.detail}"


@pytest.mark.parametrize("start", range(0, COUNT, 50))
async def test_random_operations_on_random_subgraphs_are_answered_as_the_monolith_would(
    start: int,
) -> None:
    assert await clean(start, "usual") >= 10, "hardly any of these subgraphs could be composed"


@pytest.mark.parametrize("profile", PROFILES[1:])
async def test_so_are_those_with_one_thing_more(profile: str) -> None:
    assert await clean(0, profile) >= 10, "hardly any of these subgraphs could be composed"


async def clean(start: int, profile: str) -> int:
    """How many of fifty cases are; the others must be none."""
    kinds: Counter[str] = Counter()
    for first in range(start, start + 50, TOGETHER):
        base = graphs_of(first, profile)
        staged = stage_or_verdict(base)
        for number in range(first, first + TOGETHER):
            case = make(number, base, profile)
            verdict = await judge(case, staged)
            kinds[verdict.kind] += 1

            assert verdict.kind in ("", *TOLERATED), (
                f"case {number}: {verdict.kind}: {verdict.detail}\n{write(case)}"
            )
    return kinds[""]


def test_a_number_makes_the_same_case_every_time() -> None:
    assert make(1234) == make(1234)
    assert read(write(make(1234))) == read(write(read(write(make(1234)))))
