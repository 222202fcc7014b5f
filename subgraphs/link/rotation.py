"""What lies under an old key → the same under a new one, while everybody goes on reading and writing (trust.md §5.2).

A step at a time, each of which may be the last before the power fails: a new version of the key beside the old one;
a word to the database that whoever does not know it may not be answered from here; every row moved, a thousand in
a transaction; a constraint that no row is under the old version, which the database checks over all rows and keeps
to from then on; and only then the old version is forgotten. Run again, it goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

import asyncpg

AT_ONCE = 1_000
PAUSE = 0.2  # seconds
_TURN = 4_250_003  # an advisory lock: one rotation at a time

Tell = Callable[[str, int, int], object]
"""What is under the key, how much of it was moved now, and about how much there is."""


class Busy(Exception):
    """Another process is rotating."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows looked at in their order: the last one's place, how many were moved, and how many left because others change them."""

    last: Any
    moved: int
    left: int


class Part(Protocol):
    """Rows of one table under a key."""

    async def count(self, connections: asyncpg.Pool) -> int: ...

    async def page(self, connections: asyncpg.Pool, after: Any, at_once: int) -> Page | None:
        """Those after this place (None: the first ones); None after the last."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A constraint by which no row is under an older version. `check`: what it says, with `{new}` for the version."""

    table: str
    name: str
    check: str


class Turned(Protocol):
    """A key, and all that is under it."""

    @property
    def fence(self) -> str:
        """A statement after which whoever does not know version $1 may not be answered."""

    @property
    def parts(self) -> Sequence[Part]: ...

    @property
    def guards(self) -> Sequence[Guard]: ...

    def begin(self) -> int:
        """Opens a rotation, unless one is open; gives the new version."""

    def end(self) -> None:
        """Forgets older versions."""


@dataclass(slots=True)
class Rotation:
    """Rotates keys one after another."""

    connections: asyncpg.Pool
    turned: Mapping[str, Turned]
    tell: Tell = lambda _name, _moved, _of: None

    async def run(self, names: Sequence[str] = ()) -> dict[str, int]:
        """How much was moved, by name; of everything when nothing is named. Raises Busy."""
        async with self._alone():
            return {name: await self._one(name) for name in names or self.turned}

    async def _one(self, name: str) -> int:
        turned = self.turned[name]
        new = turned.begin()
        await self.connections.execute(turned.fence, new)
        of = sum([await part.count(self.connections) for part in turned.parts])
        moved = await self._whole(name, of)
        for guard in turned.guards:
            await self._refuse_older(guard, new)
        moved += await self._whole(name, of)  # what was written under the old key meanwhile
        for guard in turned.guards:
            validate = f"alter table {guard.table} validate constraint {guard.name}"
            await self.connections.execute(validate)
        turned.end()
        return moved

    async def _whole(self, name: str, of: int) -> int:
        """Until a pass leaves nothing under an older key."""
        moved = 0
        while True:
            some, left = await self._pass(name, of)
            moved += some
            if not left:
                return moved
            await asyncio.sleep(PAUSE)

    async def _pass(self, name: str, of: int) -> tuple[int, int]:
        """Once over all rows in order: how many were moved, and how many left because others change them."""
        moved, left = 0, 0
        for part in self.turned[name].parts:
            after: Any = None
            while page := await part.page(self.connections, after, AT_ONCE):
                after = page.last
                moved += page.moved
                left += page.left
                self.tell(name, moved, of)
        return moved, left

    async def _refuse_older(self, guard: Guard, new: int) -> None:
        """From now on no process can write under an older version. Waits for a moment in which nobody reads for long."""
        check = guard.check.format(new=new)
        while True:
            with suppress(asyncpg.LockNotAvailableError):
                async with self.connections.acquire() as one, one.transaction():
                    await one.execute("set local lock_timeout = '500ms'")
                    await one.execute(f"alter table {guard.table} drop constraint if exists {guard.name}")  # fmt: skip
                    await one.execute(f"alter table {guard.table} add constraint {guard.name} check ({check}) not valid")  # fmt: skip
                return
            await asyncio.sleep(PAUSE)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        async with self.connections.acquire() as one:
            if not await one.fetchval("select pg_try_advisory_lock($1)", _TURN):
                raise Busy("another process is rotating keys: let it end, then go on")
            try:
                yield
            finally:
                await one.execute("select pg_advisory_unlock($1)", _TURN)


Renewed = Callable[[Any], tuple[Any, ...] | None]
"""A row → what `put` takes of it; None where it is under the newest key already."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that are put under a new key one by one, each only while it is as it was read.

    `following`: the rows after a place, which is $1 and the next, as many as the last one says; `place`: its columns,
    and `first` comes before all. `put` takes an array for each thing that `renewed` gives, and gives how many it found
    as they were.
    """

    counting: str
    following: str
    put: str
    place: tuple[str, ...]
    first: tuple[Any, ...]
    renewed: Renewed

    async def count(self, connections: asyncpg.Pool) -> int:
        return int(await connections.fetchval(self.counting))

    async def page(self, connections: asyncpg.Pool, after: Any, at_once: int) -> Page | None:
        found = await connections.fetch(self.following, *(after or self.first), at_once)
        if not found:
            return None
        last = tuple(found[-1][column] for column in self.place)
        older = [each for row in found if (each := self.renewed(row))]
        moved = await connections.fetchval(self.put, *map(list, zip(*older, strict=True))) if older else 0  # fmt: skip
        return Page(last, moved, len(older) - moved)
