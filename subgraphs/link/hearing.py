"""Accesses kept → who hears of them: one listening connection for all streams of a service.

Over Postgres LISTEN/NOTIFY a notice carries nothing but the access's own reference: whoever hears it looks it up,
as somebody, for a purpose.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any
from uuid import UUID

import asyncpg

CHANNEL = "link_cpis"
WAITING = 1_000


class Hearing:
    """The service's one ear: opened with the first stream, closed with the last."""

    def __init__(self, connections: asyncpg.Pool) -> None:
        self._connections = connections
        self._queues: set[asyncio.Queue[UUID]] = set()
        self._ear: Any = None
        self._turn = asyncio.Lock()
        self._hanging_up: asyncio.Task[None] | None = None

    async def accesses(self) -> AsyncGenerator[UUID]:
        """The reference of each access as it is kept, from now on."""
        queue: asyncio.Queue[UUID] = asyncio.Queue(WAITING)
        await self._join(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._leave(queue)

    async def _join(self, queue: asyncio.Queue[UUID]) -> None:
        async with self._turn:
            if self._ear is None or self._ear.is_closed():
                self._ear = await self._connections.acquire()
                await self._ear.add_listener(CHANNEL, self._heard)
            self._queues.add(queue)

    def _leave(self, queue: asyncio.Queue[UUID]) -> None:
        self._queues.discard(queue)
        if not self._queues and self._ear is not None:
            ear, self._ear = self._ear, None
            # Apart from whoever left: they may be cancelled while this waits.
            self._hanging_up = asyncio.create_task(self._hang_up(ear))

    async def _hang_up(self, ear: Any) -> None:
        await ear.remove_listener(CHANNEL, self._heard)
        await self._connections.release(ear)

    def _heard(self, *notice: Any) -> None:
        for queue in self._queues:
            with suppress(asyncio.QueueFull):  # who reads nothing hears no more than this
                queue.put_nowait(UUID(notice[-1]))
