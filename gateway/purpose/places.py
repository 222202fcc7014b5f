"""What a purpose withholds, and an answer → the errors that say so, each where the answer has its null.

A field that no list is above stands where it always stands, so its error is written once. Below a list there is
one for every element (GraphQL §7.1.2, "path"): of the answer, as the run left it, only what leads to those lists is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import msgspec
from graphql import GraphQLOutputType, get_nullable_type, is_list_type
from msgspec import UNSET

from gateway.federation.execution.response import Response
from gateway.federation.planning.operation import Operation
from gateway.federation.planning.standing import field_type, possible, standing
from gateway.federation.selection import Field, On, Selections

MOST = 100
"""Errors for one withheld field: of a longer list the first so many elements are told of."""

Error = dict[str, Any]
Steps = tuple[tuple[str, int], ...]
"""Response keys from the root down, each with how many lists deep its value is."""
Path = list[str | int]
Onward = tuple[Steps, Path]
"""The steps that are left, and where those that were taken led."""


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


@dataclass(frozen=True, slots=True)
class Reasons:
    """An operation's withheld fields as errors. No steps to one that no list is above."""

    told: tuple[tuple[Error, Steps], ...]

    def errors(self, response: Response) -> list[Error]:
        """One for each place in this answer; without a place where the answer has none."""
        found: list[Error] = []
        for error, steps in self.told:
            if steps:
                found += _placed(error, steps, response)
            else:
                found.append(error)
        return found


def reasons(operation: Operation, withheld: Iterable[Withheld]) -> Reasons:
    """Made once for an operation and what it is open to."""
    told = []
    for one in withheld:
        steps = tuple(_steps(operation, one.path))
        listed = any(depth for _, depth in steps[:-1])
        told.append((_error(one), steps if listed else ()))
    return Reasons(tuple(told))


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


def _placed(error: Error, steps: Steps, response: Response) -> list[Error]:
    found: list[Path] = []
    (key, depth), *rest = steps
    _gather(response.at_root(key), depth, (tuple(rest), [key]), found)
    if not found:
        return [{key: value for key, value in error.items() if key != "path"}]
    return [{**error, "path": path} for path in found]


def _gather(value: Any, depth: int, onward: Onward, found: list[Path]) -> None:
    """Adds where the field at the end of the steps stands as null, in the answer's order, up to so many."""
    steps, path = onward
    if isinstance(value, msgspec.Raw):  # one object in several places, written out once
        value = msgspec.json.decode(value)
    if depth:
        for index, one in enumerate(value or ()):
            if len(found) == MOST:
                return
            _gather(one, depth - 1, (steps, [*path, index]), found)
    elif not steps:
        if value is None:
            found.append(path)
    elif value is not None and value is not UNSET:
        (key, further), *rest = steps
        _gather(_at(value, key), further if rest else 0, (tuple(rest), [*path, key]), found)


def _at(value: Any, key: str) -> Any:
    """What stands under a key of an object, as the run left it; UNSET where there is no such key."""
    if isinstance(value, dict):
        return value.get(key, UNSET)
    attribute = _attribute(type(value), key)  # type: ignore[arg-type]
    return getattr(value, attribute) if attribute else UNSET


@lru_cache(maxsize=4_096)  # the objects of all plans' answers: as many as the engine keeps
def _attribute(kind: Any, key: str) -> str | None:
    """What the objects of an answer call what the client knows by this key."""
    return next((one.name for one in msgspec.structs.fields(kind) if one.encode_name == key), None)
