"""New entries of every stream → places in one tree. One integrator at a time, by advisory lock.

Streams are read in (stream, seq) order, so an entry keeps its place for ever. Leaf hashes are made
again from the bodies: a stored hash would prove only that it was stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import asyncpg

from gateway.ledger.merkle import leaf_hash
from gateway.ledger.note import Checkpoint
from gateway.ledger.tiles import Place, Tree, edge, grown, needed

BATCH = 20_000
LOCK = 0x1ED6E5

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def integrate(connection: Connection) -> int:
    """Gives up to BATCH new entries their places in the tree; returns how many."""
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
        await connection.execute("select ledger.ready_month(now() + interval '1 month')")
        entries = await connection.fetch(NEW_ENTRIES, BATCH)
        if entries:
            await _place(connection, await tree_size(connection), entries)
        return len(entries)


async def _place(connection: Connection, size: int, entries: list[Any]) -> None:
    known = await read_tiles(connection, edge(size))
    changed = grown(size, (leaf_hash(entry["body"]) for entry in entries), known)
    await connection.executemany(
        "insert into ledger.position (index, stream, seq) values ($1, $2, $3)",
        [(at, entry["stream"], entry["seq"]) for at, entry in enumerate(entries, start=size)],
    )
    await connection.executemany(
        "insert into ledger.tile (level, number, hashes) values ($1, $2, $3)"
        " on conflict (level, number) do update set hashes = excluded.hashes",
        [(*place, row) for place, row in changed.items()],
    )
    await connection.executemany(
        "insert into ledger.integrated (stream, seq) values ($1, $2)"
        " on conflict (stream) do update set seq = excluded.seq",
        list({entry["stream"]: entry["seq"] for entry in entries}.items()),
    )
    await connection.execute(
        READING, [entry["stream"] for entry in entries], [entry["seq"] for entry in entries]
    )


READING = """
    insert into ledger.reading
        (id, at, purpose, org, role, island, outcome, reasons, emergency, reviews, verdict, alert)
    select e.id, (b ->> 'at')::timestamptz, b ->> 'purpose', b ->> 'org', b ->> 'role', b ->> 'island',
        b ->> 'outcome', array(select distinct pair ->> 1 from jsonb_array_elements(b -> 'refused') pair),
        b ->> 'emergency', (b #>> '{review,entry}')::uuid, b #>> '{review,outcome}', b ->> 'alert'
    from unnest($1::bigint[], $2::bigint[]) w(stream, seq)
    join ledger.entry e using (stream, seq)
    cross join lateral (select convert_from(e.body, 'UTF8')::jsonb) as body(b)
    on conflict (id) do nothing
"""

NEW_ENTRIES = """
    select e.stream, e.seq, e.body
    from ledger.stream s
    left join ledger.integrated i on i.stream = s.stream
    join ledger.entry e on e.stream = s.stream and e.seq > coalesce(i.seq, 0)
    where s.seq > coalesce(i.seq, 0)
    order by e.stream, e.seq
    limit $1
"""


async def tree_size(connection: Connection) -> int:
    """How many entries have a place in the tree."""
    return int(await connection.fetchval("select coalesce(max(index) + 1, 0) from ledger.position"))


async def read_tiles(connection: Connection, places: Iterable[Place]) -> dict[Place, bytes]:
    """The tiles at these places that exist."""
    wanted = list(places)
    rows = await connection.fetch(
        "select t.level, t.number, t.hashes from ledger.tile t"
        " join unnest($1::int[], $2::bigint[]) w(level, number) using (level, number)",
        [level for level, _ in wanted],
        [number for _, number in wanted],
    )
    return {(row["level"], row["number"]): row["hashes"] for row in rows}


async def read_tree(
    connection: Connection, size: int, spans: Iterable[tuple[int, int]] = ()
) -> Tree:
    """A tree of `size` leaves with the tiles its root, and the subtrees over `spans`, need."""
    places = needed(size, 0, size)
    for first, end in spans:
        places |= needed(size, first, end)
    return Tree(size, await read_tiles(connection, places))


async def head(connection: Connection, origin: str) -> Checkpoint:
    """The checkpoint of everything that has a place now."""
    size = await tree_size(connection)
    return Checkpoint(origin, size, (await read_tree(connection, size)).root())
