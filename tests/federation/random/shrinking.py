"""A failing Case → a smaller one that fails in the same way.

Knows nothing of how cases are made: it takes nodes out of the documents, and keeps what still fails.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from graphql import REMOVE, GraphQLSyntaxError, Visitor, parse, print_ast, visit

from tests.federation.random.casefile import Case
from tests.federation.random.judging import Verdict

Settle = Callable[[Case], Verdict]


def shrink(case: Case, kind: str, settle: Settle, seconds: float = 60) -> Case:
    """The smallest case found in that time that fails in the same way."""
    end = time.monotonic() + seconds
    pending = True
    while pending and time.monotonic() < end:
        pending, place = False, 0
        while time.monotonic() < end:
            smaller = next(islice(candidates(case), place, None), None)
            if smaller is None:
                break
            if settle(smaller).kind == kind:
                case, pending = smaller, True
            else:
                place += 1
    return case


def candidates(case: Case) -> Iterator[Case]:
    """Cases with one thing less, large things first."""
    for text in without(case.operation, "operation"):
        yield replace(case, operation=text)
    for name in case.graphs:
        if len(case.graphs) > 1:
            yield replace(case, graphs={n: sdl for n, sdl in case.graphs.items() if n != name})
    for knob in ("failing", "closed", "labels", "counters", "missing"):
        values = getattr(case, knob)
        for one in values:
            yield replace(case, **{knob: tuple(v for v in values if v != one)})
    yield from _without_types(case)
    yield from _without_fields(case)
    for name, sdl in case.graphs.items():
        for text in without(sdl, "sdl"):
            yield replace(case, graphs={**case.graphs, name: text})
    for variable in case.variables:
        yield replace(case, variables={k: v for k, v in case.variables.items() if k != variable})


def _without_types(case: Case) -> Iterator[Case]:
    for node in parse(case.monolith, no_location=True).definitions:
        name = getattr(getattr(node, "name", None), "value", "")
        if name and name != "Query":
            yield _everywhere(case, lambda sdl, name=name: _drop(sdl, (name,)))


def _without_fields(case: Case) -> Iterator[Case]:
    for node in parse(case.monolith, no_location=True).definitions:
        for child in (
            *(getattr(node, "fields", None) or ()),
            *(getattr(node, "values", None) or ()),
        ):
            place = node.name.value, child.name.value  # type: ignore[attr-defined]
            yield _everywhere(case, lambda sdl, place=place: _drop(sdl, place))
            for argument in getattr(child, "arguments", None) or ():
                inner = (*place, argument.name.value)
                yield _everywhere(case, lambda sdl, inner=inner: _drop(sdl, inner))


def _everywhere(case: Case, change: Callable[[str], str]) -> Case:
    graphs = {name: change(sdl) for name, sdl in case.graphs.items()}
    return replace(
        case,
        monolith=change(case.monolith),
        graphs={name: sdl for name, sdl in graphs.items() if sdl.strip()},
    )


def _drop(sdl: str, place: tuple[str, ...]) -> str:
    """The SDL without a type, a field or value, or an argument; without a type's mentions too."""
    return print_ast(visit(parse(sdl, no_location=True), _Drop(place)))


class _Drop(Visitor):
    def __init__(self, place: tuple[str, ...]) -> None:
        super().__init__()
        self.place = place

    def enter(self, node: Any, _: Any, parent: Any, __: Any, ancestors: Any) -> Any:
        if node.kind == "named_type":
            listed = isinstance(parent, tuple | list)
            return REMOVE if listed and (node.name.value,) == self.place else None
        if (
            not node.kind.endswith(("definition", "extension"))
            or node.kind == "directive_definition"
        ):
            return None
        owners = [one for one in ancestors if not isinstance(one, tuple | list)]
        names = [one.name.value for one in (*owners, node) if getattr(one, "name", None)]
        own = (names[0].removeprefix("Root"), *names[1:]) if names else ()
        mentions = (
            len(self.place) == 1 and hasattr(node, "type") and _named(node.type) == self.place[0]
        )
        return REMOVE if own == self.place or mentions else None


def _named(type_: Any) -> str:
    while not hasattr(type_, "name"):
        type_ = type_.type
    return str(type_.name.value)


REMOVABLE = {
    "operation": ("selections", "directives", "arguments", "variable_definitions", "definitions"),
    "sdl": ("directives", "definitions", "types", "interfaces", "fields", "values"),
}


def without(text: str, what: str) -> Iterator[str]:
    """The document with one node less, or with a fragment's inside in its place; outer nodes first."""
    for document in _variants(parse(text, no_location=True), what):
        shorter = _tidied(print_ast(document)) if what == "operation" else print_ast(document)
        try:
            parse(shorter)
        except GraphQLSyntaxError:
            continue
        yield shorter


def _tidied(text: str) -> str:
    """The operation without fragments and variables that nothing uses any more."""
    while True:
        names = re.findall(r"^fragment (\w+) on", text, re.MULTILINE)
        idle = [name for name in names if not re.search(rf"\.\.\.\s*{name}\b", text)]
        if not idle:
            break
        text = re.sub(rf"^fragment {idle[0]} on.*?^}}\n*", "", text, flags=re.MULTILINE | re.DOTALL)
    for name in dict.fromkeys(re.findall(r"\$(\w+)", text)):
        if len(re.findall(rf"\${name}\b", text)) == 1:
            text = re.sub(rf"\${name}: [^$]*?(?=, \$|\) {{)(, )?", "", text, count=1)
    return text.replace(", )", ")").replace("()", "")


def _variants(node: Any, what: str) -> Iterator[Any]:
    groups = {group: getattr(node, group, None) for group in node.keys}
    lists = {g: tuple(found) for g, found in groups.items() if isinstance(found, tuple | list)}
    for group, children in lists.items():
        for index, child in enumerate(children):
            for change in _changes(group, child, what):
                if change or group != "selections" or len(children) > 1:
                    rest = children[index + 1 :]
                    yield replace(node, **{group: (*children[:index], *change, *rest)})
    yield from _inner_variants(node, lists, what)
    for group, child in groups.items():
        if hasattr(child, "keys"):
            yield from (replace(node, **{group: other}) for other in _variants(child, what))


def _inner_variants(node: Any, lists: dict[str, tuple[Any, ...]], what: str) -> Iterator[Any]:
    for group, children in lists.items():
        for index, child in enumerate(children):
            for other in _variants(child, what):
                yield replace(node, **{group: (*children[:index], other, *children[index + 1 :])})


def _changes(group: str, child: Any, what: str) -> Iterator[tuple[Any, ...]]:
    if group in REMOVABLE[what]:
        yield ()
    if what == "operation" and child.kind == "inline_fragment":
        yield tuple(child.selection_set.selections)
