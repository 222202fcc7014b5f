"""An operation and its variables → whom it looks up by a number; its answer → which of them were there.

A lookup is a root field with an argument that names a person. What came of it is read from the answer as the
caller gets it: null is null, whichever of the four silences it is, so that the budget cannot tell them
apart either (trust.md §5.6). Of a number itself nothing is kept but a digest under this process's own key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from os import urandom
from typing import Any

import msgspec
from graphql import ValueNode, VariableNode, get_named_type, parse_value, value_from_ast_untyped

from gateway.budget import Budgets, Charged, Who
from gateway.crossing import NOT_AVAILABLE
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

    `alone` is the variable that the argument is, if it is nothing but one. `variables` are those of the argument;
    where one has a default, `text` is what it stands in.
    """

    key: str
    value: ValueNode
    alone: str | None
    variables: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Ways:
    """An admission's lookups, compiled. `rated`: many of them are alerted on; `own`: as of `Looked`."""

    admission: Admission
    ways: tuple[_Way, ...]
    rated: bool
    own: bool


class Lookup(msgspec.Struct, frozen=True):
    """The people that one root field names, by digests, in order."""

    key: str
    people: tuple[bytes, ...]


class Looked(msgspec.Struct, frozen=True):
    """A request's lookups, charged. `own`: whoever is found is of the caller's own caseload.

    `alert`: why a reviewer should look at the record of it; None when there is no reason.
    """

    lookups: Sequence[Lookup]
    charged: Charged
    own: bool

    @property
    def alert(self) -> str | None:
        return self.charged.alert


@dataclass(slots=True)
class Lookups:
    """What requests look up, against everybody's budgets."""

    budgets: Budgets = field(default_factory=Budgets)
    _keyed: blake2b = field(
        default_factory=lambda: blake2b(key=urandom(32), digest_size=8), repr=False
    )
    _known: dict[int, _Ways] = field(default_factory=dict, repr=False)

    def begin(self, who: Who, admission: Admission, variables: Mapping[str, Any]) -> Looked:
        """Charges what an admitted operation looks up. Raises TooManyLookups."""
        known = self._known.get(id(admission))
        if known is None or known.admission is not admission:
            known = self._compiled(admission)
        found: list[Lookup] = []
        everybody: list[bytes] = []
        for way in known.ways:
            people = self._people(way, variables)
            found.append(Lookup(way.key, people))
            everybody += people
        return Looked(found, self.budgets.charge(who, everybody, rated=known.rated), known.own)

    def end(self, looked: Looked, response: Response) -> None:
        """Settles it by the answer."""
        missing: list[tuple[Path, bytes]] = []
        there: list[bytes] = []
        for lookup in looked.lookups:
            answer = response.at_root(lookup.key)
            if isinstance(answer, list) and len(answer) == len(lookup.people):
                for place, (person, found) in enumerate(zip(lookup.people, answer, strict=True)):
                    if found is None:
                        missing.append(((lookup.key, place), person))
                    else:
                        there.append(person)
            elif answer is None:
                missing += [((lookup.key,), person) for person in lookup.people]
            else:
                there += lookup.people
        missed = _in_vain(missing, response) if missing else ()
        if missed or looked.own:
            self.budgets.settle(looked.charged, missed, there if looked.own else ())

    def _compiled(self, admission: Admission) -> _Ways:
        if len(self._known) >= KEPT:
            self._known.clear()
        known = _Ways(
            admission,
            tuple(_ways(admission.operation)),
            rated=ON_RATE in admission.obligations,
            own=_is_own(admission),
        )
        self._known[id(admission)] = known
        return known

    def _people(self, way: _Way, variables: Mapping[str, Any]) -> tuple[bytes, ...]:
        if way.alone is not None:  # as nearly every client writes it
            value = variables.get(way.alone)
        else:
            value = value_from_ast_untyped(way.value, dict(variables))
        defaulted = way.text
        if defaulted and all(name in variables for name in way.variables):
            defaulted = ""
        if value is None and not defaulted:
            return ()
        if isinstance(value, list):
            return tuple([self._digest(f"{one!r}{defaulted}") for one in value])
        return (self._digest(f"{value!r}{defaulted}"),)

    def _digest(self, text: str) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(text.encode(errors="surrogatepass"))
        return keyed.digest()


def _ways(operation: Operation) -> Iterator[_Way]:
    for one in _roots(operation.written):
        if (operation.root, one.name) not in operation.closed:
            for argument in one.arguments:
                if _names_people(operation, one, argument):
                    yield _way(operation, one, argument)


def _way(operation: Operation, one: Field, argument: Argument) -> _Way:
    defaulted = any(" = " in operation.definitions.get(name, "") for name in argument.variables)
    text = f"{operation.identity[0]}\0{argument.value}" if defaulted else ""
    value = parse_value(argument.value)
    alone = value.name.value if isinstance(value, VariableNode) else None
    return _Way(one.key, value, alone, argument.variables, text)


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


def _in_vain(missing: list[tuple[Path, bytes]], response: Response) -> list[bytes]:
    """Whoever is not there, but where something else than silence is said: nobody was looked for in vain there."""
    failed = frozenset(
        tuple(error.get("path") or ())
        for error in response.errors
        if error["extensions"].get("code") != NOT_AVAILABLE
    )
    return [person for path, person in missing if failed.isdisjoint(((), path[:1], path))]
