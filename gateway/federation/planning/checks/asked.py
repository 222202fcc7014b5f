"""A Step or a Batch → what is wrong with its request: each must be valid on its subgraph's schema, and
ask only for what the subgraph resolves itself, or provides just there."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from graphql import GraphQLSchema, parse, validate

from gateway.federation.planning.steps import Batch, Kind, Step
from gateway.federation.schema import subgraph_schema
from gateway.federation.selection import Field, On, Selections
from gateway.federation.supergraph import Supergraph

_SCHEMAS: WeakKeyDictionary[Supergraph, dict[str, GraphQLSchema]] = WeakKeyDictionary()


def _schema(supergraph: Supergraph, name: str) -> GraphQLSchema:
    """The subgraph's schema, made once for all plans on the supergraph."""
    known = _SCHEMAS.setdefault(supergraph, {})
    if name not in known:
        known[name] = subgraph_schema(supergraph, name)
    return known[name]


class Asked:
    """The requests of one plan."""

    def __init__(self, supergraph: Supergraph) -> None:
        self.supergraph = supergraph

    def document(self, step: Step) -> Iterator[str]:
        for error in validate(_schema(self.supergraph, step.subgraph), parse(step.document)):
            yield f"step {step.id}: {step.subgraph} does not accept it: {error.message}"
        for one in step.output:
            if step.kind is Kind.ENTITY and isinstance(one, On):
                yield from self.owned(step, one.type, one.inside, ())
        if step.kind is Kind.ROOT:
            root = self.supergraph.roots[step.operation]
            yield from self.owned(step, root, step.output, ())

    def owned(
        self, step: Step, name: str, chosen: Selections, provided: Selections
    ) -> Iterator[str]:
        """Only what the subgraph resolves itself, or provides just here."""
        for one in chosen:
            if isinstance(one, On):
                inner = [
                    *(p for p in provided if isinstance(p, Field)),
                    *(i for p in provided if isinstance(p, On) for i in p.inside),
                ]
                yield from self.owned(step, one.type, one.inside, tuple(inner))
            elif one.name != "__typename":
                yield from self.owned_field(step, name, one, provided)

    def owned_field(self, step: Step, name: str, one: Field, provided: Selections) -> Iterator[str]:
        join = self.supergraph.field_in(name, one.name, step.subgraph)
        given = [p for p in provided if isinstance(p, Field) and p.name == one.name]
        if join is None or ((join.external or join.overridden) and not given):
            yield f"step {step.id}: {step.subgraph} does not resolve {name}.{one.name}"
            return
        more = tuple(i for p in given for i in p.inside) + join.provides
        yield from self.owned(step, join.type.name, one.inside, more)

    def batch(self, batch: Batch, steps: dict[int, Step]) -> Iterator[str]:
        """Only what is ready together travels together."""
        ids = [one for group in batch.groups for one in group]
        if len({(steps[one].subgraph, steps[one].needs) for one in ids}) != 1:
            yield f"steps {ids} travel together, but are not ready together"
        subgraph = steps[ids[0]].subgraph
        for error in validate(_schema(self.supergraph, subgraph), parse(batch.document)):
            yield f"steps {ids}: {subgraph} does not accept them: {error.message}"
