"""Records of many askers → batches to write, and for each asker its receipts or a refusal in time.

Whatever queued while the last batch was being flushed is the next batch. No record waits longer than the time that
a decision has to become durable, and no more of them than can be written in it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.errors import AuditUnavailable
from gateway.ledger.record import Record
from gateway.ledger.stream import Receipt

BATCH = 200
QUEUE = 2_000
SECONDS = 0.25
"""A decision that is not durable within this long is not released (trust.md §6.3)."""
LOOKS = 5
"""In how many looks that time is counted: however long this process itself stood still, it was one."""

LATE = "the decision could not be recorded in time, so nothing is released; try again"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who waits for these records to be durable, since which look at the clock."""

    records: Sequence[Record]
    receipts: asyncio.Future[Sequence[Receipt]]
    since: int

    @property
    def refused(self) -> bool:
        """Whether it was told that nothing was recorded. One who went away was not: the record stands."""
        done = self.receipts.done() and not self.receipts.cancelled()
        return done and self.receipts.exception() is not None

    def answer(self, receipts: Sequence[Receipt]) -> None:
        """Tells it where its records stand, unless it was refused before or went away."""
        if not self.receipts.done():
            self.receipts.set_result(receipts)

    def refuse(self, why: str) -> None:
        """Tells it that nothing was recorded, unless it was answered before."""
        if not self.receipts.done():
            self.receipts.set_exception(AuditUnavailable(why))


class Askers:
    """Those who wait, in the order in which they asked."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._looks = 0
        self._queue: deque[Asker] = deque()
        self._queued = 0
        self._unanswered: deque[Asker] = deque()
        self._bell = asyncio.Event()
        self.in_time = True
        """Whether the last who asked could be answered in time."""

    def ask(self, records: Sequence[Record]) -> asyncio.Future[Sequence[Receipt]]:
        """What to wait for; raises AuditUnavailable when too many wait."""
        if self._queued + len(records) > QUEUE:
            self.in_time = False
            raise AuditUnavailable(LATE)
        asker = Asker(records, asyncio.get_running_loop().create_future(), self._looks)
        self._queued += len(records)
        self._queue.append(asker)
        self._unanswered.append(asker)
        self._bell.set()
        return asker.receipts

    def ring(self) -> None:
        """Wakes the writer although nobody asks."""
        self._bell.set()

    async def heard(self) -> None:
        """Returns when somebody has asked, or rung."""
        await self._bell.wait()
        self._bell.clear()

    def batch(self) -> list[Asker]:
        """Who is next. Who was refused is not: a ledger that is behind must not fall further back."""
        batch: list[Asker] = []
        size = 0
        while self._queue and size < BATCH:
            asker = self._queue.popleft()
            self._queued -= len(asker.records)
            if not asker.refused:
                batch.append(asker)
                size += len(asker.records)
        return batch

    async def keep_time(self) -> None:
        """Refuses who has waited too long. One clock for all who wait costs less than one each."""
        while True:
            await asyncio.sleep(self._seconds / LOOKS)
            self._looks += 1
            while self._unanswered:
                oldest = self._unanswered[0]
                if not oldest.receipts.done():
                    if self._looks - oldest.since < LOOKS:
                        break
                    oldest.refuse(LATE)
                    self.in_time = False
                self._unanswered.popleft()

    def refuse_all(self, why: str) -> None:
        """Nobody writes any more."""
        for asker in self._unanswered:
            asker.refuse(why)
