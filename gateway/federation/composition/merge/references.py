"""The types one thing has in several subgraphs → the type it has in the supergraph.

What comes out of a field may be anything a subgraph gives: the most general type. What goes in must suit every subgraph: the most
specific one.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.federation.composition.merge.merging import Declared, Merging, grouped


def is_subtype(merging: Merging, sub: str, of: str) -> bool:
    """Whether every value of `sub` is one of `of`; equal types are."""
    if sub == of:
        return True
    if sub.endswith("!"):
        return is_subtype(merging, sub[:-1], of.removesuffix("!"))
    if of.endswith("!"):
        return False
    if sub.startswith("[") or of.startswith("["):
        return sub[0] == of[0] == "[" and is_subtype(merging, sub[1:-1], of[1:-1])
    return sub in merging.members.get(of, ()) or of in merging.interfaces.get(sub, ())


def output_type(merging: Merging, place: str, declared: Sequence[Declared[str]]) -> str:
    """The most general of the types, for a field."""
    return _merged(merging, place, declared, general=True)


def input_type(merging: Merging, place: str, declared: Sequence[Declared[str]]) -> str:
    """The most specific of the types, for an argument or an input field."""
    return _merged(merging, place, declared, general=False)


def _merged(
    merging: Merging, place: str, declared: Sequence[Declared[str]], *, general: bool
) -> str:
    chosen = declared[0].it
    compatible = True
    for one in declared[1:]:
        narrower, wider = (one.it, chosen) if general else (chosen, one.it)
        if is_subtype(merging, narrower, wider):
            continue
        if is_subtype(merging, wider, narrower):
            chosen = one.it
        else:
            compatible = False
    if not compatible:
        _refuse(merging, place, declared)
    elif any(one.it != chosen for one in declared):
        _mention(merging, place, chosen, declared)
    return chosen


def _is_argument(place: str) -> bool:
    return place.endswith(")")


def _refuse(merging: Merging, place: str, declared: Sequence[Declared[str]]) -> None:
    code = "FIELD_ARGUMENT_TYPE_MISMATCH" if _is_argument(place) else "FIELD_TYPE_MISMATCH"
    types = grouped(declared, lambda text: f'"{text}"')
    message = f'The type of "{place}" is {types}; make them equal, or one a supertype of the others'
    merging.found.problem(code, message)


def _mention(merging: Merging, place: str, chosen: str, declared: Sequence[Declared[str]]) -> None:
    kind = "ARGUMENT" if _is_argument(place) else "FIELD"
    types = grouped(declared, lambda text: f'"{text}"')
    message = f'The type of "{place}" is {types}; the supergraph uses "{chosen}"'
    merging.found.hint(f"INCONSISTENT_BUT_COMPATIBLE_{kind}_TYPE", message)
