"""Why a field cannot be had from where one stands: one clause for every subgraph that has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.federation.composition.fieldsets import TYPENAME
from gateway.federation.composition.reach import Reach
from gateway.federation.planning.graph import Node
from gateway.federation.selection import Selections, print_selections
from gateway.federation.supergraph import FieldJoin


def reasons(reach: Reach, nodes: Iterable[Node], field: str) -> str:
    """For every node one stands on, what keeps the field away."""
    return "; ".join(
        f'from "{node.graph}": ' + ", ".join(_from(reach, node, field)) for node in nodes
    )


def _from(reach: Reach, node: Node, field: str) -> Iterator[str]:
    if field == TYPENAME:
        yield f'"{node.type}" is an @interfaceObject there, and no @key leads to a subgraph that knows its objects'
        return
    supergraph = reach.graph.supergraph
    here = supergraph.field_in(node.type, field, node.graph)
    if here is None:
        yield f'"{node.type}.{field}" is not defined there'
    else:
        yield _unresolved(reach, node, field, here)
    places = dict.fromkeys((node.type, *supergraph.interfaces(node.type)))
    for name in places:
        for graph in supergraph.types[name].joins:
            there = supergraph.field_in(name, field, graph)
            if graph != node.graph and there is not None and not there.external:
                yield _unreached(reach, node, name, graph, field)


def _unresolved(reach: Reach, node: Node, field: str, join: FieldJoin) -> str:
    place = f'"{node.type}.{field}"'
    if join.external:
        return f"{place} is @external there"
    if join.overridden or (join.label and not reach.graph.fields(node, field)):
        return f"{place} is overridden there"
    if join.requires:
        needed = print_selections(join.requires)
        if _is_moving(reach, node, join):
            return f"{place} requires {needed} on which no one can rely while an override label moves some of it"
        return f"{place} requires {needed} which cannot all be had"
    if join.contextual:
        return f"{place} takes a value from a context that is not set above"
    return f"{place} leads nowhere"


def _is_moving(reach: Reach, node: Node, join: FieldJoin) -> bool:
    supergraph = reach.graph.supergraph
    return any(
        each.label
        for owner, name in supergraph.coordinates(node.type, join.requires)
        for each in supergraph.types[owner].fields[name].joins.values()
    )


def _unreached(reach: Reach, node: Node, name: str, graph: str, field: str) -> str:
    jumps = [
        (start, jump)
        for start in reach.nodes(node)
        for jump in reach.graph.jumps(start)
        if jump.target.graph == graph and jump.target.type == name
    ]
    if not jumps:
        return f'"{graph}" has no resolvable @key for "{name}"'
    lacking: dict[tuple[Selections, Selections], dict[str, None]] = {}
    for start, jump in jumps:
        missing = tuple(one for one in jump.key if not reach.has(start, (one,)))
        if not missing:
            break
        lacking.setdefault((jump.key, missing), {})[start.graph] = None
    else:
        return f'"{graph}" is out of reach: ' + " and ".join(
            _lacking(key, missing, at) for (key, missing), at in lacking.items()
        )
    join = reach.graph.supergraph.field_in(name, field, graph)
    assert join is not None
    return _unresolved(reach, reach.graph.node(name, graph), field, join) + f' in "{graph}"'


def _lacking(key: Selections, missing: Selections, graphs: Iterable[str]) -> str:
    fields = print_selections(key)[1:-1]
    where = " or ".join(f'"{graph}"' for graph in graphs)
    return f'its @key(fields: "{fields}") needs {print_selections(missing)}, which cannot be had in {where}'
