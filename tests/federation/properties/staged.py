"""Random subgraphs → Put: an operation planned, checked and answered by them, with all that was asked of whom.

The subgraphs, their values and the operations are those of `tests/federation/random`; the properties here
need no monolith to hold an answer against, only another answer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import Any

from gateway.federation.errors import Unplannable
from gateway.federation.execution.executor import execute
from gateway.federation.execution.program import compile_program
from gateway.federation.execution.transport import Call
from gateway.federation.planning.check import check
from gateway.federation.planning.operation import Operation, read
from gateway.federation.planning.planner import plan
from gateway.federation.planning.steps import Plan
from tests.federation.random.casefile import Case
from tests.federation.random.judging import Near, Staged, stage_or_verdict
from tests.federation.random.making import TOGETHER, graphs_of, make

GROUPS = range(100, 118)
"""Which random subgraphs the properties are held to."""


@dataclass(frozen=True, slots=True)
class Put:
    """One operation, put to subgraphs."""

    operation: Operation
    plan: Plan
    answer: Any
    calls: tuple[Call, ...]

    @property
    def text(self) -> str:
        """The data as JSON: equal texts have their keys in the same order, too."""
        return json.dumps(self.answer["data"])


@lru_cache(maxsize=256)
def staged(group: int) -> tuple[Case, Staged] | None:
    """Group `group` of random subgraphs, all of them well and knowing everything; None when they make no supergraph."""
    case = graphs_of(group * TOGETHER)
    if case.failing or case.missing:
        return None
    found = stage_or_verdict(case)
    return (case, found) if isinstance(found, Staged) else None


def cases(each: int) -> Iterator[tuple[Case, Staged]]:
    """`each` random operations on every group that composes; nothing is closed in them."""
    for group in GROUPS:
        if found := staged(group):
            base, stage = found
            for number in range(group * TOGETHER, group * TOGETHER + each):
                yield replace(make(number, base), closed=()), stage


def planned(case: Case, stage: Staged, text: str | None = None) -> tuple[Operation, Plan] | None:
    """The case's operation, or another one with its variables; None when it cannot be planned at all."""
    operation = read(text or case.operation, None, case.variables, stage.api)
    try:
        return operation, plan(operation, stage.supergraph, frozenset(case.labels))
    except Unplannable:
        return None


_KNOWN: dict[tuple[str, str], Put | None] = {}


def put(case: Case, stage: Staged, text: str | None = None) -> Put | None:
    """As `planned`, with the answer of these subgraphs; the same question is put once."""
    place = case.title, text or case.operation
    if place not in _KNOWN:
        _KNOWN[place] = _put(case, stage, text)
    return _KNOWN[place]


def _put(case: Case, stage: Staged, text: str | None) -> Put | None:
    found = planned(case, stage, text)
    if found is None:
        return None
    operation, made = found
    problems = check(made, operation, stage.supergraph)
    assert not problems, (*map(str, problems), text or case.operation)
    near = Near(stage.served, Random(case.seed))
    program = compile_program(made, stage.supergraph)
    response = asyncio.run(execute(program, case.variables, near))
    assert not near.state.violations, near.state.violations
    return Put(operation, made, json.loads(response.body()), tuple(near.calls))
