"""Records → durable entries, many in one transaction, or a refusal on which nothing may be released.

One writer uses this process's stream. What stands around it is looked at first: a ledger that is not to be
believed takes no record, and while it is away only emergencies are kept, in their spool.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress

from gateway.errors import AuditUnavailable
from gateway.ledger.askers import BATCH, SECONDS, Asker, Askers
from gateway.ledger.keys import Keys
from gateway.ledger.record import Record, open_digest
from gateway.ledger.sealing import AuditKey
from gateway.ledger.spool import Spool, SpoolBroken, Spooled
from gateway.ledger.stream import LOST, ChainBroken, Receipt, Stream
from gateway.ledger.tried import tried
from gateway.ledger.watch import Watch

AT_ONCE = 500
"""Records of one request that wait together: a long list is kept in turns."""
PROBE = 0.5
"""Seconds between looks at the ledger while nobody asks for a record."""

AWAY = "the ledger cannot be reached"
BEHIND = "the ledger does not keep up"
SPOOLED = "emergencies wait in the spool until the ledger is back: tell the Caldicott Guardian"
TAKING_OVER = "the emergency spool is being taken over"
BROKEN = "a stream's chain does not follow from what its gateway wrote"
UNRECORDED = "the decision could not be recorded, so nothing is released; try again"

Kept = Receipt | Spooled

log = logging.getLogger(__name__)


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
        self._url = url
        self._gateway = gateway
        self._key = key
        self._keys = Keys(key)
        self._watch = watch or Watch()
        self._spool = spool
        self._spooling = asyncio.Lock()
        self._askers = Askers(seconds)
        self._stream: Stream | None = None
        self._writer: asyncio.Task[None] | None = None
        self._others: list[asyncio.Task[None]] = []
        self._probed = False

    async def open(self) -> None:
        """Connects and opens a stream; raises AuditUnavailable when the ledger cannot be reached, or is another key's."""
        self._stream = await Stream.open(self._url, self._gateway)
        try:
            await self._keys.prove(self._stream.connection)
        except AuditUnavailable:
            await self._stream.close()
            raise
        self._writer = asyncio.create_task(self._write())
        clock = asyncio.create_task(self._askers.keep_time())
        self._others = [asyncio.create_task(self._probe()), clock]

    async def close(self) -> None:
        """Stops writing; whoever still waits for a receipt gets AuditUnavailable."""
        for task in (*self._others, self._writer):
            if task:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        if self._stream:
            await self._stream.close()

    @property
    def ready(self) -> bool:
        """Whether a record would be taken now."""
        return self.problem is None

    @property
    def problem(self) -> str | None:
        """What keeps the next record from being taken; None when nothing does."""
        if self._stream is None or self._stream.lost or self._stopped:
            return AWAY
        if not self._askers.in_time:
            return BEHIND
        if self._spool is not None and self._spool.waiting:
            return TAKING_OVER
        return self._watch.problem

    @property
    def alarm(self) -> str | None:
        """What a person should look at although answers still go out."""
        if self._spool is not None and self._spool.waiting:
            return SPOOLED
        return self._watch.alarm

    @property
    def _stopped(self) -> bool:
        return self._writer is None or self._writer.done()

    def tried(self, named: Iterable[str]) -> tuple[str, ...]:
        """Keyed digests of what was named and nobody was found by, for a record."""
        return tried(self._key, named)

    async def append(self, records: Sequence[Record]) -> Sequence[Kept]:
        """Returns once every record is durable, in order; raises AuditUnavailable otherwise.

        Records of an emergency go to the spool while the ledger is away. A ledger that is there and not to be
        believed is not away: then there is no spool either.
        """
        try:
            if self._stopped:
                raise AuditUnavailable(UNRECORDED)
            if len(records) <= AT_ONCE:
                return await self._askers.ask(records)
            kept: list[Kept] = []
            for first in range(0, len(records), AT_ONCE):
                kept += await self._askers.ask(records[first : first + AT_ONCE])
            return kept
        except AuditUnavailable:
            if self._spool is None or self._watch.problem or not self._spool.takes(records):
                raise
            async with self._spooling:
                spooled = await asyncio.to_thread(self._spool.keep, records)
            log.critical("an emergency was recorded in the spool: tell the Caldicott Guardian")
            return [Spooled(one.id, open_digest(one.open_parts())) for one in spooled]

    async def _probe(self) -> None:
        """Has the writer look at the ledger while nobody asks for a record, and try it again when it was lost."""
        while True:
            await asyncio.sleep(PROBE)
            self._probed = True
            self._askers.ring()

    async def _write(self) -> None:
        try:
            while True:
                await self._askers.heard()
                while batch := self._askers.batch():
                    await self._commit(batch)
                if self._probed:
                    self._probed = False
                    await self._look()
        finally:
            self._askers.refuse_all(UNRECORDED)

    async def _look(self) -> None:
        try:
            await self._prepared()
            self._askers.in_time = True
        except AuditUnavailable:
            return  # the next look finds out whether it still is
        except LOST:
            self._disconnect()

    async def _commit(self, batch: Sequence[Asker]) -> None:
        records = [record for asker in batch for record in asker.records]
        try:
            receipts = await self._kept(records)
        except AuditUnavailable as unavailable:
            _refuse(batch, unavailable.message)
            return
        except LOST as lost:
            log.error("ledger append failed: %s", type(lost).__name__)  # noqa: TRY400 the message may quote a record
            _refuse(batch, UNRECORDED)
            self._disconnect()
            return
        self._askers.in_time = True
        for alert in {record.alert for record in records if record.alert}:
            log.critical("%s: a decision waits in the Caldicott Guardian's queue", alert)
        done = 0
        for asker in batch:
            first, done = done, done + len(asker.records)
            asker.answer(receipts[first:done])

    async def _kept(self, records: Sequence[Record]) -> list[Receipt]:
        stream = await self._prepared()
        if problem := self._watch.problem:
            raise AuditUnavailable(f"{problem}; nothing is released until then")
        return await self._followed(stream, records)

    async def _prepared(self) -> Stream:
        """The stream, with what was spooled taken over first and the world looked at."""
        if self._stream is None or self._stream.lost:
            self._stream = await Stream.open(self._url, self._gateway)
        if self._watch.due:
            await self._watch.look(self._stream.connection)
        if self._spool is not None and self._spool.waiting:
            async with self._spooling:
                await self._take_over(self._spool, self._stream)
        return self._stream

    async def _take_over(self, spool: Spool, stream: Stream) -> None:
        try:
            waiting = await asyncio.to_thread(spool.records)
        except (SpoolBroken, OSError) as broken:
            log.critical("the emergency spool cannot be read: %s", type(broken).__name__)
            raise AuditUnavailable("the emergency spool cannot be taken over; look at it") from None
        for first in range(0, len(waiting), BATCH):
            await self._followed(stream, waiting[first : first + BATCH])
        if waiting:
            await asyncio.to_thread(spool.clear)

    async def _followed(self, stream: Stream, records: Sequence[Record]) -> list[Receipt]:
        try:
            return await stream.keep(records, self._keys)
        except ChainBroken:
            await self._watch.freeze(stream.connection, BROKEN)
            raise AuditUnavailable(UNRECORDED) from None

    def _disconnect(self) -> None:
        if self._stream is not None:
            self._stream.connection.terminate()
            self._stream = None


def _refuse(batch: Sequence[Asker], why: str) -> None:
    for asker in batch:
        asker.refuse(why)
