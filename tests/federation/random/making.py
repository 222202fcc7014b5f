"""A number → a Case. One number is all it takes to see a case again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from random import Random

from graphql import GraphQLSchema

from tests.federation.random.asking import ask
from tests.federation.random.casefile import Case
from tests.federation.random.decorate import LABELS, decorate
from tests.federation.random.graphs import Graph, read
from tests.federation.random.model import monolith, printed
from tests.federation.random.oracle import client_schema, coordinates
from tests.federation.random.spell import spell
from tests.federation.random.split import borrow, nest_interfaces, split, subscribe, told
from tests.federation.random.world import World, key_places

TOGETHER = 10
"""How many operations are asked of the same subgraphs: composing is what takes the time."""


PROFILES = ("usual", "deferred", "nested", "hiding", "events", "lending")
"""What cases are made of: `usual`, or that and one thing more. Each profile has its own numbers."""


def graphs_of(number: int, profile: str = "usual") -> Case:
    """The monolith and the subgraphs of case `number`, without an operation."""
    group = number // TOGETHER
    rng = Random(group)
    model = monolith(rng, nested=profile == "nested")
    parts = split(rng, model)
    if profile == "events":
        subscribe(parts)
    decorate(rng, parts, hiding=profile == "hiding")
    if profile == "lending":
        borrow(parts)
    if profile == "nested":
        nest_interfaces(parts)
    model = told(parts)
    counters = tuple(model.counters)
    graphs = {name: spell(parts, part) for name, part in parts.parts.items() if part.types}
    forgetful = rng.random() < 0.25
    made = Case(
        f"subgraphs {group}",
        seed=group,
        monolith=printed(model),
        graphs=graphs,
        missing=tuple(_missable(printed(model), graphs)) if forgetful else (),
        operation="",
        labels=tuple(one for one in LABELS if rng.random() < 0.5),
        failing=tuple(_coordinates(rng, model.types, counters)) if rng.random() < 0.25 else (),
        counters=counters,
    )
    if profile == "deferred":
        # What bubbles to the top when it is asked at once may stop at a part.
        return replace(made, failing=())
    if profile == "lending":
        # What is lent must be there, or the borrower's value is another.
        return replace(made, failing=(), missing=())
    return made


def _missable(monolith: str, sdls: Mapping[str, str]) -> Iterator[str]:
    """`subgraph Type` where a subgraph may not know a thing, and only its own nullable fields are lost.

    So the type has one key in all subgraphs, nobody requires the fields, and nobody else has them. Nor
    is it hidden by an interface object: then the subgraph is who says what the thing is.
    """
    graphs = [read(name, sdl) for name, sdl in sdls.items()]
    world = World(0, monolith, graphs)
    needed = {
        place
        for graph in graphs
        for kept in graph.types.values()
        for declared in kept.fields.values()
        for place in coordinates(world, kept.name, declared.requires)
    }
    views = {kept.name for g in graphs for kept in g.types.values() if kept.interface_object}
    told = {name for view in views for name in world.whole.possible(view)}
    objects = {n for n, t in world.whole.types.items() if t.kind == "object"}
    for name in sorted((world.entities & objects) - told):
        having = [graph for graph in graphs if name in graph.types]
        if len({key for graph in having for key, _ in graph.types[name].keys}) == 1:
            for graph in having:
                if _is_missable(world, graph, name, needed):
                    yield f"{graph.name} {name}"


def _is_missable(world: World, graph: Graph, name: str, needed: set[str]) -> bool:
    kept = graph.types[name]
    own = [one for one in kept.fields.values() if (name, one.name) not in world.uniques]
    return bool(kept.keys) and all(
        not one.external
        and f"{name}.{one.name}" not in needed
        and not world.law(name, one.name).required[0]
        and len(list(world.declarations(name, one.name))) == 1
        for one in own
    )


def _coordinates(rng: Random, types: dict[str, object], counters: tuple[str, ...]) -> Iterator[str]:
    places = [
        f"{name}.{field}"
        for name, one in types.items()
        if one.kind == "object"  # type: ignore[attr-defined]
        for field in one.fields  # type: ignore[attr-defined]
    ]
    open_ = [one for one in places if one not in counters]
    yield from rng.sample(open_, min(len(open_), rng.randint(1, 2)))


def make(number: int, base: Case | None = None, profile: str = "usual") -> Case:
    """Case `number` of a profile; `base` is `graphs_of(number, profile)` where it is at hand."""
    base = base or graphs_of(number, profile)
    rng = Random(number * 7 + 3)
    schema = _schema(base.monolith, tuple(base.graphs.items()))
    size = rng.choice((4, 8, 8, 12, 12, 20))
    kind = {"deferred": "query", "events": "subscription"}.get(profile)
    question = ask(rng, schema, size, kind, defers=profile == "deferred")
    case = replace(
        base, title=f"case {number}", operation=question.text, variables=question.variables
    )
    if rng.random() < 0.2 and not base.failing:
        case = replace(case, closed=tuple(_closable(rng, case)))
    return case


@lru_cache(maxsize=4)
def _schema(monolith: str, graphs: tuple[tuple[str, str], ...]) -> GraphQLSchema:
    """What clients may ask; the same for all that is asked of the same subgraphs."""
    return client_schema(monolith, [read(name, sdl) for name, sdl in graphs])


def _closable(rng: Random, case: Case) -> list[str]:
    """A few coordinates of the monolith that are part of no key."""
    graphs = [read(name, sdl) for name, sdl in case.graphs.items()]
    whole = read("monolith", case.monolith)
    keys = {place for graph in graphs for place in key_places(graph, whole)}
    places = [
        f"{one.name}.{field}"
        for one in whole.types.values()
        if one.kind == "object"
        for field in one.fields
        if (one.name, field) not in keys
    ]
    return sorted(rng.sample(places, min(len(places), rng.randint(1, 4))))
