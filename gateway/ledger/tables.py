"""A database → the ledger's tables, functions and roles, made or brought up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

ROLE = "causeway_gateway"
_UNPARTITIONED = "select relkind = 'r' from pg_class where oid = to_regclass('ledger.entry')"


class OldLedger(Exception):
    """The tables are those of an earlier version, which no statement turns into these."""


async def create_tables(connection: asyncpg.Connection[Any]) -> None:
    """Makes or updates the ledger's tables, functions and role; needs the database's owner. Raises OldLedger."""
    if await connection.fetchval(_UNPARTITIONED):
        raise OldLedger(
            "this ledger was made before entries were kept by month; keep it as it is and begin another:"
            " `causeway ledger export` it, `alter schema ledger rename to ledger_before`, then"
            " `causeway ledger tables` again; `causeway verify` checks the export as before"
        )
    await connection.execute(Path(__file__).with_name("tables.sql").read_text())


def gateway_url(owner_url: str) -> str:
    """The same database as the gateway's own role, which may only append."""
    parts = urlsplit(owner_url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{ROLE}@{place}"))
