import json
import os
import random
import subprocess
import sys
from dataclasses import astuple

import pytest
from graphql import DefinitionNode, DocumentNode, build_schema, parse, print_ast

from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.federation.errors import CompositionError

CASES = "compose"


def definitions(sdl: str) -> dict[str, DefinitionNode]:
    """By kind and name: `type Child` and `directive @child` are two."""
    document: DocumentNode = parse(sdl, no_location=True)
    return {
        f"{d.kind} {d.name.value if getattr(d, 'name', None) else ''}": d
        for d in document.definitions
    }


def composes(case) -> None:
    composition = compose(case.sources)

    printed = definitions(composition.sdl)
    for name, expected in definitions(case.supergraph).items():
        assert print_ast(printed[name]) == print_ast(expected)
    build_schema(composition.sdl)
    if case.hints is not None:
        assert [f"{hint.code}: {hint.message}" for hint in composition.hints] == list(case.hints)


def test_composing_gives_what_the_case_shows(case):
    if case.supergraph is not None:
        composes(case)
        return

    with pytest.raises(CompositionError) as raised:
        compose(case.sources)

    assert str(raised.value).splitlines() == list(case.problems)


def test_composing_twice_gives_the_same_text(case):
    if case.supergraph is not None:
        assert compose(case.sources).sdl == compose(case.sources).sdl


def test_the_order_of_the_subgraphs_does_not_matter(case):
    if case.supergraph is None:
        return
    shuffled = list(case.sources)
    random.Random(case.title).shuffle(shuffled)

    assert compose(shuffled) == compose(case.sources)


def test_subgraph_names_become_distinct_values_of_the_graph_enum():
    query = "type Query { %s: Int }"
    sources = [
        Source(name, "", query % f"f{i}") for i, name in enumerate(("a-b", "a_b", "9", "x_1"))
    ]

    sdl = compose(sources).sdl

    for value, name in {"A_B_1": "a-b", "A_B_2": "a_b", "_9_": "9", "X_1_": "x_1"}.items():
        assert f'{value} @join__graph(name: "{name}"' in sdl


def test_the_text_is_the_same_in_every_process(cases):
    """Sets have another order in each process; nothing printed may follow it."""
    script = (
        "import json, sys\n"
        "from gateway.federation.composition.composer import compose\n"
        "from gateway.federation.composition.read import Source\n"
        "for sources in json.load(sys.stdin):\n"
        "    print(compose([Source(*one) for one in sources]))"
    )
    sources = json.dumps([[astuple(one) for one in case.sources] for case in cases])

    printed = {
        subprocess.run(
            [sys.executable, "-c", script],
            input=sources.encode(),
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in (1, 2)
    }

    assert len(printed) == 1
