"""Records → entries of one stream, durable and each committing to all before it.

The database makes the chain and this process makes it too: one row comes back for a batch, and if its end is
not the end that was made here, somebody else has written to the stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self
from uuid import UUID

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from gateway.errors import AuditUnavailable
from gateway.ledger import sealing
from gateway.ledger.keys import Keys
from gateway.ledger.merkle import leaf_hash
from gateway.ledger.record import GENESIS, Record, link

CONNECT = 5.0
LOST = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # how asyncpg reports a server that went away in mid-answer
    OSError,
)

_OPEN = "select ledger.open($1)"
_APPEND = """
    select last_seq, last_chain, known from ledger.append(
        $1, string_to_array($2, ',')::uuid[], string_to_array($3, ',', '*'), $4
    )
"""
"""Ids and pseudonyms go as one text each: of every element of an array, asyncpg asks whether it is an array too."""
NOBODY = "*"
"""No pseudonym, in that text; none is written with it."""
_PLACES = "select entry_id, entry_stream, entry_seq, entry_leaf, entry_chain from ledger.places($1)"


class ChainBroken(Exception):
    """The stream's end does not follow from what was written to it here."""


class Receipt(NamedTuple):
    """Where a record stands: its stream, its number there, its hash, and the chain after it."""

    id: str
    stream: int
    seq: int
    leaf: bytes
    chain: bytes


class Stream:
    """One connection that appends, and the end of what it has appended."""

    def __init__(
        self, number: int, connection: asyncpg.Connection[Any], append: PreparedStatement[Any]
    ) -> None:
        self._number = number
        self.connection = connection
        self._append = append
        self._seq = 0
        self._chain = GENESIS

    @classmethod
    async def open(cls, url: str, gateway: str) -> Self:
        """Connects and opens a stream; raises AuditUnavailable when the ledger is not there as this process knows it."""
        try:
            connection = await asyncpg.connect(url, timeout=CONNECT)
            try:
                append = await connection.prepare(_APPEND)
                return cls(await connection.fetchval(_OPEN, gateway), connection, append)
            except LOST:
                connection.terminate()
                raise
        except LOST as unreachable:
            raise AuditUnavailable(
                "the ledger cannot be reached; check LEDGER_URL and that its tables are there"
            ) from unreachable

    @property
    def lost(self) -> bool:
        """Whether the connection is gone, and with it the stream."""
        return self.connection.is_closed()

    async def close(self) -> None:
        """Ends the connection, unless it is gone."""
        if not self.lost:
            await self.connection.close()

    async def keep(self, records: Sequence[Record], keys: Keys) -> list[Receipt]:
        """Durable in order when this returns, and a receipt for each. Raises ChainBroken, and what LOST names.

        A record that was kept before stands where it stood: a batch whose commit was in doubt can be sent again.
        """
        bodies = sealing.bodies(records, await keys.of(records, self.connection))
        ids = [record.id for record in records]
        subjects = ",".join([record.subject or NOBODY for record in records])
        (row,) = await self._append.fetch(self._number, ",".join(ids), subjects, bodies)
        seq, chain, known = row
        if known:
            return await self._kept_before(dict(zip(ids, bodies, strict=True)), (seq, chain), known)
        return self._followed(ids, bodies, (seq, chain))

    def _followed(
        self, ids: Iterable[str], bodies: Iterable[bytes], end: tuple[int, bytes]
    ) -> list[Receipt]:
        """This stream's own chain, made again: whoever changed what stands before the new entries is found here."""
        number, seq, chain = self._number, self._seq, self._chain
        receipts = []
        for id_, body in zip(ids, bodies, strict=True):
            leaf = leaf_hash(body)
            chain = link(chain, leaf)
            seq += 1
            receipts.append(Receipt(id_, number, seq, leaf, chain))
        if (seq, chain) != end:
            raise ChainBroken
        self._seq, self._chain = end
        return receipts

    async def _kept_before(
        self, sent: Mapping[str, bytes], end: tuple[int, bytes], known: Sequence[UUID]
    ) -> list[Receipt]:
        """Some were sent again: those have the receipts of where they stand, and only the others follow."""
        last = self._seq
        new = {id_: body for id_, body in sent.items() if UUID(id_) not in known}
        made = self._followed(new, new.values(), end)
        rows = await self.connection.fetch(_PLACES, known)
        again = [Receipt(str(row[0]), *row[1:]) for row in rows]
        if any(one.stream == self._number and one.seq > last for one in again):
            raise ChainBroken
        places = {UUID(one.id): one for one in (*made, *again)}
        try:
            return [places[UUID(id_)] for id_ in sent]
        except KeyError:  # what was kept before was retired a moment ago
            raise AuditUnavailable("the record is no longer kept; ask again") from None
