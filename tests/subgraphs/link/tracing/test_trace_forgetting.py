"""A sealed child's traces say of it no more than its sender did."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from subgraphs.link.keys import KeyRing, ring_in
from subgraphs.link.numbers import Entry, add
from subgraphs.link.sealed import Agency, sealed_store
from subgraphs.link.tracing.batch import Batch, Submission, Work, resubmit, submit
from subgraphs.link.tracing.demographics import Told
from subgraphs.link.tracing.judging import Judged, Queue
from subgraphs.link.tracing.outcomes import outcomes
from subgraphs.link.tracing.pds import Pds
from subgraphs.link.tracing.sealing import Seal, seal_in
from tests.subgraphs.link.tracing.nhs import ANNE, BEN

ROWS = ((2, Told("Anne", "Archer", "2012-05-06", reference="R1")), (3, Told("Ben", "Baker", "2012-05-06", reference="R2")))  # fmt: skip
AGENCY = Agency("838", None, "ADOPTION")


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    return seal_in(tmp_path)


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return ring_in(tmp_path)


async def child(links: asyncpg.Pool, ring: KeyRing, number: str) -> UUID:
    made = uuid4()
    await links.execute("insert into link.child (child, status) values ($1, '01')", made)
    await add(links, ring, Entry(made, "NHS", number))
    return made


async def traced(links: asyncpg.Pool, seal: Seal, nhs: Pds) -> Batch:
    batch = await submit(links, seal, (Submission("a.csv", "sui", "4", "LA:838", b"content"), ROWS))
    await Work(links, nhs, seal, batch).run()
    return batch


async def test_a_linked_row_is_as_one_for_whom_nobody_was_found(
    links: asyncpg.Pool, ring: KeyRing, seal: Seal, nhs: Pds, tmp_path: Path
) -> None:
    anne, batch = await child(links, ring, ANNE), await traced(links, seal, nhs)
    link = "update tracing.row set child = $2, link = 'LINKED' where batch = $1 and position = 2"
    await links.execute(link, batch.id, anne)
    before = [str(one.number) async for one in outcomes(links, seal, batch.id)]
    assert before == [ANNE, BEN]

    new = await sealed_store(ring, tmp_path).seal(links, anne, [("NHS", "9000000025")], AGENCY)

    assert new
    first, second = [one async for one in outcomes(links, seal, batch.id)]
    assert (first.reference, first.number, first.indicator.value, first.link) == ("R1", None, "04", "")  # fmt: skip
    assert first.status and first.status.value == "NoMatch"
    assert str(second.number) == BEN
    kept = await links.fetchrow("select * from tracing.row where position = 2")
    assert (kept["number"], kept["child"], kept["score"]) == (None, None, None)
    assert await resubmit(links, batch) == 0


async def test_a_row_that_waits_for_a_judgement_about_the_child_waits_no_more(
    links: asyncpg.Pool, ring: KeyRing, seal: Seal, nhs: Pds, tmp_path: Path
) -> None:
    anne, batch = await child(links, ring, ANNE), await traced(links, seal, nhs)
    await links.execute("update tracing.row set child = $2, judged = true where batch = $1 and position = 2", batch.id, anne)  # fmt: skip
    queue = Queue(links, seal, "LA:838")
    (question,) = await queue.waiting(9)
    said = Judged(same_person=False, why="A cousin", by=("a-1", "identity_officer"))
    assert await queue.settle(question, said)
    await links.execute("update tracing.row set child = $2, judged = true, number = $3 where batch = $1 and position = 2", batch.id, anne, b"\x01x")  # fmt: skip

    await sealed_store(ring, tmp_path).seal(links, anne, [("NHS", "9000000025")], AGENCY)

    assert await queue.waiting(9) == []
    assert await links.fetchval("select count(*) from tracing.judgement") == 0


async def test_what_was_asked_about_the_child_alone_goes_whole(
    links: asyncpg.Pool, ring: KeyRing, seal: Seal, nhs: Pds, tmp_path: Path
) -> None:
    anne, batch = await child(links, ring, ANNE), await traced(links, seal, nhs)
    await links.execute("update tracing.batch set form = 'single' where id = $1", batch.id)
    await links.execute("update tracing.row set child = $2 where batch = $1 and position = 2", batch.id, anne)  # fmt: skip

    await sealed_store(ring, tmp_path).seal(links, anne, [("NHS", "9000000025")], AGENCY)

    assert await links.fetchval("select count(*) from tracing.row") == 0
