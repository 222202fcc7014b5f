"""What the link node says of children, as the door hears it: a key → whose it is, and what is open there.

Shapes alone; how the link node is asked and read is `gateway.linking`'s.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec

from gateway.federation.execution.transport import Reply

Key = tuple[tuple[str, Any], ...]
"""An entity's key in its island, fields in order of name."""
Reasons = tuple[tuple[str, int], ...]
"""The conditions that were missing, each with what it would have opened."""


class Crossing(msgspec.Struct, frozen=True, gc=False):
    """What the link node says of one key: the child's ledger pseudonym, and what is open there.

    Not `seen`: there is such a child, and whoever asked was answered as if there were none. One is made for
    every way of every reply, and several are alike when they are equal.
    """

    subject: str
    open: int
    reasons: Reasons = ()
    seen: bool = True


Ask = Callable[[str, Sequence[Key]], Awaitable[Sequence[Crossing | None]]]
"""Island and keys → a crossing each, None for none. Raises LinkUnavailable."""

NO_WAYS: Mapping[tuple[str, Key], Crossing] = MappingProxyType({})


class Told(msgspec.Struct, frozen=True):
    """What a reply of the link node says of children.

    `children` are None for a reply that looked no child up, and empty when none was found. `ways` are
    crossings by island and key, of keys that the reply holds: nobody has to ask for them again. `kin` are the
    pseudonyms of children whom the asker is, or is a parent of, and asks about in a professional role.
    """

    children: Sequence[Crossing] | None = None
    ways: Mapping[tuple[str, Key], Crossing] = NO_WAYS
    kin: Sequence[str] = ()


def untold(_: Reply) -> Told:
    """What a link node tells that says of no reply which children it is about."""
    return Told()


def unread(_: Reply) -> Sequence[Key] | None:
    """What an island tells that never says whose rows its own staff read."""
    return None


@dataclass(frozen=True, slots=True)
class Link:
    """The link node by name, how its replies say which children they are about, and how an island's say which
    of its keys a root read: none for nothing found, None for a root that reads of nobody."""

    subgraph: str = ""
    told: Callable[[Reply], Told] = untold
    read: Callable[[Reply], Sequence[Key] | None] = unread


NO_LINK = Link()


class LinkUnavailable(Exception):
    """The link node could not be asked: nothing crosses, and it is not the same as no child."""
