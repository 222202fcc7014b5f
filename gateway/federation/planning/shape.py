"""Selections on a type → the selections to plan, spelled out per object type only where subgraphs differ.

On an object: plain fields. On an interface or union: fields that every subgraph resolves for the whole
interface stay on it; everything else stands in one fragment per object type. What is closed is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gateway.federation.selection import Field, On, Selections
from gateway.federation.supergraph import Supergraph, Type

TYPENAME = Field("__typename")


@dataclass(slots=True)
class Spreading:
    """One operation's way of spelling out selections, with what it has already spelled out.

    With `inner` it spells out what planning itself needs: then the inaccessible is there too, and every
    abstract type is asked what the object is.
    """

    supergraph: Supergraph
    closed: frozenset[tuple[str, str]] = frozenset()
    inner: bool = False
    known: dict[tuple[str, Selections], Selections] = field(default_factory=dict)
    uniform: dict[tuple[str, str], bool] = field(default_factory=dict)

    def spread(self, name: str, selections: Selections) -> Selections:
        """The selections on the named type, one level deep: insides are spread when they are reached."""
        place = (name, selections)
        if place not in self.known:
            self.known[place] = self._spread(self.supergraph.types[name], selections)
        return self.known[place]

    def _spread(self, parent: Type, selections: Selections) -> Selections:
        if not parent.is_abstract:
            found = _folded(self._on_object(parent.name, selections))
            named: Selections = tuple(one for one in found if one != TYPENAME)
            return named if named else (TYPENAME,)
        shared, apart = self._settled(parent, *self._on_abstract(parent, selections))
        direct: Selections = shared
        fragments: Selections = tuple(
            On(name, inside)
            for name, chosen in apart.items()
            if (inside := self.spread(name, chosen)) and chosen
        )
        if fragments or self._must_be_told(parent, shared):
            direct = (TYPENAME, *shared)
        spread: Selections = _folded(iter(direct)) + fragments
        return spread if spread else (TYPENAME,)

    def _must_be_told(self, parent: Type, shared: Selections) -> bool:
        """Whether it matters what the object is, though no fragment asks for it."""
        if self.inner:
            return is_named(parent)
        return self.has_hidden_objects(parent.name) or any(
            isinstance(one, Field) and is_looser(self.supergraph, parent, one.name)
            for one in shared
        )

    def _on_object(self, name: str, selections: Selections) -> Iterator[Field]:
        for one in selections:
            if isinstance(one, Field):
                if (name, one.name) not in self.closed:
                    yield one if one.name != "__typename" else TYPENAME
            elif name in self.supergraph.possible(one.type):
                yield from self._on_object(name, one.inside)

    def _on_abstract(
        self, parent: Type, selections: Selections
    ) -> tuple[Selections, dict[str, Selections]]:
        """What stays on the type itself, and what goes to which of its objects."""
        shared: Selections = ()
        apart: dict[str, Selections] = {}
        for one in selections:
            if isinstance(one, On) and covers(self.supergraph, one.type, parent):
                more, others = self._on_abstract(parent, one.inside)
                shared += more
            elif isinstance(one, Field) and self._is_shared(parent, one):
                shared += (one if one.name != "__typename" else TYPENAME,)
                continue
            else:
                others = dict.fromkeys(self._objects(parent, one), self._moved(one))
            for name, chosen in others.items():
                apart[name] = (*apart.get(name, ()), *chosen)
        return shared, apart

    def _settled(
        self, parent: Type, shared: Selections, apart: dict[str, Selections]
    ) -> tuple[Selections, dict[str, Selections]]:
        """What is asked both of the type and of one of its objects, and has another type there, is
        asked of each object: one request could not ask for both under one key."""
        twice = {one.key for name, chosen in apart.items() for one in self._on_object(name, chosen)}
        moved = tuple(
            one
            for one in shared
            if isinstance(one, Field) and one.key in twice and self._differs(parent, one.name)
        )
        if not moved:
            return shared, apart
        kept = tuple(one for one in shared if one not in moved)
        objects = self.objects(parent.name)
        return kept, {**apart, **{name: (*moved, *apart.get(name, ())) for name in objects}}

    def _differs(self, parent: Type, name: str) -> bool:
        """Whether some subgraph has the field with another type on the interface than on an object."""
        for graph in parent.joins:
            join = self.supergraph.field_in(parent.name, name, graph)
            for one in self.supergraph.possible_in(parent.name, graph):
                own = self.supergraph.field_in(one, name, graph)
                if join is not None and own is not None and own.type != join.type:
                    return True
        return False

    def objects(self, name: str) -> Iterator[str]:
        """The object types that may stand where the type does."""
        return self._objects(self.supergraph.types[name], Field(""))

    def _objects(self, parent: Type, one: Field | On) -> Iterator[str]:
        """The objects that a selection on the parent speaks of, as far as the API knows them."""
        spoken = self.supergraph.possible(one.type if isinstance(one, On) else parent.name)
        for name in self.supergraph.possible(parent.name):
            if name in spoken and (self.inner or not self.supergraph.types[name].inaccessible):
                yield name

    def _moved(self, one: Field | On) -> Selections:
        return one.inside if isinstance(one, On) else (one,)

    def _is_shared(self, parent: Type, one: Field) -> bool:
        if one.name == "__typename":
            return True
        if self.has_hidden_objects(parent.name) and not self.inner:
            # Of an object that the API does not know nothing is asked but that it is one.
            return False
        if any((name, one.name) in self.closed for name in self.supergraph.possible(parent.name)):
            return False
        place = (parent.name, one.name)
        if place not in self.uniform:
            self.uniform[place] = self._is_uniform(parent, one.name)
        return self.uniform[place]

    def _is_uniform(self, parent: Type, name: str) -> bool:
        """Whether the interface's own field says where every object's field is."""
        objects = [self.supergraph.types[one] for one in self.supergraph.possible(parent.name)]
        if any(self._stands_apart(one, name) for one in objects):
            return False
        definition = parent.fields[name]
        real = {graph for graph, join in parent.joins.items() if not join.interface_object}
        if len(real) <= 1 or definition.everywhere:
            return True
        live = {graph for graph, join in definition.joins.items() if not join.external}
        return not live or bool(live - real) or live >= real

    def _stands_apart(self, one: Type, name: str) -> bool:
        """Whether some subgraph resolves the object's field otherwise than the interface says."""
        definition = one.fields.get(name)
        return definition is None or any(
            join.external
            or join.overridden
            or join.requires
            or join.contextual
            or join.label
            or join.override in self.supergraph.subgraphs
            for join in definition.joins.values()
        )

    def has_hidden_objects(self, name: str) -> bool:
        """Whether an object may stand here that the API does not know."""
        return any(
            self.supergraph.types[one].inaccessible for one in self.supergraph.possible(name)
        )


def _folded(selections: Iterator[Field | On]) -> Selections:
    """Fields with equal response keys as one, their insides one after the other."""
    found: dict[str, Field] = {}
    for one in selections:
        assert isinstance(one, Field)
        known = found.get(one.key)
        found[one.key] = one if known is None else replace(known, inside=known.inside + one.inside)
    return tuple(found.values())


def is_named(one: Type) -> bool:
    """Whether planning asks what an object of the type is, to tell others.

    Where the interface is an object type in some subgraph, there may be no one who can say.
    """
    return one.is_abstract and not any(join.interface_object for join in one.joins.values())


def is_looser(supergraph: Supergraph, parent: Type, name: str) -> bool:
    """Whether an interface lets a field be null that is never null in one of its objects.

    A null there is the object's to answer for (GraphQL 6.4.4), so it matters what the object is.
    """
    if name not in parent.fields:
        return False
    required = parent.fields[name].type.required
    return any(
        supergraph.types[one].fields[name].type.required != required
        for one in supergraph.possible(parent.name)
        if name in supergraph.types[one].fields
    )


def covers(supergraph: Supergraph, name: str, parent: Type) -> bool:
    """Whether a fragment on the type says nothing that its parent does not say itself."""
    return name == parent.name or (
        parent.kind == "interface"
        and name in supergraph.interfaces(parent.name)
        and set(supergraph.types[name].fields) <= set(parent.fields)
    )
