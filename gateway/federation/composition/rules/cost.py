"""@cost and @listSize: on things that have a cost or a size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.federation.composition.elements import Applied, Field, Type, applied, has, named
from gateway.federation.composition.subgraph import Subgraph


def cost_on_interface(subgraph: Subgraph) -> Iterator[str]:
    for one, field in subgraph.fields():
        if one.kind == "INTERFACE" and has(field.directives, "cost"):
            yield f'"{one.name}.{field.name}" is a field of an interface; put @cost on the fields of the implementations'


def _sizes(subgraph: Subgraph) -> Iterator[tuple[Type, Field, Applied]]:
    for one, field in subgraph.fields():
        for application in applied(field.directives, "listSize"):
            yield one, field, application


def _list(application: Applied, argument: str) -> list[Any]:
    value = application.value(argument)
    return value if isinstance(value, list) else []


def _is_list(type_text: str) -> bool:
    return type_text.startswith("[")


def size_of_no_list(subgraph: Subgraph) -> Iterator[str]:
    for one, field, application in _sizes(subgraph):
        place = f'"{one.name}.{field.name}"'
        sized = _list(application, "sizedFields")
        if not sized and not _is_list(field.type):
            yield f"{place} is no list; remove @listSize, or name the lists inside it as `sizedFields`"
        inner = subgraph.types.get(named(field.type))
        for name in sized if inner else ():
            if inner and name in inner.fields and not _is_list(inner.fields[name].type):
                yield f'{place} names "{inner.name}.{name}" as a sized field, which is no list; leave it out'


def negative_size(subgraph: Subgraph) -> Iterator[str]:
    for one, field, application in _sizes(subgraph):
        size = application.text("assumedSize")
        if size is not None and size.startswith("-"):
            yield f'"{one.name}.{field.name}" assumes a size of {size}; no list is that short'


def wrong_slicing_argument(subgraph: Subgraph) -> Iterator[str]:
    for one, field, application in _sizes(subgraph):
        for name in _list(application, "slicingArguments"):
            argument = field.arguments.get(name)
            if argument is None:
                yield f'"{one.name}.{field.name}" has no argument "{name}" to be sliced by'
            elif argument.type not in ("Int", "Int!"):
                yield f'"{one.name}.{field.name}({name}:)" is of type "{argument.type}"; a slicing argument is an Int'


def wrong_sized_field(subgraph: Subgraph) -> Iterator[str]:
    for one, field, application in _sizes(subgraph):
        inner = named(field.type)
        for name in _list(application, "sizedFields"):
            if not subgraph.is_composite(inner):
                yield f'"{one.name}.{field.name}" gives "{inner}", which has no fields to be sized'
            elif name not in subgraph.types[inner].fields:
                yield f'"{one.name}.{field.name}" sizes "{inner}.{name}", which does not exist'
