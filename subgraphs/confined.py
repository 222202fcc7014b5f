"""A statement, who asks, and the keys of the request → the rows that this request may touch, whatever the statement says.

Row-level security is the last layer (trust.md §4.1): an island reads as a role that owns nothing, and its
policies show it the rows of the children that the signed request names, and those that the caller's own
organisation keeps. Both are set within the statement that reads, and are gone with it: nothing is left in a
connection for whoever has it next, and a statement without them reads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from gateway.assertion import Assertion

RULES = Path(__file__).with_name("confined.sql").read_text()
"""What every island's policies are written with."""


Keys = Mapping[str, tuple[str, ...]]
"""Entity → the fields of its key."""


class Rows(Protocol):
    """Where an island's loaders read."""

    async def fetch(self, statement: str, *given: object) -> list[Any]:
        """The rows of a statement with these parameters."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request the policies go by: the keys it names, and the organisation and family of purposes it is for."""

    keys: tuple[str, ...] = ()
    organisation: str = ""
    family: str = ""

    @classmethod
    def by(cls, assertion: Assertion, family: str, keys: Sequence[str]) -> Asked:
        kind = assertion.organisation_kind
        return cls(tuple(keys), f"{kind}:{assertion.organisation.removeprefix(kind + ':')}", family)


NOBODY = Asked()

SETTINGS = {"plan_cache_mode": "force_generic_plan", "jit": "off"}
"""Of an island's connections. Its statements are few and find rows by key, and with a policy in them planning
one anew costs more than running it."""


class Confined:
    """Reads for one request. Its pool's role sees nothing by itself."""

    __slots__ = ("_asked", "_connections")

    def __init__(self, connections: asyncpg.Pool, asked: Asked) -> None:
        self._connections = connections
        self._asked = asked

    async def fetch(self, statement: str, *given: object) -> list[Any]:
        """One round trip: what confines the statement is a parameter of it."""
        asked = self._asked
        confined = gated(statement, len(given))
        found: list[Any] = await self._connections.fetch(
            confined, *given, list(asked.keys), asked.organisation, asked.family
        )
        return found


@lru_cache(maxsize=1_000)
def gated(statement: str, given: int) -> str:
    """The statement behind a filter that Postgres evaluates once, before anything of the statement runs.

    The filter is what sets the settings, for this statement's transaction alone. Were it ever evaluated
    later, the policies would find no settings, and show nothing.
    """
    keys, organisation, family = range(given + 1, given + 4)
    return (
        f"select read.* from ({statement.strip()}) read"
        f" where (select causeway.asked(${keys}::text[], ${organisation}, ${family})) is not null"
    )


def named(variables: Mapping[str, Any], keys: Keys) -> list[str]:
    """The keys in a request's representations, as policies have them: its fields' values, with colons between."""
    found: dict[str, None] = {}
    for value in variables.values():
        for one in value if isinstance(value, list) else ():
            fields = keys.get(one.get("__typename", "")) if isinstance(one, dict) else None
            if fields:
                found[":".join(str(one.get(name)) for name in fields)] = None
    return list(found)


def reader(service: str) -> str:
    """The role that an island reads as."""
    return f"causeway_{service}"


def as_role(url: str, role: str) -> str:
    """The same database as another role: without the password, the user or the certificate that the URL names."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in _ONES_OWN]
    netloc = f"{role}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=netloc, query=urlencode(kept, safe="/")))


_ONES_OWN = frozenset({"user", "password", "sslcert", "sslkey", "sslpassword"})
