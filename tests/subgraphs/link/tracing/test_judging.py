"""Rows that wait for a person: who is asked, what is kept of what they say, and the list of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
from click.testing import Result

from subgraphs.link.tracing.batch import Batch, Submission, Work, resubmit, submit
from subgraphs.link.tracing.demographics import Told
from subgraphs.link.tracing.judging import Judged, Queue
from subgraphs.link.tracing.outcomes import outcomes
from subgraphs.link.tracing.pds import Pds
from subgraphs.link.tracing.sealing import Seal, seal_in
from subgraphs.link.tracing.settling import Conflict
from tests.subgraphs.link.tracing.nhs import ANNE, BEN, TWIN

ROWS = (
    (2, Told("Ben", "Baker", "2012-05-06", nhs_number=TWIN, reference="L1")),
    (3, Told("Baby", "Archer", "2012-05-06", "female", "LS1 1AA")),
    (4, Told("No", "Body", "2012-05-06")),
)
SAME = Judged(same_person=True, why="Her mother says so", by=("a-1", "identity_officer"))
ANOTHER = Judged(same_person=False, why="A cousin", by=("a-1", "identity_officer"))

Traced = Callable[..., Awaitable[Result]]


async def worked(connections: asyncpg.Pool, seal: Seal, nhs: Pds) -> Batch:
    what = Submission("babies.csv", "sui", "5", "LA:838", b"content")
    batch = await submit(connections, seal, (what, ROWS))
    await Work(connections, nhs, seal, batch).run()
    return batch


async def test_what_strategy_5_finds_waits_for_its_own_organisation(
    connections: asyncpg.Pool, nhs: Pds, seal: Seal
) -> None:
    await worked(connections, seal, nhs)

    waiting = await Queue(connections, seal, "LA:838").waiting(9)

    assert {each.told.given: str(each.number) for each in waiting} == {"Ben": BEN, "Baby": ANNE}
    assert {each.conflict for each in waiting} <= {
        Conflict.WITHOUT_GIVEN_NAME,
        Conflict.POSSIBLE_MATCH,
    }
    assert await Queue(connections, seal, "LA:839").waiting(9) == []
    assert await Queue(connections, seal, "LA:839").one(waiting[0].reference) is None
    assert await Queue(connections, seal, "LA:838").one("no reference") is None


async def test_a_judgement_is_kept_with_who_and_why_and_asked_for_once(
    connections: asyncpg.Pool, nhs: Pds, seal: Seal
) -> None:
    batch = await worked(connections, seal, nhs)
    queue = Queue(connections, seal, "LA:838")
    baby, ben = sorted(await queue.waiting(9), key=lambda each: each.told.given)

    assert await queue.settle(ben, SAME) and await queue.settle(baby, ANOTHER)
    assert not await queue.settle(ben, ANOTHER), "somebody was quicker"

    assert await queue.waiting(9) == []
    first, second, third = [each async for each in outcomes(connections, seal, batch.id)]
    assert (str(first.number), first.indicator.value, first.reference) == (BEN, "01", "L1")
    assert (second.number, second.indicator.value) == (None, "04")
    assert first.judgement and first.judgement["why"] == "Her mother says so"
    assert third.judgement is None
    assert await resubmit(connections, batch, everything=True) == 1, (
        "what was judged is not asked again"
    )
    clear = await connections.fetchval("select string_agg(j::text, '') from tracing.judgement j")
    assert "mother" not in clear and b"mother".hex() not in clear


async def test_the_list_says_what_waits_and_nothing_about_anybody(
    connections: asyncpg.Pool, nhs: Pds, nhs_url: str, traced: Traced, tmp_path: Path
) -> None:
    await worked(connections, seal_in(tmp_path), nhs)

    listed = await traced(nhs_url, "--queue", "--owner", "LA:838")
    nobodys = await traced(nhs_url, "--queue", "--owner", "LA:839")

    assert listed.exit_code == 0
    assert listed.output.count("babies.csv:") == 2
    assert listed.output.splitlines()[-1] == "2 to be judged"
    assert not [secret for secret in ("Ben", "Archer", ANNE, BEN, "L1") if secret in listed.output]
    assert nobodys.output == "0 to be judged\n"
