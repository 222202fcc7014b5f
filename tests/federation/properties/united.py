"""Parts → the same Parts with two subgraphs made one: it has the fields of both, and needs no more than either.

What one of the two declared for the other to resolve it now resolves itself; a @requires or @provides of such
fields has nothing left to say.
"""

from __future__ import annotations

import re
from copy import deepcopy

from tests.federation.random.split import Dealt, Part, Parts, Piece


def united(parts: Parts, one: str, other: str) -> Parts:
    """A copy of the parts in which `one` has taken `other` in."""
    new = deepcopy(parts)
    taken = new.parts.pop(other)
    into = new.parts[one]
    into.spelling, into.renamed_roots = "imported", False
    for name, piece in taken.types.items():
        into.types[name] = _pieces(into.types[name], piece) if name in into.types else piece
    for piece in into.types.values():
        for dealt in piece.fields.values():
            _settle(into, piece, dealt)
    _drop_idle(into)
    return new


def _pieces(first: Piece, second: Piece) -> Piece:
    fields = dict(first.fields)
    for name, dealt in second.fields.items():
        fields[name] = _dealt(fields[name], dealt) if name in fields else dealt
    return Piece(
        first.kind,
        fields,
        {key: first.keys.get(key, False) or second.keys.get(key, False)
         for key in (*first.keys, *second.keys)},
        list(dict.fromkeys(first.interfaces + second.interfaces)),
        list(dict.fromkeys(first.members + second.members)),
        list(dict.fromkeys(first.values + second.values)),
        first.hidden_values | second.hidden_values,
    )  # fmt: skip


def _dealt(first: Dealt, second: Dealt) -> Dealt:
    """The stricter type; resolved if either resolves it, with requirements only if both have some."""
    resolving = [one for one in (first, second) if not one.external]
    free = [one for one in resolving if not one.requires]
    chosen = (free or resolving or [first])[0]
    return Dealt(
        max(first.type, second.type, key=lambda text: text.count("!")),
        chosen.arguments,
        external=chosen.external,
        requires=chosen.requires,
        provides=" ".join(one.provides for one in resolving if one.provides) or None,
        hidden=first.hidden or second.hidden,
        hidden_arguments=first.hidden_arguments | second.hidden_arguments,
    )


def _settle(part: Part, piece: Piece, dealt: Dealt) -> None:
    """Without a @requires or @provides of fields that are resolved here."""
    if dealt.requires and not all(
        piece.fields[name].external for name in _names(dealt.requires) if name in piece.fields
    ):
        dealt.requires = None
    below = part.types.get(dealt.type.strip("[]!"))
    if dealt.provides and below:
        mentioned = [below.fields[n] for n in _names(dealt.provides) if n in below.fields]
        if not all(one.external for one in mentioned):
            dealt.provides = None


def _drop_idle(part: Part) -> None:
    """Without external fields that no key, requirement or provision mentions any more."""
    said = " ".join(
        text
        for piece in part.types.values()
        for text in (
            *piece.keys,
            *(one.requires or "" for one in piece.fields.values()),
            *(one.provides or "" for one in piece.fields.values()),
        )
    )
    for piece in part.types.values():
        for name in [n for n, one in piece.fields.items() if one.external]:
            if name not in _names(said):
                del piece.fields[name]


def _names(selections: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w*", selections))
