"""Random graphs, random labels, a random caller: no subgraph is ever asked for what is closed to it.

The graphs, the operations, the subgraphs that answer and the log of what they were asked are those of the
engine's own random tests, and so is the closure over @requires: none of it is the admission's code.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from graphql import (
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    parse,
    print_ast,
)

from gateway.federation.errors import Unplannable
from gateway.federation.execution.executor import execute
from gateway.federation.execution.program import compile_program
from gateway.federation.planning.operation import read
from gateway.federation.planning.planner import plan
from gateway.federation.supergraph import Supergraph, load
from gateway.purpose.admit import Admissions
from gateway.purpose.labels import compiled
from gateway.register import Opening, Register
from gateway.register import load as load_register
from tests.federation.random.asked import asked
from tests.federation.random.judging import Near, Staged, Verdict, stage_or_verdict
from tests.federation.random.making import TOGETHER, graphs_of, make
from tests.federation.random.oracle import shut
from tests.federation.random.world import key_places

GROUPS = 16
LINK = '@link(url: "https://causeway.example/specs/category/v1.0", import: ["@category"])'
REGISTER: Register = load_register(
    Path("schema/register.toml"), uses=["proportionate", "universal"]
)
WHO = sorted(
    {
        (one.purpose.code, one.ways): who for who, one in REGISTER.openings.items() if one.open
    }.values()
)

Labelling = dict[str, tuple[str, bool]]
"""`Type.field` → a category and whether it is existence; the category may be STRUCTURE."""


def labelling(rng: Random, supergraph: Supergraph, opening: Opening) -> Labelling:
    """A label for every field, more often open than not: a graph that is all closed tells nothing."""
    mine = [code for code in REGISTER.categories if opening.open & REGISTER.scale.of(code, 1)]
    others = list(REGISTER.categories)
    found: Labelling = {}
    for one in supergraph.types.values():
        for name, definition in one.fields.items() if one.kind in ("object", "interface") else ():
            target = supergraph.types.get(definition.type.name)
            if target is not None and target.kind == "object" and rng.random() < 0.6:
                found[f"{one.name}.{name}"] = ("STRUCTURE", False)
            elif one.kind == "object" or rng.random() < 0.3:
                pool = mine if mine and rng.random() < 0.8 else others
                found[f"{one.name}.{name}"] = (rng.choice(pool), rng.random() < 0.3)
    return found


def labelled(supergraph: Supergraph, labels: Labelling) -> Supergraph:
    """The same supergraph with these labels in its SDL."""
    nodes = []
    for node in supergraph.document.definitions:
        if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            name = node.name.value
            fields = [_bearing(one, labels.get(f"{name}.{one.name.value}")) for one in node.fields]
            node = _with(node, fields=tuple(fields))
        nodes.append(node)
    text = print_ast(_with(supergraph.document, definitions=tuple(nodes)))
    return load(text.replace("schema ", f"schema {LINK} ", 1))


def _bearing(node: Any, label: tuple[str, bool] | None) -> Any:
    if label is None:
        return node
    return _with(node, directives=(*(node.directives or ()), directive(*label)))


def _with(node: Any, **changes: Any) -> Any:
    return type(node)(**{**{key: getattr(node, key) for key in node.keys}, **changes})


def directive(code: str, existence: bool) -> Any:
    written = f'type T {{ f: Int @category(is: ["{code}"], existence: {str(existence).lower()}) }}'
    (node,) = parse(written, no_location=True).definitions
    assert isinstance(node, ObjectTypeDefinitionNode)
    (field,) = node.fields or ()
    assert isinstance(field, FieldDefinitionNode)
    return (field.directives or ())[0]


def closed(staged: Staged, labels: Labelling, opening: Opening) -> frozenset[str]:
    """What is closed, worked out apart: each label by itself, then over @requires in the world."""
    interfaces = {
        one.name: staged.supergraph.interfaces(one.name) for one in staged.supergraph.types.values()
    }
    found = set()
    for place, label in labels.items():
        owner, _, name = place.partition(".")
        all_of_it = [
            label,
            *(labels[f"{i}.{name}"] for i in interfaces[owner] if f"{i}.{name}" in labels),
        ]
        if not all(permitted(one, opening) for one in all_of_it):
            found.add(place)
    return shut(staged.world, found)


def permitted(label: tuple[str, bool], opening: Opening) -> bool:
    code, existence = label
    if code == "STRUCTURE":
        return True
    return opening.permits(REGISTER.scale.read([f"{code}:E" if existence else code]))


@pytest.mark.parametrize("group", range(GROUPS))
async def test_what_is_closed_is_never_asked_for(group: int) -> None:
    base = replace(graphs_of(group * TOGETHER), failing=())
    staged = stage_or_verdict(base, compare=False)
    if isinstance(staged, Verdict):
        return
    rng = Random(group)
    for number in range(group * TOGETHER, (group + 1) * TOGETHER):
        case = make(number, base)
        opening = REGISTER.openings[rng.choice(WHO)]
        labels = labelling(rng, staged.supergraph, opening)
        supergraph = labelled(staged.supergraph, labels)
        admissions = Admissions(REGISTER, compiled(supergraph, REGISTER))
        operation = read(case.operation, None, case.variables, staged.api)
        admission = admissions.admit(operation, opening)
        near = Near(staged.served, Random(number))
        try:
            made = plan(admission.operation, supergraph, frozenset(case.labels))
        except Unplannable:
            continue
        await execute(compile_program(made, supergraph), case.variables, near)

        shut_ = closed(staged, labels, opening)
        crossing_only = {
            f"{owner}.{name}"
            for graph in (one.graph for one in staged.served.values())
            for owner, name in key_places(graph, staged.world.whole)
        }
        for call in near.calls:
            reached = asked(call.fetch.document, staged.served[call.subgraph])
            assert not (reached & shut_) - crossing_only, call.fetch.document
        assert not near.state.violations
