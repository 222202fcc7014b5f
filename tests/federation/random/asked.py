"""A request to a subgraph → the (object type, field) pairs it asks for, keys and requirements included."""

from __future__ import annotations

from functools import lru_cache

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode, parse

from tests.federation.random.graphs import Graph, named
from tests.federation.random.serving import Served


def asked(text: str, served: Served) -> frozenset[str]:
    """`Type.field` for every object type that may stand where the document selects a field."""
    return _asked(text, served)


@lru_cache(maxsize=4096)
def _asked(text: str, served: Served) -> frozenset[str]:
    document = parse(text, no_location=True)
    (operation,) = (one for one in document.definitions if hasattr(one, "operation"))
    fragments = {
        one.name.value: one for one in document.definitions if not hasattr(one, "operation")
    }
    walk = _Walk(served, fragments)
    walk.into(operation.operation.value.title(), operation.selection_set)
    return frozenset(walk.found)


class _Walk:
    def __init__(self, served: Served, fragments: dict[str, object]) -> None:
        self.graph: Graph = served.graph
        self.fragments = fragments
        self.found: set[str] = set()

    def objects(self, type_name: str) -> frozenset[str]:
        # Which objects an interface object stands for, only the representations say: see `State.touched`.
        if self.graph.types[type_name].interface_object:
            return frozenset()
        return self.graph.possible(type_name)

    def into(self, type_name: str, node: SelectionSetNode | None) -> None:
        for one in node.selections if node else ():
            if isinstance(one, InlineFragmentNode):
                on = one.type_condition.name.value if one.type_condition else type_name
                self.into(on, one.selection_set)
            elif isinstance(one, FragmentSpreadNode):
                fragment = self.fragments[one.name.value]
                self.into(fragment.type_condition.name.value, fragment.selection_set)  # type: ignore[attr-defined]
            elif isinstance(one, FieldNode):
                self.field(type_name, one)

    def field(self, type_name: str, one: FieldNode) -> None:
        name = one.name.value
        if name == "_entities":
            self.into(type_name, one.selection_set)
        elif not name.startswith("_"):
            self.found |= {f"{owner}.{name}" for owner in self.objects(type_name)}
            below = named(self.graph.types[type_name].fields[name].type)
            self.into(below, one.selection_set)
