"""Unions: the members of all their subgraphs, together."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.federation.composition.elements import Directives, Type
from gateway.federation.composition.merge.merging import Declared, Merging, join, names


def join_members(merging: Merging, name: str, declared: Sequence[Declared[Type]]) -> Directives:
    """Who says that the union has which member."""
    for member in merging.members[name]:
        there = [one for one in declared if member in one.it.members]
        if len(there) < len(declared):
            without = names(one for one in declared if one not in there)
            message = (
                f'Union "{name}" has the member "{member}" in {names(there)} but not in {without}'
            )
            merging.found.hint("INCONSISTENT_UNION_MEMBER", message)
    return tuple(
        join("unionMember", graph=one.subgraph.graph, member=f'"{member}"')
        for member in merging.members[name]
        for one in declared
        if member in one.it.members
    )
