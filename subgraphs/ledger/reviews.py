"""A reviewer's verdict → a record in the ledger, like any other; and nobody reviews what they did themselves."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from gateway.assertion import Assertion
from gateway.ledger import sealing
from gateway.ledger.record import Circumstances, Record
from gateway.ledger.sealing import NOBODY, AuditKey
from subgraphs.ledger.opened import Opened, opened
from subgraphs.outward import Withheld

ISLAND = "ledger"
OPERATION = hashlib.sha256(b"recordReview").hexdigest()
_KEY = "select key_id, key_wrapped from ledger.keys($1, $2, $3, $4)"
_NUMBER = re.compile(r"\d(?:[ -]?\d){5,}")
"""What is long enough to name somebody, however it is spaced: a reason is read by others than its writer."""
_APPEND = "select last_seq from ledger.append($1, $2, $3, $4)"


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
        about = Circumstances(
            operation=OPERATION,
            operation_name="recordReview",
            purpose=by.purpose,
            case=by.case,
            register=by.register,
            organisation=f"{by.organisation_kind}:{by.organisation}",
            role=by.role,
            actor=by.actor,
            transaction=by.request,
            text=note,
        )
        record = Record(about, None, ISLAND, "review", review=(str(entry), outcome))
        await self._keep(record)
        return record

    async def _refuse_own(self, entry: UUID, actor: str) -> None:
        found = (await opened(self._connections, self._key, [entry])).get(entry)
        if found is None:
            raise Withheld("NO_SUCH_ENTRY")
        if "review" in found.body or (found.personal and found.personal["actor"] == actor):
            raise Withheld("NOT_FOR_THIS_REVIEWER")

    async def reasons(self, entries: Sequence[UUID]) -> list[str | None]:
        """What those who broke the glass said why, in their own words; no number of anybody's is in it."""
        found = await opened(self._connections, self._key, entries)
        return [_said(found.get(entry)) for entry in entries]

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


def _said(entry: Opened | None) -> str | None:
    if entry is None or entry.personal is None or not entry.body.get("emergency"):
        return None
    text = entry.personal["text"]
    return None if text is None else _NUMBER.sub("…", text)
