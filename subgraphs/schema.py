"""What a service adds to the graph → the schema that executes it, and the SDL that the graph is composed of.

Entities are loaded once per type and request: many representations are one read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import strawberry
from graphql import (
    REMOVE,
    FieldDefinitionNode,
    Node,
    TypeDefinitionNode,
    Visitor,
    VisitorAction,
    parse,
    print_ast,
    visit,
)
from strawberry.federation.schema import FederationAny
from strawberry.federation.schema_directives import Key
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from subgraphs.confined import Keys
from subgraphs.context import Context
from subgraphs.scalars import identifier_scalars


@dataclass(frozen=True, slots=True)
class Graph:
    """What a service adds to the graph."""

    query: type
    types: Sequence[type] = ()
    mutation: type | None = None
    subscription: type | None = None
    scalars: Mapping[object, ScalarDefinition] = field(default_factory=dict)


class Entity(Protocol):
    """An entity type: many keys → as many objects or None, in order, in one read."""

    @classmethod
    async def resolve_references(
        cls, context: Context, keys: list[dict[str, Any]]
    ) -> Sequence[object | None]: ...


class EntitySchema(strawberry.federation.Schema):
    """A federation schema that loads the representations of a request type by type."""

    async def entities_resolver(  # type: ignore[override]
        self, info: strawberry.Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        found: list[Any] = [None] * len(representations)
        for name, places in _by_typename(representations).items():
            definition: Any = self.schema_converter.type_map[name].definition
            entity: type[Entity] = definition.origin
            keys: list[Any] = [representations[place] for place in places]
            loaded = await entity.resolve_references(info.context, keys)
            for place, entity_or_none in zip(places, loaded, strict=True):
                found[place] = entity_or_none
        return found

    def keys(self) -> Keys:
        """The fields of each entity's keys, by its name."""
        found: dict[str, tuple[str, ...]] = {}
        for name, one in self.schema_converter.type_map.items():
            for directive in getattr(one.definition, "directives", None) or ():
                if isinstance(directive, Key):
                    found[name] = tuple(str(directive.fields).split())
        return found


def _by_typename(representations: Sequence[Any]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, representation in enumerate(representations):
        places.setdefault(representation["__typename"], []).append(place)
    return places


def schema(graph: Graph, *, synthetic: bool = False) -> EntitySchema:
    """The executable schema. `synthetic`: admit the National Insurance numbers of invented people."""
    return EntitySchema(
        query=graph.query,
        mutation=graph.mutation,
        subscription=graph.subscription,
        types=graph.types,
        config=StrawberryConfig(
            scalar_map=identifier_scalars(synthetic=synthetic) | dict(graph.scalars),
            disable_field_suggestions=True,
        ),
    )


def printed(graph: Graph) -> str:
    """The graph's SDL: all that is added, without federation's own machinery."""
    return print_ast(visit(parse(schema(graph).as_str()), _WithoutMachinery())) + "\n"


class _WithoutMachinery(Visitor):
    """Leaves out what every subgraph has and no graph is composed of."""

    def enter(self, node: Node, *_: object) -> VisitorAction:
        if isinstance(node, (TypeDefinitionNode, FieldDefinitionNode)):
            return REMOVE if node.name.value in _MACHINERY else None
        return None


_MACHINERY = frozenset({"_Any", "_Entity", "_Service", "_entities", "_service"})
