"""Replies of the link node and of islands → the children they are about, what is open of each, and whose rows were read.

What is open is told again and again in the same words: it is read once for all children who are alike.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec
import orjson

from gateway.crossing import Crossing, Key, Link, Told
from gateway.federation.execution.transport import Reply
from gateway.linking.opened import Opened, opened
from gateway.register import Register

Read = Callable[[bytes, bytes], Opened]
"""What is open and what is missing, as they are written → the same as masks."""


class _One(msgspec.Struct):
    """A child in a reply. What is open and what is missing stay as they are written, to be read once for all."""

    subject: str
    open: msgspec.Raw
    missing: msgspec.Raw
    seen: bool = True


class _Alike(msgspec.Struct):
    island: str
    open: msgspec.Raw
    missing: msgspec.Raw
    children: list[tuple[str, dict[str, str]]]


class _Extensions(msgspec.Struct):
    crossings: list[_One] | None = None
    ways: list[_Alike] = []
    whose: list[dict[str, Any]] | None = None
    kin: list[str] = []


class _Told(msgspec.Struct):
    extensions: _Extensions = msgspec.field(default_factory=_Extensions)


_read_told = msgspec.json.Decoder(_Told).decode


def telling(register: Register) -> Link:
    """How the link node's own replies say which children they are about. Made once: it remembers what it read."""

    @lru_cache(maxsize=4_096)
    def alike(open_: bytes, missing: bytes) -> Opened:
        return opened(orjson.loads(open_), orjson.loads(missing), register)

    def told(reply: Reply) -> Told:
        try:
            found = _read_told(reply.body or b"{}").extensions
            return Told(_children(found, alike), _ways(found, alike), found.kin)
        except (msgspec.DecodeError, KeyError, TypeError, ValueError, AttributeError):
            return Told()

    return Link(register.link_subgraph, told, _read_keys)


def _read_keys(reply: Reply) -> list[Key] | None:
    try:
        found = _read_told(reply.body or b"null").extensions.whose
    except msgspec.DecodeError:
        return None
    return None if found is None else [tuple(sorted(key.items())) for key in found]


def _children(found: _Extensions, alike: Read) -> list[Crossing] | None:
    if found.crossings is None:
        return None
    children: list[Crossing] = []
    for one in found.crossings:
        mask, missing = alike(bytes(one.open), bytes(one.missing))
        children.append(Crossing(one.subject, mask, missing, one.seen))
    return children


def _ways(found: _Extensions, alike: Read) -> dict[tuple[str, Key], Crossing]:
    """Of each group of children who are alike in an island, every one with its own key."""
    ways: dict[tuple[str, Key], Crossing] = {}
    for group in found.ways:
        island, (mask, missing) = group.island, alike(bytes(group.open), bytes(group.missing))
        for subject, key in group.children:
            ways[island, tuple(sorted(key.items()))] = Crossing(subject, mask, missing)
    return ways
