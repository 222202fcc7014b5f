"""A Case → what clients may see of its monolith, and what an operation on it must come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

from graphql import (
    REMOVE,
    DirectiveNode,
    DocumentNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    GraphQLSchema,
    Visitor,
    build_ast_schema,
    parse,
    print_type,
    visit,
)

from gateway.federation.selection import On, Selections
from tests.federation.random.graphs import Declared, Graph, named
from tests.federation.random.world import State, World, run


class Hiding(Visitor):
    """Removes what any subgraph marks inaccessible."""

    def __init__(self, hidden: frozenset[str]) -> None:
        super().__init__()
        self.hidden = hidden
        self.union = False

    def _judge(self, node: Any, ancestors: list[Any]) -> Any:
        owners = [one.name.value for one in ancestors if getattr(one, "name", None)]
        return REMOVE if ".".join([*owners, node.name.value]) in self.hidden else None

    def enter_object_type_definition(self, node: Any, *rest: Any) -> Any:
        return self._judge(node, rest[-1])

    def enter_union_type_definition(self, node: Any, *rest: Any) -> Any:
        self.union = True

    def leave_union_type_definition(self, node: Any, *rest: Any) -> Any:
        self.union = False

    def enter_named_type(self, node: Any, *rest: Any) -> Any:
        """A member of a union."""
        return REMOVE if self.union and node.name.value in self.hidden else None

    def enter_field_definition(self, node: FieldDefinitionNode, *rest: Any) -> Any:
        return self._judge(node, rest[-1])

    def enter_enum_value_definition(self, node: EnumValueDefinitionNode, *rest: Any) -> Any:
        return self._judge(node, rest[-1])

    def enter_input_value_definition(self, node: Any, *rest: Any) -> Any:
        return self._judge(node, rest[-1])


def hidden(graphs: Iterable[Graph]) -> frozenset[str]:
    """`Type`, `Type.field`, `Type.field.argument` and `Enum.value` that clients are not shown."""
    found: set[str] = set()
    for graph in graphs:
        for kept in graph.types.values():
            found |= {kept.name} if kept.hidden else set()
            found |= {
                f"{kept.name}.{value}" for value, is_hidden in kept.values.items() if is_hidden
            }
            for declared in kept.fields.values():
                place = f"{kept.name}.{declared.name}"
                found |= {f"{place}.{argument}" for argument in declared.hidden_arguments}
                found |= {place} if declared.hidden else set()
    return frozenset(found)


def client_schema(monolith: str, graphs: Iterable[Graph]) -> GraphQLSchema:
    """The monolith as clients may see it."""
    document: DocumentNode = visit(parse(monolith, no_location=True), Hiding(hidden(graphs)))
    return build_ast_schema(document, assume_valid_sdl=True)


def expected(
    world: World, schema: GraphQLSchema, operation: str, variables: Mapping[str, Any]
) -> dict[str, Any]:
    """The response that the monolith would give, all of it at once."""
    return run(world, schema, visit(parse(operation), AtOnce()), variables, State())


class AtOnce(Visitor):
    """Removes @defer: whatever may come later is part of the answer."""

    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        return REMOVE if node.name.value == "defer" else None


def shut(world: World, closed: Iterable[str]) -> frozenset[str]:
    """The closed coordinates, and those of every field that some subgraph resolves by requiring one."""
    needs = {
        (owner, declared.name): {
            *coordinates(world, kept.name, declared.requires),
            *_lent(world, graph, declared),
        }
        for graph in world.graphs
        for kept in graph.types.values()
        for declared in kept.fields.values()
        if declared.requires or declared.contextual
        for owner in world.whole.possible(kept.name)
    }
    found = set(closed)
    while True:
        more = {".".join(place) for place, needed in needs.items() if needed & found} - found
        if not more:
            return frozenset(found)
        found |= more


def _lent(world: World, graph: Graph, declared: Declared) -> Iterable[str]:
    """What a field may need of those above it."""
    for context, selections in declared.contextual.values():
        for kept in graph.types.values():
            if context in kept.contexts:
                yield from coordinates(world, kept.name, selections)


def coordinates(world: World, type_name: str, selections: Selections) -> Iterable[str]:
    """`Type.field` for every object that may stand where a field is selected."""
    for one in selections:
        if isinstance(one, On):
            yield from coordinates(world, one.type, one.inside)
        elif one.name != "__typename":
            yield from (f"{owner}.{one.name}" for owner in world.whole.possible(type_name))
            below = named(world.whole.types[type_name].fields[one.name].type)
            yield from coordinates(world, below, one.inside)


def closing(world: World, closed: Iterable[str]) -> World:
    """The same world with what is shut null."""
    other = copy(world)
    other.shut = shut(world, closed)
    return other


def same_schema(ours: GraphQLSchema, theirs: GraphQLSchema) -> str:
    """How what clients see of the composition differs from the monolith; empty when it does not."""
    known = {name for name in theirs.type_map if not name.startswith("__")}
    for name in sorted(known & set(ours.type_map)):
        one, other = _sorted(ours.type_map[name]), _sorted(theirs.type_map[name])
        if one != other:
            return f"the monolith has\n{one}\nthe composition\n{other}"
    extra = known - set(ours.type_map)
    return f"the composition has {sorted(extra)}, unlike the monolith" if extra else ""


def _sorted(type_: Any) -> str:
    """A type as text in which the order of fields, members and values does not matter."""
    head, *lines = print_type(type_).splitlines()
    return "\n".join([" ".join(sorted(head.split())), *sorted(lines)])
