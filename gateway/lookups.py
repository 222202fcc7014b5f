"""An operation and its variables → whom it looks up by a number; its answer → which of them were there.

A lookup is a root field with an argument that names a person. What came of it is read from the answer as the
caller gets it: null is null, whichever of the four silences it is, so that the budget cannot tell them
apart either (trust.md §5.6). Of a number itself nothing is kept but a digest under this process's own key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from os import urandom
from typing import Any

from graphql import ValueNode, VariableNode, get_named_type, parse_value, value_from_ast_untyped

from gateway.budget import Budgets, Charged, Who
from gateway.crossing.door import NOT_AVAILABLE
from gateway.federation.execution.response import Response
from gateway.federation.planning.operation import Operation
from gateway.federation.selection import Argument, Field, On, Selections
from gateway.purpose.admit import Admission

PERSONAL = frozenset({
    "IdentifierInput", "NHSNumber", "UPN", "ULN", "NINO", "ChildBenefitNumber", "LAChildID",
})  # fmt: skip
"""The types of arguments that name a person."""
ON_RATE = "alert_on_rate"
"""The obligation of a purpose to alert where one caller asks after many children."""
KEPT = 2_000
"""Operations whose ways are remembered: clients send a small fixed set."""


@dataclass(frozen=True, slots=True)
class _Way:
    """A root field of an operation, by its response key, and the argument that names people.

    `variables` are those of the argument; where one has a default, `text` is what it stands in.
    """

    key: str
    value: ValueNode
    variables: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """The people that one root field names, by digests, in order."""

    key: str
    people: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """A request's lookups, charged. `own`: whoever is found is of the caller's own caseload.

    `alert`: why a reviewer should look at the record of it; None when there is no reason.
    """

    lookups: tuple[Lookup, ...]
    charged: Charged
    own: bool

    @property
    def alert(self) -> str | None:
        return self.charged.alert


@dataclass(slots=True)
class Lookups:
    """What requests look up, against everybody's budgets."""

    budgets: Budgets = field(default_factory=Budgets)
    _key: bytes = field(default_factory=lambda: urandom(32), repr=False)
    _known: dict[int, tuple[Operation, tuple[_Way, ...]]] = field(default_factory=dict, repr=False)

    def begin(self, who: Who, admission: Admission, variables: Mapping[str, Any]) -> Looked:
        """Charges what an admitted operation looks up. Raises TooManyLookups."""
        found = tuple(
            Lookup(way.key, self._people(way, variables)) for way in self._ways(admission.operation)
        )
        people = (one for lookup in found for one in lookup.people)
        rated = ON_RATE in admission.obligations
        return Looked(found, self.budgets.charge(who, people, rated=rated), _is_own(admission))

    def end(self, looked: Looked, response: Response) -> None:
        """Settles it by the answer."""
        if not looked.lookups:
            return
        failed = _failed(response)
        missed: list[bytes] = []
        found: list[bytes] = []
        for lookup in looked.lookups:
            for path, person, there in _outcomes(lookup, response.at_root(lookup.key)):
                if there:
                    found.append(person)
                elif failed.isdisjoint(((), path[:1], path)):
                    missed.append(person)
        self.budgets.settle(looked.charged, missed, found if looked.own else ())

    def _ways(self, operation: Operation) -> tuple[_Way, ...]:
        known = self._known.get(id(operation))
        if known is None or known[0] is not operation:
            if len(self._known) >= KEPT:
                self._known.clear()
            known = self._known[id(operation)] = (operation, tuple(_ways(operation)))
        return known[1]

    def _people(self, way: _Way, variables: Mapping[str, Any]) -> tuple[bytes, ...]:
        if isinstance(way.value, VariableNode):  # as nearly every client writes it
            value = variables.get(way.value.name.value)
        else:
            value = value_from_ast_untyped(way.value, dict(variables))
        defaulted = way.text if any(name not in variables for name in way.variables) else ""
        if value is None and not defaulted:
            return ()
        people = value if isinstance(value, list) else [value]
        return tuple(self._digest(f"{one!r}{defaulted}") for one in people)

    def _digest(self, text: str) -> bytes:
        return blake2b(text.encode(errors="surrogatepass"), key=self._key, digest_size=8).digest()


def _ways(operation: Operation) -> Iterator[_Way]:
    for one in _roots(operation.written):
        if (operation.root, one.name) not in operation.closed:
            for argument in one.arguments:
                if _names_people(operation, one, argument):
                    yield _way(operation, one, argument)


def _way(operation: Operation, one: Field, argument: Argument) -> _Way:
    defaulted = any(" = " in operation.definitions.get(name, "") for name in argument.variables)
    text = f"{operation.identity[0]}\0{argument.value}" if defaulted else ""
    return _Way(one.key, parse_value(argument.value), argument.variables, text)


def _roots(selections: Selections) -> Iterator[Field]:
    for one in selections:
        if isinstance(one, On):
            yield from _roots(one.inside)
        else:
            yield one


def _names_people(operation: Operation, one: Field, argument: Argument) -> bool:
    root: Any = operation.schema.get_type(operation.root)
    definition = root.fields.get(one.name)
    return definition is not None and (
        get_named_type(definition.args[argument.name].type).name in PERSONAL
    )


def _is_own(admission: Admission) -> bool:
    """Whether the purpose opens nothing but what a live relationship with the child opens."""
    if admission.operation.kind == "mutation":
        return True  # who may change a child's record keeps it
    return all("relationship" in way.conditions for way in admission.opening.ways)


Path = tuple[str | int, ...]


def _outcomes(lookup: Lookup, value: Any) -> Iterator[tuple[Path, bytes, bool]]:
    """Each person of a lookup, where the answer speaks of them, and whether they were there."""
    if isinstance(value, list) and len(value) == len(lookup.people):
        for place, (person, found) in enumerate(zip(lookup.people, value, strict=True)):
            yield (lookup.key, place), person, found is not None
        return
    for person in lookup.people:
        yield (lookup.key,), person, value is not None


def _failed(response: Response) -> frozenset[Path]:
    """Where something else than silence is said: nobody was looked for in vain there."""
    return frozenset(
        tuple(error.get("path") or ())
        for error in response.errors
        if error["extensions"].get("code") != NOT_AVAILABLE
    )
