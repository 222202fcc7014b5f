"""GraphQL selections as one immutable tree: keys, @requires, operations and fetches are all made of it.

Equal by content and hashable, so a selection can be a dictionary key, a cache key and a test's `==`.
Arguments are kept as the text GraphQL writes them in: two arguments are the same when their texts are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from graphql import (
    ArgumentNode,
    FieldNode,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)
from graphql.language import OperationDefinitionNode


@dataclass(frozen=True, slots=True)
class Argument:
    """`name: value`, the value as GraphQL text, with the variables it uses."""

    name: str
    value: str
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `inside` is empty for a leaf."""

    name: str
    alias: str | None = None
    arguments: tuple[Argument, ...] = ()
    inside: tuple[Field | On, ...] = ()

    @property
    def key(self) -> str:
        """The response key."""
        return self.alias or self.name


@dataclass(frozen=True, slots=True)
class On:
    """`... on type { inside }`. A fragment of an operation that may be answered later has a `part`,
    a number of its own from 1; 0 is everything else."""

    type: str
    inside: tuple[Field | On, ...]
    part: int = 0


Selections = tuple[Field | On, ...]
"""What stands between two braces, in order."""


def parse_selections(text: str) -> Selections:
    """A field set such as `id organisation { id }`, with or without its outer braces."""
    text = text.strip()
    document = parse(text if text.startswith("{") else "{" + text + "}", no_location=True)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return from_node(operation.selection_set)


def from_node(node: SelectionSetNode | None) -> Selections:
    """A parsed selection set without named fragments or directives."""
    return tuple(one for child in node.selections for one in _selection(child)) if node else ()


def _selection(node: object) -> Selections:
    if isinstance(node, FieldNode):
        return (field_from_node(node, from_node(node.selection_set)),)
    if isinstance(node, InlineFragmentNode):
        inside = from_node(node.selection_set)
        return (On(node.type_condition.name.value, inside),) if node.type_condition else inside
    raise ValueError("a field set holds fields and inline fragments only")


def field_from_node(node: FieldNode, inside: Selections) -> Field:
    """A parsed field with its arguments in one order, over selections that are already read."""
    arguments = tuple(sorted(map(argument_from_node, node.arguments or ()), key=lambda a: a.name))
    alias = node.alias.value if node.alias and node.alias.value != node.name.value else None
    return Field(node.name.value, alias, arguments, inside)


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names[node.name.value] = None


def argument_from_node(node: ArgumentNode) -> Argument:
    """A parsed argument as text and the variables in it."""
    found = _Variables()
    visit(node.value, found)
    return Argument(node.name.value, print_ast(node.value), tuple(found.names))


def print_selections(selections: Selections) -> str:
    """The selections as GraphQL writes them, outer braces included, on one line."""
    return "{" + " ".join(map(_print, selections)) + "}"


def _print(selection: Field | On) -> str:
    inside = print_selections(selection.inside) if selection.inside else ""
    if isinstance(selection, On):
        return f"... on {selection.type}{inside}"
    alias = f"{selection.alias}: " if selection.alias else ""
    arguments = ", ".join(f"{a.name}: {a.value}" for a in selection.arguments)
    return f"{alias}{selection.name}" + (f"({arguments})" if arguments else "") + inside


def merged(selections: Iterable[Field | On]) -> Selections:
    """The same selections with equal response keys and equal fragments folded into one, first come first."""
    found: dict[object, Field | On] = {}
    for selection in selections:
        place = (
            ("on", selection.type, selection.part)
            if isinstance(selection, On)
            else (selection.key, selection.name, selection.arguments)
        )
        known = found.get(place)
        found[place] = (
            selection
            if known is None
            else replace(known, inside=merged((*known.inside, *selection.inside)))
        )
    return tuple(
        replace(one, inside=merged(one.inside)) if one.inside else one for one in found.values()
    )


def fields(selections: Selections) -> Iterator[Field]:
    """Every field at any depth, outer before inner."""
    for selection in selections:
        if isinstance(selection, Field):
            yield selection
        yield from fields(selection.inside)


def variables(selections: Selections) -> tuple[str, ...]:
    """The variables used anywhere in the selections, first use first."""
    names = (name for f in fields(selections) for a in f.arguments for name in a.variables)
    return tuple(dict.fromkeys(names))
