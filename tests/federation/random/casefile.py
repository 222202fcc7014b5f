"""Case ↔ text: everything one random case is made of, in a file that people can read.

# title
--- world          seed, variables, labels that are on, coordinates that fail, count or are closed,
                   and `subgraph Type` where a subgraph does not know some of the things
--- monolith       the SDL that the oracle answers from
--- subgraph NAME  one for each
--- operation
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Case:
    """Text all through: whatever shrinks or repeats a case needs no generator."""

    title: str
    seed: int
    monolith: str
    graphs: Mapping[str, str]
    operation: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    counters: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def write(case: Case) -> str:
    """The case as text."""
    world = {
        "seed": case.seed,
        "variables": case.variables,
        "labels": case.labels,
        "failing": case.failing,
        "counters": case.counters,
        "closed": case.closed,
        "missing": case.missing,
    }
    lines = (
        f"{name}: {json.dumps(value)}" for name, value in world.items() if value or name == "seed"
    )
    blocks = [f"# {case.title}", "--- world", *lines, "--- monolith", case.monolith.strip()]
    for name, sdl in case.graphs.items():
        blocks += [f"--- subgraph {name}", sdl.strip()]
    return "\n".join([*blocks, "--- operation", case.operation.strip()]) + "\n"


def read(text: str) -> Case:
    """The case that `write` wrote."""
    title, *rest = text.split("\n--- ")
    blocks = dict(one.partition("\n")[::2] for one in rest)
    world = dict(line.split(": ", 1) for line in blocks["world"].splitlines() if line)
    found = {name: json.loads(value) for name, value in world.items()}
    graphs = {
        name.removeprefix("subgraph "): sdl
        for name, sdl in blocks.items()
        if name.startswith("subgraph ")
    }
    return Case(
        title.strip().removeprefix("# "),
        found.pop("seed"),
        blocks["monolith"],
        graphs,
        blocks["operation"],
        found.pop("variables", {}),
        **{name: tuple(value) for name, value in found.items()},
    )
