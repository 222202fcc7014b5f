"""`@override` on one field → which subgraphs lost it, which keep it under a label, and what is wrong with the attempt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.federation.composition.elements import Applied, Coordinate, Field, applied, has
from gateway.federation.composition.findings import listed
from gateway.federation.composition.merge.merging import Declared, Merging, present
from gateway.federation.composition.subgraph import Subgraph

_LABEL = re.compile(r"[a-zA-Z][a-zA-Z0-9_\-:./]*|percent\((\d{1,2}(\.\d{1,8})?|100)\)")


@dataclass(frozen=True, slots=True)
class Overriding:
    """By subgraph name. `used`: overridden, but still needed there for a key, a requirement or an interface; `unused`: gone.

    `adrift`: overrides from a subgraph that does not exist.
    """

    used: set[str] = field(default_factory=set)
    unused: set[str] = field(default_factory=set)
    adrift: set[str] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)

    def lost(self, subgraph: Subgraph) -> bool:
        return subgraph.name in self.used or subgraph.name in self.unused


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One `@override`: `by` takes the field of `giver`."""

    place: str
    by: Declared[Field]
    override: Applied
    giver: Declared[Field | None] | None


def overriding(
    merging: Merging, coordinate: Coordinate, declared: Sequence[Declared[Field | None]]
) -> Overriding:
    """What the overrides of one field come to."""
    result = Overriding()
    place = ".".join(coordinate)
    by_name = {one.subgraph.name: one for one in declared}
    takers = [
        (one, override)
        for one in present(declared)
        for override in applied(one.it.directives, "override")
    ]
    taking = {one.subgraph.name for one, _ in takers}
    for taker, override in takers:
        source = str(override.value("from"))
        attempt = _Attempt(place, taker, override, by_name.get(source))
        if _is_allowed(merging, coordinate, attempt) and _is_real(merging, attempt, taking, result):
            _settle(merging, coordinate, attempt, result)
    return result


def _is_allowed(merging: Merging, coordinate: Coordinate, attempt: _Attempt) -> bool:
    subgraph = attempt.by.subgraph
    if subgraph.types[coordinate[0]].kind == "INTERFACE":
        message = f'{subgraph.name}: @override cannot stand on "{attempt.place}", an interface field; put it on the fields of the implementations'
        merging.found.problem("OVERRIDE_ON_INTERFACE", message)
        return False
    if subgraph.is_interface_object(coordinate[0]):
        message = f'{subgraph.name}: @override cannot stand on "{attempt.place}", a field of an @interfaceObject; remove it'
        merging.found.problem("OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", message)
        return False
    return True


def _is_real(merging: Merging, attempt: _Attempt, taking: set[str], result: Overriding) -> bool:
    """Whether there is another subgraph's field to take."""
    source, taker = str(attempt.override.value("from")), attempt.by.subgraph.name
    found = merging.found
    if source not in {one.name for one in merging.subgraphs}:
        result.adrift.add(taker)
        message = f'{taker}: "{attempt.place}" overrides "{source}", which is no subgraph; correct the name or remove @override'
        found.hint("FROM_SUBGRAPH_DOES_NOT_EXIST", message)
    elif source == taker:
        message = f'{taker}: "{attempt.place}" overrides itself; name the subgraph it is taken from'
        found.problem("OVERRIDE_FROM_SELF_ERROR", message)
    elif source in taking:
        both = listed(sorted((taker, source)))
        message = f'"{attempt.place}" is overridden by both {both}; keep @override in one of them'
        found.problem("OVERRIDE_SOURCE_HAS_OVERRIDE", message)
    elif attempt.giver is None or attempt.giver.it is None:
        return _check_gone(merging, attempt, source)
    else:
        return True
    return False


def _check_gone(merging: Merging, attempt: _Attempt, source: str) -> bool:
    taker = attempt.by.subgraph.name
    giver = next(one for one in merging.subgraphs if one.name == source)
    type_name, name = attempt.place.split(".")
    stand_ins = [".".join(one) for one in merging.abstracted(giver, (type_name, name))]
    if stand_ins:
        message = f'{taker}: "{attempt.place}" overrides "{source}", which has it only through the @interfaceObject field "{stand_ins[0]}"; that cannot be overridden'
        merging.found.problem("OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", message)
    else:
        message = f'{taker}: "{attempt.place}" is no longer in "{source}"; @override can be removed'
        merging.found.hint("OVERRIDE_DIRECTIVE_CAN_BE_REMOVED", message)
    return False


def _settle(
    merging: Merging, coordinate: Coordinate, attempt: _Attempt, result: Overriding
) -> None:
    giver = attempt.giver
    assert giver is not None
    assert giver.it is not None
    collision = _collision(coordinate, attempt, giver.it.directives)
    if collision:
        message = f'{attempt.by}: "{attempt.place}" cannot be overridden: it is {collision}; remove one of the two'
        merging.found.problem("OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", message)
        return
    source = giver.subgraph
    if coordinate in source.external:
        message = f'{attempt.by}: "{attempt.place}" is only @external in "{source.name}"; @override can be removed'
        merging.found.hint("OVERRIDE_DIRECTIVE_CAN_BE_REMOVED", message)
    else:
        (result.used if coordinate in source.used else result.unused).add(source.name)
    _label(merging, attempt, source, result)


def _collision(coordinate: Coordinate, attempt: _Attempt, given: tuple[Applied, ...]) -> str:
    source = str(attempt.override.value("from"))
    for name in ("requires", "provides"):
        if has(given, name):
            return f'marked @{name} in "{source}"'
    by = attempt.by
    return f'marked @external in "{by}"' if coordinate in by.subgraph.external else ""


def _label(merging: Merging, attempt: _Attempt, source: Subgraph, result: Overriding) -> None:
    label = attempt.override.value("label")
    still = (
        " It is still needed there by a key, @requires, @provides or an interface."
        if source.name in result.used
        else ""
    )
    if label is None:
        if result.lost(source):
            message = f'{source.name}: "{attempt.place}" is overridden by "{attempt.by}" and can be removed.{still}'
            merging.found.hint("OVERRIDDEN_FIELD_CAN_BE_REMOVED", message)
    elif not _LABEL.fullmatch(str(label)):
        message = f'{attempt.by}: "{attempt.place}" has the override label "{label}"; a label is a letter and then letters, digits or any of _-:./, or percent(0 to 100, at most 8 decimals)'
        merging.found.problem("OVERRIDE_LABEL_INVALID", message)
    else:
        result.labels.update({attempt.by.subgraph.name: str(label), source.name: str(label)})
        message = f'"{attempt.place}" is moving from "{source.name}" to "{attempt.by}" under the label "{label}"; remove it from "{source.name}" when done.{still}'
        merging.found.hint("OVERRIDE_MIGRATION_IN_PROGRESS", message)
