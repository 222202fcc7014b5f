"""A supergraph depends on what the subgraphs say, not on the order in which they come; and it tells all that composing needs."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest

from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.federation.errors import CompositionError
from gateway.federation.supergraph import load
from tests.federation.properties.extracting import extracted, spelled_alike
from tests.federation.random.making import TOGETHER, graphs_of

GROUPS = range(200, 212)


def composed(graphs: Mapping[str, str]) -> str:
    """The supergraph, or all that is wrong, as text."""
    try:
        return compose([Source(name, f"http://{name}", sdl) for name, sdl in graphs.items()]).sdl
    except CompositionError as error:
        return str(error)


def test_the_order_of_the_subgraphs_makes_no_difference_to_the_supergraph_or_to_what_is_wrong() -> (
    None
):
    for group in GROUPS:
        graphs = graphs_of(group * TOGETHER).graphs
        mixed = dict(Random(group).sample(sorted(graphs.items()), len(graphs)))

        assert composed(mixed) == composed(dict(reversed(graphs.items()))), group


@pytest.mark.parametrize("start", range(200, 220, 10))
def test_composing_what_a_supergraph_tells_of_its_subgraphs_gives_it_again(start: int) -> None:
    """Once through the extraction, a supergraph stays as it is for ever."""
    compared = 0
    for group in range(start, start + 10):
        first = composed(graphs_of(group * TOGETHER).graphs)
        if not first.startswith("schema"):
            continue
        second = composed(extracted(load(first)))
        compared += 1

        # What a field was where it is overridden, the supergraph tells no more.
        if "override: " not in first:
            assert spelled_alike(second) == spelled_alike(first), group
        assert composed(extracted(load(second))) == second, group
    assert compared
