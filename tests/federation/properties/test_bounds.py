"""How much may be asked for an operation at most, whatever it is, and what may never be asked or told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from graphql import OperationDefinitionNode, OperationType, parse

from gateway.federation.errors import Unplannable
from gateway.federation.execution.program import compile_program
from gateway.federation.planning.limits import Limits
from gateway.federation.planning.operation import read
from gateway.federation.planning.planner import plan
from gateway.federation.selection import Field, On, Selections
from tests.federation.properties.staged import cases, planned, put
from tests.federation.random.oracle import hidden

EACH = 4


def test_there_are_no_more_requests_than_subgraphs_and_depths() -> None:
    """Of a mutation, for each of its root fields, which wait for each other."""
    asked = 0
    for case, stage in cases(EACH):
        if not (found := put(case, stage)):
            continue
        turns = (
            len(_root_keys(found.operation.written)) if found.operation.kind == "mutation" else 1
        )
        depth = 1 + max(_depths(found.operation.written), default=0)
        asked += len(found.calls)

        assert len(found.calls) <= len(case.graphs) * depth * max(turns, 1), case.operation
    assert asked > 50


def test_no_pass_over_a_plan_costs_a_request_and_some_steps_share_one() -> None:
    needed = steps = 0
    for case, stage in cases(10):
        if not (found := planned(case, stage)):
            continue
        operation, made = found
        plain = plan(operation, stage.supergraph, frozenset(case.labels), passes=())
        requests = len(compile_program(made, stage.supergraph).fetches)
        needed, steps = needed + requests, steps + len(made.steps)

        assert requests <= len(compile_program(plain, stage.supergraph).fetches), case.operation
    assert needed < steps


def test_a_step_is_one_request_at_most() -> None:
    for case, stage in cases(EACH):
        if found := put(case, stage):
            assert len(found.calls) <= len(found.plan.steps), case.operation


def test_planning_takes_steps_in_proportion_to_what_is_asked() -> None:
    for case, stage in cases(EACH):
        few = 50 + 10 * case.operation.count(" ")
        operation = read(case.operation, None, case.variables, stage.api, Limits(steps=few))
        with suppress(Unplannable):
            plan(operation, stage.supergraph, frozenset(case.labels))


def test_mutations_are_done_once_each_and_in_their_order() -> None:
    done = 0
    for case, stage in cases(10):
        found = put(case, stage)
        if not found or found.operation.kind != "mutation":
            continue
        wanted = list(_root_keys(found.operation.written))
        sent = [key for call in found.calls for key in _mutations(call.fetch.document)]
        done += len(sent)

        assert sent == wanted, case.operation
    assert done > 5


def test_nothing_inaccessible_and_no_name_of_the_planners_own_is_told() -> None:
    for case, stage in cases(EACH):
        if not (found := put(case, stage)):
            continue
        named = set(re.findall(r"[A-Za-z_]\w*", case.operation))

        # The only key of a Blob's value is "id".
        assert set(_keys(found.answer["data"])) <= named | {"id"}, case.operation
        for place in hidden(stage.world.graphs):
            owner, _, name = place.partition(".")
            if stage.supergraph.types[owner].kind == "enum":
                assert json.dumps(name) not in json.dumps(found.answer), place


def test_nobody_is_asked_about_the_same_thing_twice_in_one_request() -> None:
    compared = 0
    for case, stage in cases(EACH):
        found = put(case, stage)
        for call in found.calls if found else ():
            variables = json.loads(call.body())["variables"]
            for name in re.findall(r"representations: ?\$(\w+)", call.fetch.document):
                texts = [json.dumps(one, sort_keys=True) for one in variables[name]]
                compared += len(texts)

                assert len(texts) == len(set(texts)), case.operation
    assert compared > 50


def _depths(selections: Selections, depth: int = 0) -> Iterator[int]:
    for one in selections:
        yield from _depths(one.inside, depth + isinstance(one, Field))
    yield depth


def _root_keys(selections: Selections) -> list[str]:
    """The response keys of what is resolved anywhere, in the order in which they first stand."""
    found: dict[str, None] = {}
    for one in selections:
        if isinstance(one, Field) and one.name == "__typename":
            continue
        found |= dict.fromkeys(_root_keys(one.inside)) if isinstance(one, On) else {one.key: None}
    return list(found)


def _mutations(document: str) -> list[str]:
    (operation,) = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    if operation.operation is not OperationType.MUTATION:
        return []
    return [(one.alias or one.name).value for one in operation.selection_set.selections]  # type: ignore[attr-defined]


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _keys(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from _keys(one)
