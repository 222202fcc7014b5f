"""Two fetches of the same objects from the same subgraph, ready at the same time → one."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.federation.planning.drafts import Draft, replaced
from gateway.federation.supergraph import Supergraph


def merge_alike(drafts: Sequence[Draft], _: Supergraph) -> list[Draft]:
    """Merge every two that go to the same place and wait for the same."""
    found = list(drafts)
    for one in drafts:
        for other in drafts:
            if one is not other and one in found and other in found and _are_alike(one, other):
                one.output.absorb(other.output)
                for sending in other.sendings:
                    one.send(sending)
                found = replaced(found, other, one)
    return found


def _are_alike(one: Draft, other: Draft) -> bool:
    return one.route == other.route and one.goes_with(other) and _agree(one, other)


def _agree(one: Draft, other: Draft) -> bool:
    """Whether both send the same kind of object, and nothing that cannot be sent together."""
    kinds = [{(s.on, s.type, s.told) for s in draft.sendings} for draft in (one, other)]
    return kinds[0] == kinds[1] and all(
        sending.agrees_with(more) for sending in one.sendings for more in other.sendings
    )
