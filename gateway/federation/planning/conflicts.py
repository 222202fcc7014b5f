"""Drafts → the same drafts, each of which its subgraph will accept: keys that clash there are moved.

Two fragments of one request may give one key to fields of different types (`id: ID` beside `id: ID!`),
although for the client's schema they agree. The later one gets a key of its own in the tree (GraphQL
5.3.2, SameResponseShape, on the subgraph's types).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gateway.federation.planning.drafts import Draft, Out, outs
from gateway.federation.selection import Field
from gateway.federation.supergraph import Supergraph, TypeRef

_Group = dict[str, list[tuple[Out, str, Field, Out | None]]]


def settle(drafts: Iterable[Draft], supergraph: Supergraph) -> None:
    """Move keys until no draft has a clash."""
    drafts = list(drafts)
    apart = True
    while apart:
        for draft in drafts:
            while _settle_once([draft.output], draft.graph, supergraph):
                pass
        apart = any(_part(draft, supergraph) for draft in drafts)


def _part(draft: Draft, supergraph: Supergraph) -> bool:
    """Ask each object where a key of the interface was moved for one of them; whether there was one."""
    found = False
    for out in list(outs(draft.output)):
        if not _is_abstract(out, supergraph):
            continue
        names = supergraph.possible_in(out.type, draft.graph)
        for key in [
            key for key in out.fields if any((one, key) in out.place.moved for one in names)
        ]:
            _ask_apart(out, key, names)
            found = True
    return found


def _ask_apart(out: Out, key: str, names: Iterable[str]) -> None:
    one, below = out.fields.pop(key)
    out.typename()
    for name in names:
        if below is None:
            out.narrowed(name).leaf(one, key)
        else:
            out.narrowed(name).branch(one, key, below.type).absorb(below)


def _settle_once(beside: Sequence[Out], graph: str, supergraph: Supergraph) -> bool:
    """Move one key of selection sets that answer for the same place; whether there was one to move."""
    for found in _by_key(beside).values():
        first, *others = found
        for other in others:
            if _shape(first, graph, supergraph) != _shape(other, graph, supergraph):
                _move(first if _is_abstract(other[0], supergraph) else other)
                return True
        below = [out for _, _, _, out in found if out is not None]
        if below and _settle_once(below, graph, supergraph):
            return True
    return False


def _by_key(beside: Iterable[Out]) -> _Group:
    groups: _Group = {}
    for out in beside:
        for one in _with_fragments(out):
            for key, (field, below) in one.fields.items():
                if field.name != "__typename":
                    real = one.place.tree_key(one.type, key)
                    groups.setdefault(real, []).append((one, key, field, below))
    return groups


def _with_fragments(out: Out) -> Iterator[Out]:
    yield out
    for inside in out.on.values():
        yield from _with_fragments(inside)


def _shape(
    found: tuple[Out, str, Field, Out | None], graph: str, supergraph: Supergraph
) -> tuple[object, ...]:
    """What must be equal for two fields to share a key."""
    out, _, field, below = found
    join = supergraph.field_in(out.type, field.name, graph)
    ref = join.type if join else TypeRef("", (False,))
    return ref.required, (ref.name if below is None else "")


def _is_abstract(out: Out, supergraph: Supergraph) -> bool:
    return out.type in supergraph.types and supergraph.types[out.type].is_abstract


def _move(found: tuple[Out, str, Field, Out | None]) -> None:
    out, key, _, _ = found
    out.place.moved[out.type, key] = out.place.free_key(key)
