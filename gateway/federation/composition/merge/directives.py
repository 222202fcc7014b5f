"""The directives applied to one thing in several subgraphs → those applied to it in the supergraph.

Repeatable ones are all kept, equal ones once. Of the others, those with a rule of their own combine (`_RULES`); of the rest the most
frequent wins, the first of them, and a hint says so. A federation directive that means nothing outside its subgraph stays there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from gateway.federation.composition.elements import Applied, Directives, text_of
from gateway.federation.composition.merge.merging import Declared, Merging, names
from gateway.federation.composition.specs import DIRECTIVES

Alternatives = Sequence[Sequence[str]]
"""`[["a", "b"], ["c"]]`: (a and b) or c."""


def merged_directives(
    merging: Merging, place: str, declared: Iterable[Declared[Directives]]
) -> Directives:
    """What the supergraph applies at this place, in the order the subgraphs first name each directive."""
    by_name: dict[str, list[Declared[Applied]]] = {}
    for one in declared:
        for application in one.it:
            if merging.is_kept(one.subgraph, application.name):
                application = _within(one, application)
                by_name.setdefault(application.name, []).append(Declared(one.subgraph, application))
    return tuple(
        application
        for name, applications in by_name.items()
        for application in _merged(merging, place, name, applications)
    )


def _within(one: Declared[Directives], application: Applied) -> Applied:
    """Contexts of different subgraphs are different contexts."""
    if application.name != "context":
        return application
    return Applied(
        "context", (("name", text_of(f"{one.subgraph.name}__{application.value('name')}")),)
    )


def _merged(
    merging: Merging, place: str, name: str, applications: list[Declared[Applied]]
) -> Iterable[Applied]:
    different = {_complete(merging, one.it): one.it for one in reversed(applications)}
    first_come = [
        one for one in dict.fromkeys(a.it for a in applications) if one in different.values()
    ]
    if len(first_come) == 1 or _is_repeatable(merging, name):
        return first_come
    if name in _RULES:
        message = f"@{name} differs at {place} between {names(applications)}; the supergraph combines them"
        merging.found.hint("MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS", message)
        return [Applied(name, _RULES[name]([one.it for one in applications]))]
    counts = Counter(_complete(merging, one.it) for one in applications)
    chosen = different[max(counts, key=lambda one: counts[one])]
    others = names(one for one in applications if one.it != chosen)
    message = f"@{name.removeprefix('@')} differs at {place}: the supergraph uses {chosen}, not that of {others}. Write it the same way everywhere."
    merging.found.hint("INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS", message)
    return [chosen]


def _is_repeatable(merging: Merging, name: str) -> bool:
    if name in merging.composed:
        return merging.composed[name].definition.repeatable
    return name in DIRECTIVES and " repeatable " in DIRECTIVES[name].shape


def _complete(merging: Merging, application: Applied) -> Applied:
    """The application with its defaults spelled out and in one order: equal when it means the same."""
    arguments = dict(application.arguments)
    composed = merging.composed.get(application.name)
    for argument in composed.definition.arguments.values() if composed else ():
        if argument.default is not None:
            arguments.setdefault(argument.name, argument.default)
    return Applied(application.name, tuple(sorted(arguments.items())))


def conjunction(left: Alternatives, right: Alternatives) -> Alternatives:
    """Both must hold: every alternative of one with every alternative of the other, without those another makes idle."""
    combined = {frozenset((*one, *other)) for one in left or ((),) for other in right or ((),)}
    needed = (one for one in combined if not any(other < one for other in combined))
    return sorted(sorted(one) for one in needed)


def combined(applications: Iterable[Applied], argument: str) -> tuple[tuple[str, str], ...]:
    """The conjunction of every application's alternatives."""
    result: Alternatives = ((),)
    for application in applications:
        result = conjunction(result, application.value(argument))
    return ((argument, text_of(result)),)


def _highest(applications: Sequence[Applied]) -> tuple[tuple[str, str], ...]:
    return (("weight", str(max(int(one.value("weight")) for one in applications))),)


def _list_size(applications: Sequence[Applied]) -> tuple[tuple[str, str], ...]:
    sizes = _given(applications, "assumedSize")
    merged: dict[str, Any] = {"assumedSize": max(sizes) if sizes else None}
    for argument in ("slicingArguments", "sizedFields"):
        lists = _given(applications, argument)
        merged[argument] = list(dict.fromkeys(n for each in lists for n in each)) if lists else None
    required = [one.value("requireOneSlicingArgument") is not False for one in applications]
    merged["requireOneSlicingArgument"] = all(required)
    return tuple((name, text_of(value)) for name, value in merged.items() if value is not None)


def _given(applications: Sequence[Applied], argument: str) -> list[Any]:
    values = (one.value(argument) for one in applications)
    return [value for value in values if value is not None]


_RULES: dict[str, Callable[[Sequence[Applied]], tuple[tuple[str, str], ...]]] = {
    "requiresScopes": lambda applications: combined(applications, "scopes"),
    "policy": lambda applications: combined(applications, "policies"),
    "cost": _highest,
    "listSize": _list_size,
}
