"""An older database's indexes of numbers → the two covering ones that today's reads are answered from, while everybody goes on.

`tables.sql` is applied in one transaction, and an index that is made in one holds up whoever writes for as long as it
takes. So these are made beside the old ones, concurrently; the new takes the old one's place as primary key in a moment
in which nobody uses the table, waited for half a second at a time; and the old are dropped when nothing needs them.
Each step is looked for in the database first: broken off anywhere, the same again goes on, and makes anew what was half made.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import asyncpg

PAUSE = 0.2  # seconds
_TURN = 4_250_005  # an advisory lock: one upgrade at a time

Tell = Callable[[str], object]
"""What is done next, in words."""


class Busy(Exception):
    """Another process is at the same."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index that reads are answered from. `over`: its columns, as `create index` has them."""

    name: str
    over: str
    unique: bool = False

    @property
    def statement(self) -> str:
        unique = "unique " if self.unique else ""
        return f"create {unique}index concurrently {self.name} on link.identifier {self.over}"


KEY = Index("identifier_covering", "(kind, index, child) include (custodian)", unique=True)
OF_CHILD = Index("identifier_of_child", "(child) include (kind, index, cipher, custodian, former)")
OLD = "identifier_child"


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Of one database, over connections of which it needs two."""

    connections: asyncpg.Pool
    tell: Tell = lambda _step: None

    async def needed(self) -> bool:
        return not (await self._key_covers() and await self._whole(OF_CHILD)) or await self._old()

    async def run(self) -> None:
        """Nothing where all is as it should be. Raises Busy."""
        async with self._alone():
            if not await self._key_covers():
                await self._made(KEY)
                await self._put_in_place()
            await self._made(OF_CHILD)
            if await self._old():
                self.tell(f"dropping {OLD}, which nothing reads any more")
                await self.connections.execute(f"drop index concurrently link.{OLD}")

    async def _made(self, index: Index) -> None:
        if await self._whole(index):
            return
        await self.connections.execute(f"drop index concurrently if exists link.{index.name}")
        self.tell(f"making {index.name} beside what is there; everybody reads and writes meanwhile")
        await self.connections.execute(index.statement)

    async def _put_in_place(self) -> None:
        """The old key goes and the new one is it, in one statement; it waits for nobody who reads for long."""
        old = await self.connections.fetchval(_KEY_NAME)
        self.tell(f"putting {KEY.name} in place of {old}: a moment, when nobody uses the table")
        while True:
            with suppress(asyncpg.LockNotAvailableError):
                async with self.connections.acquire() as one, one.transaction():
                    await one.execute("set local lock_timeout = '500ms'")
                    await one.execute(_SWAP.format(old=old, new=KEY.name))
                return
            await asyncio.sleep(PAUSE)

    async def _key_covers(self) -> bool:
        return bool(await self.connections.fetchval(_KEY_COVERS))

    async def _whole(self, index: Index) -> bool:
        return bool(await self.connections.fetchval(_WHOLE, index.name))

    async def _old(self) -> bool:
        return bool(await self.connections.fetchval("select to_regclass($1) is not null", f"link.{OLD}"))  # fmt: skip

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        async with self.connections.acquire() as one:
            if not await one.fetchval("select pg_try_advisory_lock($1)", _TURN):
                raise Busy("another process is upgrading: let it end")
            try:
                yield
            finally:
                await one.execute("select pg_advisory_unlock($1)", _TURN)


_KEY_COVERS = """
    select exists (
        select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attname = 'custodian'
        where i.indrelid = 'link.identifier'::regclass and i.indisprimary and a.attnum = any (i.indkey)
    )
"""
_KEY_NAME = "select conname from pg_constraint where conrelid = 'link.identifier'::regclass and contype = 'p'"
_WHOLE = """
    select coalesce(bool_or(i.indisvalid and i.indisready), false) from pg_index i
    where i.indrelid = 'link.identifier'::regclass and i.indexrelid = to_regclass('link.' || $1)
"""
_SWAP = """
    alter table link.identifier drop constraint {old},
        add constraint identifier_pkey primary key using index {new}
"""
