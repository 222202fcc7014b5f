"""Two fetches of the same objects from the same subgraph → one, where nobody gets their answer later.

Ready at the same time, they are simply merged. A fetch that nobody waits for is merged into one that
starts later: the whole answer waits for that one anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.federation.planning.drafts import Draft, replaced
from gateway.federation.supergraph import Supergraph


def merge_alike(drafts: Sequence[Draft], _: Supergraph) -> list[Draft]:
    """Merge every two that go to the same place."""
    found = list(drafts)
    for late in drafts:
        for early in drafts:
            both = late is not early and late in found and early in found
            if both and _are_alike(early, late) and _can_wait(early, late, found):
                _merge(early, late)
                found = replaced(found, early, late)
    return found


def _are_alike(early: Draft, late: Draft) -> bool:
    return late.route == early.route and late.is_beside(early) and _agree(late, early)


def _merge(early: Draft, late: Draft) -> None:
    late.output.absorb(early.output)
    for sending in early.sendings:
        late.send(sending)


def _can_wait(early: Draft, late: Draft, drafts: Sequence[Draft]) -> bool:
    """Whether both are ready at once; or else nobody waits for the early one, and the late one waits
    for all that it waits for."""
    if early.needs.keys() == late.needs.keys():
        return True
    if any(early in one.needs for one in drafts):
        return False
    return early.needs.keys() <= late.ancestors()


def _agree(one: Draft, other: Draft) -> bool:
    """Whether both send the same kind of object, and nothing that cannot be sent together."""
    kinds = [{(s.on, s.type, s.told) for s in draft.sendings} for draft in (one, other)]
    return kinds[0] == kinds[1] and all(
        sending.agrees_with(more) for sending in one.sendings for more in other.sendings
    )
