"""Replies → what can be merged, and the errors a client sees, at the client's paths.

Nothing of a subgraph's error leaves but its code and its place: messages may speak of a person, and
locations refer to a document the client never saw (I-8, I-9). Unmasked, the message leaves too.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gateway.federation.execution.collect import Spot, steps_to
from gateway.federation.execution.echo import another
from gateway.federation.execution.transport import UNREACHABLE, Fetch, Reply
from gateway.federation.planning.steps import Branch, Kind, Shape, Step
from gateway.federation.selection import Field

log = logging.getLogger(__name__)

MALFORMED = "SUBREQUEST_MALFORMED_RESPONSE"
REPORTED = "DOWNSTREAM_SERVICE_ERROR"
ANOTHER = "SUBGRAPH_ANSWERED_ANOTHER"
TOO_MANY = "TOO_MANY_ENTITIES"
INVALID = "RESPONSE_VALIDATION_FAILED"

FAN_OUT = 100
"""At most so many client errors for one reply: one error may stand for thousands of objects."""

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}\Z")

Error = dict[str, Any]
ClientPath = list[str | int]


@dataclass(slots=True)
class Answer:
    """A reply as read: per group its `_entities` (None when not to be trusted), or a root's object."""

    entities: list[list[Any] | None] = field(default_factory=list)
    root: dict[str, Any] | None = None
    errors: list[Any] = field(default_factory=list)
    trouble: tuple[str, str] | None = None


def read(reply: Reply) -> Answer:
    """The reply's body, as far as it can be trusted; `trouble` says what was wrong with the rest."""
    if reply.failure is not None:
        return Answer(trouble=(reply.failure.code, reply.failure.message))
    if reply.body is None:
        return Answer()
    try:
        body = msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Answer(trouble=_no_graphql(reply, "is not JSON"))
    if not isinstance(body, dict) or not ("data" in body or body.get("errors")):
        return Answer(trouble=_no_graphql(reply, "is no GraphQL response"))
    return _answer(body, reply)


def _no_graphql(reply: Reply, what: str) -> tuple[str, str]:
    if reply.status != 200:
        return UNREACHABLE, f"the subgraph answered with HTTP status {reply.status}"
    return MALFORMED, f"the subgraph's answer {what}"


def _answer(body: dict[str, Any], reply: Reply) -> Answer:
    errors = body.get("errors") or []
    answer = Answer(errors=errors if isinstance(errors, list) else [errors])
    found = body.get("data")
    fetch = reply.call.fetch
    if found is None:
        if not answer.errors:
            answer.trouble = MALFORMED, "the subgraph answered with neither data nor errors"
    elif not isinstance(found, dict):
        answer.trouble = MALFORMED, "the subgraph's data is no object"
    elif fetch.step.kind is Kind.ROOT:
        answer.root = found
    else:
        _read_entities(answer, found, reply)
        _disbelieve(answer, reply)
    return answer


def _read_entities(answer: Answer, found: dict[str, Any], reply: Reply) -> None:
    for name, size in zip(reply.call.fetch.answers, reply.call.sizes, strict=True):
        entities = found.get(name)
        # Position is all that ties an entity to its object: one missing, and none can be trusted.
        whole = isinstance(entities, list) and len(entities) == size
        answer.entities.append(entities if whole else None)
        if not whole and not (entities is None and answer.errors):
            answer.trouble = MALFORMED, "the subgraph answered for other entities than were asked"


def _disbelieve(answer: Answer, reply: Reply) -> None:
    """Where one entity is another than was asked about, who the others are is anybody's guess."""
    call = reply.call
    groups = zip(call.fetch.echo.groups, call.split(), answer.entities, strict=False)
    types = [another(said, sent, found) for said, sent, found in groups if found is not None]
    for name in filter(None, types):
        log.critical("%s answered for another %s than it was asked about", call.subgraph, name)
        answer.trouble = (
            ANOTHER,
            f"{call.subgraph} answered for another entity than it was asked about",
        )
        answer.entities = [None for _ in answer.entities]
        return


@dataclass(slots=True)
class Reporter:
    """Collects a run's errors, each where the client can find it."""

    shape: Shape
    tree: dict[str, Any]
    mask: bool = True
    errors: list[Error] = field(default_factory=list)

    def reply(self, reply: Reply, answer: Answer, waiting: Sequence[Sequence[Spot]]) -> None:
        """Report what went wrong with one reply. `waiting[i]`: the objects of representation i."""
        fetch, start = reply.call.fetch, len(self.errors)
        if answer.trouble is not None:
            code, message = answer.trouble
            self._add(self._near(waiting, fetch), message, {"code": code}, fetch)
        for error in answer.errors:
            self._subgraph_error(error, reply, waiting)
        for problem in reply.problems:
            extensions = {**problem.extensions, "code": problem.code}
            places = self._entity_places(waiting, problem.position, problem.path, fetch)
            for path in places:
                self._add(path, problem.message, extensions, fetch)
        del self.errors[start + FAN_OUT :]

    def _subgraph_error(self, error: Any, reply: Reply, waiting: Sequence[Sequence[Spot]]) -> None:
        error = error if isinstance(error, dict) else {}
        fetch = reply.call.fetch
        extensions = {"code": _code(error)}
        message = error.get("message")
        if self.mask or not isinstance(message, str):
            message = f"{fetch.subgraph} reported an error"
        position, rest = _position(error.get("path"), reply)
        for path in self._entity_places(waiting, position, rest, fetch):
            self._add(path, message, extensions, fetch)

    def _entity_places(
        self,
        waiting: Sequence[Sequence[Spot]],
        position: int | None,
        rest: Sequence[str | int],
        fetch: Fetch,
    ) -> list[ClientPath]:
        if fetch.step.kind is Kind.ROOT and rest:
            return [self.client_path([*steps_to(spot.place), *rest]) for spot in waiting[0]]
        if position is None or not 0 <= position < len(waiting):
            return [self._near(waiting, fetch)]
        return [self.client_path([*steps_to(spot.place), *rest]) for spot in waiting[position]]

    def _near(self, waiting: Sequence[Sequence[Spot]], fetch: Fetch) -> ClientPath:
        """The nearest place that all objects of the fetch share."""
        paths = [steps_to(spot.place) for spots in waiting for spot in spots[:FAN_OUT]][:FAN_OUT]
        shared = _shared(paths)
        match fetch.step:
            case Step(kind=Kind.ROOT, output=(Field() as only,)):
                shared.append(only.key)
        return self.client_path(shared)

    def client_path(self, path: Sequence[str | int]) -> ClientPath:
        """A path of the tree as the client knows it, cut before anything it never asked for."""
        found: ClientPath = []
        shape: Shape | None = self.shape
        value: Any = self.tree
        for key in path:
            if isinstance(key, int):
                value = value[key] if isinstance(value, list) and key < len(value) else None
                found.append(key)
                continue
            asked = _asked(shape, value, key)
            if asked is None:
                break
            shape = asked.inside if isinstance(asked, Branch) else None
            value = value.get(key) if isinstance(value, dict) else None
            found.append(asked.key)
        return found

    def _add(
        self, path: ClientPath, message: str, extensions: dict[str, Any], fetch: Fetch | None
    ) -> None:
        service = {"service": fetch.subgraph} if fetch else {}
        error: Error = {"message": message, "extensions": {**extensions, **service}}
        if path:
            error["path"] = path
        if error not in self.errors[-FAN_OUT:]:
            self.errors.append(error)

    def own(self, path: Sequence[str | int], code: str, message: str) -> None:
        """Report something that the engine itself found, at a client's path."""
        self._add(list(path), message, {"code": code}, None)


def _asked(shape: Shape | None, value: Any, source: str) -> Any:
    if shape is None:
        return None
    runtime = value.get("__typename") if isinstance(value, dict) and shape.abstract else shape.type
    known = isinstance(runtime, str) and runtime in shape.fields
    kinds = [shape.fields[str(runtime)]] if known else list(shape.fields.values())
    return next((one for fields in kinds for one in fields if one.source == source), None)


def _shared(paths: list[list[str | int]]) -> list[str | int]:
    shared = []
    for keys in zip(*paths, strict=False):
        if any(key != keys[0] for key in keys):
            break
        shared.append(keys[0])
    return shared


def _code(error: dict[str, Any]) -> str:
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return code if isinstance(code, str) and _CODE.match(code) else REPORTED


def _position(path: Any, reply: Reply) -> tuple[int | None, list[str | int]]:
    """An error's path as the engine's position of its representation, and the rest of the path."""
    if not isinstance(path, list) or not all(isinstance(key, str | int) for key in path):
        return None, []
    call = reply.call
    if call.fetch.step.kind is Kind.ROOT:
        return None, path
    if len(path) < 2 or path[0] not in call.fetch.answers or not isinstance(path[1], int):
        return None, []
    group = call.fetch.answers.index(path[0])
    if not 0 <= path[1] < call.sizes[group]:
        return None, []
    return call.positions[sum(call.sizes[:group]) + path[1]], path[2:]
