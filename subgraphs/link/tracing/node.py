"""The link node's own tracing: the service it asks, its keys, and the jobs under way in this process.

Made with the node, and opened by the first question: a node that traces nothing needs neither key nor tables.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self
from uuid import UUID

import asyncpg
import orjson

from subgraphs.link.tracing.application import NAME, application_in
from subgraphs.link.tracing.batch import TABLES, Batch, Busy, Submission, Work, submit
from subgraphs.link.tracing.demographics import Quality, Told, assess, supplied
from subgraphs.link.tracing.matching import Verdict, trace
from subgraphs.link.tracing.pace import RATE, Shared
from subgraphs.link.tracing.pds import Pds
from subgraphs.link.tracing.sealing import Seal, seal_in
from subgraphs.link.tracing.status import Provenance, indicated
from subgraphs.link.tracing.strategies import DEFAULT, STRATEGIES
from subgraphs.postgres import apply


@dataclass(frozen=True, slots=True)
class Traced:
    """What a trace came to."""

    verdict: Verdict
    worth: Provenance
    quality: Quality


@dataclass(frozen=True, slots=True)
class Means:
    """What tracing is done with."""

    connections: asyncpg.Pool
    pds: Pds
    seal: Seal


@dataclass(slots=True)
class Tracing:
    """One node's. `url`: where the service is; empty: this node does not trace. `sandbox`: it wants no token."""

    connections: asyncpg.Pool
    folder: Path
    url: str
    sandbox: bool = False
    rate: float = RATE
    _means: Means | None = None
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    _under_way: dict[UUID, asyncio.Task[None]] = field(default_factory=dict)

    @classmethod
    def configured(cls, connections: asyncpg.Pool, folder: Path) -> Self:
        """By the environment: CAUSEWAY_PDS, CAUSEWAY_PDS_APPLICATION, CAUSEWAY_PDS_SANDBOX, CAUSEWAY_PDS_RATE."""
        url = os.environ.get("CAUSEWAY_PDS", "").rstrip("/")
        rate = float(os.environ.get("CAUSEWAY_PDS_RATE", RATE))
        sandbox = bool(os.environ.get("CAUSEWAY_PDS_SANDBOX"))
        return cls(connections, folder, url, sandbox, rate)

    async def means(self) -> Means | None:
        """None where this node does not trace."""
        async with self._opening:
            if self._means is None and self.url:
                await apply(self.connections, TABLES)
                self._means = await asyncio.to_thread(self._made)
            return self._means

    def _made(self) -> Means:
        """On a thread: a new key takes a while to make."""
        name = os.environ.get("CAUSEWAY_PDS_APPLICATION", NAME)
        application = None if self.sandbox else application_in(self.folder / "pds.jwk", name)
        pace = Shared(self.connections, name, self.rate)
        return Means(self.connections, Pds(self.url, application, pace), seal_in(self.folder))

    async def hand_in(self, means: Means, owner: str, people: Sequence[Told]) -> Batch:
        """A job that this process begins at once; the same people again are the same job."""
        content = orjson.dumps([repr_of(told) for told in people])
        submission = Submission("graph", "graph", DEFAULT, owner, content)
        batch = await submit(self.connections, means.seal, (submission, enumerate(people, start=1)))
        self.go_on(means, batch)
        return batch

    def go_on(self, means: Means, batch: Batch) -> None:
        """Works on a job, unless this process or another does so already."""
        if batch.id in self._under_way:
            return
        working = asyncio.create_task(self._work(means, batch))
        self._under_way[batch.id] = working
        working.add_done_callback(lambda _done: self._under_way.pop(batch.id, None))

    async def _work(self, means: Means, batch: Batch) -> None:
        try:
            await Work(means.connections, means.pds, means.seal, batch).run()
        except Busy:
            return  # the other process ends it
        except asyncpg.InterfaceError:
            return  # the node ends, and its connections with it: what waits is gone on with later


async def traced(means: Means, told: Told) -> Traced:
    """One person, now."""
    today = datetime.now(UTC).date()
    demographics, quality = assess(told, today)
    verdict = await trace(means.pds, demographics, STRATEGIES[DEFAULT])
    born: date | None = demographics.born if demographics else None
    return Traced(verdict, indicated(verdict, supplied(told), (born, today)), quality)


def repr_of(told: Told) -> list[str]:
    """All that was told, for the keyed digest that knows a job again."""
    return [
        told.given, told.family, told.birth_date, told.gender, told.postcode, told.email, told.phone,
        told.nhs_number, told.reference,
    ]  # fmt: skip
