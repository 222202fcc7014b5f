"""A supergraph → Labels: what every field needs of the register, closed over all that it requires.

An unlabelled field, an unknown category, a label that grants nothing: the graph does not serve. A field
carries the labels of every subgraph that has it, of the interfaces it comes from, and of every field
that some subgraph must be given to resolve it, at any depth (I-1, I-3, I-4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from graphql import DirectiveNode, FieldDefinitionNode, value_from_ast_untyped

from gateway.federation.errors import CompositionError
from gateway.federation.links import named
from gateway.federation.supergraph import Applied, FieldDefinition, Supergraph, Type
from gateway.register import Register
from gateway.register.bits import Scale
from gateway.register.labels import IDENTITY, NAME, VERSIONS, Label, UnknownCategory, label

Coordinate = tuple[str, str]
"""An object type and a field of it."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One field of one object type: what it needs, who can resolve it, and what that uses of each.

    `impersonal`: the type holds nothing about a person, so a published fact may open a way from it.
    """

    label: Label
    arguments: Mapping[str, int]
    subgraphs: tuple[str, ...]
    uses: Mapping[str, int]
    impersonal: bool = False


@dataclass(frozen=True)
class Labels:
    """The compiled labels of a supergraph."""

    fields: Mapping[Coordinate, Labelled]
    subgraphs: tuple[str, ...]

    def need(self, owner: str, field: str) -> int | None:
        """What a field of an object type needs, its arguments aside; None for one that has no label."""
        found = self.fields.get((owner, field))
        return None if found is None else found.label.need


def compiled(supergraph: Supergraph, register: Register) -> Labels:
    """The labels of every field. Raises CompositionError with everything that is wrong, at once."""
    return _Compiler(supergraph, register.scale).compile()


class _Compiler:
    """One supergraph on its way to its labels."""

    def __init__(self, supergraph: Supergraph, scale: Scale) -> None:
        self._supergraph = supergraph
        self._scale = scale
        self._problems: list[tuple[str, str]] = []
        self._own: dict[Coordinate, Label] = {}

    def compile(self) -> Labels:
        self._check_links()
        objects = [one for one in self._supergraph.types.values() if one.kind == "object"]
        for one in self._supergraph.types.values():
            if one.kind in ("object", "interface"):
                self._read(one)
        fields = {
            (one.name, name): self._labelled(one, definition)
            for one in objects
            for name, definition in one.fields.items()
            if (one.name, name) in self._own
        }
        fields = _marked_impersonal(fields, self._supergraph)
        if not self._problems:  # a label that could not be read looks like one that needs nothing
            self._check_published(fields)
        if self._problems:
            raise CompositionError(self._problems)
        return Labels(fields, tuple(self._supergraph.subgraphs))

    def _check_links(self) -> None:
        for link in self._supergraph.links:
            if link.identity == IDENTITY and link.version not in VERSIONS:
                self._problems.append(
                    (
                        "CATEGORY_VERSION",
                        f"{IDENTITY}/{link.version} is not read here; known: {', '.join(VERSIONS)}",
                    )
                )

    def _read(self, one: Type) -> None:
        for name, definition in one.fields.items():
            place = f"{one.name}.{name}"
            found = self._label(place, definition.directives)
            if found is not None:
                self._own[one.name, name] = found
            elif one.kind == "object":
                self._problem(
                    "CATEGORY_MISSING",
                    f"{place}: no @category; label it, or mark it STRUCTURE or PUBLIC",
                )
            if found is not None and found.leads:
                self._check_leading(place, definition)

    def _check_leading(self, place: str, definition: FieldDefinition) -> None:
        target = self._supergraph.types.get(definition.type.name)
        if target is None or not target.is_composite:
            self._problem(
                "CATEGORY_STRUCTURE",
                f"{place}: STRUCTURE leads to an object, and this is a value; name its category",
            )
        elif target.is_abstract:
            self._problem(
                "CATEGORY_STRUCTURE",
                f"{place}: STRUCTURE may not lead to {target.name}, whose __typename tells which kind "
                "of record there is; name the categories of all of them",
            )

    def _check_published(self, fields: Mapping[Coordinate, Labelled]) -> None:
        for (owner, name), one in fields.items():
            target = self._supergraph.types.get(
                self._supergraph.types[owner].fields[name].type.name
            )
            leads = target is not None and target.is_composite
            if leads and not (one.label.need or one.label.leads or one.impersonal):
                self._problem(
                    "CATEGORY_PUBLIC",
                    f"{owner}.{name}: which institution a person goes to is not published; "
                    "name the category that tells it, or mark it STRUCTURE",
                )

    def _label(self, place: str, applied: tuple[Applied, ...]) -> Label | None:
        mine = [one.arguments for one in applied if (one.spec, one.name) == (IDENTITY, NAME)]
        try:
            return label(mine, self._scale)
        except UnknownCategory as error:
            self._problem(
                "CATEGORY_UNKNOWN", f"{place}: {error.code} is no category of the register"
            )
            return Label(0)

    def _problem(self, code: str, message: str) -> None:
        self._problems.append((code, message))

    def _labelled(self, one: Type, definition: FieldDefinition) -> Labelled:
        coordinate = (one.name, definition.name)
        arguments = self._arguments(one, definition)
        uses: dict[str, int] = {}
        for used in (coordinate, *sorted(self._supergraph.requirements(*coordinate))):
            need = self._plain(used)
            for subgraph in self._owners(used):
                uses[subgraph] = uses.get(subgraph, 0) | need
        whole = reduce(or_, uses.values(), self._plain(coordinate))
        return Labelled(
            label=replace(self._own[coordinate], need=whole),
            arguments=arguments,
            subgraphs=self._owners(coordinate),
            uses=uses,
        )

    def _owners(self, coordinate: Coordinate) -> tuple[str, ...]:
        one = self._supergraph.types[coordinate[0]]
        return tuple(one.fields[coordinate[1]].joins) or tuple(one.joins)

    def _plain(self, coordinate: Coordinate) -> int:
        """What a field needs for itself, without what it requires."""
        own = self._own.get(coordinate, Label(0)).need
        return own | self._inherited(self._supergraph.types[coordinate[0]], coordinate[1])

    def _inherited(self, one: Type, name: str) -> int:
        """What the interfaces say of the same field."""
        need = 0
        for interface in self._supergraph.interfaces(one.name):
            need |= self._own.get((interface, name), Label(0)).need
        return need

    def _arguments(self, one: Type, definition: FieldDefinition) -> dict[str, int]:
        """The arguments whose use needs something: a filter on a field needs what the field does."""
        node = definition.node
        found: dict[str, int] = {}
        for argument in (node.arguments or ()) if isinstance(node, FieldDefinitionNode) else ():
            name = argument.name.value
            place = f"{one.name}.{definition.name}({name}:)"
            narrowed = self._label(place, tuple(self._applied(argument.directives)))
            if narrowed is not None:
                found[name] = narrowed.need
        return found

    def _applied(self, nodes: tuple[DirectiveNode, ...] | None) -> Iterator[Applied]:
        for node in nodes or ():
            meant = named(self._supergraph.links, node.name.value, directive=True)
            if meant is not None:
                values = {
                    one.name.value: value_from_ast_untyped(one.value)
                    for one in node.arguments or ()
                }
                yield Applied(*meant, values)


def _marked_impersonal(
    fields: Mapping[Coordinate, Labelled], supergraph: Supergraph
) -> dict[Coordinate, Labelled]:
    """Fields of types that hold nothing about a person, the roots included, are marked so."""
    personal = {type_name for (type_name, _), one in fields.items() if one.label.need}
    personal -= set(supergraph.roots.values())
    return {
        coordinate: replace(one, impersonal=coordinate[0] not in personal)
        for coordinate, one in fields.items()
    }
