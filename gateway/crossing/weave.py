"""Replies about parts of a call → one reply about all of it, each entity and each error in its place.

What nobody was asked about is null. A part that is no whole answer is passed on as it is, for the engine to judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from gateway.federation.execution.transport import Call, Reply


def answering(call: Call, reply: Reply) -> Reply:
    """A reply to a narrower call, as the answer to the whole one."""
    return Reply(call, reply.body, reply.status, reply.failure, reply.problems)


def woven(call: Call, parts: Sequence[Sequence[int]], replies: Sequence[Reply]) -> Reply:
    """Replies about parts of a call → one reply about all of it; what nobody was asked about is null."""
    failed = next(
        (reply for reply in replies if reply.failure is not None or reply.body is None), None
    )
    if failed is not None:
        return Reply(call, failed.body, failed.status, failed.failure, failed.problems)
    names = call.fetch.answers
    starts = [sum(call.sizes[:group]) for group in range(len(names))]
    data: dict[str, list[Any]] = {n: [None] * s for n, s in zip(names, call.sizes, strict=True)}
    errors: list[Any] = []
    for indexes, reply in zip(parts, replies, strict=True):
        try:
            body = orjson.loads(reply.body or b"null")
        except orjson.JSONDecodeError:
            return answering(call, reply)
        places = _places(indexes, starts, call.sizes)
        if not _fill(data, names, places, body):
            return answering(call, reply)
        errors += [_moved(error, names, places) for error in body.get("errors") or ()]
    found: dict[str, Any] = {"data": data} | ({"errors": errors} if errors else {})
    return Reply(call, orjson.dumps(found))


def _places(indexes: Sequence[int], starts: Sequence[int], sizes: Sequence[int]) -> list[list[int]]:
    """By group, where in the whole call's group each entity of a part stands."""
    return [
        [index - start for index in indexes if start <= index < start + size]
        for start, size in zip(starts, sizes, strict=True)
    ]


def _fill(
    data: dict[str, list[Any]], names: Sequence[str], places: Sequence[Sequence[int]], body: Any
) -> bool:
    """Puts a part's entities into their places; False when the part is no whole answer."""
    found = body.get("data") if isinstance(body, dict) else None
    if not isinstance(found, dict):
        return False
    for name, wanted in zip(names, places, strict=True):
        entities = found.get(name)
        if wanted and (not isinstance(entities, list) or len(entities) != len(wanted)):
            return False
        for place, entity in zip(wanted, entities or (), strict=False):
            data[name][place] = entity
    return True


def _moved(error: Any, names: Sequence[str], places: Sequence[Sequence[int]]) -> Any:
    path = error.get("path") if isinstance(error, dict) else None
    if not isinstance(path, list) or len(path) < 2 or path[0] not in names:
        return error
    group = places[names.index(path[0])]
    if not isinstance(path[1], int) or not 0 <= path[1] < len(group):
        return {**error, "path": None}
    return {**error, "path": [path[0], group[path[1]], *path[2:]]}
