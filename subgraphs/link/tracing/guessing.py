"""One question about one person at a time, and few that miss: nobody finds out numbers or children by trying.

A question under way keeps its asker from a second, also under another alias or in another request. A miss counts
for ten minutes; ten of them, and the asker waits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

MISSES = 10
MINUTES = 10
LONGEST = 60
"""Seconds after which a question without an answer is taken to have died with its process."""


class Guessing(Exception):
    """The asker must wait. The first argument is the code."""


@dataclass(slots=True)
class Question:
    """One question. Its asker marks it when the answer was yes."""

    missed: bool = True


@asynccontextmanager
async def one_at_a_time(connections: asyncpg.Pool, who: str) -> AsyncIterator[Question]:
    """Raises Guessing."""
    known = await _begin(connections, who)
    question = Question()
    try:
        yield question
    finally:
        await connections.execute(_END, known, question.missed)


async def _begin(connections: asyncpg.Pool, who: str) -> int:
    async with connections.acquire() as one, one.transaction():
        await one.execute("select pg_advisory_xact_lock(hashtext($1))", f"asked {who}")
        await one.execute(_FORGET, who, MINUTES)
        misses, under_way = tuple(await one.fetchrow(_SO_FAR, who, LONGEST) or ())
        if under_way:
            raise Guessing("ONE_AT_A_TIME")
        if misses >= MISSES:
            raise Guessing("TOO_MANY_MISSES")
        return int(await one.fetchval(_BEGIN, who))


_FORGET = "delete from tracing.asked where who = $1 and began < clock_timestamp() - make_interval(mins => $2)"
_SO_FAR = """
    select count(*) filter (where miss) as misses,
        bool_or(miss is null and began > clock_timestamp() - make_interval(secs => $2)) as under_way
    from tracing.asked where who = $1
"""
_BEGIN = "insert into tracing.asked (who) values ($1) returning id"
_END = "update tracing.asked set miss = $2 where id = $1"
