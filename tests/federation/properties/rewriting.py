"""An operation → the same question put otherwise. Each way is a function of a document, and WAYS names them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

MARK = "k_"
"""What stands before every response key of an operation that `renamed` has been at."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a way may look at besides the document."""

    rng: Random
    schema: GraphQLSchema
    variables: Mapping[str, Any]


Way = Callable[[DocumentNode, Given], DocumentNode]
Selections = tuple[SelectionNode, ...]


def rewritten(text: str, way: Way, given: Given) -> str:
    """The operation put otherwise, as text."""
    return print_ast(way(parse(text, no_location=True), given))


class _Sets(Visitor):
    """Changes every selection set, innermost first; `change` gets its type and what is in it."""

    def __init__(self, info: TypeInfo, change: Callable[[str, Selections], Selections]) -> None:
        super().__init__()
        self.info = info
        self.change = change

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode:
        parent = self.info.get_parent_type()
        assert parent is not None
        return replace(node, selections=self.change(parent.name, node.selections))


def _everywhere(
    document: DocumentNode, given: Given, change: Callable[[str, Selections], Selections]
) -> DocumentNode:
    info = TypeInfo(given.schema)
    changed: DocumentNode = visit(document, TypeInfoVisitor(info, _Sets(info, change)))
    return changed


def reordered(document: DocumentNode, given: Given) -> DocumentNode:
    """Every selection set in another order; mutations are done in the order in which they are written."""

    def mix(parent: str, inside: Selections) -> Selections:
        return inside if parent == "Mutation" else tuple(given.rng.sample(inside, len(inside)))

    return _everywhere(document, given, mix)


def repeated(document: DocumentNode, given: Given) -> DocumentNode:
    """A selection said twice in many a selection set."""
    return _everywhere(
        document, given, lambda _, inside: inside + inside[: given.rng.choice((0, 0, 1))]
    )


def wrapped(document: DocumentNode, given: Given) -> DocumentNode:
    """Selections in inline fragments on the very type they are on, or on no type."""

    def wrap(parent: str, inside: Selections) -> Selections:
        return tuple(_inline(given.rng.choice((parent, None)), (one,)) for one in inside)

    return _everywhere(document, given, wrap)


def in_fragments(document: DocumentNode, given: Given) -> DocumentNode:
    """Every selection set in a named fragment."""
    made: list[FragmentDefinitionNode] = []

    def move(parent: str, inside: Selections) -> Selections:
        name = NameNode(value=f"Part{len(made)}")
        made.append(
            FragmentDefinitionNode(
                name=name,
                type_condition=NamedTypeNode(name=NameNode(value=parent)),
                selection_set=SelectionSetNode(selections=inside),
            )
        )
        return (FragmentSpreadNode(name=name),)

    changed = _everywhere(document, given, move)
    return replace(changed, definitions=(*changed.definitions, *made))


def written_out(document: DocumentNode, given: Given) -> DocumentNode:
    """Every named fragment in the place where it is spread."""
    fragments = {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }

    class Spreads(Visitor):
        def leave_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> InlineFragmentNode:
            fragment = visit(fragments[node.name.value], self)
            return InlineFragmentNode(
                type_condition=fragment.type_condition,
                directives=node.directives,
                selection_set=fragment.selection_set,
            )

    own = tuple(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    changed: DocumentNode = visit(replace(document, definitions=own), Spreads())
    return changed


def surely_included(document: DocumentNode, given: Given) -> DocumentNode:
    """Every selection under one more condition, which holds."""
    holding = {
        "include": _condition("include", value=True),
        "skip": _condition("skip", value=False),
    }

    def add(_: str, inside: Selections) -> Selections:
        return tuple(_with_one(one) for one in inside)

    def _with_one(one: SelectionNode) -> SelectionNode:
        there = tuple(one.directives or ())
        free = [word for word in holding if word not in {each.name.value for each in there}]
        more = (holding[given.rng.choice(free)],) if free else ()
        return replace(one, directives=(*there, *more))

    return _everywhere(document, given, add)


def decided(document: DocumentNode, given: Given) -> DocumentNode:
    """Every variable in a condition as the value it has; what then is surely left out is not written at all."""
    values = _values(document, given.variables)

    class Conditions(Visitor):
        def leave_directive(self, node: DirectiveNode, *_: Any) -> DirectiveNode | None:
            (argument,) = node.arguments
            if not isinstance(argument.value, VariableNode):
                return None
            return _condition(node.name.value, value=values[argument.value.name.value])

    changed: DocumentNode = visit(document, Conditions())
    return _unused(_everywhere(changed, given, _left))


def renamed(document: DocumentNode, given: Given) -> DocumentNode:
    """Every response key with MARK before it."""

    class Keys(Visitor):
        def leave_field(self, node: FieldNode, *_: Any) -> FieldNode:
            key = (node.alias or node.name).value
            return replace(node, alias=NameNode(value=MARK + key))

    changed: DocumentNode = visit(document, Keys())
    return changed


def unmarked(answer: Any) -> Any:
    """An answer with MARK taken from its keys."""
    if isinstance(answer, list):
        return [unmarked(one) for one in answer]
    if isinstance(answer, dict):
        return {key.removeprefix(MARK): unmarked(value) for key, value in answer.items()}
    return answer


def halves(text: str, given: Given) -> tuple[str, str] | None:
    """Two operations that ask for what this one asks for together; None when it asks for one thing."""
    document = written_out(parse(text, no_location=True), given)
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    inside = operation.selection_set.selections
    if len(inside) < 2:
        return None
    cut = given.rng.randint(1, len(inside) - 1)
    parts = (inside[:cut], inside[cut:])
    first, second = (
        _unused(
            replace(
                document,
                definitions=(replace(operation, selection_set=SelectionSetNode(selections=part)),),
            )
        )
        for part in parts
    )
    return print_ast(first), print_ast(second)


def _inline(on: str | None, inside: Selections) -> InlineFragmentNode:
    condition = NamedTypeNode(name=NameNode(value=on)) if on else None
    return InlineFragmentNode(
        type_condition=condition, selection_set=SelectionSetNode(selections=inside)
    )


def _condition(word: str, *, value: bool) -> DirectiveNode:
    (field,) = parse(f"{{ x @{word}(if: {str(value).lower()}) }}", no_location=True).definitions
    return field.selection_set.selections[0].directives[0]  # type: ignore[attr-defined,no-any-return]


def _left(_: str, inside: Selections) -> Selections:
    kept = tuple(one for one in inside if not _is_out(one))
    return kept or inside


def _is_out(one: SelectionNode) -> bool:
    return any(
        isinstance(argument.value, BooleanValueNode)
        and argument.value.value is (directive.name.value == "skip")
        for directive in one.directives or ()
        for argument in directive.arguments
    )


def _values(document: DocumentNode, variables: Mapping[str, Any]) -> dict[str, Any]:
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    defaults = {
        one.variable.name.value: one.default_value.value
        for one in operation.variable_definitions or ()
        if isinstance(one.default_value, BooleanValueNode)
    }
    return {**defaults, **variables}


def _unused(document: DocumentNode) -> DocumentNode:
    """The document without fragments and variables that nothing uses any more."""
    used: set[str] = set()

    class Uses(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
            if "..." + node.name.value not in used:
                used.add("..." + node.name.value)
                visit(fragments[node.name.value].selection_set, self)

        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            used.add(node.name.value)

    operation, *rest = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    fragments = {one.name.value: one for one in rest if isinstance(one, FragmentDefinitionNode)}
    visit(operation.selection_set, Uses())
    kept = tuple(
        one for one in operation.variable_definitions or () if one.variable.name.value in used
    )
    own = replace(operation, variable_definitions=kept)
    return replace(
        document,
        definitions=(own, *(one for name, one in fragments.items() if "..." + name in used)),
    )


SAME_PLAN: dict[str, Way] = {
    "partly said twice": repeated,
    "in inline fragments": wrapped,
    "in named fragments": in_fragments,
    "without named fragments": written_out,
    "under conditions that hold": surely_included,
    "with its conditions decided by hand": decided,
}
"""Ways that no planner may notice: the very same requests are sent."""

SAME_ANSWER: dict[str, Way] = {"in another order": reordered, "under other names": renamed}
"""Ways that show in the requests, but not in their number and not in the values."""
