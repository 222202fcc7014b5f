"""An Operation → a Cost: what it may come to, as a number once its variables are known (IBM's cost directives).

A field costs its own weight and what is selected below it, as often as its list is long, and once what
its arguments weigh. Where objects of several types may stand, the dearest counts. The law: what depends
on no variable is worked out once per operation, and a request pays for the rest alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import Undefined, parse_value, value_from_ast_untyped

from gateway.federation.errors import TooCostly
from gateway.federation.planning.limits import Budget, Limits
from gateway.federation.planning.operation import Operation
from gateway.federation.planning.weights import LENGTH, Given, Listed, Weights, arguments
from gateway.federation.selection import Field, Selections
from gateway.federation.supergraph import FieldDefinition

MUTATION = 10
"""What it costs to change something at all."""

Sized = tuple[frozenset[str], "Amount"]
"""The lists of the next level whose length is said above them, and that length."""


@dataclass(frozen=True, slots=True)
class Term:
    """A number that variables decide: where it stands among the terms of its operation."""

    place: int


Amount = int | Term
Reckoning = Callable[[Sequence[int], Mapping[str, Any]], int]
"""The values of the terms before it and the variables → the value of a term."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A field whose list must be told how long it may be by exactly one argument; else nobody can say what it costs."""

    place: str
    listed: Listed
    given: Mapping[str, Given]

    def check(self, variables: Mapping[str, Any]) -> None:
        """Raises TooCostly (`ONE_SLICING_ARGUMENT_NEEDED`)."""
        if not self.listed.is_said_once(self.given, variables):
            names = " and ".join(self.listed.slicing)
            raise TooCostly(
                "ONE_SLICING_ARGUMENT_NEEDED",
                f"{self.place} needs exactly one of its arguments {names}: say once how many are wanted",
            )


@dataclass(frozen=True, slots=True)
class Cost:
    """What one operation costs, for any values of its variables, and what must be said for it to be known."""

    total: Amount = 0
    terms: tuple[Reckoning, ...] = ()
    demands: tuple[Demand, ...] = ()

    def of(self, variables: Mapping[str, Any]) -> int:
        """The cost with these values of the variables, as the API schema coerces them."""
        values: list[int] = []
        for term in self.terms:
            values.append(term(values, variables))
        return _worth(self.total, values)

    def check(self, variables: Mapping[str, Any], limits: Limits) -> None:
        """Raises TooCostly when the operation costs more than it may (`TOO_COSTLY`), or does not say how much."""
        if limits.cost is None:
            return
        for one in self.demands:
            one.check(variables)
        if (found := self.of(variables)) > limits.cost:
            raise TooCostly(
                "TOO_COSTLY",
                f"the operation may cost {found}, and {limits.cost} is the most: "
                "ask for less, or for shorter lists",
            )


def cost(operation: Operation, weights: Weights) -> Cost:
    """The cost of an operation; raises TooCostly when even that takes too long to tell."""
    counting = _Counting(weights, Budget(operation.limits))
    own = MUTATION if operation.kind == "mutation" else 0
    total = counting.sum((own, counting.inside(operation.root, operation.written, ())))
    return Cost(total, tuple(counting.terms), tuple(counting.demands))


def _worth(amount: Amount, values: Sequence[int]) -> int:
    return amount if isinstance(amount, int) else values[amount.place]


class _Counting:
    """The terms of one operation. What is selected on a type is counted once, wherever it stands."""

    def __init__(self, weights: Weights, budget: Budget) -> None:
        self.weights = weights
        self.supergraph = weights.supergraph
        self.budget = budget
        self.terms: list[Reckoning] = []
        self.demands: list[Demand] = []
        self.known: dict[tuple[str, Selections, tuple[Sized, ...]], Amount] = {}

    def inside(self, name: str, chosen: Selections, sized: tuple[Sized, ...]) -> Amount:
        """What is selected on a type, for the object type that makes the most of it."""
        place = (name, chosen, sized)
        if place not in self.known:
            objects = self.supergraph.possible(name) or (name,)
            self.known[place] = self.most({self.on_object(one, chosen, sized) for one in objects})
        return self.known[place]

    def on_object(self, name: str, chosen: Selections, sized: tuple[Sized, ...]) -> Amount:
        alike: dict[str, list[Field]] = {}
        for one in self.applicable(name, chosen):
            alike.setdefault(one.key, []).append(one)
        return self.sum([self.field(name, found, sized) for found in alike.values()])

    def applicable(self, name: str, chosen: Selections) -> Iterator[Field]:
        """The fields that an object of the type is asked for; introspection is answered apart."""
        for one in chosen:
            self.budget.tick()
            if isinstance(one, Field):
                if not one.name.startswith("__"):
                    yield one
            elif name == one.type or name in self.supergraph.possible(one.type):
                yield from self.applicable(name, one.inside)

    def field(self, name: str, alike: Sequence[Field], sized: tuple[Sized, ...]) -> Amount:
        """All that is asked under one response key: GraphQL merges it into one field."""
        definition = self.supergraph.types[name].fields[alike[0].name]
        given = _given(alike[0], definition)
        listed = self.weights.listed(definition)
        if listed.one:
            self.demands.append(Demand(f"{name}.{definition.name}", listed, given))
        length = self.length(listed, given)
        below: tuple[Sized, ...] = ((listed.sized, length),) if listed.sized else ()
        chosen = tuple(dict.fromkeys(child for one in alike for child in one.inside))
        inside = self.inside(definition.type.name, chosen, below) if chosen else 0
        each = self.sum((self.weights.of_field(definition), inside))
        own = LENGTH if below else length
        said = next((found for names, found in sized if definition.name in names), own)
        whole = self.times(each, said, definition.type.depth)
        return self.sum((whole, self.of_arguments(definition, given)))

    def length(self, listed: Listed, given: Mapping[str, Given]) -> Amount:
        if any(given[name].varies for name in listed.slicing if name in given):
            return self.term(lambda _, variables: listed.length(given, variables))
        return listed.length(given, {})

    def of_arguments(self, definition: FieldDefinition, given: Mapping[str, Given]) -> Amount:
        if not self.weights.can_weigh(definition, given):
            return 0
        if any(one.varies for one in given.values()):
            return self.term(
                lambda _, variables: self.weights.of_arguments(definition, given, variables)
            )
        return self.weights.of_arguments(definition, given, {})

    # Arithmetic, done at once where no variable is in it

    def term(self, reckoning: Reckoning) -> Term:
        self.terms.append(reckoning)
        return Term(len(self.terms) - 1)

    def sum(self, amounts: Iterable[Amount]) -> Amount:
        known, open_ends = _parted(amounts)
        if not open_ends:
            return sum(known)
        if len(open_ends) == 1 and not any(known):
            return open_ends[0]
        return self.term(lambda values, _: sum(known) + sum(values[one.place] for one in open_ends))

    def most(self, amounts: Iterable[Amount]) -> Amount:
        known, open_ends = _parted(amounts)
        if not open_ends:
            return max(known, default=0)
        if len(open_ends) == 1 and not known:
            return open_ends[0]
        return self.term(
            lambda values, _: max(*known, 0, *(values[one.place] for one in open_ends))
        )

    def times(self, each: Amount, length: Amount, depth: int) -> Amount:
        """As many as a list of that depth has; the lists in a list are as long as any."""
        if depth == 0 or each == 0:
            return each
        inner: int = LENGTH ** (depth - 1)
        if isinstance(each, int) and isinstance(length, int):
            return each * length * inner
        return self.term(lambda values, _: _worth(each, values) * _worth(length, values) * inner)


def _parted(amounts: Iterable[Amount]) -> tuple[list[int], list[Term]]:
    """The numbers, and the terms, each as often as it comes."""
    known: list[int] = []
    open_ends: list[Term] = []
    for one in amounts:
        if isinstance(one, int):
            known.append(one)
        else:
            open_ends.append(one)
    return known, open_ends


def _given(one: Field, definition: FieldDefinition) -> dict[str, Given]:
    """The arguments of a field by name, with those that only have a default."""
    written = {argument.name: argument for argument in one.arguments}
    found: dict[str, Given] = {}
    for argument in arguments(definition):
        default = argument.default_value
        usual = value_from_ast_untyped(default) if default else Undefined
        if here := written.get(argument.name.value):
            node = parse_value(here.value, no_location=True)
            found[here.name] = Given(node, usual, bool(here.variables))
        elif default:
            found[argument.name.value] = Given(None, usual)
    return found
