"""@external, @shareable, @interfaceObject and interface keys: used where they say something, and where they are allowed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gateway.federation.composition.elements import applied, has
from gateway.federation.composition.fieldsets import field_set
from gateway.federation.composition.subgraph import Subgraph
from gateway.federation.selection import Field as Selected
from gateway.federation.selection import Selections


def unused_external(subgraph: Subgraph) -> Iterator[str]:
    for type_name, field in sorted(subgraph.external - subgraph.used):
        if subgraph.types[type_name].kind == "INTERFACE":
            continue
        yield f'"{type_name}.{field}" is @external, but no @key, @requires, @provides or interface here needs it; remove it'


def external_on_interface(subgraph: Subgraph) -> Iterator[str]:
    for one, field in subgraph.fields():
        if one.kind == "INTERFACE" and has(field.directives, "external"):
            yield f'"{one.name}.{field.name}" is a field of an interface, which nobody resolves; move @external to the implementations'


def shareable_on_interface(subgraph: Subgraph) -> Iterator[str]:
    for one, field in subgraph.fields():
        if one.kind == "INTERFACE" and has(field.directives, "shareable"):
            yield f'"{one.name}.{field.name}" is a field of an interface; move @shareable to the implementations'
    yield from _repeated_shareable(subgraph)


def _repeated_shareable(subgraph: Subgraph) -> Iterator[str]:
    for one in subgraph.types.values():
        counts = Counter(each.extension for each in applied(one.directives, "shareable"))
        if counts[False] > 1:
            yield f'"{one.name}" is marked @shareable twice on one declaration; once is enough'
        for field in one.fields.values():
            if len(list(applied(field.directives, "shareable"))) > 1:
                yield f'"{one.name}.{field.name}" is marked @shareable twice; once is enough'


def interface_object_without_key(subgraph: Subgraph) -> Iterator[str]:
    for name in subgraph.types:
        if subgraph.is_interface_object(name) and not any(True for _ in subgraph.keys(name)):
            yield f'"{name}" is an @interfaceObject without a @key, so nothing can reach it; give it the key of the interface'


def interface_key_not_implemented(subgraph: Subgraph) -> Iterator[str]:
    for one in subgraph.types.values():
        for key in subgraph.keys(one.name) if one.kind == "INTERFACE" else ():
            wanted = _unordered(field_set(key) or ())
            resolvable = key.value("resolvable") is not False
            for name in subgraph.runtime_types(one.name):
                same = [
                    each
                    for each in subgraph.keys(name)
                    if _unordered(field_set(each) or ()) == wanted
                ]
                if not same:
                    yield f'"{name}" lacks {key}, which its interface "{one.name}" has; add it to "{name}"'
                elif resolvable and all(each.value("resolvable") is False for each in same):
                    yield f'{key} of interface "{one.name}" is resolvable, but not on "{name}"; make it resolvable there too'


def _unordered(selections: Selections) -> frozenset[object]:
    return frozenset(
        (
            type(one).__name__,
            one.name if isinstance(one, Selected) else one.type,
            _unordered(one.inside),
        )
        for one in selections
    )
