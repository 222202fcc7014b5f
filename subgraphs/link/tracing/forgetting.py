"""A child → no trace of it that was linked says whom the NHS had; in the transaction that seals the child.

A row that was handed in in a file stays, so that the file is accounted for, as one for which nobody was found: with its
sender's own reference and nothing else. What was asked about the child alone goes whole.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from subgraphs.link.tracing.demographics import Told
from subgraphs.link.tracing.matching import MatchStatus
from subgraphs.link.tracing.sealing import Place, Seal
from subgraphs.link.tracing.status import NumberStatus


async def forget(connection: Any, seal: Seal, child: UUID) -> None:
    """Raises StaleKeys on a host that was not given the newest key: then nothing is sealed."""
    if not await connection.fetchval("select to_regclass('tracing.key_version') is not null"):
        return
    await connection.execute(_ALONE, child)
    for row in await connection.fetch(_LINKED, child):
        place = Place(row["batch"], row["position"])
        reference = Told(reference=seal.tell(row["told"], place).reference)
        await connection.execute(_SAID, place.batch, place.position)
        await connection.execute(
            _EMPTIED, place.batch, place.position, seal.told(reference, place),
            MatchStatus.NO_MATCH.value, NumberStatus.NO_OR_MANY_MATCHES.value,
        )  # fmt: skip


_ALONE = """
    delete from tracing.batch b using tracing.row r
    where r.batch = b.id and b.form = 'single' and r.child = $1
"""
_LINKED = "select batch, position, told from tracing.row where child = $1 for update"
_SAID = "delete from tracing.judgement where batch = $1 and position = $2"
_EMPTIED = """
    update tracing.row set told = $3, status = $4, indicator = $5, number = null, judged = false, child = null, link = null,
        conflict = null, score = null, rule = null, source = null, quality = null, reconciled = null
    where batch = $1 and position = $2
"""
