"""A Case → a Verdict: composed, planned, checked, run both ways, and held against the monolith.

What a subgraph notes counts as much as what the client gets: a plan that asks for an external field, sends
an untrue representation or reaches a closed coordinate fails though its answer may be right.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import msgspec
from graphql import GraphQLSchema

from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.federation.errors import CompositionError, InvalidOperation, Unplannable
from gateway.federation.execution.executor import execute
from gateway.federation.execution.incremental import execute_incrementally
from gateway.federation.execution.program import Program, compile_program
from gateway.federation.execution.response import Response
from gateway.federation.execution.subscription import subscribe
from gateway.federation.execution.transport import Call, Reply
from gateway.federation.planning.check import check
from gateway.federation.planning.limits import Limits
from gateway.federation.planning.operation import Operation, closed, read
from gateway.federation.planning.planner import plan
from gateway.federation.planning.steps import Plan
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import Supergraph, load
from tests.federation.random import graphs
from tests.federation.random.asked import asked
from tests.federation.random.casefile import Case
from tests.federation.random.oracle import client_schema, closing, expected, same_schema, shut
from tests.federation.random.serving import Served
from tests.federation.random.world import State, World

TOLERATED = ("refused", "ambiguous")
"""Verdicts that say that there was no case: subgraphs that make no supergraph, or an interface that no
one subgraph can answer whole and two might answer with two different objects (federation.md §2.6)."""

PATIENT = Limits(seconds=600)
"""Planning is held to its steps, but not to the clock: a verdict must not depend on what else runs."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kind` is empty when all is well, `refused` when the case is none; the rest is for people."""

    kind: str = ""
    detail: str = ""
    plan: Plan | None = None
    answer: Any = None
    wanted: Any = None


@dataclass(slots=True)
class Staged:
    """What several operations on the same subgraphs have in common."""

    world: World
    schema: GraphQLSchema
    served: Mapping[str, Served]
    supergraph: Supergraph
    api: GraphQLSchema


class Wrong(Exception):
    """Something that must not be; `kind` says what sort of thing."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


def stage(case: Case, *, compare: bool) -> Staged:
    """Compose a case's subgraphs and set them up. CompositionError when they make no supergraph.

    With `compare`, what clients see of the composition must be the monolith.
    """
    read_graphs = [graphs.read(name, sdl) for name, sdl in case.graphs.items()]
    world = World(case.seed, case.monolith, read_graphs, case.failing, case.counters, case.missing)
    if world.gap():
        raise Wrong("refused", f"{world.gap()} can have no value that every subgraph knows")
    schema = client_schema(case.monolith, read_graphs)
    sources = [Source(name=n, url=f"http://{n}", sdl=sdl) for n, sdl in case.graphs.items()]
    supergraph = load(compose(sources).sdl)
    served = {one.name: Served(one, world, case.labels) for one in read_graphs}
    api = api_schema(supergraph)
    difference = same_schema(schema, api)
    if compare and difference:
        raise Wrong("composed", difference)
    return Staged(world, schema, served, supergraph, api)


def stage_or_verdict(case: Case, *, compare: bool = True) -> Staged | Verdict:
    """As `stage`, or why there is nothing to run."""
    try:
        return stage(case, compare=compare)
    except CompositionError as error:
        return Verdict("refused", str(error))
    except Wrong as error:
        return Verdict(error.kind, str(error))


@dataclass(slots=True)
class Near:
    """The way to subgraphs in this process; answers come back in a random order."""

    served: Mapping[str, Served]
    rng: Random
    state: State = field(default_factory=State)
    calls: list[Call] = field(default_factory=list)

    async def send(self, call: Call) -> Reply:
        """Ask, and be some time about it."""
        self.calls.append(call)
        for _ in range(self.rng.randint(0, 3)):
            await asyncio.sleep(0)
        body = json.loads(call.body())
        answer = self.served[call.subgraph].answer(body["query"], body["variables"], self.state)
        for _ in range(self.rng.randint(0, 3)):
            await asyncio.sleep(0)
        return Reply(call, msgspec.json.encode(answer))

    async def events(self, call: Call) -> AsyncGenerator[Reply]:
        """One thing happens."""
        yield await self.send(call)


async def judge(case: Case, staged: Staged | Verdict) -> Verdict:
    """The verdict on one case; `staged` is what became of its subgraphs."""
    if isinstance(staged, Verdict):
        return staged
    made: Plan | None = None
    try:
        operation = read(case.operation, None, case.variables, staged.api, PATIENT)
        if case.closed:
            kept = shut(staged.world, case.closed)
            operation, _ = closed(operation, lambda *place: ".".join(place) not in kept)
        made = plan(operation, staged.supergraph, frozenset(case.labels))
        problems = check(made, operation, staged.supergraph)
        if problems:
            raise Wrong("checker", "\n".join(map(str, problems)))
        return await _judge(case, staged, operation, made)
    except Wrong as error:
        return Verdict(error.kind, str(error), made)
    except InvalidOperation as error:
        return Verdict("invalid", str(error))
    except Unplannable as error:
        kind = "ambiguous" if "two different objects" in str(error) else "unplannable"
        return Verdict(kind, str(error))


async def _judge(case: Case, staged: Staged, operation: Operation, made: Plan) -> Verdict:
    wanted = expected(
        closing(staged.world, case.closed), staged.schema, case.operation, case.variables
    )
    answer = None
    for way, program in _ways(case, staged, operation, made):
        near = Near(staged.served, Random(case.seed))
        answer = json.loads((await _respond(program, case, near)).body())
        try:
            _check_calls(case, staged, near)
            _check_answer(case, near.state, answer, wanted)
        except Wrong as error:
            return Verdict(f"{way}{error.kind}", str(error), program.plan, answer, wanted)
    if made.deferred:
        return await _judge_parts(case, staged, made, wanted)
    return Verdict("", "", made, answer, wanted)


async def _respond(program: Program, case: Case, near: Near) -> Response:
    if program.plan.operation != "subscription":
        return await execute(program, case.variables, near)
    (answer,) = [one async for one in subscribe(program, case.variables, near, near)]
    return answer


async def _judge_parts(case: Case, staged: Staged, made: Plan, wanted: Any) -> Verdict:
    """The same once more, part by part: put together, the parts are the answer."""
    near = Near(staged.served, Random(case.seed))
    program = compile_program(made, staged.supergraph)
    parts = execute_incrementally(program, case.variables, near)
    payloads = [json.loads(msgspec.json.encode(one)) async for one in parts]
    try:
        answer = assembled(payloads)
        _check_calls(case, staged, near)
        if not wanted.get("errors") and answer["data"] != wanted["data"]:
            raise Wrong("data", "the parts together are not the monolith's answer")
        if not case.failing and not wanted.get("errors") and answer.get("errors"):
            raise Wrong("errors", "a part has errors, and the monolith has none")
    except Wrong as error:
        return Verdict(f"deferred {error.kind}", str(error), made, payloads, wanted)
    return Verdict("", "", made, answer, wanted)


def assembled(payloads: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What a client makes of the payloads of an answer in parts."""
    if [one["hasNext"] for one in payloads] != [True] * (len(payloads) - 1) + [False]:
        raise Wrong("parts", "hasNext is not true until the last payload")
    whole = payloads[0]["data"]
    errors = list(payloads[0].get("errors", ()))
    for payload in payloads[1:]:
        errors += payload.get("errors", ())
        for part in payload.get("incremental", ()):
            errors += part.get("errors", ())
            target = whole
            for key in part["path"]:
                target = target[key]
            _lay(target, part["data"] or {})
    return {"data": whole, "errors": errors}


def _lay(target: Any, more: Any) -> None:
    """Put a part where it belongs; what both have must be the same."""
    for key, value in more.items():
        if key not in target:
            target[key] = value
        else:
            target[key] = _laid(target[key], value)


def _laid(known: Any, more: Any) -> Any:
    if isinstance(known, dict) and isinstance(more, dict):
        _lay(known, more)
        return known
    if isinstance(known, list) and isinstance(more, list) and len(known) == len(more):
        return [_laid(one, other) for one, other in zip(known, more, strict=True)]
    if known != more:
        raise Wrong("parts", f"{more!r} comes where {known!r} has been")
    return known


def _ways(
    case: Case, staged: Staged, operation: Operation, made: Plan
) -> Iterator[tuple[str, Program]]:
    """The plan run by the general executor and by the fast one; of some cases without batches and passes
    too, or with every entity held to its key."""
    program = compile_program(made, staged.supergraph)
    yield "general ", replace(program, columns=None)
    yield "", program
    if len(case.operation) % 4 == 1:
        held = compile_program(made, staged.supergraph, echoed=staged.supergraph.types)
        yield "echoing general ", replace(held, columns=None)
        yield "echoing ", held
    if len(case.operation) % 4 == 0:
        if made.batches:
            yield "unbatched ", compile_program(replace(made, batches=()), staged.supergraph)
        bare = plan(operation, staged.supergraph, frozenset(case.labels), passes=())
        yield "without passes ", compile_program(bare, staged.supergraph)


def _check_calls(case: Case, staged: Staged, near: Near) -> None:
    if near.state.violations:
        raise Wrong("violation", "\n".join(near.state.violations))
    closed_ones = set(case.closed)
    if near.state.touched & closed_ones:
        raise Wrong("closed", f"{sorted(near.state.touched & closed_ones)} resolved somewhere")
    for call in near.calls if closed_ones else ():
        reached = asked(call.fetch.document, staged.served[call.subgraph]) & closed_ones
        if reached:
            raise Wrong(
                "closed", f"{call.subgraph} is asked for {sorted(reached)}: {call.fetch.document}"
            )


def _check_answer(case: Case, state: State, answer: Any, wanted: Any) -> None:
    if case.failing:
        if not below(answer["data"], wanted["data"]):
            raise Wrong("data", "the answer is not below the monolith's")
        if answer["data"] != wanted["data"] and not answer.get("errors"):
            raise Wrong("silent", "the answer lacks something and has no error")
        if bool(state.failures) > bool(answer.get("errors")):
            raise Wrong("silent", "a subgraph's field failed, and the answer has no error")
        return
    if answer["data"] != wanted["data"]:
        raise Wrong("data", "the answer is not the monolith's")
    if json.dumps(answer["data"]) != json.dumps(wanted["data"]):
        raise Wrong("order", "the answer's keys are in another order")
    if paths(answer) != paths(wanted) and not case.closed and not hides_types(case):
        raise Wrong("errors", f"errors at {list(paths(answer))}, not at {list(paths(wanted))}")


def hides_types(case: Case) -> bool:
    """Whether there are objects that clients cannot be told of. They are null, and no one's fault."""
    read_graphs = (graphs.read(name, sdl) for name, sdl in case.graphs.items())
    return any(kept.hidden for graph in read_graphs for kept in graph.types.values())


def paths(answer: Any) -> Counter[tuple[str | int, ...]]:
    """Where the errors are."""
    return Counter(tuple(error.get("path", ())) for error in answer.get("errors", ()))


def below(answer: Any, wanted: Any) -> bool:
    """Whether an answer is another with some values null, keys in the same order."""
    if answer is None:
        return True
    if isinstance(answer, dict) and isinstance(wanted, dict):
        return list(answer) == list(wanted) and all(below(answer[k], wanted[k]) for k in answer)
    if isinstance(answer, list) and isinstance(wanted, list):
        return len(answer) == len(wanted) and all(map(below, answer, wanted))
    return bool(answer == wanted)
