"""Progressive overrides: which labels there are, and which of them an operation can touch.

A label decides per request which of two subgraphs a field is asked of (`@override(from:, label:)`).
`percent(p)` is on for p per cent of requests, by one draw per request; every other label is on when
whoever serves the request says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from weakref import WeakKeyDictionary

from gateway.federation.planning.operation import Operation
from gateway.federation.selection import On, Selections
from gateway.federation.supergraph import Supergraph

_PERCENT = re.compile(r"percent\((\d+(?:\.\d+)?)\)")
_KNOWN: WeakKeyDictionary[Supergraph, Mapping[str, frozenset[str]]] = WeakKeyDictionary()


def labels_of(supergraph: Supergraph) -> Mapping[str, frozenset[str]]:
    """Every label of the supergraph, with the names of the fields that it moves."""
    if supergraph not in _KNOWN:
        found: dict[str, set[str]] = {}
        for one in supergraph.types.values():
            for definition in one.fields.values():
                for join in definition.joins.values():
                    if join.label is not None:
                        found.setdefault(join.label, set()).add(definition.name)
        _KNOWN[supergraph] = {label: frozenset(names) for label, names in found.items()}
    return _KNOWN[supergraph]


def active(supergraph: Supergraph, draw: float, others: Collection[str] = ()) -> frozenset[str]:
    """The labels that are on for one request: `draw` is its number from 0 up to 100."""
    return frozenset(
        label
        for label in labels_of(supergraph)
        if label in others
        or ((found := _PERCENT.fullmatch(label)) is not None and draw < float(found[1]))
    )


def touched(operation: Operation, supergraph: Supergraph) -> frozenset[str]:
    """The labels that may change the operation's plan: those that move a field of that name.

    The fields of keys and requirements count as asked, since any operation may come to need them.
    """
    labels = labels_of(supergraph)
    if not labels:
        return frozenset()
    names = _names(operation.written) | _needed(supergraph)
    return frozenset(label for label, moved in labels.items() if moved & names)


_NEEDED: WeakKeyDictionary[Supergraph, frozenset[str]] = WeakKeyDictionary()


def _needed(supergraph: Supergraph) -> frozenset[str]:
    if supergraph not in _NEEDED:
        found: frozenset[str] = frozenset()
        for one in supergraph.types.values():
            for join in one.joins.values():
                for key in join.keys:
                    found |= _names(key.fields)
            for definition in one.fields.values():
                for own in definition.joins.values():
                    found |= _names(own.requires)
        _NEEDED[supergraph] = found
    return _NEEDED[supergraph]


def _names(selections: Selections) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for one in selections:
        found |= _names(one.inside) if isinstance(one, On) else {one.name} | _names(one.inside)
    return found
