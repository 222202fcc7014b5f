"""A number that leads to a child who is nobody → an alert: somebody is going through numbers (trust.md §5.6).

A canary is a child of the link node alone. No island holds a record of it and nobody works with it, so whoever comes
upon it was guessing. It answers as any child who is not the asker's to know. The alert goes out beside the answer,
which does not wait for it: no clock tells a canary from anybody else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

from subgraphs.link.decide import Asker
from subgraphs.link.keys import Keys

CHANNEL = "link_alerts"
PROVENANCE = "canary"

logger = logging.getLogger(__name__)
_telling: set[asyncio.Task[None]] = set()  # a task that nobody holds may vanish before it is done


def alert(connections: asyncpg.Pool, asker: Asker) -> None:
    """Tells whoever listens on `link_alerts` who it was, and never by which number."""
    telling = asyncio.create_task(_tell(connections, asker))
    _telling.add(telling)
    telling.add_done_callback(_telling.discard)


async def _tell(connections: asyncpg.Pool, asker: Asker) -> None:
    logger.warning("a canary was looked up for an organisation of kind %s", asker.kind)
    told = {
        "alert": "CANARY",
        "organisation": asker.organisation,
        "purpose": asker.purpose,
        "actor": asker.actor,
    }
    try:
        await connections.execute("select pg_notify($1, $2)", CHANNEL, orjson.dumps(told).decode())
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as lost:
        logger.error("a canary's alert did not go out: %s", type(lost).__name__)  # noqa: TRY400


async def plant(connection: Any, keys: Keys, numbers: Sequence[tuple[str, str]]) -> UUID:
    """A new canary under these numbers, each a kind and a text that no child has. Raises ValueError if one does."""
    child = uuid4()
    rows = [(kind, keys.index(kind, text), keys.sealed(kind, text)) for kind, text in numbers]
    looked_for = [(kind, keys.indexes(kind, text)) for kind, text in numbers]
    async with connection.transaction():
        for kind, indexes in looked_for:
            if await connection.fetchval(_TAKEN, kind, indexes):
                raise ValueError(f"a {kind} number given here is a child's already")
        await connection.execute(_CHILD, child)
        await connection.executemany(_NUMBER, [(child, PROVENANCE, *row) for row in rows])
    return child


_TAKEN = "select exists (select from link.identifier where kind = $1 and index = any ($2))"
_CHILD = "insert into link.child (child, status, canary) values ($1, '01', true)"
_NUMBER = """
    insert into link.identifier (child, provenance, kind, index, cipher) values ($1, $2, $3, $4, $5)
"""
