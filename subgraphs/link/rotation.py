"""Numbers under an old key → the same under a new one, while everybody goes on reading and writing (trust.md §5.2).

A step at a time, each of which may be the last before the power fails: a new version of the key beside the old one;
a word to the database that whoever does not know it may not be answered from here; every row moved, a thousand numbers in
a transaction; a constraint that no row is under the old version, which the database checks over all rows and keeps
to from then on; and only then the old version is forgotten. Run again, it goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import asyncpg

from subgraphs.link.keys import NUMBERS, KeyRing, Keys

AT_ONCE = 1_000
PAUSE = 0.2  # seconds
_TURN = 4_250_003  # an advisory lock: one rotation at a time

Tell = Callable[[str, int, int], object]
"""Kind of number, how many were moved now, and about how many there are."""


class Busy(Exception):
    """Another process is rotating."""


@dataclass(slots=True)
class Rotation:
    """Rotates kinds of number one after another."""

    connections: asyncpg.Pool
    ring: KeyRing
    tell: Tell = lambda _kind, _moved, _of: None

    async def run(self, kinds: Sequence[str] = NUMBERS) -> dict[str, int]:
        """How many numbers were moved, by kind. Raises Busy."""
        async with self._alone():
            return {kind: await self._kind(kind) for kind in kinds}

    async def _kind(self, kind: str) -> int:
        self.ring.begin(kind)
        new = self.ring.now().versions(kind)[0]
        await self.connections.execute(_FENCE, kind, new)
        count = await self.connections.fetchval(_COUNT, kind)
        moved = await self._whole(kind, count)
        await self._refuse_older(kind, new)
        moved += await self._whole(kind, count)  # what was written under the old key meanwhile
        await self.connections.execute(
            f"alter table link.identifier validate constraint {_name(kind)}"
        )
        self.ring.end(kind)
        return moved

    async def _whole(self, kind: str, of: int) -> int:
        """Until a pass leaves nothing under an older key."""
        moved = 0
        while True:
            some, left = await self._pass(kind, of)
            moved += some
            if not left:
                return moved
            await asyncio.sleep(PAUSE)

    async def _pass(self, kind: str, of: int) -> tuple[int, int]:
        """Once over all indexes in order: how many numbers were moved, and how many left because others change them."""
        moved, left, after = 0, 0, b""
        newest = self.ring.now().versions(kind)[0]
        while found := await self.connections.fetch(_NEXT, kind, after, AT_ONCE):
            after = found[-1]["index"]
            old = [row for row in found if row["cipher"][0] != newest]
            now = await rekeyed(self.connections, self.ring.now(), kind, old) if old else 0
            moved += now
            left += len(old) - now
            self.tell(kind, moved, of)
        return moved, left

    async def _refuse_older(self, kind: str, new: int) -> None:
        """From now on no process can write under an older version. Waits for a moment in which nobody reads for long."""
        while True:
            with suppress(asyncpg.LockNotAvailableError):
                async with self.connections.acquire() as one, one.transaction():
                    await one.execute("set local lock_timeout = '500ms'")
                    await one.execute(_DROP.format(name=_name(kind)))
                    await one.execute(_CHECK.format(name=_name(kind), kind=kind, new=new))
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


async def rekeyed(
    connection: asyncpg.Pool | asyncpg.Connection, keys: Keys, kind: str, found: Sequence[Any]
) -> int:
    """These numbers under the newest key, but for those that somebody is changing; how many were moved."""
    texts = [keys.unsealed(kind, row["cipher"]) for row in found]
    olds = [row["index"] for row in found]
    news = [keys.index(kind, text) for text in texts]
    ciphers = [keys.sealed(kind, text) for text in texts]
    return int(await connection.fetchval(_REKEY, kind, olds, news, ciphers))


def _name(kind: str) -> str:
    """Of the constraint. Kinds are this project's own words."""
    assert kind in NUMBERS, kind
    return f"identifier_key_{kind.lower()}"


_FENCE = "update link.key_version set version = $2 where kind = $1 and version < $2"
_COUNT = "select count(*) from link.identifier where kind = $1"
_NEXT = """
    select index, (array_agg(cipher))[1] as cipher from (
        select index, cipher from link.identifier where kind = $1 and index > $2 order by index limit $3
    ) page group by index order by index
"""
_REKEY = "select link.rekey($1, $2, $3, $4)"
_DROP = "alter table link.identifier drop constraint if exists {name}"
_CHECK = """
    alter table link.identifier
        add constraint {name} check (kind <> '{kind}' or get_byte(cipher, 0) >= {new}) not valid
"""
