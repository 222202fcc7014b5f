"""A document's selections and its variables' values → selections without named fragments and conditions.

They are counted as they are written out: nothing grows beyond its limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from gateway.federation.errors import TooCostly
from gateway.federation.planning.standing import field_type
from gateway.federation.selection import Field, On, Selections, field_from_node


def fragments_of(node: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The document's fragments by name."""
    return {
        one.name.value: one for one in node.definitions if isinstance(one, FragmentDefinitionNode)
    }


def conditions(
    node: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> frozenset[str]:
    """The variables that decide what of the selections there is."""
    used: set[str] = set()
    _collect(node, fragments, set(), used)
    return frozenset(used)


def _collect(
    node: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    seen: set[str],
    used: set[str],
) -> None:
    for one in node.selections if node else ():
        for directive in one.directives or ():
            used.update(
                argument.value.name.value
                for argument in directive.arguments or ()
                if isinstance(argument.value, VariableNode)
            )
        if isinstance(one, FieldNode | InlineFragmentNode):
            _collect(one.selection_set, fragments, seen, used)
        elif isinstance(one, FragmentSpreadNode) and one.name.value not in seen:
            seen.add(one.name.value)
            _collect(fragments[one.name.value].selection_set, fragments, seen, used)


class Folding:
    """One operation's; `left` is how many selections it may still have, `defers` whether parts of it may
    come later. `labels` grows: those of these parts."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        values: Mapping[str, Any],
        *,
        left: int,
        defers: bool,
    ) -> None:
        self.schema = schema
        self.fragments = fragments_of(document)
        self.values = values
        self.left = left
        self.defers = defers
        self.labels: list[str | None] = []

    def fold(self, node: SelectionSetNode | None, parent: str) -> Selections:
        """The selections on a type of the API, written out; raises TooCostly (`TOO_MANY_SELECTIONS`)."""
        children = node.selections if node else ()
        return tuple(one for child in children for one in self.one(child, parent))

    def one(self, node: object, parent: str) -> Iterator[Field | On]:
        self.left -= 1
        if self.left < 0:
            raise TooCostly("TOO_MANY_SELECTIONS", "the operation has too many selections")
        directives = getattr(node, "directives", None) or ()
        if not self.included(directives):
            return
        if isinstance(node, FieldNode):
            yield field_from_node(node, self.below(node, parent))
        elif isinstance(node, FragmentSpreadNode):
            fragment = self.fragments[node.name.value]
            part = self.part(directives)
            name = fragment.type_condition.name.value
            inside = self.fold(fragment.selection_set, name)
            if inside or part:
                yield On(name, inside, part)
        elif isinstance(node, InlineFragmentNode):
            part = self.part(directives)
            name = node.type_condition.name.value if node.type_condition else parent
            inside = self.fold(node.selection_set, name)
            if node.type_condition is None and not part:
                yield from inside
            elif inside or part:
                yield On(name, inside, part)

    def below(self, node: FieldNode, parent: str) -> Selections:
        if node.selection_set is None:
            return ()
        name = node.name.value
        if parent.startswith("__") or name.startswith("__"):
            # Introspection is answered apart: its types do not matter here.
            return self.fold(node.selection_set, "__Type")
        return self.fold(node.selection_set, field_type(self.schema, parent, name).name)

    def part(self, directives: Iterable[DirectiveNode]) -> int:
        """The number of the part that a fragment with these directives begins; 0 for none."""
        for one in directives:
            if one.name.value == "defer" and self.defers:
                given = {a.name.value: a.value for a in one.arguments or ()}
                if "if" in given and not self.truth(given["if"]):
                    continue
                label = given.get("label")
                self.labels.append(str(getattr(label, "value", "")) if label else None)
                return len(self.labels)
        return 0

    def included(self, directives: tuple[DirectiveNode, ...]) -> bool:
        for directive in directives:
            name = directive.name.value
            if name in ("skip", "include") and self.value(directive) is not (name == "include"):
                return False
        return True

    def value(self, directive: DirectiveNode) -> bool:
        (argument,) = directive.arguments or ()
        return self.truth(argument.value)

    def truth(self, node: ValueNode) -> bool:
        if isinstance(node, VariableNode):
            return bool(self.values.get(node.name.value))
        return bool(getattr(node, "value", False))
