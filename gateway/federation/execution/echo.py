"""Steps and the types that are held to their keys → what their entities say again, and whether they are who was asked about.

Only their order ties entities to what was asked: a loader that returns rows in another order gives one object's fields
to another, and nothing in the answer shows it. An entity that says again by which key it was asked does.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from gateway.federation.planning.steps import Input, Sent, Step
from gateway.federation.selection import Field, On, Selections, fields, merged
from gateway.federation.supergraph import Supergraph


@dataclass(frozen=True, slots=True)
class Said:
    """A field of a key: `name` in what is sent, `alias` in what comes back.

    `inside` are the parts of an object. `is_id`: 1 and "1" are the same (GraphQL §3.5.5).
    """

    name: str
    alias: str
    inside: tuple[Said, ...] = ()
    is_id: bool = False


@dataclass(frozen=True, slots=True)
class Echo:
    """What the entities of one request say again: of each group, by the type that they were asked as.

    `aliases` are those of all groups. No key that a client or the plan chose is among them, at any depth.
    """

    groups: tuple[Mapping[str, tuple[Said, ...]], ...] = ()
    aliases: frozenset[str] = frozenset()


SILENT = Echo()


def echo(steps: Sequence[Step], supergraph: Supergraph, types: Container[str]) -> Echo:
    """What is asked again by a request for entities with these steps, one of each group."""
    taken = {one.key for step in steps for one in fields(step.output)}
    free = (name for number in count() if (name := f"_k{number}") not in taken)
    groups = tuple(_said(step, supergraph, types, free) for step in steps)
    aliases = frozenset(one.alias for group in groups for said in group.values() for one in said)
    return Echo(groups, aliases) if aliases else SILENT


def echoing(output: Selections, said: Mapping[str, tuple[Said, ...]]) -> Selections:
    """What is selected on entities, with what they say again."""
    return merged((*output, *(On(name, _selected(found)) for name, found in said.items())))


def _selected(said: Sequence[Said]) -> Selections:
    return tuple(
        Field(one.name, None if one.alias == one.name else one.alias, (), _selected(one.inside))
        for one in said
    )


def _said(
    step: Step, supergraph: Supergraph, types: Container[str], free: Iterator[str]
) -> Mapping[str, tuple[Said, ...]]:
    found: dict[str, dict[str, Said]] = {}
    for given in step.inputs:
        for name in _told(given, step, supergraph):
            if name in types and step.subgraph in supergraph.types[name].joins:
                known = found.setdefault(name, {})
                for sent in given.fields:
                    if sent.key and sent.name not in known:
                        known[sent.name] = _one(name, sent, next(free), supergraph)
    return {name: tuple(known.values()) for name, known in found.items()}


def _told(given: Input, step: Step, supergraph: Supergraph) -> Sequence[str]:
    """The names of types that representations of this input may bear."""
    if given.typename is not None:
        return (given.typename,)
    return sorted(given.types) or [
        name for on in step.output if isinstance(on, On) for name in supergraph.possible(on.type)
    ]


def _one(owner: str, sent: Sent, alias: str, supergraph: Supergraph) -> Said:
    type_ = supergraph.types[owner].fields[sent.name].type.name
    inside = {one.name: one for one in sent.inside if one.key}
    return Said(
        sent.name,
        alias,
        tuple(_one(type_, one, name, supergraph) for name, one in inside.items()),
        type_ == "ID",
    )


def another(
    said: Mapping[str, tuple[Said, ...]],
    sent: Sequence[Mapping[str, Any]],
    entities: Sequence[Any],
) -> str | None:
    """The type of the first entity that is not who was asked about; None when all are. Null is nobody."""
    for asked, found in zip(sent, entities, strict=True):
        name = asked["__typename"]
        if found is not None and name in said and not _is_who(asked, found, said[name]):
            return str(name)
    return None


def _is_who(asked: Mapping[str, Any], found: Any, said: Sequence[Said]) -> bool:
    return isinstance(found, dict) and all(
        one.alias in found and same(asked[one.name], found[one.alias], one)
        for one in said
        if one.name in asked
    )


def same(asked: Any, found: Any, one: Said) -> bool:
    """Whether a field of a key has come back as it was sent."""
    if isinstance(asked, list):
        return (
            isinstance(found, list)
            and len(asked) == len(found)
            and all(same(a, b, one) for a, b in zip(asked, found, strict=True))
        )
    if one.inside and isinstance(asked, dict):
        return isinstance(found, dict) and _is_who(asked, found, one.inside)
    if one.is_id and isinstance(asked, str | int) and isinstance(found, str | int):
        return str(asked) == str(found)
    return bool(asked == found)
