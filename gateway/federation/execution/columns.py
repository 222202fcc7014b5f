"""Layout → Columns: what to do with each fetch, as data: which attributes to read, which to fill.

Everything works on whole columns of objects, one position at a time, so that the cost is per object
and field in C, and per step in Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec

from gateway.federation.execution.echo import Said
from gateway.federation.execution.layout import Inexpressible, Layout, chosen, leaves
from gateway.federation.execution.merge import Wanted
from gateway.federation.execution.positions import Node, Slot, decoded, defined, struct
from gateway.federation.execution.transport import Fetch
from gateway.federation.planning.steps import Branch, Kind, Plan, Sent, Step
from gateway.federation.supergraph import Supergraph

Get = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Position:
    """Where one position's objects are found.

    They stand in the attribute that `get` reads, `depth` lists deep, of the objects of `parent`; or,
    when a later step brought them, of the records in answer to target `source`. `same` reads what two
    objects must have in common to be one object; None when they must stay apart. `hidden` are the
    attributes that the client did not ask for.
    """

    parent: int
    source: int | None
    attribute: str
    get: Get
    depth: int
    same: Get | None
    hidden: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """One step at its position: which attributes its records fill there.

    `shown` are those of them that the client asked for; `required` says that one may not be null.
    """

    number: int
    position: int
    filled: tuple[tuple[str, Get], ...]
    shown: tuple[str, ...]
    required: bool


@dataclass(frozen=True, slots=True)
class KeyForm:
    """How objects are told apart and represented. `get` reads one value, or a tuple of several."""

    get: Get
    single: bool
    fields: tuple[Sent, ...]
    represent: Callable[[Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Group:
    """The targets that share one list of representations, answered in `attribute` of the data.

    `echo` are the fields of the key that the records say again, each with the attribute that it comes in.
    """

    targets: tuple[Target, ...]
    key: KeyForm | None
    attribute: str
    echo: tuple[tuple[str, Said], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What to do with one fetch: its answer's decoder, and its groups."""

    decode: Callable[[bytes], Any]
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Rough:
    """An attribute of a position that is projected at the end, because it holds several types."""

    position: int
    attribute: str
    branch: Branch
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Columns:
    """A plan's fast path. `ends` are the positions with hidden fields, `targets` how many there are."""

    root: Any
    positions: tuple[Position, ...]
    parts: tuple[Part, ...]
    ends: tuple[int, ...]
    rough: tuple[Rough, ...]
    targets: int


def columns(plan: Plan, fetches: Iterable[Fetch], supergraph: Supergraph) -> Columns | None:
    """The plan's fast path; None when it has none."""
    if plan.deferred:
        return None
    try:
        return _Compiler(Layout(plan, supergraph)).columns(list(fetches))
    except Inexpressible:
        return None


class _Compiler:
    """Numbers the layout's positions and steps, and turns its slots into attribute readers."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._nodes = list(layout.nodes())
        self._numbers = {id(node): i for i, node in enumerate(self._nodes)}
        self._targets: dict[int, int] = {}

    def columns(self, fetches: list[Fetch]) -> Columns:
        parts = tuple(map(self._part, fetches))
        entering = {id(s.node): s for node in self._nodes for s in node.slots.values() if s.node}
        shown = [not _is_hidden(node, entering) for node in self._nodes]
        positions = tuple(self._position(node, entering.get(id(node))) for node in self._nodes)
        ends = tuple(i for i, one in enumerate(positions) if one.hidden and shown[i])
        root = self._layout.root.struct
        return Columns(root, positions, parts, ends, tuple(self._rough()), len(self._targets))

    def _rough(self) -> Iterator[Rough]:
        for number, node in enumerate(self._nodes):
            for slot in node.slots.values():
                if slot.rough is not None and slot.wanted is not None:
                    yield Rough(number, slot.attribute, slot.rough, slot.wanted)

    def _position(self, node: Node, slot: Slot | None) -> Position:
        hidden = tuple(s.attribute for s in node.slots.values() if s.hidden)
        if node.parent is None or slot is None:
            return Position(-1, None, "", _nothing, 0, None, hidden)
        from_step = slot.supplier is not None and slot.supplier != node.parent.creator
        source = self._targets[slot.supplier] if from_step and slot.supplier is not None else None
        depth = len(slot.required) - 1
        parent = self._numbers[id(node.parent)]
        get = attrgetter(slot.attribute)
        return Position(parent, source, slot.attribute, get, depth, _same(node, slot), hidden)

    def _part(self, fetch: Fetch) -> Part:
        groups = tuple(self._group(fetch, i) for i in range(len(fetch.groups)))
        records = [
            self._record(steps, group.echo)
            for steps, group in zip(fetch.groups, groups, strict=True)
        ]
        if fetch.step.kind is Kind.ROOT:
            return Part(_decoder(records[0]), groups)
        fields = zip(fetch.answers, map(_list_of, records), strict=True)
        found = defined("Found", tuple((f"f_{name}", type_) for name, type_ in fields))
        return Part(_decoder(found), groups)

    def _record(self, steps: tuple[Step, ...], echo: tuple[tuple[str, Said], ...]) -> Any:
        layout = self._layout
        if len(steps) > 1 and any(s.node for step in steps for s in layout.brought[step.id]):
            raise Inexpressible("objects shared between places")
        kinds = [[(s.key, decoded(s)) for s in layout.brought[step.id]] for step in steps]
        if any(kind != kinds[0] for kind in kinds):
            raise Inexpressible("places that differ in type")
        first = steps[0].id
        again = [Slot(name, one.alias, Any, (False,), supplier=first) for name, one in echo]
        return struct(layout.attached[first], first, [*layout.brought[first], *again])

    def _group(self, fetch: Fetch, number: int) -> Group:
        steps = fetch.groups[number]
        first = self._layout.brought[steps[0].id]
        targets = tuple(self._target(step, first) for step in steps)
        key: KeyForm | None = None
        echo: tuple[tuple[str, Said], ...] = ()
        if fetch.step.kind is Kind.ENTITY:
            forms = [_key_paths(self._layout.attached[step.id], step) for step in steps]
            if any(form != forms[0] for form in forms):
                raise Inexpressible("places that keep the key differently")
            type_ = self._layout.attached[steps[0].id].type
            key = _key_form(steps[0], type_, forms[0])
            echo = tuple(_again(fetch, number, type_))
        return Group(targets, key, f"f_{fetch.answers[number]}" if key else "", echo)

    def _target(self, step: Step, first: list[Slot]) -> Target:
        node, slots = self._layout.attached[step.id], self._layout.brought[step.id]
        number = self._targets.setdefault(step.id, len(self._targets))
        sources = {slot.key: slot.attribute for slot in first}
        return Target(
            number,
            self._numbers[id(node)],
            tuple((slot.attribute, attrgetter(sources[slot.key])) for slot in slots),
            tuple(slot.attribute for slot in slots if not slot.hidden),
            any(slot.required[0] for slot in slots),
        )


@lru_cache(maxsize=2048)
def _decoder(found: Any) -> Callable[[bytes], Any]:
    fields = (("f_data", found), ("f_errors", msgspec.Raw | None, None))
    return msgspec.json.Decoder(defined("Answer", fields)).decode


def _list_of(record: Any) -> Any:
    return list[record | None]


def _nothing(_: Any) -> Any:
    return None


def _is_hidden(node: Node, entering: dict[int, Slot]) -> bool:
    slot = entering.get(id(node))
    if slot is None or node.parent is None:
        return False
    return slot.hidden or _is_hidden(node.parent, entering)


def _same(node: Node, slot: Slot) -> Get | None:
    """What makes objects here one: all that their creator said of them, when that is plain values.

    Everything else is then found by those values, so equal objects stay equal: one is kept, filled
    and written out once, and stands wherever an equal one stood.
    """
    created = [s for s in node.slots.values() if s.supplier == node.creator]
    plain = all(s.node is None and len(s.required) == 1 and s.type is not Any for s in created)
    later = any(s.supplier not in (node.creator, None) for s in node.slots.values())
    if len(slot.required) > 1 or slot.hidden or not created or not plain or not later:
        return None
    return attrgetter(*(s.attribute for s in created))


def _key_paths(node: Node, step: Step) -> tuple[str, ...]:
    paths = []
    for names, _ in leaves(chosen(step, node.type).fields):
        at, attributes = node, []
        for name in names:
            slot = at.slots[name]
            attributes.append(slot.attribute)
            at = slot.node or at
        paths.append(".".join(attributes))
    if not paths:
        raise Inexpressible("a representation without values")
    return tuple(paths)


def _again(fetch: Fetch, number: int, type_: str) -> Iterator[tuple[str, Said]]:
    if not fetch.echo.groups:
        return
    one = chosen(fetch.groups[number][0], type_)
    sent = {field.name for field in one.fields}
    for said in fetch.echo.groups[number].get(one.typename or type_, ()):
        if said.name in sent:
            yield f"f_{said.alias}", said


def _key_form(step: Step, type_: str, paths: tuple[str, ...]) -> KeyForm:
    one = chosen(step, type_)
    typename = one.typename or type_
    single = len(paths) == 1
    sent = tuple(field for _, field in leaves(one.fields))
    if single and not one.fields[0].inside:
        name = one.fields[0].name
        return KeyForm(
            attrgetter(*paths),
            single,
            sent,
            lambda value: {"__typename": typename, name: value},
        )
    build = _builder(one.fields)
    return KeyForm(
        attrgetter(*paths),
        single,
        sent,
        lambda value: {"__typename": typename, **build(iter((value,) if single else value))},
    )


def _builder(fields: tuple[Sent, ...]) -> Callable[[Any], dict[str, Any]]:
    parts = [(one.name, _builder(one.inside) if one.inside else next) for one in fields]
    return lambda values: {name: take(values) for name, take in parts}
