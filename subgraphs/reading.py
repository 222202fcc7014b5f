"""A service's tables, and how its reader comes in → the connections that it answers by.

An island makes its tables as their owner, and reads as a role that owns nothing and by itself sees nothing
(confined.py). That role logs in for itself: `set role` within the owner's connection would confine nobody, because
`reset role`, or `set_config('role', …)` in any expression of any statement, gives the owner back, and to an owner its
own policies do not apply. Whoever logs in is therefore looked at before anything is answered: a login that owns, or
could become anybody who does or who is above policies, is not read by.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg

from gateway.errors import NotReady
from subgraphs.confined import RULES, SETTINGS, as_role, reader
from subgraphs.postgres import pool

_BEYOND = """
    select array_agg(r.rolname::text order by r.rolname) from pg_roles r
    where pg_has_role(session_user, r.oid, 'member') and (
        r.rolname not in (session_user, $1) or r.rolsuper or r.rolbypassrls or r.rolcreaterole
        or exists (
            select from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = $2 and c.relowner = r.oid))
"""
_READS = "select pg_has_role(session_user, $1, 'usage')"


@asynccontextmanager
async def confined(
    name: str, urls: tuple[str, str | None], statements: tuple[str, str]
) -> AsyncIterator[asyncpg.Pool]:
    """Connections by which the island of this name sees no row but those a request may touch.

    `urls`: the owner's, and the reader's; None: the same database as the island's role, whose password, if it needs
    one, is in the password file (PGPASSFILE). `statements`: the tables, and the policies. Raises NotReady for a
    reader that Postgres does not let in, or that is none.
    """
    owner, by = urls
    tables, policies = statements
    async with pool(owner, [tables, RULES, policies]):
        pass  # the owner's: they make the tables, and answer nothing
    role = reader(name)
    async with AsyncExitStack() as stack:
        entered = pool(by or as_role(owner, role), [], settings=SETTINGS)
        try:
            connections = await stack.enter_async_context(entered)
        except asyncpg.InvalidAuthorizationSpecificationError as error:
            raise NotReady(_not_let_in(name, role)) from error
        await _check(connections, name, role)
        yield connections


def _not_let_in(name: str, role: str) -> str:
    return (
        f"{name}: Postgres does not let its reader in; give {role} a password (alter role {role} password …) and name it"
        f" in the password file (PGPASSFILE), or give a login that belongs to {role} alone with --reader-url"
    )


async def _check(connections: asyncpg.Pool, name: str, role: str) -> None:
    """Raises NotReady unless whoever logs in reads as the role, and can become nobody else."""
    if beyond := await connections.fetchval(_BEYOND, role, name):
        raise NotReady(
            f"{name}: its reader is or can become {', '.join(beyond[:3])}, to whom its policies may not apply;"
            f" log in as {role}, or as one that belongs to {role} alone and owns nothing"
        )
    if not await connections.fetchval(_READS, role):
        raise NotReady(f"{name}: its reader cannot read; grant {role} to it (grant {role} to …)")
