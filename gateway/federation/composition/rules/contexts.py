"""@context and @fromContext: every value asked for is set somewhere above, and can be had (federation 2.8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.federation.composition.elements import (
    Applied,
    Field,
    InputValue,
    Type,
    applied,
    has,
    named,
)
from gateway.federation.composition.fieldsets import readable
from gateway.federation.composition.subgraph import ContextSource, Subgraph, context_source
from gateway.federation.selection import Field as Selected
from gateway.federation.selection import On, Selections

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")


@dataclass(frozen=True, slots=True)
class _Asked:
    """One argument with @fromContext."""

    owner: Type
    field: Field
    argument: InputValue
    application: Applied

    def __str__(self) -> str:
        return f'"{self.owner.name}.{self.field.name}({self.argument.name}:)"'

    @property
    def source(self) -> ContextSource | None:
        return context_source(self.application)


def _asked(subgraph: Subgraph) -> Iterator[_Asked]:
    for one, field in subgraph.fields():
        for argument in field.arguments.values():
            for application in applied(argument.directives, "fromContext"):
                yield _Asked(one, field, argument, application)


def invalid_name(subgraph: Subgraph) -> Iterator[str]:
    for one in subgraph.types.values():
        for application in applied(one.directives, "context"):
            name = str(application.value("name"))
            if not _NAME.fullmatch(name):
                yield f'"{one.name}" sets the context "{name}"; a context is named by letters and digits, a letter first'


def not_set(subgraph: Subgraph) -> Iterator[str]:
    for directive in subgraph.directives.values():
        for argument in directive.arguments.values():
            if has(argument.directives, "fromContext"):
                yield f'argument "{argument.name}" of directive "{directive.name}" cannot have its value from a context; remove @fromContext'
    for asked in _asked(subgraph):
        yield from _misplaced(subgraph, asked)
        if asked.source and not subgraph.setters(asked.source.context):
            yield f'{asked} reads the context "{asked.source.context}", which nothing sets here; put @context(name: "{asked.source.context}") on a type above it'


def _misplaced(subgraph: Subgraph, asked: _Asked) -> Iterator[str]:
    if asked.owner.kind != "OBJECT":
        yield f"{asked} is on an interface; only the fields of an object can read a context"
    for name in asked.owner.interfaces:
        if name in subgraph.types and asked.field.name in subgraph.types[name].fields:
            yield f'{asked} is on a field that implements "{name}.{asked.field.name}", which has no such argument; use a field of its own'
    if asked.argument.default is not None:
        yield f"{asked} has a default, but its value always comes from the context; remove the default"


def names_no_context(subgraph: Subgraph) -> Iterator[str]:
    for asked in _asked(subgraph):
        if asked.source is None:
            yield f'{asked} must say which context and what of it, as in `@fromContext(field: "$case {{ id }}")`'


def no_resolvable_key(subgraph: Subgraph) -> Iterator[str]:
    for asked in _asked(subgraph):
        keys = subgraph.keys(asked.owner.name)
        if asked.source and not any(key.value("resolvable") is not False for key in keys):
            yield f'"{asked.owner.name}" has no resolvable @key, so {asked} cannot be filled after the fact; add one'


def invalid_selection(subgraph: Subgraph) -> Iterator[str]:
    for asked in _asked(subgraph):
        if asked.source is None:
            continue
        selections = readable(asked.source.selection)
        if selections is None or "@" in asked.source.selection:
            yield f"{asked} does not select one plain field: {asked.source.selection}"
            continue
        for setter in subgraph.setters(asked.source.context):
            wrong = _wrong(subgraph, setter, selections, asked.argument.type)
            if wrong:
                yield f'{asked} cannot have its value from "{setter}": {wrong}'
        yield from _unused(subgraph, asked, asked.source, selections)


def _wrong(subgraph: Subgraph, setter: str, selections: Selections, wanted: str) -> str:
    """Why one setter cannot give the value, empty when it can."""
    if not all(isinstance(one, On) for one in selections):
        return _wrong_path(subgraph, setter, selections, wanted)
    runtime = subgraph.runtime_types(setter)
    fitting = [one for one in selections if isinstance(one, On) and one.type in runtime]
    if not fitting:
        return "no fragment is on a type it can be"
    reasons = (_wrong_path(subgraph, one.type, one.inside, wanted, loose=True) for one in fitting)
    return next((reason for reason in reasons if reason), "")


def _wrong_path(
    subgraph: Subgraph, parent: str, selections: Selections, wanted: str, *, loose: bool = False
) -> str:
    """A path of single fields down to a leaf of the wanted type."""
    types: list[str] = []
    inside = selections
    while inside:
        one = inside[0]
        if len(inside) > 1 or not isinstance(one, Selected) or one.alias:
            return "a selection is one field, without alias, at each level"
        if subgraph.is_interface_object(parent):
            return f'"{parent}" is an @interfaceObject, whose objects are not known here'
        declared = subgraph.types[parent].fields.get(one.name) if parent in subgraph.types else None
        if declared is None:
            return f'"{parent}.{one.name}" is not defined here'
        types.append(declared.type)
        parent, inside = named(declared.type), one.inside
    found = _seen_through(types)
    if _fits(found.removesuffix("!") if loose else found, wanted):
        return ""
    return f'it is of type "{found}", not "{wanted}"'


def _seen_through(types: list[str]) -> str:
    """The type of a path: a nullable or a list on the way makes the whole so."""
    result = types[-1]
    for outer in reversed(types[:-1]):
        if not outer.endswith("!"):
            result = result.removesuffix("!")
        if outer.startswith("["):
            result = f"[{result}]" + ("!" if outer.endswith("!") else "")
    return result


def _fits(found: str, wanted: str) -> bool:
    if found.endswith("!"):
        return _fits(found[:-1], wanted.removesuffix("!"))
    if found.startswith("[") and wanted.startswith("["):
        return _fits(found[1:-1], wanted[1:-1])
    return found == wanted


def _unused(
    subgraph: Subgraph, asked: _Asked, source: ContextSource, selections: Selections
) -> Iterator[str]:
    possible = {
        name
        for setter in subgraph.setters(source.context)
        for name in subgraph.runtime_types(setter)
    }
    for one in selections:
        if isinstance(one, On) and possible and one.type not in possible:
            yield f'{asked} has a fragment on "{one.type}", which never sets the context "{source.context}"; remove it'
