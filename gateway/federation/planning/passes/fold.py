"""What every object type at a place is asked alike → asked once, on the interface."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.federation.planning.drafts import Draft, Out, outs
from gateway.federation.selection import Field
from gateway.federation.supergraph import Supergraph


def fold(drafts: Sequence[Draft], supergraph: Supergraph) -> list[Draft]:
    """The drafts with their fragments folded, innermost first."""
    for draft in drafts:
        for out in reversed(list(outs(draft.output))):
            if out.on:
                _fold(out, draft.graph, supergraph)
    return list(drafts)


def _fold(out: Out, graph: str, supergraph: Supergraph) -> None:
    for inside in out.on.values():
        for key, (one, below) in list(inside.fields.items()):
            if below is None and out.fields.get(key) == (one, None):
                del inside.fields[key]
    possible = supergraph.possible_in(out.type, graph) if out.type else ()
    if possible and set(possible) == set(out.on):
        for key, (one, below) in list(next(iter(out.on.values())).fields.items()):
            if _is_common(out, key, one, below, graph, supergraph):
                _lift(out, key, one, below)
    out.on = {name: inside for name, inside in out.on.items() if not inside.is_empty()}


def _is_common(
    out: Out, key: str, one: Field, below: Out | None, graph: str, supergraph: Supergraph
) -> bool:
    """Whether the interface has the field here, and each of its types is asked the same of it."""
    join = supergraph.field_in(out.type, one.name, graph)
    if join is None or join.external or join.overridden or join.label or one.name == "__typename":
        return False
    known = out.fields.get(key)
    if known is not None and known[0] != one:
        return False
    for name, inside in out.on.items():
        found = inside.fields.get(key)
        own = supergraph.field_in(name, one.name, graph)
        if found is None or found[0] != one or own is None or own != join:
            return False
        if not _are_equal(found[1], below):
            return False
    return True


def _lift(out: Out, key: str, one: Field, below: Out | None) -> None:
    for inside in out.on.values():
        del inside.fields[key]
    if below is None:
        out.leaf(one, key)
    else:
        out.branch(one, key, below.type).absorb(below)


def _are_equal(one: Out | None, other: Out | None) -> bool:
    if one is None or other is None:
        return one is other
    return (
        one.type == other.type
        and one.place is other.place
        and one.fields.keys() == other.fields.keys()
        and one.on.keys() == other.on.keys()
        and all(_are_same(one.fields[key], other.fields[key]) for key in one.fields)
        and all(_are_equal(one.on[name], other.on[name]) for name in one.on)
    )


def _are_same(one: tuple[Field, Out | None], other: tuple[Field, Out | None]) -> bool:
    return one[0] == other[0] and _are_equal(one[1], other[1])
