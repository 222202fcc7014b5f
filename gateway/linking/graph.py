"""A supergraph and its labels → what crossing needs to know of it: fields' needs, and entities' keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.federation.selection import fields
from gateway.federation.supergraph import Supergraph
from gateway.purpose.labels import Labels


@dataclass(frozen=True, slots=True)
class Graph:
    """What crossing needs to know of the graph: what a field needs, and where it leads."""

    supergraph: Supergraph
    labels: Labels

    def need(self, owner: str, field: str) -> int | None:
        """The permissions that a field needs; None when it has no label."""
        return self.labels.need(owner, field)

    def leads_to(self, owner: str, field: str) -> str:
        """The named type of a field."""
        return self.supergraph.types[owner].fields[field].type.name


def crossing_keys(supergraph: Supergraph, link: str) -> Mapping[str, tuple[str, ...]]:
    """The entities of islands that the link node says whose they are, and by which key fields."""
    found: dict[str, tuple[str, ...]] = {}
    for name, one in supergraph.types.items():
        join = one.joins.get(link)
        if join and join.keys and len(one.joins) > 1:
            found[name] = tuple(sorted(f.name for f in fields(join.keys[0].fields)))
    return found
