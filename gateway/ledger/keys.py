"""Records → the data keys that seal them, each fetched once.

A child's key for a year is offered by whoever needs it first and kept by the database, wrapped; what comes back
is the one that all use.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from gateway.errors import AuditUnavailable
from gateway.ledger.record import Record, now
from gateway.ledger.sealing import NOBODY, AuditKey, DataKey, Owner, owner

MOST = 50_000
"""Keys that are remembered."""
FOREIGN = (
    "the ledger's data keys are under another audit key: nothing is recorded until --keys names the folder "
    "whose audit.key is this ledger's"
)
_KEYS = "select key_subject, key_year, key_id, key_wrapped from ledger.keys($1, $2, $3, $4)"


class Keys:
    """The data keys that one process has needed, ready to seal with."""

    def __init__(self, key: AuditKey) -> None:
        self._key = key
        self._known: dict[Owner, DataKey] = {}

    async def prove(self, connection: asyncpg.Connection[Any]) -> None:
        """Raises AuditUnavailable when this is not the audit key of that ledger.

        Found out before anything is sealed: keys under two audit keys in one ledger are keys that one day nobody can
        unwrap.
        """
        try:
            await self._fetch([(NOBODY, int(now()[:4]))], connection)
        except InvalidUnwrap:
            raise AuditUnavailable(FOREIGN) from None

    async def of(
        self, records: Sequence[Record], connection: asyncpg.Connection[Any]
    ) -> list[DataKey]:
        """The key of each record, in their order."""
        owners = [owner(record) for record in records]
        try:
            return [self._known[one] for one in owners]
        except KeyError:
            await self._fetch(set(owners), connection)
            return [self._known[one] for one in owners]

    async def _fetch(self, owners: Iterable[Owner], connection: asyncpg.Connection[Any]) -> None:
        if len(self._known) > MOST:
            self._known.clear()
        missing = [one for one in owners if one not in self._known]
        fresh = [self._key.fresh() for _ in missing]
        rows = await connection.fetch(
            _KEYS,
            [subject for subject, _ in missing],
            [year for _, year in missing],
            [id_ for id_, _ in fresh],
            [wrapped for _, wrapped in fresh],
        )
        for subject, year, id_, wrapped in rows:
            self._known[subject, year] = self._key.unwrapped(id_, wrapped)
