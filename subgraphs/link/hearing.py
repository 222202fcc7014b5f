"""Accesses kept, and facts changed → who hears of them: one listening connection for all streams of a service.

Over Postgres LISTEN/NOTIFY a notice of an access carries nothing but its own reference: whoever hears it looks it up,
as somebody, for a purpose. A notice of a change carries nothing at all: whoever hears it decides anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any
from uuid import UUID

import asyncpg

ACCESSES, CHANGES = "link_cpis", "link_changed"
WAITING = 1_000
PATIENCE = 60.0
"""Seconds after which a stream is decided about anew though nothing was said to have changed (trust.md I-11)."""


class _Ear:
    """One stream's part of what is heard: references of accesses, None for a change; several changes are one."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[UUID | None] = asyncio.Queue(WAITING)
        self._changed = False

    def accessed(self, reference: UUID) -> None:
        with suppress(asyncio.QueueFull):  # who reads nothing hears no more than this
            self.queue.put_nowait(reference)

    def changed(self) -> None:
        if not self._changed:
            with suppress(asyncio.QueueFull):
                self.queue.put_nowait(None)
                self._changed = True

    async def next(self) -> UUID | None:
        try:
            async with asyncio.timeout(PATIENCE):
                heard = await self.queue.get()
        except TimeoutError:
            return None
        if heard is None:
            self._changed = False
        return heard


class Hearing:
    """The service's one line: opened with the first stream, closed with the last."""

    def __init__(self, connections: asyncpg.Pool) -> None:
        self._connections = connections
        self._ears: set[_Ear] = set()
        self._line: Any = None
        self._turn = asyncio.Lock()
        self._hanging_up: asyncio.Task[None] | None = None

    async def heard(self) -> AsyncGenerator[UUID | None]:
        """The reference of each access as it is kept, from now on; None when it is time to decide anew."""
        ear = _Ear()
        try:
            while True:
                await self._join(ear)
                yield await ear.next()
        finally:
            self._leave(ear)

    async def _join(self, ear: _Ear) -> None:
        """Also when the line was cut: what was said meanwhile is not heard, and everything is decided anew."""
        async with self._turn:
            if self._line is None or self._line.is_closed():
                self._line = await self._connections.acquire()
                await self._line.add_listener(ACCESSES, self._accessed)
                await self._line.add_listener(CHANGES, self._changed)
            self._ears.add(ear)

    def _leave(self, ear: _Ear) -> None:
        self._ears.discard(ear)
        if not self._ears and self._line is not None:
            line, self._line = self._line, None
            # Apart from whoever left: they may be cancelled while this waits.
            self._hanging_up = asyncio.create_task(self._hang_up(line))

    async def _hang_up(self, line: Any) -> None:
        await line.remove_listener(ACCESSES, self._accessed)
        await line.remove_listener(CHANGES, self._changed)
        await self._connections.release(line)

    def _accessed(self, *notice: Any) -> None:
        for ear in self._ears:
            ear.accessed(UUID(notice[-1]))

    def _changed(self, *_: Any) -> None:
        for ear in self._ears:
            ear.changed()
