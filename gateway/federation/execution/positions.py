"""One object position of an answer → the struct that its objects are decoded into and encoded from.

Decoding checks types and nulls, drops what was not asked for and puts the keys in order, all in one
pass. A field that a later step brings starts as UNSET.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, reduce
from operator import or_
from typing import Any, Literal

import msgspec
from msgspec import UNSET

from gateway.federation.execution.merge import Wanted
from gateway.federation.planning.steps import Branch


@dataclass(eq=False, slots=True)
class Slot:
    """One field of a position. `supplier` is the step that brings it, None as long as none does.

    A `rough` field stands for objects of several types: it is decoded as it comes, cut down to
    `wanted` and projected at the end. No other step can have to do with it. A `withheld` field is null:
    a step that brings what it would be made of, as a key, has to bring it elsewhere.
    """

    attribute: str
    key: str
    type: Any
    required: tuple[bool, ...]
    node: Node | None = None
    supplier: int | None = None
    hidden: bool = False
    constant: str | None = None
    rough: Branch | None = None
    wanted: Wanted | None = None
    withheld: bool = False


@dataclass(eq=False, slots=True)
class Node:
    """One object position. `creator` is the step whose answer its objects come in."""

    type: str
    parent: Node | None
    creator: int | None = None
    slots: dict[str, Slot] = field(default_factory=dict)
    struct: Any = None

    def add(self, key: str, type_: Any, required: tuple[bool, ...]) -> Slot:
        """A further field, after those there are."""
        slot = Slot(f"f_{key}", key, type_, required)  # never a name that Python keeps
        self.slots[key] = slot
        return slot


def define(node: Node) -> None:
    """Give a position and all below it their structs."""
    for slot in node.slots.values():
        if slot.node is not None:
            define(slot.node)
    node.struct = struct(node, node.creator, list(node.slots.values()))


def struct(node: Node, step: int | None, slots: list[Slot]) -> Any:
    """What objects with these slots are decoded into when `step` brings them."""
    return defined(node.type, tuple(_field(slot, step) for slot in slots))


@lru_cache(maxsize=4096)
def defined(name: str, fields: tuple[Any, ...]) -> Any:
    """A struct, shared by all plans that need the same one; each attribute is `f_` and its key."""
    return msgspec.defstruct(name, list(fields), rename=_key, kw_only=True, eq=False, gc=False)


def _key(attribute: str) -> str:
    return attribute.removeprefix("f_")


def _field(slot: Slot, step: int | None) -> tuple[str, Any] | tuple[str, Any, Any]:
    if slot.constant is not None:
        return slot.attribute, Literal[slot.constant], slot.constant
    if slot.supplier is None:
        return slot.attribute, None, None
    if slot.supplier != step:
        return slot.attribute, Any, UNSET
    return slot.attribute, decoded(slot)


def decoded(slot: Slot) -> Any:
    """The type of the slot's value in its supplier's answer: lists and nulls as the API has them."""
    inner = slot.node.struct if slot.node is not None else slot.type
    levels = [inner, *reversed(slot.required)]
    return reduce(_level, levels[2:], _nullable(inner, required=slot.required[-1]))


def _level(inner: Any, required: bool) -> Any:
    return _nullable(list[inner], required=required)


def _nullable(type_: Any, *, required: bool) -> Any:
    return type_ if required or type_ is Any else or_(type_, None)
