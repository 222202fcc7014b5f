"""The ledger → lines of JSON that anyone can verify offline: checkpoints, then entries in tree order.

An entry whose time was over is a line of its hashes.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import asyncpg

from gateway.ledger.integrate import Connection

PAGE = 5_000


async def export(connection: Connection) -> AsyncIterator[str]:
    """Every line of an export, in one consistent view of the ledger; needs the auditor's rights."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        async for row in connection.cursor("select note from ledger.checkpoint order by size"):
            yield json.dumps({"checkpoint": row["note"]})
        async for row in connection.cursor(ENTRIES, prefetch=PAGE):
            yield json.dumps(written(row), ensure_ascii=False)


def written(row: Mapping[str, Any] | asyncpg.Record) -> dict[str, Any]:
    """An entry as a line of an export."""
    place = {"stream": row["stream"], "seq": row["seq"]}
    hashes = {"leaf": row["leaf"].hex(), "chain": row["chain"].hex()}
    if row["body"] is None:
        return {"retired": place | {"id": str(row["id"])} | hashes}
    return {"entry": place | {"body": row["body"].decode()} | hashes}


ENTRIES = """
    select e.stream, e.seq, e.id, e.body, e.leaf, e.chain
    from (
        select stream, seq, id, body, leaf, chain from ledger.entry
        union all select stream, seq, id, null, leaf, chain from ledger.retired
    ) e left join ledger.position p on p.stream = e.stream and p.seq = e.seq
    order by p.index nulls last, e.stream, e.seq
"""
