"""Fetches from one subgraph for different object types at one place → one that asks for each type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.federation.planning.drafts import Being, Draft, replaced
from gateway.federation.supergraph import Supergraph


def merge_types(drafts: Sequence[Draft], _: Supergraph) -> list[Draft]:
    """Merge every two whose routes differ in the last type only."""
    found = list(drafts)
    for one in drafts:
        for other in drafts:
            if one is not other and one in found and other in found and _differ_in_type(one, other):
                _specify(one)
                _specify(other)
                one.route = (*one.route[:-1], Being(_types(one) | _types(other)))
                one.output.absorb(other.output)
                one.sendings += other.sendings
                found = replaced(found, other, one)
    return found


def _differ_in_type(one: Draft, other: Draft) -> bool:
    return (
        one.goes_with(other)
        and bool(one.route and other.route)
        and one.route[:-1] == other.route[:-1]
        and isinstance(one.route[-1], Being)
        and isinstance(other.route[-1], Being)
        and not _types(one) & _types(other)
        and not {s.type for s in one.sendings} & {s.type for s in other.sendings}
    )


def _types(draft: Draft) -> frozenset[str]:
    last = draft.route[-1]
    assert isinstance(last, Being)
    return last.types


def _specify(draft: Draft) -> None:
    """Say of each sending which types it is for."""
    draft.sendings = [
        sending if sending.on else replace(sending, on=_types(draft)) for sending in draft.sendings
    ]
