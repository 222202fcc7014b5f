"""Plan → Program: everything about running a plan that does not change from request to request."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.federation.errors import TooCostly
from gateway.federation.execution.columns import Columns, columns
from gateway.federation.execution.echo import echo, echoing
from gateway.federation.execution.merge import Wanted, wanted
from gateway.federation.execution.transport import Fetch, prefix
from gateway.federation.planning.document import entities
from gateway.federation.planning.steps import Batch, Kind, Plan, Shape, Step
from gateway.federation.supergraph import Supergraph


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost. Passing the first refuses the plan; the others cut the answer short.

    `seconds` are those of the whole answer, from the first call to the last reply.
    """

    fetches: int = 200
    entities_per_call: int = 5_000
    entities: int = 50_000
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Program:
    """A plan made ready: its requests in order, and who waits for whom.

    `shape` is the client's with deferred parts and all. `followers[i]` are the places of the fetches
    that wait for fetch i. `wanted[i]` says for each of its groups what is merged of the answer.
    `object_types` are the names of the supergraph's object types. `columns` is the fast path, None when
    there is none.
    """

    plan: Plan
    shape: Shape
    fetches: tuple[Fetch, ...]
    followers: tuple[tuple[int, ...], ...]
    wanted: tuple[tuple[Wanted, ...], ...]
    object_types: Container[str]
    limits: Limits
    columns: Columns | None


def compile_program(
    plan: Plan,
    supergraph: Supergraph,
    limits: Limits | None = None,
    *,
    echoed: Container[str] = (),
) -> Program:
    """Make a plan ready to run. TooCostly when it asks for more fetches than the limits allow.

    Entities that are asked as one of the types `echoed` say again by which key they were asked.
    """
    limits = limits or Limits()
    fetches = tuple(_echoing(one, supergraph, echoed) for one in _fetches(plan))
    if len(fetches) > limits.fetches:
        raise TooCostly(
            "TOO_MANY_FETCHES",
            f"the operation needs {len(fetches)} requests to subgraphs; at most {limits.fetches} are made",
        )
    followers = tuple(
        tuple(later for later, fetch in enumerate(fetches) if place in fetch.after)
        for place in range(len(fetches))
    )
    objects = frozenset(name for name, one in supergraph.types.items() if one.kind == "object")
    asked = tuple(tuple(wanted(steps[0].output) for steps in fetch.groups) for fetch in fetches)
    return Program(
        plan,
        plan.whole or plan.shape,
        fetches,
        followers,
        asked,
        objects,
        limits,
        columns(plan, fetches, supergraph),
    )


def _fetches(plan: Plan) -> tuple[Fetch, ...]:
    steps = {step.id: step for step in plan.steps}
    batches = {id_: batch for batch in plan.batches for group in batch.groups for id_ in group}
    units: list[Batch | Step] = []
    for step in plan.steps:
        unit = batches.get(step.id, step)
        if unit not in units:
            units.append(unit)
    place = {id_: i for i, unit in enumerate(units) for id_ in _ids(unit)}
    return tuple(_fetch(unit, steps, place) for unit in units)


def _ids(unit: Batch | Step) -> Sequence[int]:
    return (unit.id,) if isinstance(unit, Step) else [id_ for group in unit.groups for id_ in group]


def _fetch(unit: Batch | Step, steps: Mapping[int, Step], place: Mapping[int, int]) -> Fetch:
    if isinstance(unit, Step):
        groups: tuple[tuple[Step, ...], ...] = ((unit,),)
        names: tuple[str, ...] = ("representations",) if unit.kind is Kind.ENTITY else ()
        answers: tuple[str, ...] = ("_entities",) if unit.kind is Kind.ENTITY else ()
    else:
        groups = tuple(tuple(steps[id_] for id_ in group) for group in unit.groups)
        names = tuple(f"r{i}" for i in range(len(groups)))
        answers = tuple(f"_e{i}" for i in range(len(groups)))
    first = groups[0][0]
    needs = {place[need] for group in groups for step in group for need in step.needs}
    return Fetch(
        first.subgraph,
        first.operation,
        groups,
        names,
        answers,
        unit.variables,
        unit.document,
        tuple(sorted(needs)),
        prefix(unit.document),
    )


def _echoing(fetch: Fetch, supergraph: Supergraph, types: Container[str]) -> Fetch:
    """The fetch, its entities of these types saying again by which key they were asked."""
    found = echo([steps[0] for steps in fetch.groups], supergraph, types)
    if not found.aliases:
        return fetch
    outputs = [steps[0].output for steps in fetch.groups]
    more = map(echoing, outputs, found.groups)
    asked = entities(zip(fetch.answers, fetch.names, outputs, strict=True))
    asked_more = entities(zip(fetch.answers, fetch.names, more, strict=True))
    document = fetch.document.removesuffix(asked) + asked_more
    return replace(fetch, document=document, prefix=prefix(document), echo=found)
