"""A walk does not look for a key everywhere when it is at hand."""

from __future__ import annotations

from gateway.federation.planning.limits import Limits
from gateway.federation.planning.operation import read
from gateway.federation.planning.planner import plan
from gateway.federation.schema import api_schema
from tests.federation.planning.conftest import composed

ENTERED = """
type Query { author: Author }
type Book @key(fields: "id") { id: ID! }
type Author @key(fields: "ref { id }") { ref: Book! @shareable }
"""
OTHER = """
type Book @key(fields: "id") { id: ID! }
type Author @key(fields: "id") @key(fields: "code") @key(fields: "ref { id }") {
  id: ID! @shareable
  code: ID! @shareable
  ref: Book! @shareable
  NAME: Int
}
"""


def test_many_subgraphs_with_many_keys_are_planned_in_few_steps() -> None:
    names = ["f1", "f2", "f3", "f4", "f5", "f6"]
    others = [(name, OTHER.replace("NAME", name)) for name in names]
    supergraph = composed((("entered", ENTERED), *others))
    text = f"{{ author {{ {' '.join(names)} }} }}"
    operation = read(text, None, {}, api_schema(supergraph), Limits(steps=500))

    assert len(plan(operation, supergraph).steps) == 1 + len(names)
