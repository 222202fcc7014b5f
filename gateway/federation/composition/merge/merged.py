"""The merged graph: the supergraph's types with their join information, and what its document must declare besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.federation.composition.elements import Directive, Directives, Type
from gateway.federation.composition.specs import Version


@dataclass(frozen=True, slots=True)
class SupergraphLink:
    """A `@link` of the supergraph. `imports` maps a specification's own `@name` to the one used here."""

    url: str
    purpose: str = ""
    imports: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """`graphs`: (value of join__Graph, name, url); `names`: composition's name of a directive → the one in print."""

    types: Mapping[str, Type]
    directives: Mapping[str, Directive] = field(default_factory=dict)
    links: tuple[SupergraphLink, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    graphs: tuple[tuple[str, str, str], ...] = ()
    schema: Directives = ()
    description: str | None = None
    join: Version = (0, 3)
