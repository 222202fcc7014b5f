"""Objects → representations, each distinct one once, with the objects that wait for it.

An object whose key is absent or null is not sent and stays unresolved: a subgraph may throw at a
reference that it cannot read, and the step that should have supplied the key has already reported
why it did not. A null that the target allows is sent (federation.md §3.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from gateway.federation.execution.collect import Spot
from gateway.federation.planning.steps import Input, Sent

_canonical = msgspec.json.Encoder(order="deterministic").encode

_UNSENDABLE = object()


class Waiting:
    """Distinct representations in first-seen order, and for each the objects that it stands for."""

    __slots__ = ("_places", "representations", "spots")

    def __init__(self) -> None:
        self.representations: list[dict[str, Any]] = []
        self.spots: list[list[Spot]] = []
        self._places: dict[bytes, int] = {}

    def add(self, spots: Iterable[Spot], inputs: tuple[Input, ...]) -> None:
        """Represent these objects as well."""
        for spot in spots:
            representation = represent(spot.object, inputs)
            if representation is not None:
                self._add(representation, spot)

    def _add(self, representation: dict[str, Any], spot: Spot) -> None:
        # The text is the key, not its hash, and 1 and "1" are different texts.
        place = self._places.setdefault(_canonical(representation), len(self.spots))
        if place == len(self.spots):
            self.representations.append(representation)
            self.spots.append([])
        self.spots[place].append(spot)


def represent(found: dict[str, Any], inputs: tuple[Input, ...]) -> dict[str, Any] | None:
    """What the subgraph is sent of this object; None when it cannot be asked about it."""
    runtime = found.get("__typename")
    for one in inputs:
        if not one.types or runtime in one.types:
            return _representation(found, one)
    return None


def _representation(found: dict[str, Any], chosen: Input) -> dict[str, Any] | None:
    typename = chosen.typename or found.get("__typename")
    if typename is None:
        return None
    fields = _fields(found, chosen.fields)
    if not isinstance(fields, dict):
        return None
    keys = [sent.name for sent in chosen.fields if sent.key and sent.name in fields]
    if keys and all(fields[name] is None for name in keys):
        return None
    return {"__typename": typename, **fields}


def _fields(found: dict[str, Any], fields: tuple[Sent, ...]) -> Any:
    sent: dict[str, Any] = {}
    for one in fields:
        if one.only and found.get("__typename") not in one.only:
            continue
        value = _value(found.get(one.source, _UNSENDABLE), one)
        if value is _UNSENDABLE:
            return _UNSENDABLE
        sent[one.name] = value
    return sent


def _value(value: Any, sent: Sent) -> Any:
    if value is None:
        return _UNSENDABLE if sent.required else None
    return _inside(value, sent.inside) if sent.inside else value


def _inside(value: Any, fields: tuple[Sent, ...]) -> Any:
    if isinstance(value, dict):
        return _fields(value, fields)
    if not isinstance(value, list):
        return _UNSENDABLE
    elements = [None if one is None else _inside(one, fields) for one in value]
    return _UNSENDABLE if any(one is _UNSENDABLE for one in elements) else elements
