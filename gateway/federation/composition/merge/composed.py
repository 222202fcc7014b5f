"""`@composeDirective` → the subgraphs' own directives that reach the supergraph, under one name, from one specification.

A directive is the same in two subgraphs when both link the same specification for it; all its applications are then kept, also those of
a subgraph that forgot to compose it: a label must not be lost by an omission.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.federation.composition.elements import Directive, InputValue, applied
from gateway.federation.composition.findings import Findings, listed
from gateway.federation.composition.link import Link
from gateway.federation.composition.specs import DIRECTIVES, FEDERATION, LINK, Version
from gateway.federation.composition.subgraph import Subgraph

GRAPHQL = ("@skip", "@include", "@deprecated", "@specifiedBy")


@dataclass(frozen=True, slots=True)
class Composed:
    """A custom directive of the supergraph: `own` is its specification's name for it, `written` ours, both with `@`."""

    written: str
    own: str
    link: Link
    definition: Directive

    def is_in(self, subgraph: Subgraph) -> bool:
        """Whether what the subgraph calls `written` is this directive."""
        source = subgraph.links.source(self.written)
        return source is not None and (source[0].identity, source[1]) == (
            self.link.identity,
            self.own,
        )


@dataclass(frozen=True, slots=True)
class _Wish:
    """One subgraph's @composeDirective."""

    subgraph: Subgraph
    written: str
    own: str
    link: Link


def composed_directives(subgraphs: Sequence[Subgraph], found: Findings) -> dict[str, Composed]:
    """The directives to compose, by the name all subgraphs write them with."""
    every = [wish for subgraph in subgraphs for wish in _wishes(subgraph, found)]
    wishes: dict[tuple[str, str], list[_Wish]] = {}
    for wish in every:
        wishes.setdefault((wish.link.identity, wish.own), []).append(wish)
    _check_versions(every, found)
    composed: dict[str, Composed] = {}
    for same in wishes.values():
        if not _agree(same, found):
            continue
        latest = max(same, key=lambda wish: wish.link.version)
        one = Composed(latest.written, latest.own, latest.link, _joint(same))
        other = composed.setdefault(one.written, one)
        if other is not one:
            message = f'"{one.written}" is composed from both {other.link.url} and {one.link.url}; import one of them under another name'
            found.problem("DIRECTIVE_COMPOSITION_ERROR", message)
    for one in composed.values():
        _warn(one, subgraphs, found)
    return composed


def _wishes(subgraph: Subgraph, found: Findings) -> Iterator[_Wish]:
    for application in applied(subgraph.schema, "composeDirective"):
        written = application.value("name")
        if _is_kept_anyway(subgraph, written):
            message = f'{subgraph.name}: "{written}" is composed by federation itself; its @composeDirective can be removed'
            found.hint("DIRECTIVE_COMPOSITION_INFO", message)
            continue
        wrong = _wrong(subgraph, written)
        if wrong:
            found.problem("DIRECTIVE_COMPOSITION_ERROR", f"{subgraph.name}: {wrong}")
            continue
        source = subgraph.links.source(written)
        assert source is not None
        yield _Wish(subgraph, written, source[1], source[0])


def _is_kept_anyway(subgraph: Subgraph, written: object) -> bool:
    known = DIRECTIVES.get(subgraph.links.canonical(str(written).removeprefix("@")))
    return known is not None and bool(known.spec) and str(written).startswith("@")


def _wrong(subgraph: Subgraph, written: object) -> str:
    if not isinstance(written, str) or not written.startswith("@"):
        return f'@composeDirective needs the directive with its "@", not {written!r}'
    source = subgraph.links.source(written)
    if source is None:
        return f'"{written}" cannot be composed without a specification of its own; give it one with @link(url: …, import: ["{written}"])'
    if source[0].identity in (FEDERATION, LINK):
        return f'"{written}" means nothing outside its subgraph; remove its @composeDirective'
    if written in GRAPHQL:
        return f'"{written}" is GraphQL\'s own; import yours under another name'
    if written not in subgraph.directives:
        return f'"{written}" is composed but not defined; add `directive {written} … on …`'
    return ""


def _agree(same: Sequence[_Wish], found: Findings) -> bool:
    written = {wish.written for wish in same}
    if len(written) > 1:
        where = listed(wish.subgraph.name for wish in same)
        message = f'"{same[0].own}" of {same[0].link.identity} is called {listed(sorted(written))} in {where}; import it under one name'
        found.problem("DIRECTIVE_COMPOSITION_ERROR", message)
        return False
    return True


def _check_versions(every: Iterable[_Wish], found: Findings) -> None:
    versions: dict[str, dict[Version, str]] = {}
    for wish in every:
        version = wish.link.version
        # Before 1.0 every minor version may break what it likes.
        major = version if version[0] == 0 else (version[0], 0)
        versions.setdefault(wish.link.identity, {})[major] = wish.link.url
    for urls in versions.values():
        if len(urls) > 1:
            message = f"{listed(sorted(urls.values()))} do not go together; link one major version everywhere"
            found.problem("DIRECTIVE_COMPOSITION_ERROR", message)


def _joint(same: Sequence[_Wish]) -> Directive:
    """The latest definition, made to allow every subgraph's applications."""
    latest = max(same, key=lambda wish: wish.link.version)
    every = [wish.subgraph.directives[wish.written] for wish in same]
    return replace(
        latest.subgraph.directives[latest.written],
        arguments=_joint_arguments(every),
        locations=tuple(dict.fromkeys(place for one in every for place in one.locations)),
        repeatable=any(one.repeatable for one in every),
    )


def _joint_arguments(every: Sequence[Directive]) -> dict[str, InputValue]:
    """Any definition's arguments, optional where another definition does without."""
    joint = {name: one for each in reversed(every) for name, one in each.arguments.items()}
    return {
        name: one
        if all(name in each.arguments for each in every)
        else replace(one, type=one.type.removesuffix("!"))
        for name, one in joint.items()
    }


def _warn(one: Composed, subgraphs: Iterable[Subgraph], found: Findings) -> None:
    strange = [s.name for s in subgraphs if one.written in s.directives and not one.is_in(s)]
    if strange:
        message = f'"{one.written}" in {listed(strange)} is not the one of {one.link.url}, so it is left out; link that specification there, or rename it'
        found.hint("DIRECTIVE_COMPOSITION_WARN", message)
