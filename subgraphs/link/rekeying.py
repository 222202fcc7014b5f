"""Numbers of one kind under an old key → under the newest, all rows of a number at once, so that what stands for two children still does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from subgraphs.link.keys import NUMBERS, KeyRing, Keys
from subgraphs.link.rotation import Guard, Page


@dataclass(frozen=True, slots=True)
class Numbers:
    """One kind's, as a rotation turns their key."""

    ring: KeyRing
    kind: str

    @property
    def fence(self) -> str:
        return _FENCE.format(kind=self._kind)

    @property
    def parts(self) -> tuple[Numbers]:
        return (self,)

    @property
    def guards(self) -> tuple[Guard]:
        check = f"kind <> '{self._kind}' or get_byte(cipher, 0) >= {{new}}"
        return (Guard("link.identifier", f"identifier_key_{self._kind.lower()}", check),)

    def begin(self) -> int:
        self.ring.begin(self.kind)
        return self.ring.now().versions(self.kind)[0]

    def end(self) -> None:
        self.ring.end(self.kind)

    async def count(self, connections: asyncpg.Pool) -> int:
        return int(await connections.fetchval(_COUNT, self.kind))

    async def page(self, connections: asyncpg.Pool, after: Any, at_once: int) -> Page | None:
        keys = self.ring.now()
        found = await connections.fetch(_NEXT, self.kind, after or b"", at_once)
        if not found:
            return None
        newest = keys.versions(self.kind)[0]
        old = [row for row in found if row["cipher"][0] != newest]
        moved = await rekeyed(connections, keys, self.kind, old) if old else 0
        return Page(found[-1]["index"], moved, len(old) - moved)

    @property
    def _kind(self) -> str:
        """As a statement may have it in its text: kinds are this project's own words."""
        assert self.kind in NUMBERS, self.kind
        return self.kind


async def rekeyed(
    connection: asyncpg.Pool | asyncpg.Connection, keys: Keys, kind: str, found: Sequence[Any]
) -> int:
    """These numbers under the newest key, but for those that somebody is changing; how many were moved."""
    texts = [keys.unsealed(kind, row["cipher"]) for row in found]
    olds = [row["index"] for row in found]
    news = [keys.index(kind, text) for text in texts]
    ciphers = [keys.sealed(kind, text) for text in texts]
    return int(await connection.fetchval(_REKEY, kind, olds, news, ciphers))


_FENCE = "update link.key_version set version = $1 where kind = '{kind}' and version < $1"
_COUNT = "select count(*) from link.identifier where kind = $1"
_NEXT = """
    select index, (array_agg(cipher))[1] as cipher from (
        select index, cipher from link.identifier where kind = $1 and index > $2 order by index limit $3
    ) page group by index order by index
"""
_REKEY = "select link.rekey($1, $2, $3, $4)"
