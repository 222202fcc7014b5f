"""What a purpose withholds, and an answer → the errors that say so, each where the answer has its null.

A field that no list is above stands where it always stands, so its error is written once. Below a list there is
one for every element (GraphQL §7.1.2, "path"): of the answer only those lists are read, all else is skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

import msgspec
from graphql import GraphQLOutputType, get_nullable_type, is_list_type
from msgspec import UNSET, UnsetType

from gateway.federation.execution.response import Response
from gateway.federation.planning.operation import Operation
from gateway.federation.planning.standing import field_type, possible, standing
from gateway.federation.selection import Field, On, Selections

MOST = 100
"""Errors for one withheld field: of a longer list the first so many elements are told of."""

NULL = msgspec.Raw(b"null")

Error = dict[str, Any]
Steps = tuple[tuple[str, int], ...]
"""Response keys from the root down, each with how many lists deep its value is."""


class Withheld(Protocol):
    """What is said of a field that stays null."""

    @property
    def path(self) -> tuple[str, ...]: ...
    @property
    def coordinate(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def categories(self) -> tuple[str, ...]: ...


class Hop(NamedTuple):
    """From an element of one list (or the root) to the next list, or to the field at the end.

    `get` reads it there; `keys` are the response keys on the way, and `depth` is how many lists deep the value is.
    """

    get: Callable[[Any], Any]
    keys: tuple[str, ...]
    depth: int


Hops = tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class Reasons:
    """An operation's withheld fields as errors. No hops to one that no list is above."""

    told: tuple[tuple[Error, Hops], ...]
    read: Callable[[bytes], Any] | None

    def errors(self, response: Response) -> list[Error]:
        """One for each place in this answer; without a place where the answer has none."""
        if self.read is None:
            return [error for error, _ in self.told]
        answer, found = self.read(response.encoded()), []
        for error, hops in self.told:
            if hops:
                found += _placed(error, hops, answer)
            else:
                found.append(error)
        return found


def reasons(operation: Operation, withheld: Iterable[Withheld]) -> Reasons:
    """Made once for an operation and what it is open to."""
    told, below = [], []
    for one in withheld:
        steps = tuple(_steps(operation, one.path))
        listed = any(depth for _, depth in steps[:-1])
        below += [steps] if listed else []
        told.append((_error(one), tuple(_hops(steps)) if listed else ()))
    read = msgspec.json.Decoder(_read(below) | None).decode if below else None
    return Reasons(tuple(told), read)


def _hops(steps: Steps) -> Iterator[Hop]:
    keys: list[str] = []
    for place, (key, depth) in enumerate(steps, 1):
        keys.append(key)
        if depth or place == len(steps):
            dotted = ".".join(f"f_{one}" for one in keys)
            yield Hop(attrgetter(dotted), tuple(keys), depth)
            keys.clear()


def _error(one: Withheld) -> Error:
    return {
        "message": f"{one.coordinate} is withheld: {one.code}",
        "path": list(one.path),
        "extensions": {
            "code": one.code,
            "coordinate": one.coordinate,
            "categories": list(one.categories),
        },
    }


def _steps(operation: Operation, path: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    schema = operation.schema
    here = [(operation.root, operation.written)]
    for key in path:
        # Whatever stands under one key has one depth, whichever type it is of (GraphQL §5.3.2).
        found = [pair for owner, inside in here for pair in _under(key, operation, owner, inside)]
        owner, field = found[0]
        parent: Any = schema.type_map[owner]
        yield key, _depth(parent.fields[field.name].type)
        here = [(field_type(schema, owner, one.name).name, one.inside) for owner, one in found]


def _under(
    key: str, operation: Operation, parent: str, selections: Selections
) -> Iterator[tuple[str, Field]]:
    schema = operation.schema
    for one in selections:
        if isinstance(one, On):
            for name in sorted(possible(schema, one.type) & possible(schema, parent)):
                yield from _under(key, operation, name, one.inside)
        elif one.key == key:
            yield standing(schema, parent)[0], one


def _depth(type_: GraphQLOutputType) -> int:
    bare: Any = get_nullable_type(type_)
    return 1 + _depth(bare.of_type) if is_list_type(bare) else 0


def _read(paths: Iterable[Steps]) -> Any:
    """A type that has of an answer nothing but these paths; what stands at their ends is left as it is."""
    inside: dict[str, list[Steps]] = {}
    depths: dict[str, int] = {}
    for (key, depth), *rest in paths:
        inside.setdefault(key, []).extend([tuple(rest)] if rest else [])
        depths[key] = depth
    fields = []
    for key, further in inside.items():
        type_: Any = msgspec.Raw
        if further:
            type_ = _read(further) | None
            for _ in range(depths[key]):
                type_ = list[type_] | None
        fields.append((f"f_{key}", type_ | UnsetType, UNSET))
    return msgspec.defstruct("Places", fields, rename=lambda name: name.removeprefix("f_"))


def _placed(error: Error, hops: Hops, answer: Any) -> list[Error]:
    found: list[list[str | int]] = []
    _gather(answer, hops, [], found)
    if not found:
        return [{key: value for key, value in error.items() if key != "path"}]
    return [{**error, "path": path} for path in found]


def _gather(value: Any, hops: Hops, path: list[str | int], found: list[list[str | int]]) -> None:
    """Adds where the field at the end of the hops stands as null, in the answer's order, up to so many."""
    (get, keys, depth), *rest = hops
    try:
        value = get(value)
    except AttributeError:
        return  # an object on the way is null, or of another type
    if rest:
        _spread(value, depth, (tuple(rest), [*path, *keys]), found)
    elif value is None or value == NULL:
        found.append([*path, *keys])


def _spread(
    value: Any, depth: int, onward: tuple[Hops, list[str | int]], found: list[list[str | int]]
) -> None:
    """Goes on from each element of a list, so many lists deep."""
    hops, path = onward
    for index, one in enumerate(value or ()):
        if len(found) == MOST:
            return
        if depth > 1:
            _spread(one, depth - 1, (hops, [*path, index]), found)
        else:
            _gather(one, hops, [*path, index], found)
