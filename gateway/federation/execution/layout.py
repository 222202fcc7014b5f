"""Plan → Layout: the object positions of the answer, with their keys in the client's order, and who
brings what to them.

A plan that this cannot express has no layout and is run by the general executor alone: steps that
begin below an abstract position, two subgraphs filling one object, keys inside lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Any, Literal

from gateway.federation.execution.merge import wanted
from gateway.federation.execution.positions import Node, Slot, define
from gateway.federation.planning.answer import WITHHELD
from gateway.federation.planning.steps import (
    Branch,
    Each,
    Input,
    Key,
    Kind,
    Leaf,
    Plan,
    Sent,
    Shape,
    Step,
)
from gateway.federation.selection import Field, On, Selections
from gateway.federation.supergraph import Supergraph, TypeRef

BUILT_IN: dict[str, Any] = {
    "ID": str | int,
    "String": str,
    "Int": int,
    "Float": int | float,
    "Boolean": bool,
}
COMPARABLE = str | int
"""What a custom scalar must be when it is part of a key."""


class Inexpressible(Exception):
    """This plan, or this answer, is one for the general executor."""


class Layout:
    """The positions of a plan, and for each step where it attaches and what it brings there."""

    def __init__(self, plan: Plan, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self.root = _node(plan.shape, None)
        self.attached: dict[int, Node] = {}
        self.brought: dict[int, list[Slot]] = {}
        for step in plan.steps:
            self._place(step)
        before: dict[int, set[int]] = {}
        for step in plan.steps:
            before[step.id] = set(step.needs).union(*(before[need] for need in step.needs))
            _compare(self.attached[step.id], step, before[step.id])
        for node in self.nodes():
            _check(node)
        define(self.root)

    def nodes(self, below: Node | None = None) -> Iterator[Node]:
        """Every position, outer before inner."""
        node = below or self.root
        yield node
        for slot in node.slots.values():
            if slot.node is not None:
                yield from self.nodes(slot.node)

    def _place(self, step: Step) -> None:
        if step.taken:
            raise Inexpressible("a variable from an ancestor")
        node = self.root
        for segment in step.path:
            if isinstance(segment, Key):
                node = _inside(node, segment.name)
            elif not isinstance(segment, Each):
                raise Inexpressible("a step for some runtime types only")
        if step.kind is Kind.ROOT and node is not self.root:
            raise Inexpressible("a root step below the root")
        self.attached[step.id] = node
        self.brought[step.id] = []
        self._supply(step, node, _flat(step.output, node.type), top=True)

    def _supply(self, step: Step, node: Node, fields: list[Field], *, top: bool) -> None:
        for one in fields:
            if one.name == "__typename":
                continue
            slot = node.slots.get(one.key) or self._hidden(node, one)
            if slot.supplier is not None or slot.constant is not None or slot.withheld:
                raise Inexpressible("one field from two steps, or a withheld one")
            slot.supplier = step.id
            if top:
                self.brought[step.id].append(slot)
            if slot.rough is not None:
                slot.wanted = wanted(one.inside)
            if slot.node is not None:
                slot.node.creator = step.id
                inside = _flat(one.inside, slot.node.type)
                self._supply(step, slot.node, inside, top=False)

    def _hidden(self, node: Node, one: Field) -> Slot:
        found = self._supergraph.types.get(node.type)
        definition = found.fields.get(one.name) if found else None
        if definition is None:
            raise Inexpressible("a field of unknown type")
        ref: TypeRef = definition.type
        slot = node.add(one.key, _scalar(ref.name), (False,) * len(ref.required))
        slot.hidden = True
        if one.inside:
            if self._supergraph.types[ref.name].is_abstract:
                raise Inexpressible("an abstract position")
            slot.node = Node(ref.name, node)
        return slot


def _node(shape: Shape, parent: Node | None) -> Node:
    if shape.abstract:
        raise Inexpressible("an abstract position")
    node = Node(shape.type, parent)
    for one in shape.fields[shape.type]:
        slot = node.add(one.key, None, one.required)
        if one.source == WITHHELD:
            slot.withheld = True
            continue
        if isinstance(one, Branch) and one.inside.abstract:
            slot.type, slot.rough = Any, one
        elif isinstance(one, Branch):
            slot.node = _node(one.inside, node)
        elif one.source == "__typename":
            slot.constant = shape.type
        else:
            slot.type = _leaf(one)
        if one.source not in (one.key, "__typename"):
            raise Inexpressible("a field under another key")
    return node


def _leaf(leaf: Leaf) -> Any:
    if leaf.values is not None:
        return Literal[tuple(sorted(leaf.values))]
    return _scalar(leaf.scalar)


def _scalar(name: str) -> Any:
    return BUILT_IN.get(name, Any)


def _flat(selections: Selections, type_: str) -> list[Field]:
    found: list[Field] = []
    for one in selections:
        if isinstance(one, Field):
            found.append(one)
        elif isinstance(one, On) and one.type == type_:
            found += _flat(one.inside, type_)
        else:
            raise Inexpressible("a fragment on another type")
    return found


def _inside(node: Node, key: str) -> Node:
    slot = node.slots.get(key)
    if slot is None or slot.node is None:
        raise Inexpressible("a path through no object")
    return slot.node


def _compare(node: Node, step: Step, before: set[int]) -> None:
    """See to it that the step's objects are there before it, and that their keys can be compared."""
    above: Node | None = node
    while above is not None:
        if above.creator is not None and above.creator not in before:
            raise Inexpressible("a step that does not wait for its objects")
        above = above.parent
    for names, _ in leaves(chosen(step, node.type).fields if step.inputs else ()):
        at = reduce(_inside, names[:-1], node)
        slot = at.slots.get(names[-1])
        if slot is None or slot.node or slot.rough or len(slot.required) > 1:
            raise Inexpressible("a key that is no single value")
        if slot.supplier is not None and slot.supplier not in before:
            raise Inexpressible("a step that does not wait for its keys")
        if slot.type is Any:
            slot.type = COMPARABLE


def chosen(step: Step, type_: str) -> Input:
    """The input for objects of this type."""
    for one in step.inputs:
        if not one.types or type_ in one.types:
            return one
    raise Inexpressible("no input for the type that stands there")


def leaves(
    fields: Iterable[Sent], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Sent]]:
    """Every value of a representation: where it is read, key by key, and how it is sent."""
    for one in fields:
        path = (*above, one.source)
        if one.only or one.source == "__typename":
            raise Inexpressible("a field of some runtime types only")
        if one.inside:
            yield from leaves(one.inside, path)
        else:
            yield path, one


def _check(node: Node) -> None:
    for slot in node.slots.values():
        if slot.supplier is None and slot.constant is None and slot.required[0]:
            raise Inexpressible("a field that may not be null and that no step brings")
