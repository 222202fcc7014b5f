"""A wish to ask the NHS → its turn: at most so many requests a second from one application.

The limit is the application's, not the process's, so where there is a database the turns are given out there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

import asyncpg

RATE = 5.0
"""Requests a second that the NHS allows one application unless agreed otherwise."""


class Pace(Protocol):
    """Who waits here goes when it is their turn."""

    async def turn(self) -> None: ...


@dataclass(slots=True)
class Unshared:
    """Turns within this process."""

    rate: float = RATE
    _next: float = 0.0

    async def turn(self) -> None:
        at = max(self._next, monotonic())
        self._next = at + 1 / self.rate
        await asyncio.sleep(at - monotonic())


@dataclass(frozen=True, slots=True)
class Shared:
    """Turns among all processes on one database, by the database's clock."""

    connections: asyncpg.Pool
    application: str
    rate: float = RATE

    async def turn(self) -> None:
        wait = await self.connections.fetchval(_TURN, self.application, 1 / self.rate)
        await asyncio.sleep(wait)


_TURN = """
    insert into tracing.pace as p (application, next)
    values ($1, clock_timestamp() + make_interval(secs => $2))
    on conflict (application) do update
        set next = greatest(p.next, clock_timestamp()) + make_interval(secs => $2)
    returning greatest(0, extract(epoch from next - clock_timestamp()) - $2)::float8
"""
