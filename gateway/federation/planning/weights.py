"""A supergraph's `@cost` and `@listSize` → what a field, a type or a value weighs, and how long a list is.

Directives are found by the specification that they come from, never by their name in the document.
What is written nowhere weighs 1 for what has fields and 0 for what has none, and a list has ten items.

Source: https://ibm.github.io/graphql-specs/cost-spec.html, in the form of https://specs.apollo.dev/cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import InputValueDefinitionNode, Undefined, ValueNode, value_from_ast_untyped

from gateway.federation.errors import InvalidSupergraph
from gateway.federation.links import named
from gateway.federation.supergraph import Applied, FieldDefinition, Supergraph, reference

COST = "https://specs.apollo.dev/cost"
LENGTH = 10
"""How long a list is taken to be of which nothing is said."""


@dataclass(frozen=True, slots=True)
class Given:
    """An argument of an operation as it is written there, and what stands for it when it is not given.

    `varies` says that variables are written in it.
    """

    node: ValueNode | None
    default: Any = Undefined
    varies: bool = False

    def value(self, variables: Mapping[str, Any]) -> Any:
        """Its value for these variables; Undefined when there is none."""
        found = self.said(variables)
        return self.default if found is Undefined else found

    def said(self, variables: Mapping[str, Any]) -> Any:
        """As `value`, of what is written in the operation alone."""
        return value_from_ast_untyped(self.node, dict(variables)) if self.node else Undefined


@dataclass(frozen=True, slots=True)
class Listed:
    """What `@listSize` says of a field: `sized` are the lists below it that are meant, if not its own.

    `one`: exactly one of the slicing arguments must be given (`requireOneSlicingArgument`).
    """

    assumed: int | None = None
    slicing: tuple[str, ...] = ()
    sized: frozenset[str] = frozenset()
    one: bool = False

    def length(self, given: Mapping[str, Given], variables: Mapping[str, Any]) -> int:
        """The longest that the arguments allow. Null, and less than nothing, say nothing."""
        values = [given[name].value(variables) for name in self.slicing if name in given]
        said = [one for one in values if type(one) is int and one >= 0]
        return max(said, default=LENGTH if self.assumed is None else self.assumed)

    def is_said_once(self, given: Mapping[str, Given], variables: Mapping[str, Any]) -> bool:
        """Whether one slicing argument has a value: one that is written, or else one that has a default."""
        slicing = [given[name] for name in self.slicing if name in given]
        written = sum(one.said(variables) not in (None, Undefined) for one in slicing)
        usual = sum(one.default not in (None, Undefined) for one in slicing)
        return written == 1 or (written == 0 and usual == 1)


class Weights:
    """The weights of one supergraph; raises InvalidSupergraph for one that is no whole number."""

    def __init__(self, supergraph: Supergraph) -> None:
        self.supergraph = supergraph
        for one in supergraph.types.values():
            _weight(one.directives, one.name)
            for definition in one.fields.values():
                _weight(definition.directives, f"{one.name}.{definition.name}")
                for argument in arguments(definition):
                    self._own(argument)

    def of_field(self, definition: FieldDefinition) -> int:
        """What each object or value of a field weighs without what is below it."""
        own = _weight(definition.directives, definition.name)
        return self.of_type(definition.type.name) if own is None else own

    def of_type(self, name: str) -> int:
        """What a value of the named type weighs without its fields."""
        found = self.supergraph.types.get(name)
        own = _weight(found.directives, name) if found else None
        if own is not None:
            return own
        return int(found is not None and (found.is_composite or found.kind == "input_object"))

    def listed(self, definition: FieldDefinition) -> Listed:
        """What is said of the length of a field's list."""
        for one in definition.directives:
            if (one.spec, one.name) == (COST, "listSize"):
                assumed = one.arguments.get("assumedSize")
                slicing = tuple(one.arguments.get("slicingArguments") or ())
                return Listed(
                    max(assumed, 0) if isinstance(assumed, int) else None,
                    slicing,
                    frozenset(one.arguments.get("sizedFields") or ()),
                    bool(slicing) and one.arguments.get("requireOneSlicingArgument") is not False,
                )
        return Listed()

    def can_weigh(self, definition: FieldDefinition, given: Mapping[str, Given]) -> bool:
        """Whether any of the arguments given to a field weighs anything, whatever its value."""
        return any(self._can_weigh(one) for one in arguments(definition) if one.name.value in given)

    def _can_weigh(self, argument: InputValueDefinitionNode) -> bool:
        name = reference(argument.type).name
        found = self.supergraph.types.get(name)
        has_fields = found is not None and found.kind == "input_object"
        return has_fields or bool(self._own(argument)) or self.of_type(name) > 0

    def of_arguments(
        self, definition: FieldDefinition, given: Mapping[str, Given], variables: Mapping[str, Any]
    ) -> int:
        """What the values given to a field's arguments weigh."""
        found = 0
        for argument in arguments(definition):
            if (one := given.get(argument.name.value)) is None:
                continue
            name = reference(argument.type).name
            found += self.of_value(name, one.value(variables), self._own(argument))
        return found

    def of_value(self, name: str, value: Any, own: int | None = None) -> int:
        """What an input value of the named type weighs, each item of a list for itself."""
        if value is None or value is Undefined:
            return 0
        if isinstance(value, Sequence) and not isinstance(value, str):
            return sum(self.of_value(name, one, own) for one in value)
        weight = self.of_type(name) if own is None else own
        found = self.supergraph.types.get(name)
        if found is None or found.kind != "input_object" or not isinstance(value, Mapping):
            return weight
        for key, inner in value.items():
            if (below := found.fields.get(key)) is not None:
                weight += self.of_value(
                    below.type.name, inner, _weight(below.directives, below.name)
                )
        return weight

    def _own(self, argument: InputValueDefinitionNode) -> int | None:
        return _weight(tuple(self._applied(argument)), argument.name.value)

    def _applied(self, node: InputValueDefinitionNode) -> Iterator[Applied]:
        for one in node.directives or ():
            if found := named(self.supergraph.links, one.name.value, directive=True):
                values = {
                    a.name.value: value_from_ast_untyped(a.value) for a in one.arguments or ()
                }
                yield Applied(*found, values)


def arguments(definition: FieldDefinition) -> Sequence[InputValueDefinitionNode]:
    """The arguments of a field of the merged type."""
    return getattr(definition.node, "arguments", None) or ()


def _weight(directives: Sequence[Applied], place: str) -> int | None:
    """What `@cost` says; a weight below nothing would pay for other fields, and counts as nothing."""
    for one in directives:
        if (one.spec, one.name) == (COST, "cost"):
            weight = one.arguments.get("weight")
            if type(weight) is not int:
                raise InvalidSupergraph(f"@cost of {place} has a weight that is no whole number")
            return max(weight, 0)
    return None
