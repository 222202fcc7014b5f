"""Tree and fetch → calls, and for each representation the objects that wait for its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from gateway.federation.execution.collect import Spot, collect, steps_to
from gateway.federation.execution.represent import Waiting
from gateway.federation.execution.transport import Call, Fetch
from gateway.federation.planning.steps import Kind, Step, Taken

_canonical = msgspec.json.Encoder(order="deterministic").encode

Waiters = list[list[Spot]]


def asked(
    tree: dict[str, Any], fetch: Fetch, variables: Mapping[str, Any]
) -> tuple[list[Call], Waiters]:
    """What the fetch asks of the tree as it is now: no call when there is nothing to ask about.

    `waiters[i]` are the objects that representation i stands for; of a ROOT step there is one entry,
    the objects that its answer goes into.
    """
    given = {name: variables[name] for name in fetch.variables if name in variables}
    if fetch.step.kind is Kind.ROOT:
        spots = collect(tree, fetch.step.path)
        return ([Call(fetch, given)] if spots else []), [spots]
    if fetch.step.taken:
        return _in_contexts(tree, fetch, given)
    groups = []
    for group in fetch.groups:
        waiting = Waiting()
        for step in group:
            waiting.add(collect(tree, step.path), step.inputs)
        groups.append(waiting)
    waiters = [spots for waiting in groups for spots in waiting.spots]
    representations = [one for waiting in groups for one in waiting.representations]
    sizes = [len(waiting.spots) for waiting in groups]
    return ([Call(fetch, given, representations, sizes=sizes)] if waiters else []), waiters


def _in_contexts(
    tree: dict[str, Any], fetch: Fetch, given: Mapping[str, Any]
) -> tuple[list[Call], Waiters]:
    """One call for each distinct set of values taken from ancestors: they are variables of the request."""
    step = fetch.step
    contexts: dict[bytes, tuple[dict[str, Any], Waiting]] = {}
    for spot, values in _taken(tree, step):
        _, waiting = contexts.setdefault(_canonical(values), (values, Waiting()))
        waiting.add([spot], step.inputs)
    calls: list[Call] = []
    waiters: Waiters = []
    for values, waiting in contexts.values():
        positions = range(len(waiters), len(waiters) + len(waiting.spots))
        waiters += waiting.spots
        if positions:
            variables = {**given, **values}
            calls.append(Call(fetch, variables, waiting.representations, positions=positions))
    return calls, waiters


def _taken(tree: dict[str, Any], step: Step) -> Iterator[tuple[Spot, dict[str, Any]]]:
    """Each object of the step with the values that its ancestors hold for it, when all of them do."""
    found = [(one.variable, _values(tree, step, one)) for one in step.taken]
    for spot in collect(tree, step.path):
        path = tuple(steps_to(spot.place))
        values = {}
        for variable, by_place in found:
            above = next((n for n in range(len(path), -1, -1) if path[:n] in by_place), None)
            if above is not None:
                values[variable] = by_place[path[:above]]
        if len(values) == len(found):
            yield spot, values


def _values(tree: dict[str, Any], step: Step, taken: Taken) -> dict[tuple[str | int, ...], Any]:
    """By the ancestor's place, the value to be found in it; ancestors without it are left out."""
    values = {}
    for spot in collect(tree, step.path[: taken.above]):
        sources = taken.sources.get(spot.object.get("__typename", ""), taken.sources.get(""))
        value: Any = spot.object if sources is not None else None
        for source in sources or ():
            value = value.get(source, msgspec.UNSET) if isinstance(value, dict) else value
        if sources is not None and value is not msgspec.UNSET:
            values[tuple(steps_to(spot.place))] = value
    return values
