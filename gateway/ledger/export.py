"""The ledger → lines of JSON that anyone can verify offline: checkpoints, then entries in tree order."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from gateway.ledger.integrate import Connection

PAGE = 5_000


async def export(connection: Connection) -> AsyncIterator[str]:
    """Every line of an export, in one consistent view of the ledger; needs the auditor's rights."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        async for row in connection.cursor("select note from ledger.checkpoint order by size"):
            yield json.dumps({"checkpoint": row["note"]})
        async for row in connection.cursor(ENTRIES, prefetch=PAGE):
            yield json.dumps(
                {
                    "entry": {
                        "stream": row["stream"],
                        "seq": row["seq"],
                        "body": row["body"].decode(),
                        "leaf": row["leaf"].hex(),
                        "chain": row["chain"].hex(),
                    }
                },
                ensure_ascii=False,
            )


ENTRIES = """
    select e.stream, e.seq, e.body, e.leaf, e.chain
    from ledger.entry e left join ledger.position p on p.stream = e.stream and p.seq = e.seq
    order by p.index nulls last, e.stream, e.seq
"""
