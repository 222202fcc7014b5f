"""`fields: "id organisation { id }"` → the fields it selects in one subgraph. Reads what it can; `rules` say what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import GraphQLError

from gateway.federation.composition.elements import Applied, Coordinate, Field, Type, named
from gateway.federation.selection import On, Selections, parse_selections

TYPENAME = "__typename"


def field_set(application: Applied) -> Selections | None:
    """The selections in the `fields` argument, None when they cannot be read."""
    text = fields_text(application)
    return None if text is None else readable(text)


def readable(text: str) -> Selections | None:
    """The selections of a text, None when it is no field set."""
    try:
        return parse_selections(text)
    except (GraphQLError, ValueError):
        return None


def fields_text(application: Applied) -> str | None:
    """The `fields` argument; federation 1 also writes lists of strings and bare names."""
    value = application.value("fields")
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return " ".join(value)
    return value if isinstance(value, str) else None


def runtime_types(types: Mapping[str, Type], name: str) -> tuple[str, ...]:
    """The object types that may stand where `name` does in one schema."""
    kind = types[name].kind if name in types else None
    if kind == "UNION":
        return types[name].members
    if kind == "INTERFACE":
        return tuple(
            one.name for one in types.values() if one.kind == "OBJECT" and name in one.interfaces
        )
    return (name,) if kind == "OBJECT" else ()


def targets(
    types: Mapping[str, Type], parent: str, selections: Selections
) -> Iterator[tuple[Coordinate, Field]]:
    """Every field selected, as it is declared on its parent."""
    for one in selections:
        if isinstance(one, On):
            yield from targets(types, one.type, one.inside)
            continue
        declared = types[parent].fields.get(one.name) if parent in types else None
        if declared is not None:
            yield (parent, one.name), declared
            yield from targets(types, named(declared.type), one.inside)


def with_implementations(
    types: Mapping[str, Type], parent: str, selections: Selections
) -> Iterator[Coordinate]:
    """Every field selected; a field of an interface stands for that of each implementation too."""
    for (owner, name), _ in targets(types, parent, selections):
        yield owner, name
        if types[owner].kind == "INTERFACE":
            for implementation in runtime_types(types, owner):
                if name in types[implementation].fields:
                    yield implementation, name
