"""Sealed records under an old key → under the newest, none of them opened; but for records from before each had a key of its own.

Of those the first rotation finds the child, which no row names, by going over all children; opens the record in memory,
and closes it again under a key of its own. One whose child is not here keeps the old key from being forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from subgraphs.link.keyfile import KeyFile
from subgraphs.link.rotation import Guard, Page, Rows
from subgraphs.link.sealed_records import Record, first_place, opened_first, rewrapped

KIND = "SEALED"
CHILDREN_AT_ONCE = 10_000


class Ownerless(Exception):
    """Sealed records that lead to no child in this database."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The sealed store, as a rotation turns its key."""

    key: KeyFile

    fence = f"update link.key_version set version = $1 where kind = '{KIND}' and version < $1"
    guards = (Guard("link.sealed", "sealed_key", "wrapped is not null and get_byte(wrapped, 0) >= {new}"),)  # fmt: skip

    @property
    def parts(self) -> tuple[Unowned, Rows]:
        return Unowned(self.key), Rows(_COUNT, _FOLLOWING, _PUT, ("place",), (b"",), self._renewed)

    def begin(self) -> int:
        return self.key.begin()

    def end(self) -> None:
        self.key.end()

    def _renewed(self, row: Any) -> tuple[bytes, bytes, bytes, bytes] | None:
        key = self.key.now()
        place, wrapped = row["place"], row["wrapped"]
        if wrapped[0] == key.newest:
            return None
        return place, wrapped, *rewrapped(key, place, wrapped)


@dataclass(frozen=True, slots=True)
class Unowned:
    """Records without a key of their own. Raises Ownerless."""

    key: KeyFile

    async def count(self, connections: asyncpg.Pool) -> int:
        return int(await connections.fetchval(_COUNT_UNOWNED))

    async def page(self, connections: asyncpg.Pool, after: Any, at_once: int) -> Page | None:
        """Children in their order; `at_once` is little for what is looked at and left alone nearly always."""
        found = await connections.fetch(_UNOWNED)
        if not found:
            return None
        waiting = {row["place"]: row["cipher"] for row in found}
        children = await connections.fetch(_CHILDREN, after, max(at_once, CHILDREN_AT_ONCE))
        if not children:
            raise Ownerless(
                f"{len(waiting)} sealed records lead to no child here: their key is kept"
            )
        key, moved = self.key.now(), 0
        for row in children:
            child: UUID = row["child"]
            place = first_place(key, child)
            if place in waiting:
                numbers = opened_first(key, child, waiting[place])
                one = Record.of(key, child, numbers)
                await connections.execute(_OWN, place, one.place, one.cipher, one.wrapped)
                moved += 1
        return Page(children[-1]["child"], moved, 0)


_COUNT = "select count(*) from link.sealed where wrapped is not null"
_FOLLOWING = """
    select place, wrapped from link.sealed where wrapped is not null and place > $1 order by place limit $2
"""
_PUT = """
    with moved as (
        update link.sealed s set place = u.new_place, wrapped = u.new_wrapped
        from unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bytea[]) u (place, wrapped, new_place, new_wrapped)
        where s.place = u.place and s.wrapped = u.wrapped returning 1
    ) select count(*) from moved
"""
_COUNT_UNOWNED = "select count(*) from link.sealed where wrapped is null"
_UNOWNED = "select place, cipher from link.sealed where wrapped is null"
_CHILDREN = (
    "select child from link.child where $1::uuid is null or child > $1 order by child limit $2"
)
_OWN = """
    update link.sealed set place = $2, cipher = $3, wrapped = $4 where place = $1 and wrapped is null
"""
