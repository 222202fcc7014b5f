"""How much a question may cost: counted on the expanded operation, before anything expands.

One code per limit, so that a client can tell which one to mind. Fragments are counted once each and
multiplied where they are spread; a fragment that spreads itself counts as nothing here, because
validation refuses it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from gateway.federation.errors import TooCostly


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of each thing that one operation may have. `steps` and `seconds` are for planning;
    `cost` is what `cost.py` counts, None for no limit."""

    bytes: int = 100_000
    tokens: int = 10_000
    depth: int = 30
    aliases: int = 200
    root_fields: int = 50
    directives: int = 100
    selections: int = 20_000
    fetches: int = 500
    steps: int = 200_000
    seconds: float = 5.0
    cost: int | None = None


STRICT = Limits(bytes=64_000, tokens=2_000, depth=12, aliases=30, root_fields=5, cost=50_000)
"""For a public door: trust.md I-13. The dearest question of the journeys, the first, costs 4,028: a list
whose length nobody says counts as ten."""


@dataclass(frozen=True, slots=True)
class Count:
    """What a selection set comes to when its fragments are written out."""

    selections: int = 0
    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0

    def beside(self, other: Count) -> Count:
        """Both, next to each other."""
        return Count(
            self.selections + other.selections,
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.fields + other.fields,
        )


def check_text(text: str, limits: Limits) -> None:
    """The document's size in bytes; its tokens are counted by the parser."""
    if len(text.encode()) > limits.bytes:
        raise TooCostly("DOCUMENT_TOO_LARGE", f"the document is larger than {limits.bytes} bytes")


def check_document(document: DocumentNode, limits: Limits) -> None:
    """Every operation of the document, expanded: raises TooCostly, and expands nothing itself."""
    total = _Counter(document).total()
    found = (
        ("TOO_MANY_SELECTIONS", "selections", total.selections, limits.selections),
        ("TOO_DEEP", "levels of selections", total.depth, limits.depth),
        ("TOO_MANY_ALIASES", "aliases", total.aliases, limits.aliases),
        ("TOO_MANY_ROOT_FIELDS", "root fields", total.fields, limits.root_fields),
        ("TOO_MANY_DIRECTIVES", "directives", total.directives, limits.directives),
    )
    for code, what, count, allowed in found:
        if count > allowed:
            raise TooCostly(code, f"the operation has more than {allowed} {what}")


class _Counter:
    def __init__(self, document: DocumentNode) -> None:
        self.document = document
        self.fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self.known: dict[str, Count] = {}

    def total(self) -> Count:
        total = Count()
        for node in self.document.definitions:
            if isinstance(node, OperationDefinitionNode):
                total = total.beside(self.inside(node.selection_set))
        return total

    def inside(self, node: SelectionSetNode | None) -> Count:
        total = Count()
        for one in node.selections if node else ():
            total = total.beside(self.one(one))
        return total

    def one(self, node: SelectionNode) -> Count:
        own = Count(selections=1, directives=len(node.directives or ()))
        if isinstance(node, FieldNode):
            below = self.inside(node.selection_set)
            return Count(
                own.selections + below.selections,
                1 + below.depth,
                (node.alias is not None) + below.aliases,
                own.directives + below.directives,
                1,
            )
        if isinstance(node, InlineFragmentNode):
            return own.beside(self.inside(node.selection_set))
        assert isinstance(node, FragmentSpreadNode)
        return own.beside(self.fragment(node.name.value))

    def fragment(self, name: str) -> Count:
        if name not in self.known:
            self.known[name] = Count()
            node = self.fragments.get(name)
            self.known[name] = self.inside(node.selection_set) if node else Count()
        return self.known[name]


@dataclass(slots=True)
class Budget:
    """What planning one operation may still use up; `tick` raises TooCostly when it is gone."""

    limits: Limits
    used: int = 0
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.limits.seconds

    def tick(self) -> None:
        self.used += 1
        if self.used > self.limits.steps:
            raise TooCostly(
                "PLANNING_TOO_HARD", f"planning took more than {self.limits.steps} steps"
            )
        if self.used % 256 == 0 and time.monotonic() > self.deadline:
            raise TooCostly(
                "PLANNING_TOO_SLOW", f"planning took more than {self.limits.seconds} seconds"
            )

    def fetches(self, planned: Iterable[object]) -> None:
        """The plan's size, once it is known."""
        if sum(1 for _ in planned) > self.limits.fetches:
            raise TooCostly(
                "TOO_MANY_FETCHES", f"the plan has more than {self.limits.fetches} fetches"
            )
