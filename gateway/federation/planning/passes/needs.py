"""Waiting for somebody whom one waits for anyway → not said."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.federation.planning.drafts import Draft
from gateway.federation.supergraph import Supergraph


def reduce_needs(drafts: Sequence[Draft], _: Supergraph) -> list[Draft]:
    """The same order between drafts with the fewest needs."""
    for draft in drafts:
        beyond: set[Draft] = set()
        for need in draft.needs:
            beyond |= need.ancestors()
        draft.needs = {need: None for need in draft.needs if need not in beyond}
    return list(drafts)
