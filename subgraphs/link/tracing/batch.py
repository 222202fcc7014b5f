"""Rows handed in → a job in the database; a job → every row traced, however often the process is killed.

A job is written whole or not at all, and is known by what was handed in: handing it in again goes on with it. A row
is waiting until one statement writes its outcome, so none is lost or doubled; the one under way when the process
dies is asked for again. One process works on a job at a time, held by a lock that dies with its session.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg

from subgraphs.link.keys import StaleKeys
from subgraphs.link.tracing.demographics import Demographics, Told, assess, supplied
from subgraphs.link.tracing.matching import MatchStatus, Verdict, trace
from subgraphs.link.tracing.pds import Pds
from subgraphs.link.tracing.reconcile import Reconciled, reconcile, written
from subgraphs.link.tracing.sealing import NAME, Place, Seal
from subgraphs.link.tracing.status import indicated
from subgraphs.link.tracing.strategies import STRATEGIES

TABLES = (Path(__file__).parent / "tables.sql").read_text()
TRACE, RECONCILE = "trace", "reconcile"  # what is asked of each row
AT_ONCE = 4  # rows under way: enough that waiting for answers does not waste turns
AHEAD = 200  # rows read from the database at a time
OUTAGES = 3
"""Failures in a row after which the NHS is taken to be out of reach and the rest is left waiting."""

Rows: TypeAlias = Iterable[tuple[int, Told]]


class Busy(Exception):
    """Another process is at work on this job."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What is handed in, but for its rows. `content` tells one job from another."""

    name: str
    form: str
    strategy: str
    owner: str
    content: bytes
    task: str = TRACE


@dataclass(frozen=True, slots=True)
class Batch:
    """A job. `found`: it was handed in before."""

    id: UUID
    strategy: str
    rows: int
    found: bool = False
    task: str = TRACE


async def submit(connections: asyncpg.Pool, seal: Seal, what: tuple[Submission, Rows]) -> Batch:
    """The job for what is handed in: a new one, or the one that it was before."""
    submission, rows = what
    named = submission.owner, submission.strategy, submission.form, submission.task
    async with connections.acquire() as one, one.transaction():
        digests = await _digests(one, seal, (*map(str.encode, named), submission.content))
        known = await one.fetchrow(_KNOWN, digests)
        if known:
            return Batch(
                known["id"], submission.strategy, known["rows"], found=True, task=submission.task
            )
        return await _write(one, seal, (submission, digests[0], rows))


async def _digests(one: Any, seal: Seal, parts: tuple[bytes, ...]) -> list[bytes]:
    """All that the job may be known by, with nobody else handing the same in. Raises StaleKeys where the newest key is not here."""
    first = seal.digests(*parts)[-1]
    await one.execute("select pg_advisory_xact_lock(hashtext($1))", first.hex())
    needed = await one.fetchval("select version from tracing.key_version")
    digests = seal.digests(*parts)
    if digests[0][0] < needed:
        raise StaleKeys(NAME)
    return digests


async def _write(one: Any, seal: Seal, what: tuple[Submission, bytes, Rows]) -> Batch:
    submission, digest, rows = what
    batch = uuid4()
    await one.execute(
        "insert into tracing.batch (id, digest, name, form, strategy, owner, rows, task)"
        " values ($1, $2, $3, $4, $5, $6, 0, $7)",
        batch,
        digest,
        submission.name,
        submission.form,
        submission.strategy,
        submission.owner,
        submission.task,
    )
    sealed = ((batch, at, seal.told(told, Place(batch, at))) for at, told in rows)
    said = await one.copy_records_to_table(
        "row", schema_name="tracing", records=sealed, columns=("batch", "position", "told")
    )
    count = int(said.rsplit(" ")[-1])
    await one.execute("update tracing.batch set rows = $2 where id = $1", batch, count)
    return Batch(batch, submission.strategy, count, task=submission.task)


async def resubmit(connections: asyncpg.Pool, batch: Batch, *, everything: bool = False) -> int:
    """Puts rows that failed back to waiting; with `everything`, all without a verified number. Gives how many.

    What a person has judged is not asked again.
    """
    statuses = [each.value for each in MatchStatus] if everything else [MatchStatus.ERROR.value]
    said = await connections.execute(_RESUBMIT, batch.id, statuses)
    return int(said.rsplit(" ")[-1])


@dataclass(slots=True)
class Work:
    """One process at work on one job."""

    connections: asyncpg.Pool
    pds: Pds
    seal: Seal
    batch: Batch
    tell: Callable[[], object] = lambda: None
    today: date = field(default_factory=date.today)
    _failed: int = 0

    @property
    def out_of_reach(self) -> bool:
        return self._failed >= OUTAGES

    async def run(self) -> None:
        """Until no row waits, or the NHS is out of reach. Raises Busy."""
        async with _held(self.connections, self.batch):
            after = -1
            while not self.out_of_reach:
                waiting = await self.connections.fetch(_WAITING, self.batch.id, after, AHEAD)
                if not waiting:
                    return
                after = waiting[-1]["position"]
                rows = iter([(row["position"], row["told"]) for row in waiting])
                await asyncio.gather(*(self._worker(rows) for _ in range(AT_ONCE)))

    async def _worker(self, rows: Iterator[tuple[int, bytes]]) -> None:
        for position, told in rows:
            if self.out_of_reach:
                return
            await self._row(Place(self.batch.id, position), told)
            self.tell()

    async def _row(self, place: Place, cipher: bytes) -> None:
        told = self.seal.tell(cipher, place)
        demographics, quality = assess(told, self.today)
        reconciled, verdict = await self._asked(told, demographics)
        self._count(verdict)
        born = demographics.born if demographics else None
        worth = indicated(verdict, supplied(told), (born, self.today))
        settled = worth.status.joins
        # Sealed anew in any case: the key may have been changed while the NHS was asked.
        kept = self.seal.told(Told(reference=told.reference) if settled else told, place)
        said = await self.connections.execute(
            _OUTCOME,
            place.batch,
            place.position,
            kept,
            verdict.status.value,
            verdict.score or None,
            verdict.rule or None,
            self.seal.number(verdict.number, place) if verdict.number else None,
            verdict.judged or (verdict.number is not None and not settled),
            worth.status.value,
            worth.source.value,
            verdict.fault or None,
            json.dumps(quality),
            json.dumps(written(reconciled)) if reconciled else None,
        )
        assert said == "UPDATE 1", "a waiting row was written by two"

    async def _asked(
        self, told: Told, demographics: Demographics | None
    ) -> tuple[Reconciled | None, Verdict]:
        strategy = STRATEGIES[self.batch.strategy]
        if self.batch.task == TRACE:
            return None, await trace(self.pds, demographics, strategy)
        reconciled = await reconcile(self.pds, told, strategy)
        return reconciled, reconciled.verdict

    def _count(self, verdict: Verdict) -> None:
        """Failures of the service in a row; a row that says too little is none of its."""
        failed = verdict.status is MatchStatus.ERROR and verdict.fault not in _OF_THE_ROW
        if verdict.status is not MatchStatus.ERROR:
            self._failed = 0
        self._failed += failed


_OF_THE_ROW = ("NOT_ENOUGH_DATA", "INVALID_SEARCH_DATA", "INVALID_VALUE")


async def counts(connections: asyncpg.Pool, batch: UUID) -> Counter[str]:
    """Rows by status; those that wait under `waiting`."""
    rows = await connections.fetch(_COUNTS, batch)
    return Counter({row["status"] or "waiting": row["rows"] for row in rows})


@asynccontextmanager
async def _held(connections: asyncpg.Pool, batch: Batch) -> AsyncIterator[None]:
    async with connections.acquire() as one:
        if not await one.fetchval("select pg_try_advisory_lock(hashtext($1))", str(batch.id)):
            raise Busy("another process is at work on this job: let it end, then go on")
        try:
            yield
        finally:
            await one.execute("select pg_advisory_unlock(hashtext($1))", str(batch.id))


_KNOWN = "select id, rows from tracing.batch where digest = any ($1::bytea[])"
_WAITING = """
    select position, told from tracing.row
    where batch = $1 and position > $2 and status is null order by position limit $3
"""
_OUTCOME = """
    update tracing.row set
        told = $3, status = $4, score = $5, rule = $6, number = $7, judged = $8, indicator = $9, source = $10,
        fault = $11, quality = $12, reconciled = $13, attempts = attempts + 1, traced = clock_timestamp()
    where batch = $1 and position = $2 and status is null
"""
_RESUBMIT = """
    update tracing.row r set status = null, indicator = '06', number = null, judged = false, conflict = null
    where batch = $1 and status = any($2) and indicator <> '01' and not exists (
        select from tracing.judgement j where j.batch = r.batch and j.position = r.position)
"""
_COUNTS = "select status, count(*) as rows from tracing.row where batch = $1 group by status"
