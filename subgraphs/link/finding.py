"""Numbers of one kind → the rows that stand under them, each with its place in the order asked, while the key may be changing.

While a rotation is open a number is looked for under both versions of its key, in one query; otherwise under one. With
each row comes the version that a reader must know, as it was at the moment of reading: who knows less has perhaps
missed somebody, reads the keys again and asks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from subgraphs.link.keys import KeyRing, Keys, StaleKeys

Row = Any  # an asyncpg.Record, or the same as a dict

KEYED = "(select version from link.key_version where kind = {kind}) as keyed"
"""What a statement gives beside `nth` and `child`, for every number asked, whether anybody stands under it or not."""


@dataclass(slots=True)
class Finding:
    """Finds for one request, with the keys as they stand."""

    connections: asyncpg.Pool
    ring: KeyRing | Keys

    def renewed(self, than: Keys) -> Keys:
        """The keys now. Raises StaleKeys where they are the same: this host was not given the new ones."""
        keys = self.ring.now()
        if keys is than:
            raise StaleKeys
        return keys

    async def under(
        self, statement: str, number: tuple[str, Sequence[str]], about: Sequence[object]
    ) -> list[Row]:
        """The rows of a statement whose $1 are indexes. `number`: the kind, and the texts. Raises StaleKeys."""
        kind, texts = number
        keys = self.ring.now()
        while True:
            known = keys.versions(kind)
            under = [keys.indexes(kind, text) for text in texts]
            indexes = [each[nth] for nth in range(len(known)) for each in under]
            rows = await self.connections.fetch(statement, indexes, *about)
            if not rows or rows[0]["keyed"] <= known[0]:
                return rows if len(known) == 1 else _once(rows, len(texts))
            keys = self.renewed(keys)


def _once(rows: Sequence[Row], count: int) -> list[Row]:
    """Whoever stands under a number under any version, once; where nobody does, one row that says so."""
    found: dict[int, dict[Any, Row]] = {nth: {} for nth in range(1, count + 1)}
    for row in rows:
        nth = (row["nth"] - 1) % count + 1
        found[nth][row["child"]] = {**row, "nth": nth}
    for under in found.values():
        if len(under) > 1:
            under.pop(None, None)
    return [row for under in found.values() for row in under.values()]
