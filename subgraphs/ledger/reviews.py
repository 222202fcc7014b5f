"""A reviewer's verdict → a record in the ledger, like any other; and nobody reviews what they did themselves."""

from __future__ import annotations

import asyncio
import hashlib
import json
from uuid import UUID

import asyncpg

from gateway.assertion import Assertion
from gateway.ledger import sealing
from gateway.ledger.record import Record
from gateway.ledger.sealing import NOBODY, AuditKey
from subgraphs.outward import Withheld

ISLAND = "ledger"
OPERATION = hashlib.sha256(b"recordReview").hexdigest()
_KEY = "select key_id, key_wrapped from ledger.keys($1, $2, $3, $4)"
_APPEND = "select entry_stream, entry_seq from ledger.append($1, $2, $3, $4)"
_SEALED_BY = """
    select e.body, k.id, k.wrapped from ledger.entry e
    left join ledger.data_key k on k.id = (convert_from(e.body, 'UTF8')::jsonb #>> '{sealed,key}')::uuid
    where e.id = $1
"""


class Reviews:
    """This service's own stream in the ledger, opened with its first review."""

    def __init__(self, connections: asyncpg.Pool, key: AuditKey) -> None:
        self._connections = connections
        self._key = key
        self._stream: int | None = None
        self._opening = asyncio.Lock()

    async def record(self, entry: UUID, verdict: tuple[str, str | None], by: Assertion) -> Record:
        """Keeps a verdict and its note. Raises Withheld for no entry, or one's own."""
        outcome, note = verdict
        await self._refuse_own(entry, by.actor)
        record = Record(
            operation=OPERATION,
            operation_name="recordReview",
            purpose=by.purpose,
            register=by.register,
            organisation=f"{by.organisation_kind}:{by.organisation}",
            role=by.role,
            actor=by.actor,
            case=by.case,
            subject=None,
            island=ISLAND,
            outcome="review",
            review=(str(entry), outcome),
            text=note,
            transaction=by.request,
        )
        await self._keep(record)
        return record

    async def _refuse_own(self, entry: UUID, actor: str) -> None:
        row = await self._connections.fetchrow(_SEALED_BY, entry)
        if row is None:
            raise Withheld("NO_SUCH_ENTRY")
        keys = {str(row["id"]): self._key.unwrapped(row["id"], row["wrapped"])} if row["id"] else {}
        known = sealing.personal(row["body"], keys)
        if "review" in json.loads(row["body"]) or (known and known["actor"] == actor):
            raise Withheld("NOT_FOR_THIS_REVIEWER")

    async def _keep(self, record: Record) -> None:
        year, (key, wrapped) = int(record.at[:4]), self._key.fresh()
        async with self._connections.acquire() as connection:
            (found,) = await connection.fetch(_KEY, [NOBODY], [year], [key], [wrapped])
            body = sealing.body(record, self._key.unwrapped(*found))
            stream = await self._own_stream()
            await connection.fetch(_APPEND, stream, [record.id], [None], [body])

    async def _own_stream(self) -> int:
        async with self._opening:
            if self._stream is None:
                opened = await self._connections.fetchval("select ledger.open($1)", "reviews")
                self._stream = int(opened)
            return self._stream
