"""One subgraph as composition sees it, and the facts about its fields that follow from its directives.

Nothing here is judged; `rules` and `merge` ask, this answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from gateway.federation.composition.elements import (
    COMPOSITE,
    Applied,
    Coordinate,
    Directive,
    Directives,
    Field,
    Type,
    applied,
    has,
    named,
)
from gateway.federation.composition.fieldsets import (
    field_set,
    readable,
    runtime_types,
    targets,
    with_implementations,
)
from gateway.federation.composition.link import Links
from gateway.federation.composition.specs import FED_1, Version


@dataclass(frozen=True)
class Subgraph:
    """`graph` is its name in `enum join__Graph`; `directives` are its own definitions, by canonical name."""

    name: str
    url: str
    graph: str
    links: Links
    types: Mapping[str, Type]
    directives: Mapping[str, Directive] = field(default_factory=dict)
    schema: Directives = ()
    description: str | None = None

    @property
    def version(self) -> Version:
        return self.links.version

    @property
    def is_fed_1(self) -> bool:
        return self.version == FED_1

    def fields(self) -> Iterator[tuple[Type, Field]]:
        """Every field of every object and interface."""
        return ((one, each) for one in self.types.values() for each in one.fields.values())

    def keys(self, type_name: str) -> Iterator[Applied]:
        """The `@key`s of a type; none when the type is not here."""
        one = self.types.get(type_name)
        return applied(one.directives, "key") if one else iter(())

    def is_interface_object(self, type_name: str) -> bool:
        one = self.types.get(type_name)
        return one is not None and has(one.directives, "interfaceObject")

    def is_composite(self, type_name: str) -> bool:
        return type_name in self.types and self.types[type_name].kind in COMPOSITE

    def runtime_types(self, type_name: str) -> tuple[str, ...]:
        """The object types that may stand where `type_name` does here."""
        return runtime_types(self.types, type_name)

    @cached_property
    def applications(self) -> tuple[tuple[Type, Field, str, Applied], ...]:
        """(type, field, type the field set starts from, application) for every @requires and @provides."""
        return tuple(
            (one, each, one.name if directive.name == "requires" else named(each.type), directive)
            for one, each in self.fields()
            for directive in each.directives
            if directive.name in ("requires", "provides")
        )

    @cached_property
    def fake_external(self) -> frozenset[Coordinate]:
        """Key fields of an extension marked @external: an old habit, they are ordinary fields."""
        return frozenset(
            coordinate
            for one in self.types.values()
            for key in applied(one.directives, "key")
            if key.extension or has(one.directives, "extends")
            for coordinate, declared in targets(self.types, one.name, field_set(key) or ())
            if has(declared.directives, "external")
        )

    @cached_property
    def external(self) -> frozenset[Coordinate]:
        """Fields that are declared here and resolved elsewhere."""
        return frozenset(
            (one.name, each.name)
            for one, each in self.fields()
            if (
                has(each.directives, "external")
                or (one.kind == "OBJECT" and not self.is_fed_1 and has(one.directives, "external"))
            )
            and (one.name, each.name) not in self.fake_external
        )

    @cached_property
    def provided(self) -> frozenset[Coordinate]:
        """Fields some @provides selects."""
        return frozenset(
            coordinate
            for _, _, start, one in self.applications
            if one.name == "provides"
            for coordinate in with_implementations(self.types, start, field_set(one) or ())
        )

    @cached_property
    def shareable(self) -> frozenset[Coordinate]:
        """Fields other subgraphs may resolve too: marked so, parts of a key, or provided externals."""
        return frozenset(
            {*self._marked_shareable(), *self.key_fields, *(self.provided & self.external)}
        )

    def _marked_shareable(self) -> Iterator[Coordinate]:
        for one, each in self.fields():
            on_type = (a.extension == each.extension for a in applied(one.directives, "shareable"))
            if one.kind == "OBJECT" and (has(each.directives, "shareable") or any(on_type)):
                yield one.name, each.name

    @cached_property
    def key_fields(self) -> frozenset[Coordinate]:
        return frozenset(
            coordinate
            for one in self.types.values()
            for key in applied(one.directives, "key")
            for coordinate in with_implementations(self.types, one.name, field_set(key) or ())
        )

    @cached_property
    def used(self) -> frozenset[Coordinate]:
        """Fields that a key, @requires, @provides, @fromContext or an interface of this subgraph needs."""
        selected = (
            coordinate
            for _, _, start, one in self.applications
            for coordinate in with_implementations(self.types, start, field_set(one) or ())
        )
        return self.key_fields | frozenset(
            (*selected, *self._for_interfaces(), *self._for_contexts())
        )

    def _for_interfaces(self) -> Iterator[Coordinate]:
        for one in self.types.values():
            if one.kind == "INTERFACE":
                for implementation in self.runtime_types(one.name):
                    for name in one.fields:
                        if name in self.types[implementation].fields:
                            yield implementation, name

    def _for_contexts(self) -> Iterator[Coordinate]:
        for _, _, _, source in self.contextual:
            selections = readable(source.selection.strip()) or ()
            for setter in self.setters(source.context):
                yield from with_implementations(self.types, setter, selections)

    @cached_property
    def contextual(self) -> tuple[tuple[Type, Field, str, ContextSource], ...]:
        """(type, field, argument, where its value comes from) for every readable @fromContext."""
        return tuple(
            (one, each, argument.name, source)
            for one, each in self.fields()
            for argument in each.arguments.values()
            for directive in applied(argument.directives, "fromContext")
            if (source := context_source(directive)) is not None
        )

    def setters(self, context: str) -> tuple[str, ...]:
        """The types that set a context."""
        return tuple(
            one.name
            for one in self.types.values()
            if any(each.value("name") == context for each in applied(one.directives, "context"))
        )


@dataclass(frozen=True, slots=True)
class ContextSource:
    """`$context { selection }`."""

    context: str
    selection: str


def context_source(application: Applied) -> ContextSource | None:
    """What a @fromContext reads, None when it does not say."""
    text = application.value("field")
    if not isinstance(text, str) or not text.strip().startswith("$"):
        return None
    text = text.strip()[1:].lstrip()
    length = next((i for i, char in enumerate(text) if not (char.isalnum() or char == "_")), None)
    if not length or not text[length:].strip():
        return None
    return ContextSource(text[:length], text[length:].strip())
