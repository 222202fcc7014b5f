"""Records → durable entries, many in one transaction.

Natural group commit: whatever queued while the last batch was being flushed is the next batch. A
record that could not be made durable raises AuditUnavailable, and nothing may be released on it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from gateway.errors import AuditUnavailable
from gateway.ledger import sealing
from gateway.ledger.merkle import leaf_hash
from gateway.ledger.record import GENESIS, Record, link, open_digest
from gateway.ledger.sealing import AuditKey, DataKey, Owner
from gateway.ledger.spool import Spool, SpoolBroken
from gateway.ledger.tried import tried
from gateway.ledger.watch import Watch

ROLE = "causeway_gateway"
BATCH = 200
QUEUE = 2_000
KEYS_KEPT = 50_000
AT_ONCE = 500
"""Records of one request that wait together: a long list is kept in turns."""
PROBE = 0.5
"""Seconds between looks at the ledger while nobody asks for a record."""
CONNECT = 5.0
SECONDS = 0.25
"""A decision that is not durable within this long is not released (trust.md §6.3)."""
LOOKS = 5
"""In how many looks that time is counted: however long this process itself stood still, it was one."""

LATE = "the decision could not be recorded in time, so nothing is released; try again"
SPOOLED = "emergencies wait in the spool until the ledger is back: tell the Caldicott Guardian"
BROKEN = "a stream's chain does not follow from what its gateway wrote"
UNRECORDED = "the decision could not be recorded, so nothing is released; try again"

LOST = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # how asyncpg reports a server that went away in mid-answer
    OSError,
    AuditUnavailable,
)

log = logging.getLogger(__name__)


UNPARTITIONED = "select relkind = 'r' from pg_class where oid = to_regclass('ledger.entry')"


class OldLedger(Exception):
    """The tables are those of an earlier version, which no statement turns into these."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a record stands: its stream, its number there, its hash, and the chain after it."""

    id: str
    stream: int
    seq: int
    leaf: bytes
    chain: bytes


@dataclass(frozen=True, slots=True)
class Spooled:
    """A record that waits in the emergency spool: its id, and a digest of its open parts."""

    id: str
    digest: bytes


Kept = Receipt | Spooled


@dataclass(frozen=True, slots=True)
class _Waiting:
    records: tuple[Record, ...]
    receipts: asyncio.Future[tuple[Receipt, ...]]
    since: int

    @property
    def refused(self) -> bool:
        """Whether the asker was told that nothing was recorded. One who went away was not: the record stands."""
        done = self.receipts.done() and not self.receipts.cancelled()
        return done and self.receipts.exception() is not None


async def create_tables(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Makes or updates the ledger's tables, functions and role; needs the database's owner. Raises OldLedger."""
    if await connection.fetchval(UNPARTITIONED):
        raise OldLedger(
            "this ledger was made before entries were kept by month; keep it as it is and begin another:"
            " `causeway ledger export` it, `alter schema ledger rename to ledger_before`, then"
            " `causeway ledger tables` again; `causeway verify` checks the export as before"
        )
    await connection.execute(Path(__file__).with_name("tables.sql").read_text())


def gateway_url(owner_url: str) -> str:
    """The same database as the gateway's own role, which may only append."""
    parts = urlsplit(owner_url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{ROLE}@{place}"))


class Ledger:
    """This process's stream in the ledger. One connection, one writer, any number of askers."""

    def __init__(
        self,
        url: str,
        gateway: str,
        key: AuditKey,
        *,
        watch: Watch | None = None,
        spool: Spool | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._seconds = seconds
        self._watch = watch or Watch()
        self._spool = spool
        self._spooling = asyncio.Lock()
        self._in_time = True
        self._looks = 0
        self._outstanding: deque[_Waiting] = deque()
        self._url = url
        self._key = key
        self._keys: dict[Owner, DataKey] = {}
        self._gateway = gateway
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._queued = 0
        self._using = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None
        self._others: list[asyncio.Task[None]] = []
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._stream = 0
        self._head = (0, GENESIS)

    async def open(self) -> None:
        """Connects and opens a stream; raises AuditUnavailable when the ledger cannot be reached."""
        await self._connect()
        self._writer = asyncio.create_task(self._write())
        self._others = [asyncio.create_task(self._probe()), asyncio.create_task(self._time())]

    async def close(self) -> None:
        """Stops writing; whoever still waits for a receipt gets AuditUnavailable."""
        for task in (*self._others, self._writer):
            if task:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        if self._connection and not self._connection.is_closed():
            await self._connection.close()

    @property
    def ready(self) -> bool:
        """Whether a record would be taken now."""
        return self.problem is None

    @property
    def problem(self) -> str | None:
        """What keeps the next record from being taken; None when nothing does."""
        if not self._connected or self._writer is None or self._writer.done():
            return "the ledger cannot be reached"
        if not self._in_time:
            return "the ledger does not keep up"
        if self._spool is not None and self._spool.waiting:
            return "the emergency spool is being taken over"
        return self._watch.problem

    @property
    def alarm(self) -> str | None:
        """What a person should look at although answers still go out."""
        if self._spool is not None and self._spool.waiting:
            return SPOOLED
        return self._watch.alarm

    @property
    def _connected(self) -> bool:
        return self._connection is not None and not self._connection.is_closed()

    def tried(self, named: Iterable[str]) -> tuple[str, ...]:
        """Keyed digests of what was named and nobody was found by, for a record."""
        return tried(self._key, named)

    async def append(self, records: Sequence[Record]) -> tuple[Kept, ...]:
        """Returns once every record is durable, in order; raises AuditUnavailable otherwise.

        Records of an emergency go to the spool while the ledger is away. A ledger that is there and not to be
        believed is not away: then there is no spool either.
        """
        try:
            if len(records) <= AT_ONCE:
                return await self._appended(records)
            turns = range(0, len(records), AT_ONCE)
            kept = [await self._appended(records[first : first + AT_ONCE]) for first in turns]
            return tuple(one for turn in kept for one in turn)
        except AuditUnavailable:
            if self._spool is None or self._watch.problem or not self._spool.takes(records):
                raise
            async with self._spooling:
                spooled = await asyncio.to_thread(self._spool.keep, records)
            log.critical("an emergency was recorded in the spool: tell the Caldicott Guardian")
            return tuple(Spooled(one.id, open_digest(one.open_parts())) for one in spooled)

    async def _appended(self, records: Sequence[Record]) -> tuple[Receipt, ...]:
        if self._queued + len(records) > QUEUE:
            self._in_time = False
            raise AuditUnavailable(LATE)
        receipts = asyncio.get_running_loop().create_future()
        waiting = _Waiting(tuple(records), receipts, self._looks)
        self._queued += len(records)
        self._outstanding.append(waiting)
        self._queue.put_nowait(waiting)
        return await waiting.receipts

    async def _time(self) -> None:
        """Refuses what has waited too long. One clock for all who wait costs less than one each."""
        while True:
            await asyncio.sleep(self._seconds / LOOKS)
            self._looks += 1
            while self._outstanding:
                oldest = self._outstanding[0]
                if not oldest.receipts.done():
                    if self._looks - oldest.since < LOOKS:
                        break
                    oldest.receipts.set_exception(AuditUnavailable(LATE))
                    self._in_time = False
                self._outstanding.popleft()

    async def _write(self) -> None:
        batch: list[_Waiting] = []
        try:
            while True:
                batch = [await self._queue.get()]
                size = len(batch[0].records)
                while size < BATCH and not self._queue.empty():
                    batch.append(self._queue.get_nowait())
                    size += len(batch[-1].records)
                self._queued -= size
                # Who was refused is not written either: a ledger that is behind must not fall further back.
                batch = [one for one in batch if not one.refused]
                if batch:
                    async with self._using:
                        await self._commit(batch)
        finally:
            self._refuse(batch)

    async def _probe(self) -> None:
        """Looks at the ledger while nobody asks for a record, and tries it again when it was lost."""
        while True:
            await asyncio.sleep(PROBE)
            async with self._using:
                try:
                    await self._prepare()
                    self._in_time = True
                except LOST:
                    await self._disconnect()

    async def _prepare(self) -> asyncpg.Connection[asyncpg.Record]:
        """A connection, with what was spooled taken over first and the world looked at."""
        if not self._connected:
            await self._connect()
        assert self._connection is not None
        await self._watch.look(self._connection)
        if self._spool is not None and self._spool.waiting:
            async with self._spooling:
                await self._take_over(self._spool)
        return self._connection

    async def _take_over(self, spool: Spool) -> None:
        try:
            waiting = await asyncio.to_thread(spool.records)
        except (SpoolBroken, OSError) as broken:
            log.critical("the emergency spool cannot be read: %s", type(broken).__name__)
            raise AuditUnavailable("the emergency spool cannot be taken over; look at it") from None
        for first in range(0, len(waiting), BATCH):
            await self._insert(waiting[first : first + BATCH])
        if waiting:
            await asyncio.to_thread(spool.clear)

    async def _commit(self, batch: list[_Waiting]) -> None:
        try:
            receipts = await self._keep([record for one in batch for record in one.records])
        except AuditUnavailable as refused:
            self._refuse(batch, refused.message)
            return
        except LOST as lost:
            log.error("ledger append failed: %s", type(lost).__name__)  # noqa: TRY400 the message may quote a record
            self._refuse(batch)
            await self._disconnect()
            return
        self._in_time = True
        for alert in {record.alert for one in batch for record in one.records if record.alert}:
            log.critical("%s: a decision waits in the Caldicott Guardian's queue", alert)
        done = 0
        for one in batch:
            mine = tuple(receipts[done : done + len(one.records)])
            done += len(mine)
            if not one.receipts.done():
                one.receipts.set_result(mine)

    async def _keep(self, records: Sequence[Record]) -> list[Receipt]:
        await self._prepare()
        if problem := self._watch.problem:
            raise AuditUnavailable(f"{problem}; nothing is released until then")
        return await self._insert(records)

    async def _insert(self, records: Sequence[Record]) -> list[Receipt]:
        assert self._connection is not None
        keys = await self._keys_of(records)
        bodies = [sealing.body(record, keys[sealing.owner(record)]) for record in records]
        rows = await self._connection.fetch(
            "select entry_stream, entry_seq, entry_leaf, entry_chain"
            " from ledger.append($1, $2, $3, $4)",
            self._stream,
            [record.id for record in records],
            [record.subject for record in records],
            bodies,
        )
        await self._check(bodies, rows)
        return [Receipt(r.id, *row) for r, row in zip(records, rows, strict=True)]

    async def _check(self, bodies: Sequence[bytes], rows: Sequence[asyncpg.Record]) -> None:
        """This stream's own chain, made again: whoever changed what stands before the new entries is found here."""
        assert self._connection is not None
        for body, (stream, seq, leaf, chain) in zip(bodies, rows, strict=True):
            if stream != self._stream or seq <= self._head[0]:
                continue  # kept before: an entry that was sent again
            made = leaf_hash(body)
            expected = link(self._head[1], made)
            if (seq, leaf, chain) != (self._head[0] + 1, made, expected):
                await self._watch.freeze(self._connection, BROKEN)
                raise AuditUnavailable(UNRECORDED)
            self._head = (seq, chain)

    async def _keys_of(self, records: Sequence[Record]) -> dict[Owner, DataKey]:
        owners = sealing.owners(records)
        missing = [owner for owner in owners if owner not in self._keys]
        if missing:
            assert self._connection is not None
            fresh = [self._key.fresh() for _ in missing]
            rows = await self._connection.fetch(
                "select key_subject, key_year, key_id, key_wrapped from ledger.keys($1, $2, $3, $4)",
                [subject for subject, _ in missing],
                [year for _, year in missing],
                [id_ for id_, _ in fresh],
                [wrapped for _, wrapped in fresh],
            )
            if len(self._keys) + len(rows) > KEYS_KEPT:
                self._keys.clear()
            found = {(row[0], row[1]): self._key.unwrapped(row[2], row[3]) for row in rows}
            self._keys.update(found)
        return {owner: self._keys[owner] for owner in owners}

    async def _connect(self) -> None:
        try:
            self._connection = await asyncpg.connect(self._url, timeout=CONNECT)
            self._stream = await self._connection.fetchval("select ledger.open($1)", self._gateway)
            self._head = (0, GENESIS)
        except (asyncpg.PostgresError, OSError, TimeoutError) as unreachable:
            raise AuditUnavailable(
                "the ledger cannot be reached; check LEDGER_URL and that its tables are there"
            ) from unreachable

    async def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    @staticmethod
    def _refuse(batch: Sequence[_Waiting], why: str = UNRECORDED) -> None:
        for one in batch:
            if not one.receipts.done():
                one.receipts.set_exception(AuditUnavailable(why))
