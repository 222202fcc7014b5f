"""A fetch that asks nothing, or only what it was sent → none."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.federation.planning.drafts import Draft
from gateway.federation.planning.steps import Kind
from gateway.federation.supergraph import Supergraph


def drop_empty(drafts: Sequence[Draft], _: Supergraph) -> list[Draft]:
    """The drafts that ask something; who waited for another waits for what that one waited for."""
    found = list(drafts)
    for draft in drafts:
        if draft.kind is Kind.ENTITY and draft.output.is_empty():
            for one in found:
                if draft in one.needs:
                    del one.needs[draft]
                    one.needs.update(draft.needs)
            found.remove(draft)
    return found
