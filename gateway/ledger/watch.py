"""The state of the world around the ledger → whether a record may be believed: clocks agree, witnesses have seen.

Looked at once a second at most. A clock that is off stops releases at once, and so does a ledger that is not what was
promised of it; witnesses who are silent raise an alarm after five minutes and stop releases after four hours.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

EVERY = 1.0
SKEW = 2.0
"""Seconds by which the gateway's clock and the ledger's may differ."""
ALARM = 5 * 60.0
STOP = 4 * 60 * 60.0
"""Seconds for which decisions may wait to be witnessed."""
AGAIN = 30 * 60.0
"""Seconds after which the alarm is written down again."""

FROZEN = "the ledger is not what was promised of it: find out why, then `causeway ledger resume`"
SHRUNK = "its newest checkpoint is older than one that a gateway has seen"
CLOCK = "the gateway's clock and the ledger's differ: set them right"
WITNESSES = "decisions have waited for witnesses too long: bring witnesses or the publisher back"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clocks:
    """The time of day, and a clock that only goes forward; both in seconds."""

    wall: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic


class Watch:
    """What was last seen. `quorum` witnesses must have cosigned a checkpoint for it to count."""

    def __init__(self, quorum: int = 0, clocks: Clocks = Clocks()) -> None:
        self._quorum = quorum
        self._clocks = clocks
        self._looked: float | None = None
        self._offset = 0.0
        self._skewed = False
        self._waiting = 0.0
        self._told = 0
        self._size = 0
        self._frozen = False

    @property
    def problem(self) -> str | None:
        """Why nothing may be released now; None when all is well."""
        if self._skewed or self._stepped():
            return CLOCK
        if self._frozen:
            return FROZEN
        return WITNESSES if self._waiting > STOP else None

    @property
    def alarm(self) -> str | None:
        """What a person should look at although answers still go out, and for how long they will."""
        if self._waiting <= ALARM:
            return None
        left = max(0.0, STOP - self._waiting)
        return f"{WITNESSES}; answers stop in {left // 60:.0f} min"

    @property
    def due(self) -> bool:
        """Whether it is time to look: what was seen is no longer of a moment ago, or the clock has jumped since."""
        if self._looked is None or self._clocks.steady() - self._looked >= EVERY:
            return True
        return self._stepped()

    async def look(self, connection: asyncpg.Connection[Any]) -> None:
        """Asks the ledger for its time and for what waits."""
        before = self._clocks.wall()
        row = await connection.fetchrow(
            "select now_at, waiting, size, frozen from ledger.state($1)", self._quorum
        )
        after = self._clocks.wall()
        assert row is not None
        now: float = row["now_at"]
        self._skewed = not before - SKEW <= now <= after + SKEW
        self._waiting = row["waiting"]
        if row["size"] < self._size:
            await self.freeze(connection, SHRUNK)
        else:
            self._size, self._frozen = row["size"], row["frozen"] is not None
        self._looked = self._clocks.steady()
        self._offset = after - self._looked
        self._tell()

    async def freeze(self, connection: asyncpg.Connection[Any], why: str) -> None:
        """Stops the whole ledger, for every gateway, until its owner lifts that."""
        log.critical("the ledger is frozen: %s", why)
        self._frozen, self._size = True, 0
        await connection.execute("select ledger.stop($1)", why)

    def _stepped(self) -> bool:
        """Whether the time of day has jumped since it was compared."""
        if self._looked is None:
            return False
        return abs(self._clocks.wall() - self._clocks.steady() - self._offset) > SKEW

    def _tell(self) -> None:
        half_hours = 1 + int(self._waiting // AGAIN) if self.alarm else 0
        if half_hours > self._told:
            log.error("%s", self.alarm)
        self._told = half_hours
