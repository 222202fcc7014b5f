"""Fetches while they are being put together: who is asked what, before any of it is final.

Drafts change: fields are added, drafts are merged, keys are moved. Nothing outside planning sees one;
`steps` has what they become.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gateway.federation.planning.places import Place
from gateway.federation.planning.steps import Kind
from gateway.federation.selection import Field, On, Selections, merged


@dataclass(slots=True, eq=False)
class Out:
    """A selection set to be sent: on `type` in the subgraph, for the objects at `place`.

    `fields` maps the key in the request to the field as it was asked, and what is selected below.
    """

    type: str
    place: Place
    fields: dict[str, tuple[Field, Out | None]] = field(default_factory=dict)
    on: dict[str, Out] = field(default_factory=dict)

    def leaf(self, one: Field, key: str) -> None:
        """Select a leaf."""
        self.fields.setdefault(key, (one, None))

    def branch(self, one: Field, key: str, name: str) -> Out:
        """Select a composite field of the named type; what is selected below it."""
        if key not in self.fields:
            self.fields[key] = (one, Out(name, self.place.child(key)))
        below = self.fields[key][1]
        assert below is not None
        return below

    def typename(self) -> None:
        """Ask what the object is."""
        self.leaf(Field("__typename"), "__typename")

    def narrowed(self, name: str) -> Out:
        """The selection set in a fragment on the named type."""
        return self.on.setdefault(name, Out(name, self.place))

    def absorb(self, other: Out) -> None:
        """Select what the other selects, too."""
        for key, (one, below) in other.fields.items():
            if below is None:
                self.leaf(one, key)
            else:
                self.branch(one, key, below.type).absorb(below)
        for name, inside in other.on.items():
            self.narrowed(name).absorb(inside)

    def is_empty(self) -> bool:
        """Whether nothing is selected at all."""
        return not self.fields and all(one.is_empty() for one in self.on.values())


@dataclass(frozen=True, slots=True)
class Down:
    """Into the value of a field of an object at `place` of this type; `many` for a list."""

    place: Place
    type: str
    key: str
    many: bool


@dataclass(frozen=True, slots=True)
class Being:
    """On only as one of these types."""

    types: frozenset[str]


Route = tuple[Down | Being, ...]


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent of an object: `type` is what it is in the target, `on` what it is here ("" for any).

    `told` is the `__typename` it is sent with, None for its own. `strict` says that an object is not
    sent at all when something of `requires` is null in it.
    """

    on: frozenset[str]
    type: str
    told: str | None
    keys: Selections
    requires: Selections
    place: Place
    strict: bool = False

    def agrees_with(self, other: Sending) -> bool:
        """Whether both can be sent as one.

        No field may be meant with two different arguments, and what one of them requires must not
        keep the other's objects from being sent.
        """
        if self.requires != other.requires and (self.strict or other.strict):
            return False
        return not _clash((*self.keys, *self.requires), (*other.keys, *other.requires))

    def with_more(self, other: Sending) -> Sending:
        """Both, of the same object."""
        return Sending(
            self.on,
            self.type,
            self.told,
            merged((*self.keys, *other.keys)),
            merged((*self.requires, *other.requires)),
            self.place,
            self.strict or other.strict,
        )


def _clash(ones: Selections, others: Selections) -> bool:
    """Whether the two have a field of one name with different arguments, at any depth."""
    for one in ones:
        for other in others:
            if isinstance(one, On) or isinstance(other, On):
                if _clash(
                    one.inside if isinstance(one, On) else (one,),
                    other.inside if isinstance(other, On) else (other,),
                ):
                    return True
            elif one.name == other.name and (
                one.arguments != other.arguments or _clash(one.inside, other.inside)
            ):
                return True
    return False


@dataclass(frozen=True, slots=True)
class Borrowed:
    """A contextual argument: its variable, the ancestor at `above` that has its value, and where in it."""

    variable: str
    type: str
    above: Route
    holder: str
    place: Place
    selections: Selections


@dataclass(slots=True, eq=False)
class Draft:
    """One fetch to be. `turn` is the root field of a mutation that it belongs to, `part` the deferred
    part that it was made for, and `parts` are all that read what it answers."""

    graph: str
    kind: Kind
    operation: str
    route: Route
    output: Out
    turn: int = 0
    part: int = 0
    parts: set[int] = field(default_factory=set)
    sendings: list[Sending] = field(default_factory=list)
    needs: dict[Draft, None] = field(default_factory=dict)
    borrowed: list[Borrowed] = field(default_factory=list)

    def is_beside(self, other: Draft) -> bool:
        """Whether the two ask one subgraph for entities, for the same part of the answer."""
        return (
            self.kind is other.kind is Kind.ENTITY
            and (self.graph, self.turn, self.part) == (other.graph, other.turn, other.part)
            and not self.borrowed
            and not other.borrowed
        )

    def goes_with(self, other: Draft) -> bool:
        """Whether they are beside each other and ready at the same time."""
        return self.is_beside(other) and self.needs.keys() == other.needs.keys()

    def send(self, sending: Sending) -> None:
        """Send this, too."""
        for place, known in enumerate(self.sendings):
            if (known.on, known.type, known.told) == (sending.on, sending.type, sending.told):
                self.sendings[place] = known.with_more(sending)
                return
        self.sendings.append(sending)

    def wait_for(self, other: Draft) -> None:
        """Need the other's answer first."""
        if other is not self:
            self.needs[other] = None

    def ancestors(self) -> set[Draft]:
        """Every draft that must be done before this one."""
        found: set[Draft] = set()
        stack = list(self.needs)
        while stack:
            one = stack.pop()
            if one not in found:
                found.add(one)
                stack.extend(one.needs)
        return found


def replaced(drafts: Sequence[Draft], old: Draft, new: Draft) -> list[Draft]:
    """The drafts without `old`; whoever waited for it waits for `new`."""
    new.parts |= old.parts
    for one in drafts:
        if old in one.needs:
            one.needs = {new if need is old else need: None for need in one.needs}
            one.needs.pop(one, None)
    return [one for one in drafts if one is not old]


def in_order(drafts: Sequence[Draft]) -> list[Draft]:
    """Every draft after those it needs, otherwise as they come."""
    done: dict[Draft, None] = {}
    waiting = list(drafts)
    while waiting:
        ready = [one for one in waiting if all(need in done for need in one.needs)]
        assert ready, "drafts wait for each other"
        done.update(dict.fromkeys(ready))
        waiting = [one for one in waiting if one not in done]
    return list(done)


def outs(out: Out) -> Iterator[Out]:
    """The selection set and every one below it, at any depth."""
    yield out
    for _, below in out.fields.values():
        if below is not None:
            yield from outs(below)
    for inside in out.on.values():
        yield from outs(inside)
