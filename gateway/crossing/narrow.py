"""A fetch and what is open for one child → the same fetch without every field that is not.

What is closed is never sent, so what comes back needs no filter. A field without a label is closed. The keys that
entities say again (`Fetch.echo`) are for the engine alone: they stay with whatever stays, and are no one's to read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from graphql import (
    DocumentNode,
    FieldNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    strip_ignored_characters,
    visit,
)

from gateway.federation.execution.transport import Fetch, prefix

ENTITIES = "_entities"
KEPT = 4_000
"""Narrowed fetches remembered: a fetch has few different children."""


class Fields(Protocol):
    """What the labels and the supergraph say of a field."""

    def need(self, owner: str, field: str) -> int | None:
        """The permissions that a field needs; None when it has no label."""
        ...

    def leads_to(self, owner: str, field: str) -> str:
        """The named type of a field."""
        ...


@dataclass(frozen=True, slots=True)
class Cut:
    """A field that was taken out: where in the entity's answer, and what it is."""

    path: tuple[str, ...]
    coordinate: str
    need: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A fetch's fields held against what is open: `kept` are the coordinates within it, in order."""

    kept: Mapping[str, None]
    cuts: tuple[Cut, ...]


@dataclass(frozen=True, slots=True)
class Narrowed(Measured):
    """A fetch cut down to what is open: `answers` are the groups of a batch still asked about."""

    fetch: Fetch
    answers: frozenset[str]

    @property
    def whole(self) -> bool:
        """Whether nothing was cut, and every group is still asked about."""
        return not self.cuts and len(self.answers) == len(self.fetch.answers)


class Narrower:
    """Cuts fetches, each once for each thing that can be open."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._needs: dict[str, int] = {}
        self._known: dict[tuple[str, str, frozenset[str], int], Narrowed] = {}
        self._measured: dict[tuple[str, frozenset[str], int], Measured] = {}

    def narrowed(self, fetch: Fetch, opened: int) -> Narrowed:
        """The fetch as far as `opened` goes."""
        needed = self._needs.get(fetch.document, -1)
        # A client may have chosen the very names that keys are said again by elsewhere.
        echoes = fetch.echo.aliases
        found = self._known.get((fetch.subgraph, fetch.document, echoes, opened & needed))
        if found is None:
            if len(self._known) >= KEPT:
                self._known.clear()
                self._needs.clear()
            found = self._cut(fetch, opened)
            needed = self._needs[fetch.document] = self._all(fetch.document)
            self._known[fetch.subgraph, fetch.document, echoes, opened & needed] = found
        if found.fetch.groups is fetch.groups:
            return found
        # Two plans may send one text for different places of the answer: the text is shared, no more.
        document = found.fetch.document
        return replace(found, fetch=replace(fetch, document=document, prefix=found.fetch.prefix))

    def measured(self, fetch: Fetch, opened: int) -> Measured:
        """Every labelled field that a fetch asks for, from its root down, held against `opened`."""
        place = (fetch.document, fetch.echo.aliases, opened)
        known = self._measured.get(place)
        if known is None:
            if len(self._measured) >= KEPT:
                self._measured.clear()
            knife = _Knife(self._fields, 0, fetch.echo.aliases)
            (definition,) = parse(fetch.document, no_location=True).definitions
            assert isinstance(definition, OperationDefinitionNode)
            root = definition.operation.value.capitalize()
            found = dict.fromkeys(knife.each(definition.selection_set, root))
            kept = {one.coordinate: None for one in found if not one.need & ~opened}
            cuts = tuple(one for one in found if one.need & ~opened)
            known = self._measured[place] = Measured(kept, cuts)
        return known

    def _cut(self, fetch: Fetch, opened: int) -> Narrowed:
        document = parse(fetch.document, no_location=True)
        knife = _Knife(self._fields, opened, fetch.echo.aliases)
        (definition,) = document.definitions
        assert isinstance(definition, OperationDefinitionNode)
        asked = tuple(knife.entities(definition.selection_set))
        kept, cuts = dict.fromkeys(knife.kept), tuple(dict.fromkeys(knife.cuts))
        answers = frozenset(one.alias.value if one.alias else one.name.value for one in asked)
        if not cuts or not asked:
            return Narrowed(kept, cuts, fetch, answers)
        text = _printed(definition, SelectionSetNode(selections=asked))
        return Narrowed(kept, cuts, replace(fetch, document=text, prefix=prefix(text)), answers)

    def _all(self, document: str) -> int:
        """Every permission that some field of the document needs."""
        knife = _Knife(self._fields, 0, frozenset())
        (definition,) = parse(document, no_location=True).definitions
        assert isinstance(definition, OperationDefinitionNode)
        return knife.needs(definition.selection_set)


class _Knife:
    """One walk through a document, type by type."""

    def __init__(self, fields: Fields, opened: int, echoes: frozenset[str]) -> None:
        self._fields = fields
        self._opened = opened
        self._echoes = echoes
        self.kept: list[str] = []
        self.cuts: list[Cut] = []

    def entities(self, selections: SelectionSetNode) -> Iterator[FieldNode]:
        """The `_entities` fields with what is open below them; those with nothing left are gone."""
        for one in selections.selections:
            assert isinstance(one, FieldNode) and one.name.value == ENTITIES
            inside = self._inside(one.selection_set, "", ())
            if inside is not None:
                yield FieldNode(
                    alias=one.alias, name=one.name, arguments=one.arguments, selection_set=inside
                )

    def _inside(
        self, selections: SelectionSetNode | None, owner: str, path: tuple[str, ...]
    ) -> SelectionSetNode | None:
        kept = tuple(
            left
            for one in (selections.selections if selections else ())
            if (left := self._one(one, owner, path)) is not None
        )
        return SelectionSetNode(selections=kept) if any(map(self._says, kept)) else None

    def _one(
        self, one: object, owner: str, path: tuple[str, ...]
    ) -> FieldNode | InlineFragmentNode | None:
        if isinstance(one, InlineFragmentNode):
            named = one.type_condition.name.value if one.type_condition else owner
            inside = self._inside(one.selection_set, named, path) or self._keys(one.selection_set)
            if inside is None:
                return None
            return InlineFragmentNode(type_condition=one.type_condition, selection_set=inside)
        assert isinstance(one, FieldNode)
        return self._field(one, owner, path) if self._says(one) else one

    def _field(self, one: FieldNode, owner: str, path: tuple[str, ...]) -> FieldNode | None:
        name = one.name.value
        here = (*path, one.alias.value if one.alias else name)
        need = self._fields.need(owner, name)
        if need is None or need & ~self._opened:
            self.cuts.append(Cut(here, f"{owner}.{name}", need or 0))
            return None
        inside = None
        if one.selection_set:
            inside = self._inside(one.selection_set, self._fields.leads_to(owner, name), here)
            if inside is None and any(map(self._says, one.selection_set.selections)):
                return None
            inside = inside or one.selection_set
        self.kept.append(f"{owner}.{name}")
        return FieldNode(
            alias=one.alias, name=one.name, arguments=one.arguments, selection_set=inside
        )

    def _says(self, one: object) -> bool:
        """Whether a selection asks for more than names of types, and keys that are said again.

        Of a field in which nobody asks for more, what is told is that, and how many, there are.
        """
        if isinstance(one, InlineFragmentNode):
            return any(map(self._says, one.selection_set.selections))
        assert isinstance(one, FieldNode)
        return not (one.name.value.startswith("__") or self._is_again(one))

    def _is_again(self, one: object) -> bool:
        return (
            isinstance(one, FieldNode) and one.alias is not None and one.alias.value in self._echoes
        )

    def _keys(self, selections: SelectionSetNode) -> SelectionSetNode | None:
        """The keys that are said again: entities of other types may have more to say in the same answer."""
        again = tuple(filter(self._is_again, selections.selections))
        return SelectionSetNode(selections=again) if again else None

    def each(self, selections: SelectionSetNode | None, owner: str) -> Iterator[Cut]:
        """The labelled fields, each with what it needs and no place of its own."""
        for one in selections.selections if selections else ():
            if isinstance(one, InlineFragmentNode):
                named = one.type_condition.name.value if one.type_condition else owner
                yield from self.each(one.selection_set, named)
            elif isinstance(one, FieldNode) and one.name.value == ENTITIES:
                yield from self.each(one.selection_set, "")
            elif isinstance(one, FieldNode) and self._says(one):
                need = self._fields.need(owner, one.name.value)
                if need is not None:
                    yield Cut((), f"{owner}.{one.name.value}", need)
                if one.selection_set:
                    yield from self.each(
                        one.selection_set, self._fields.leads_to(owner, one.name.value)
                    )

    def needs(self, selections: SelectionSetNode | None, owner: str = "") -> int:
        """The union of what the fields need."""
        found = 0
        for one in selections.selections if selections else ():
            if isinstance(one, InlineFragmentNode) and one.type_condition:
                found |= self.needs(one.selection_set, one.type_condition.name.value)
            elif isinstance(one, FieldNode) and one.name.value == ENTITIES:
                found |= self.needs(one.selection_set)
            elif isinstance(one, FieldNode) and not one.name.value.startswith("__"):
                found |= self._fields.need(owner, one.name.value) or 0
                if one.selection_set:
                    below = self._fields.leads_to(owner, one.name.value)
                    found |= self.needs(one.selection_set, below)
        return found


class _Used(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names.add(node.name.value)


def _printed(definition: OperationDefinitionNode, selections: SelectionSetNode) -> str:
    used = _Used()
    visit(selections, used)
    declared = definition.variable_definitions or ()
    cut = OperationDefinitionNode(
        operation=definition.operation,
        name=definition.name,
        variable_definitions=tuple(d for d in declared if d.variable.name.value in used.names),
        selection_set=selections,
    )
    return strip_ignored_characters(print_ast(DocumentNode(definitions=(cut,))))
