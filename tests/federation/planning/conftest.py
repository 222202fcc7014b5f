"""Planning written as cases: subgraphs, an operation, and the plan as `printing.short` says it.

    --- subgraph a            an SDL; several, shared by the file's cases when they stand above them
    --- operation             with `--- variables` (JSON), `--- labels` and `--- closed` where needed
    --- plan                  the plan, or `CODE: sentence` for one that cannot be had

Every plan is checked symbolically, and again without any of the passes.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import pytest

from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.federation.errors import FederationError
from gateway.federation.planning.check import check
from gateway.federation.planning.operation import Operation, closed, read
from gateway.federation.planning.planner import plan
from gateway.federation.planning.printing import short
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import Supergraph, load
from tests.cases import Case, read_cases

NAMES = [
    "@key",
    "@shareable",
    "@external",
    "@requires",
    "@provides",
    "@override",
    "@inaccessible",
    "@interfaceObject",
    "@context",
    "@fromContext",
    "@tag",
]
LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: '
    + json.dumps(NAMES)
    + ")\n"
)


@cache
def composed(subgraphs: tuple[tuple[str, str], ...]) -> Supergraph:
    sources = [Source(name, f"http://{name}", LINK + sdl) for name, sdl in subgraphs]
    return load(compose(sources).sdl)


def supergraph_of(case: Case) -> Supergraph:
    """The case's subgraphs, composed; or the supergraph that it gives."""
    if given := case.text("supergraph", ""):
        return load(given)
    return composed(tuple((one.argument, one.text) for one in case.named("subgraph")))


def operation_of(case: Case, supergraph: Supergraph) -> Operation:
    variables = json.loads(case.text("variables", "{}"))
    operation = read(case.text("operation"), None, variables, api_schema(supergraph))
    shut = set(case.text("closed", "").split())
    return closed(operation, lambda owner, name: f"{owner}.{name}" not in shut)[0]


def planned(case: Case) -> str:
    """The plan as text, once it has been found right with and without the passes."""
    supergraph = supergraph_of(case)
    labels = frozenset(case.text("labels", "").split())
    try:
        operation = operation_of(case, supergraph)
        found = plan(operation, supergraph, labels)
    except FederationError as error:
        return f"{type(error).__name__}: {error}"
    assert check(found, operation, supergraph) == []
    assert check(plan(operation, supergraph, labels, ()), operation, supergraph) == []
    return short(found)


def expect(case: Case, came: str) -> None:
    """The case's last block is what came; with ACCEPT set, it becomes so."""
    if os.environ.get("ACCEPT") and came.strip() != case.expected.strip():
        case.accept(came)
        return
    assert came.strip() == case.expected.strip(), case.title


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        folder = Path(__file__).parent / "plan"
        paths = sorted(folder.glob("*.case"))
        assert paths, "a folder of cases without cases"
        cases = [case for path in paths for case in read_cases(path)]
        names = [f"{case.path.stem}: {case.title}" for case in cases]
        metafunc.parametrize("case", cases, ids=names)
