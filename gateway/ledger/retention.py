"""Entries whose time is over → a file, and in the ledger only their hashes, so that every later proof holds.

How long, the register says for each purpose, in words; the years in them count from the entry, which is never
shorter than from a birth. An entry of no known purpose stays as long as the longest. With its last entry a person's data key goes:
what was exported can then be proved and no longer be read.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.ledger.export import written
from gateway.ledger.integrate import Connection

DEFAULT_YEARS = 10
"""For a purpose whose retention names no number of years."""
_YEARS = re.compile(r"(\d+) years")


@dataclass(frozen=True, slots=True)
class Retired:
    """What one run did."""

    entries: int
    keys: int
    months: int


def years(retention: str) -> int:
    """The longest time that a retention in words speaks of."""
    return max(map(int, _YEARS.findall(retention)), default=DEFAULT_YEARS)


async def retire(
    connection: Connection, by_purpose: Mapping[str, int], on: datetime, folder: Path
) -> Retired:
    """Exports and removes what is due, whole or not at all; needs the ledger's owner."""
    longest = max(by_purpose.values(), default=DEFAULT_YEARS)
    async with connection.transaction():
        due = await connection.fetch(_DUE, list(by_purpose), list(by_purpose.values()), longest, on)
        if due:
            _exported(due, folder, on)
            await connection.execute(_KEEP_HASHES, [row["id"] for row in due])
            await connection.execute(_FORGET, [row["id"] for row in due])
        keys = await connection.fetch(_UNUSED_KEYS)
        months = await _dropped(connection, on)
    return Retired(len(due), len(keys), months)


def _exported(due: Sequence[Any], folder: Path, on: datetime) -> None:
    """On disk before a row is removed. Raises FileExistsError rather than write over an earlier file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"retired-{on.astimezone(UTC):%Y-%m-%dT%H%M%SZ}.jsonl"
    with path.open("x", encoding="utf-8") as file:
        for row in due:
            file.write(json.dumps(written(row), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


async def _dropped(connection: Connection, on: datetime) -> int:
    """Drops the tables of past months that have become empty."""
    dropped = 0
    this_month = f"entry_{on.astimezone(UTC):%Y_%m}"
    for row in await connection.fetch(_MONTHS, this_month):
        if not await connection.fetchval(f"select exists (select from ledger.{row['name']})"):
            await connection.execute(f"drop table ledger.{row['name']}")
            dropped += 1
    return dropped


_DUE = """
    select e.stream, e.seq, e.id, e.body, e.leaf, e.chain
    from ledger.entry e
    join ledger.position p on p.stream = e.stream and p.seq = e.seq
    join ledger.reading r on r.id = e.id
    left join unnest($1::text[], $2::int[]) w(purpose, years) on w.purpose = r.purpose
    where r.at + make_interval(years => coalesce(w.years, $3)) < $4
    order by p.index
"""
_KEEP_HASHES = """
    insert into ledger.retired (stream, seq, id, leaf, chain)
    select stream, seq, id, leaf, chain from ledger.entry where id = any($1::uuid[])
"""
_FORGET = """
    with gone as (delete from ledger.entry where id = any($1::uuid[]) returning id)
    delete from ledger.reading r using gone where r.id = gone.id
"""
_UNUSED_KEYS = """
    delete from ledger.data_key k where k.subject <> '' and not exists (
        select from ledger.entry e where e.subject = k.subject
    ) and k.year < extract(year from now()) returning k.id
"""
_MONTHS = r"""
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'ledger.entry'::regclass and c.relname ~ '^entry_\d{4}_\d\d$' and c.relname < $1
"""
