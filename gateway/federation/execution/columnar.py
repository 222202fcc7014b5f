"""Replies → columns of structs → Response: the fast way, for answers as clean as they should be.

Anything unexpected raises Inexpressible, and the general executor starts over with the replies that
are there already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from gateway.federation.execution.columns import Columns, Group, KeyForm, Position, Target
from gateway.federation.execution.echo import same
from gateway.federation.execution.layout import Inexpressible
from gateway.federation.execution.merge import cut
from gateway.federation.execution.program import Program
from gateway.federation.execution.project import Projector
from gateway.federation.execution.response import Response
from gateway.federation.execution.transport import Call, Fetch, Reply

_encode = msgspec.json.Encoder().encode


class Columnar:
    """One run of a program's fast path."""

    __slots__ = (
        "_columns",
        "_entities",
        "_equal",
        "_found",
        "_holes",
        "_keys",
        "_program",
        "_records",
        "_root",
        "_sent",
        "_variables",
    )

    def __init__(self, program: Program, columns: Columns, variables: Mapping[str, Any]) -> None:
        self._program = program
        self._columns = columns
        self._variables = variables
        self._root = columns.root()
        self._found: list[list[Any] | None] = [None] * len(columns.positions)
        self._found[0] = [self._root]
        self._records: list[list[Any]] = [[]] * columns.targets
        self._keys: list[list[Any]] = [[]] * columns.targets
        self._sent: dict[int, list[list[Any]]] = {}
        self._equal: dict[int, tuple[list[Any], list[Any], dict[Any, Any]]] = {}
        self._holes: list[tuple[Any, tuple[str, ...]]] = []
        self._entities = 0

    def calls(self, place: int) -> list[Call]:
        """What fetch `place` asks now."""
        fetch = self._program.fetches[place]
        given = {n: self._variables[n] for n in fetch.variables if n in self._variables}
        groups = self._columns.parts[place].groups
        if groups[0].key is None:
            return [Call(fetch, given)]
        return self._entity_calls(place, fetch, given)

    def _entity_calls(self, place: int, fetch: Fetch, given: dict[str, Any]) -> list[Call]:
        groups = self._columns.parts[place].groups
        sent = [self._distinct(group, group.key) for group in groups if group.key]
        self._sent[place] = sent
        asked = sum(map(len, sent))
        self._entities += asked
        limits = self._program.limits
        if asked > limits.entities_per_call or self._entities > limits.entities:
            raise Inexpressible("many entities")
        if not asked:
            self._fill_nothing(groups)
            return []
        representations = [
            group.key.represent(key)
            for group, keys in zip(groups, sent, strict=True)
            if group.key
            for key in keys
        ]
        return [Call(fetch, given, representations, sizes=list(map(len, sent)))]

    def _distinct(self, group: Group, form: KeyForm) -> list[Any]:
        distinct: dict[Any, None] = {}
        for target in group.targets:
            try:
                keys = list(map(form.get, self._column(target.position)))
            except AttributeError:
                raise Inexpressible("a key inside an object that is null") from None
            self._keys[target.number] = keys
            distinct.update(dict.fromkeys(keys))
        if form.single and None not in distinct and UNSET not in distinct:
            return list(distinct)
        return [key for key in distinct if _sendable(key, form)]

    def _column(self, number: int) -> list[Any]:
        """The objects at a position; equal ones once, where equal ones are one."""
        column = self._found[number]
        if column is None:
            position = self._columns.positions[number]
            column = (
                self._children(position)
                if position.same is None
                else self._united(number, position)
            )
            self._found[number] = column
        return column

    def _children(self, position: Position) -> list[Any]:
        above = (
            self._column(position.parent)
            if position.source is None
            else self._records[position.source]
        )
        children = [one for one in map(position.get, above) if one]
        for _ in range(position.depth):
            children = [one for several in children for one in several if one]
        return children

    def _united(self, number: int, position: Position) -> list[Any]:
        assert position.same is not None
        above = self._column(position.parent)
        pairs = [(one, child) for one in above if (child := position.get(one))]
        children = [child for _, child in pairs]
        values = list(map(position.same, children))
        first = dict(zip(reversed(values), reversed(children), strict=True))
        if len(first) == len(values):
            return children
        kept = {value: first[value] for value in values}
        for (one, _), value in zip(pairs, values, strict=True):
            setattr(one, position.attribute, kept[value])
        self._equal[number] = ([one for one, _ in pairs], values, kept)
        return list(kept.values())

    def absorb(self, place: int, reply: Reply) -> None:
        """Fill in what the reply brought."""
        part = self._columns.parts[place]
        if reply.failure is not None or reply.problems:
            raise Inexpressible("a failure")
        if reply.body is None:
            self._fill_nothing(part.groups)
            return
        try:
            answer = part.decode(reply.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise Inexpressible("an answer of another form") from None
        if answer.f_errors is not None and bytes(answer.f_errors) not in (b"[]", b"null"):
            raise Inexpressible("errors")
        if part.groups[0].key is None:
            self._fill_root(part.groups[0].targets[0], answer.f_data)
        else:
            self._fill_entities(place, answer.f_data, reply)

    def _fill_nothing(self, groups: tuple[Group, ...]) -> None:
        if groups[0].key is None:
            raise Inexpressible("a root that was not asked")
        for group in groups:
            self._fill(group, {})

    def _fill_root(self, target: Target, record: Any) -> None:
        self._records[target.number] = [record]
        for name, get in target.filled:
            setattr(self._root, name, get(record))

    def _fill_entities(self, place: int, found: Any, reply: Reply) -> None:
        before = read = 0
        positions = reply.call.positions
        groups = self._columns.parts[place].groups
        for group, keys, size in zip(groups, self._sent[place], reply.call.sizes, strict=True):
            entities = getattr(found, group.attribute)
            if len(entities) != size:
                raise Inexpressible("other entities than were asked")
            if group.echo:
                _hold(group, reply.call.representations[read : read + size], entities)
            asked = [keys[at - before] for at in positions[read : read + size]]
            self._fill(group, dict(zip(asked, entities, strict=True)))
            before += len(keys)
            read += size

    def _fill(self, group: Group, records: dict[Any, Any]) -> None:
        for target in group.targets:
            keys = self._keys[target.number]
            column = self._found[target.position] or []
            found = list(map(records.get, keys))
            if None in found:
                column, found = self._without_holes(target, column, found)
            self._records[target.number] = list(
                dict.fromkeys(found) if len(group.targets) > 1 else filter(None, records.values())
            )
            for name, get in target.filled:
                for one, record in zip(column, found, strict=True):
                    setattr(one, name, get(record))

    def _without_holes(
        self, target: Target, column: list[Any], found: list[Any]
    ) -> tuple[list[Any], list[Any]]:
        if target.required:
            raise Inexpressible("null where the schema allows none")
        pairs = list(zip(column, found, strict=True))
        self._holes += [(one, target.shown) for one, record in pairs if record is None]
        kept = [pair for pair in pairs if pair[1] is not None]
        return [one for one, _ in kept], [record for _, record in kept]

    def respond(self) -> Response:
        """The answer: a struct that is encoded as it stands."""
        for one, names in self._holes:
            for name in names:
                setattr(one, name, None)
        self._project()
        for number in self._columns.ends:
            column = self._column(number)
            for name in self._columns.positions[number].hidden:
                for one in column:
                    setattr(one, name, UNSET)
        # Inner positions first: what is written out here may hold what was written out there.
        for number, (above, values, kept) in reversed(self._equal.items()):
            written = {value: msgspec.Raw(_encode(one)) for value, one in kept.items()}
            name = self._columns.positions[number].attribute
            for one, value in zip(above, values, strict=True):
                setattr(one, name, written[value])
        return Response(self._root)

    def _project(self) -> None:
        """Cut down and put in order what stands for objects of several types."""
        projector = Projector()
        for rough in self._columns.rough:
            for one in self._column(rough.position):
                found = cut(getattr(one, rough.attribute), rough.wanted)
                setattr(one, rough.attribute, projector.value(found, rough.branch))
        if projector.wrong:
            raise Inexpressible("an answer with faults")


def _hold(group: Group, sent: Sequence[Mapping[str, Any]], entities: list[Any]) -> None:
    """See to it that every entity is who was asked about."""
    for asked, one in zip(sent, entities, strict=True):
        if one is not None:
            for attribute, said in group.echo:
                if not same(asked[said.name], getattr(one, attribute), said):
                    raise Inexpressible("another entity than was asked about")


def _sendable(key: Any, form: KeyForm) -> bool:
    values = (key,) if form.single else key
    if any(value is UNSET for value in values):
        return False
    fields = list(zip(form.fields, values, strict=True))
    if any(value is None and sent.required for sent, value in fields):
        return False
    keys = [value for sent, value in fields if sent.key]
    return not keys or any(value is not None for value in keys)
