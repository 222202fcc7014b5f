"""Entries → their sealed parts, for whoever has to hold them against something. Never shown as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from gateway.ledger import sealing
from gateway.ledger.sealing import AuditKey

_SEALED_BY = """
    select e.id, e.body, k.id as key, k.wrapped from ledger.entry e
    left join ledger.data_key k on k.id = (convert_from(e.body, 'UTF8')::jsonb #>> '{sealed,key}')::uuid
    where e.id = any($1)
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """An entry: what anyone who may read the ledger sees, and what is sealed; None when its key was destroyed."""

    body: Mapping[str, Any]
    personal: Mapping[str, Any] | None


async def opened(
    connections: asyncpg.Pool, key: AuditKey, entries: Sequence[UUID]
) -> dict[UUID, Opened]:
    """Those of these entries that there are."""
    return {
        row["id"]: Opened(json.loads(row["body"]), _personal(row, key))
        for row in await connections.fetch(_SEALED_BY, entries)
    }


def _personal(row: asyncpg.Record, key: AuditKey) -> Mapping[str, Any] | None:
    if row["key"] is None:
        return None
    return sealing.personal(
        row["body"], {str(row["key"]): key.unwrapped(row["key"], row["wrapped"])}
    )
