"""Subgraph SDLs → one supergraph SDL, or every reason why not. The order of things, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphql import parse

from gateway.federation.composition.findings import Findings, Hint
from gateway.federation.composition.merge import merge_subgraphs
from gateway.federation.composition.read import Source, graph_names, read
from gateway.federation.composition.rules import check_merged, check_subgraph
from gateway.federation.composition.satisfy import check_satisfiable
from gateway.federation.composition.sdl import print_supergraph
from gateway.federation.composition.specs import OWN_LINKS
from gateway.federation.composition.upgrade import upgraded
from gateway.federation.composition.validity import document_errors
from gateway.federation.errors import CompositionError
from gateway.federation.supergraph import load


@dataclass(frozen=True, slots=True)
class Composition:
    """A supergraph and what is worth knowing about it."""

    sdl: str
    hints: tuple[Hint, ...] = ()


def compose(subgraphs: Sequence[Source]) -> Composition:
    """The supergraph of these subgraphs, the same text in whatever order they come.

    Raises CompositionError with all problems of the first stage that has any: each subgraph alone, their merging, the merged
    graph, the operations it cannot answer. A later stage would only repeat what an earlier one found.
    """
    found = Findings()
    sources = sorted(subgraphs, key=lambda source: source.name)
    _check_names(sources, found)
    graphs = graph_names(source.name for source in sources)
    read_ones = [read(source, graphs[source.name], found) for source in sources]
    _stop(found)
    current = upgraded([one for one in read_ones if one is not None], found)
    for subgraph in current:
        check_subgraph(subgraph, found)
    _stop(found)
    merged = merge_subgraphs(current, found)
    _stop(found)
    check_merged(current, merged, found)
    _stop(found)
    sdl = print_supergraph(merged)
    _check_document(sdl, found)
    _stop(found)
    check_satisfiable(load(sdl, understood=OWN_LINKS.keys()), found)
    _stop(found)
    return Composition(sdl, tuple(found.hints))


def _check_document(sdl: str, found: Findings) -> None:
    """What GraphQL itself says of the supergraph: types that are right alone may not fit together."""
    for error in document_errors(parse(sdl, no_location=True)):
        message = f"in the supergraph: {error.message} Make the subgraphs agree on it."
        found.problem("INVALID_GRAPHQL", message)


def _check_names(subgraphs: Sequence[Source], found: Findings) -> None:
    names = [source.name for source in subgraphs]
    for name in dict.fromkeys(names):
        if name in ("", "_"):
            message = f'"{name}" cannot name a subgraph; choose another name'
            found.problem("INVALID_SUBGRAPH_NAME", message)
        if names.count(name) > 1:
            message = f'"{name}" names {names.count(name)} subgraphs; give each its own name'
            found.problem("INVALID_SUBGRAPH_NAME", message)


def _stop(found: Findings) -> None:
    if found.problems:
        raise CompositionError(tuple(found.problems))
