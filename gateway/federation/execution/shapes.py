"""A shape and its deferred parts → the shape of all that the client asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gateway.federation.planning.steps import Branch, Deferred, Key, Leaf, Path, Shape


def whole(shape: Shape, deferred: Iterable[Deferred]) -> Shape:
    """The shape with its deferred parts in their places, after what is there at once."""
    for one in deferred:
        shape = _with(shape, one.path, one.shape)
    return shape


def _with(shape: Shape, path: Path, part: Shape) -> Shape:
    if not path:
        names = {**shape.fields, **part.fields}
        fields = {n: (*shape.fields.get(n, ()), *part.fields.get(n, ())) for n in names}
        return replace(shape, fields=fields)
    first, *rest = path
    if not isinstance(first, Key):
        return _with(shape, tuple(rest), part)

    def inside(one: Leaf | Branch) -> Leaf | Branch:
        if isinstance(one, Branch) and one.source == first.name:
            return replace(one, inside=_with(one.inside, tuple(rest), part))
        return one

    return replace(shape, fields={n: tuple(map(inside, f)) for n, f in shape.fields.items()})
