"""A link node's numbers under its keys, and what can be read of them: for tests of rotation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from gateway.identifiers import NhsNumber
from subgraphs.link.keys import Keys
from subgraphs.link.matching.conflicts import Source
from subgraphs.link.matching.evidence import Ground
from subgraphs.link.matching.findings import Duplicate, Found, keep, sources_of
from subgraphs.link.matching.sealing import seal_in as matching_seal
from subgraphs.link.sealed_records import Number, records_in
from subgraphs.link.tracing.batch import Batch, Submission, submit
from subgraphs.link.tracing.demographics import Told
from subgraphs.link.tracing.judging import Judged, Queue
from subgraphs.link.tracing.outcomes import outcomes
from subgraphs.link.tracing.sealing import Place
from subgraphs.link.tracing.sealing import seal_in as tracing_seal


async def filled(links: asyncpg.Pool, keys: Keys, count: int) -> dict[str, UUID]:
    """UPNs of children, every hundredth with a claim that a second child is on."""
    children = {f"A{nth:012}": uuid4() for nth in range(count)}
    await links.copy_records_to_table(
        "child", schema_name="link", columns=("child", "status"),
        records=[(child, "01") for child in children.values()],
    )  # fmt: skip
    rows = [("UPN", text, child) for text, child in children.items()]
    rows += [
        ("CHB", f"CHB{nth // 2}", child)
        for nth, child in enumerate(children.values())
        if nth % 100 < 2
    ]
    await links.copy_records_to_table(
        "identifier", schema_name="link", columns=("kind", "index", "child", "cipher"),
        records=[(kind, keys.index(kind, text), child, keys.sealed(kind, text)) for kind, text, child in rows],
    )  # fmt: skip
    return children


async def held(links: asyncpg.Pool, keys: Keys, kind: str = "UPN") -> dict[str, list[UUID]]:
    """What can be read with these keys, found as a reader finds it."""
    found: dict[str, list[UUID]] = {}
    for row in await links.fetch("select * from link.identifier where kind = $1", kind):
        text = keys.unsealed(kind, row["cipher"])
        assert row["index"] in keys.indexes(kind, text)
        found.setdefault(text, []).append(row["child"])
    return found


@dataclass(frozen=True, slots=True)
class Stores:
    """What lies under the stores' keys in one folder, of so many of each; and all that can be read of it."""

    links: asyncpg.Pool
    folder: Path
    count: int
    children: Sequence[UUID]

    async def read(self) -> dict[str, Any]:
        """As the node's own readers find it."""
        records = records_in(self.folder)
        seal, judged = tracing_seal(self.folder), matching_seal(self.folder)
        job = await self.job()
        queue = Queue(self.links, seal, "LA:838")
        waiting = [(one.place, one.told, one.number) for one in await queue.waiting(self.count)]
        findings = await self.links.fetch("select finding from matching.finding")
        found = await sources_of(self.links, judged, [row["finding"] for row in findings])
        return {
            "sealed": [await records.of(self.links, child) for child in self.children],
            "nobody": await records.of(self.links, uuid4()),
            "outcomes": [one async for one in outcomes(self.links, seal, job.id)],
            "waiting": waiting,
            "job": (job.id, job.rows, job.found),
            "findings": found,
        }

    async def job(self) -> Batch:
        """What is handed in again."""
        submission = Submission("children.csv", "sui", "4", "LA:838", b"content")
        return await submit(
            self.links, tracing_seal(self.folder), (submission, rows_of(self.count))
        )

    async def found(self) -> int:
        """A run of matching that finds the same again; how many were news."""
        pairs = [
            Duplicate((Source("UPN", f"U{nth}", None), Source("LA", f"838:{nth}", "838")), 9.0, (Ground("name", "alike", 9.0),))
            for nth in range(self.count)
        ]  # fmt: skip
        found = Found("838", "model", datetime.now(UTC), 2, 2, pairs, ())
        async with self.links.acquire() as connection:
            return await keep(connection, matching_seal(self.folder), found)


def rows_of(count: int) -> list[tuple[int, Told]]:
    return [(nth, Told("Ann", "Archer", "2012-05-06", reference=f"R{nth}")) for nth in range(1, count + 1)]  # fmt: skip


def before_of(nth: int) -> list[Number]:
    return [("NHS", f"{9_000_000_000 + nth}"), ("UPN", f"U{nth}")]


async def stored(links: asyncpg.Pool, folder: Path, count: int) -> Stores:
    """Sealed records, a job half traced and judged in part, and a queue."""
    stores = Stores(links, folder, count, [uuid4() for _ in range(count)])
    for nth, child in enumerate(stores.children):
        await records_in(folder).keep(links, child, before_of(nth))
    job, seal = await stores.job(), tracing_seal(folder)
    number = NhsNumber.parse("9000000009")
    await links.executemany(
        "update tracing.row set status = 'PotentialMatch', judged = true, number = $3, quality = $4, traced = now()"
        " where batch = $1 and position = $2",
        [(job.id, at, seal.number(number, Place(job.id, at)), json.dumps({})) for at in range(1, count // 2)],
    )  # fmt: skip
    queue = Queue(links, seal, "LA:838")
    said = Judged(same_person=True, why="Her mother says so", by=("a-1", "identity_officer"))
    for question in await queue.waiting(count // 4):
        await queue.settle(question, said)
    assert await stores.found() == count
    return stores
