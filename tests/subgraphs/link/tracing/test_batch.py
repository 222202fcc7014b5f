"""A job of many rows: none lost, none doubled, nothing at rest in clear."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from subgraphs.link.tracing.batch import Batch, Busy, Submission, Work, counts, resubmit, submit
from subgraphs.link.tracing.demographics import Told
from subgraphs.link.tracing.matching import MatchStatus
from subgraphs.link.tracing.outcomes import Outcome, outcomes
from subgraphs.link.tracing.pace import Unshared
from subgraphs.link.tracing.pds import Pds
from subgraphs.link.tracing.report import HEADINGS, write
from subgraphs.link.tracing.sealing import Seal
from tests.subgraphs.link.tracing.nhs import ANNE, BEN, TWIN

ROWS = (
    (2, Told("Anne", "Archer", "2012-05-06", reference="=L1")),
    (3, Told("Ben", "Baker", "2012-05-06", nhs_number=TWIN)),
    (4, Told("Cara", "Cole", "2012-05-06")),
    (5, Told("No", "Body", "2012-05-06")),
    (6, Told("", "", "")),
)
SUBMISSION = Submission("file.csv", "sui", "4", "LA:201", b"content")


async def _submitted(connections: asyncpg.Pool, seal: Seal) -> Batch:
    return await submit(connections, seal, (SUBMISSION, ROWS))


async def _all(connections: asyncpg.Pool, seal: Seal, batch: Batch) -> list[Outcome]:
    return [each async for each in outcomes(connections, seal, batch.id)]


async def test_every_row_has_its_outcome(connections: asyncpg.Pool, nhs: Pds, seal: Seal) -> None:
    batch = await _submitted(connections, seal)

    await Work(connections, nhs, seal, batch).run()

    found = await _all(connections, seal, batch)
    assert [(each.position, each.status, each.indicator.value) for each in found] == [
        (2, MatchStatus.MATCH, "01"),
        (3, MatchStatus.MATCH, "05"),  # the number that came with the row is another's
        (4, MatchStatus.MANY_MATCH, "04"),
        (5, MatchStatus.NO_MATCH, "04"),
        (6, MatchStatus.ERROR, "03"),
    ]
    assert [str(each.number) if each.number else None for each in found] == [ANNE, *[None] * 4]
    assert [each.judged for each in found] == [False, True, False, False, False]
    assert found[4].quality["given"] == "notProvided"


async def test_the_same_content_is_the_same_job_and_another_strategy_another(
    connections: asyncpg.Pool, seal: Seal
) -> None:
    first = await _submitted(connections, seal)
    again = await _submitted(connections, seal)
    other = Submission("file.csv", "sui", "5", "LA:201", b"content")
    another = await submit(connections, seal, (other, ROWS))

    assert (again.id, again.found, again.rows) == (first.id, True, 5)
    assert another.id != first.id


async def test_a_job_that_breaks_off_while_it_is_handed_in_leaves_nothing(
    connections: asyncpg.Pool, seal: Seal
) -> None:
    def breaking() -> Iterator[tuple[int, Told]]:
        yield ROWS[0]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await submit(connections, seal, (SUBMISSION, breaking()))

    assert await connections.fetchval("select count(*) from tracing.batch") == 0


async def test_an_outage_leaves_rows_waiting_and_the_next_run_goes_on(
    connections: asyncpg.Pool, nhs: Pds, seal: Seal
) -> None:
    rows = [(line, Told("Anne", "Archer", "2012-05-06")) for line in range(2, 60)]
    batch = await submit(connections, seal, (SUBMISSION, rows))
    away = Pds("http://127.0.0.1:9", pace=Unshared(100_000), pause=0.001)

    await Work(connections, away, seal, batch).run()
    before = await counts(connections, batch.id)
    put_back = await resubmit(connections, batch)
    await Work(connections, nhs, seal, batch).run()

    assert before["NoMatch"] == 0 and before["waiting"] > 40
    assert put_back == before["Error"] > 0
    assert await counts(connections, batch.id) == {"Match": 58}


async def test_rows_without_a_verified_number_may_be_asked_again_and_others_never_are(
    connections: asyncpg.Pool, nhs: Pds, seal: Seal
) -> None:
    batch = await _submitted(connections, seal)
    await Work(connections, nhs, seal, batch).run()

    assert await resubmit(connections, batch) == 1
    assert await resubmit(connections, batch, everything=True) == 3
    await Work(connections, nhs, seal, batch).run()

    tries = await connections.fetch("select attempts from tracing.row order by position")
    assert [row["attempts"] for row in tries] == [1, 2, 2, 2, 2]


async def test_two_processes_do_not_work_on_one_job(
    connections: asyncpg.Pool, nhs: Pds, seal: Seal
) -> None:
    batch = await _submitted(connections, seal)

    done = await asyncio.gather(
        *(Work(connections, nhs, seal, batch).run() for _ in range(2)), return_exceptions=True
    )

    assert sorted(type(each) for each in done if each) == [Busy]
    assert (await counts(connections, batch.id))["waiting"] == 0


async def test_nothing_about_a_child_is_at_rest_in_clear(
    connections: asyncpg.Pool, nhs: Pds, seal: Seal
) -> None:
    batch = await _submitted(connections, seal)
    await Work(connections, nhs, seal, batch).run()

    everything = await connections.fetchval(
        "select string_agg(r::text, '') || (select string_agg(b::text, '') from tracing.batch b)"
        " from tracing.row r"
    )

    for secret in (ANNE, BEN, TWIN, "Archer", "2012-05-06"):
        assert secret not in everything
        assert secret.encode().hex() not in everything


async def test_a_verified_row_keeps_its_reference_and_forgets_the_rest(
    connections: asyncpg.Pool, nhs: Pds, seal: Seal
) -> None:
    batch = await _submitted(connections, seal)
    length = "select octet_length(told) from tracing.row where position = 2"
    before = await connections.fetchval(length)

    await Work(connections, nhs, seal, batch).run()

    after = await connections.fetchval(f"{length} and status = 'Match'")
    assert after < before
    assert (await _all(connections, seal, batch))[0].reference == "=L1"


async def test_the_report_has_a_line_for_every_row_and_is_its_owners_alone(
    connections: asyncpg.Pool, nhs: Pds, seal: Seal, tmp_path: Path
) -> None:
    batch = await _submitted(connections, seal)
    await Work(connections, nhs, seal, batch).run()
    path = tmp_path / "out.csv"

    assert await write(outcomes(connections, seal, batch.id), path) == 5

    lines = path.read_text().splitlines()
    assert lines[0].split(",") == list(HEADINGS)
    assert lines[1].startswith(f"2,'=L1,Match,1.0,NonFuzzyGFD,{ANNE},01,PDS_TRACE")
    assert lines[2].split(",")[5:9] == ["", "05", "PDS_VERIFIED", "yes"]
    assert path.stat().st_mode & 0o077 == 0
