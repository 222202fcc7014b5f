"""Directives that the supergraph carries without understanding them, as `@join__directive` (join v0.4): today `@cacheTag`."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.federation.composition.elements import Applied, Directives, applied, text_of
from gateway.federation.composition.merge.merging import Declared, join

CARRIED = ("cacheTag",)


def join_directives(declared: Iterable[Declared[Directives]]) -> Directives:
    """One carrier for each different application, naming the subgraphs that make it."""
    graphs: dict[Applied, list[str]] = {}
    for one in declared:
        for name in CARRIED:
            for application in applied(one.it, name):
                graphs.setdefault(application, []).append(one.subgraph.graph)
    return tuple(
        join(
            "directive",
            graphs="[" + ", ".join(at) + "]",
            name=text_of(f"federation__{application.name}"),
            args="{" + ", ".join(f"{n}: {text}" for n, text in application.arguments) + "}",
        )
        for application, at in graphs.items()
    )
