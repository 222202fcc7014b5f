"""Fetches of one subgraph that may go in one request → each waits for all that any of them waits for.

Two may travel together when they wait for the same; or when equally many requests in a row come before
both, and after both the same subgraphs are asked in the same order. The answer as a whole is not later
for it, as long as a subgraph takes its time whatever it is asked: every chain of requests that comes to
be was there before, with the same beginning or the same end. What may come later, `@defer`red, stays
apart from what may not.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.federation.planning.drafts import Draft, in_order
from gateway.federation.planning.steps import Kind


@dataclass(slots=True, eq=False)
class Request:
    """Drafts that travel together, and the requests that they wait for."""

    drafts: list[Draft]
    after: dict[Request, None] = field(default_factory=dict)

    @property
    def kind(self) -> tuple[str, int] | None:
        """Equal for what may share a request at all; None for what goes alone."""
        one = self.drafts[0]
        alone = one.kind is not Kind.ENTITY or one.borrowed
        return None if alone else (one.graph, one.part)


def travel_together(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts with their needs widened, in order."""
    requests = _alone(drafts)
    while found := _mates(requests, _starts(requests)) or _mates(requests, _tails(requests)):
        requests = _joined(requests, found)
    for one in requests:
        needs = {draft: None for request in one.after for draft in request.drafts}
        for draft in one.drafts:
            draft.needs = dict(needs)
    return in_order(drafts)


def _alone(drafts: Iterable[Draft]) -> list[Request]:
    by_draft = {draft: Request([draft]) for draft in drafts}
    for draft, request in by_draft.items():
        request.after = {by_draft[need]: None for need in draft.needs}
    return list(by_draft.values())


def _starts(requests: Sequence[Request]) -> Mapping[Request, Hashable]:
    """For each request those that it waits for, but for those that these wait for."""
    before: dict[Request, frozenset[Request]] = {}
    found: dict[Request, Hashable] = {}
    for request in _in_order(requests):
        beyond = frozenset(one for need in request.after for one in before[need])
        found[request] = frozenset(request.after) - beyond
        before[request] = beyond | request.after.keys()
    return found


def _tails(requests: Sequence[Request]) -> Mapping[Request, Hashable]:
    """For each request how many in a row come before it, and a number: equal when the same subgraphs are
    asked after it in the same order."""
    ordered = _in_order(requests)
    depth: dict[Request, int] = {}
    for request in ordered:
        depth[request] = 1 + max((depth[need] for need in request.after), default=0)
    numbers: dict[Hashable, int] = {}
    found: dict[Request, int] = {}
    below: dict[Request, set[int]] = {request: set() for request in requests}
    for request in reversed(ordered):
        one = request.drafts[0]
        tail = (one.graph, one.part, frozenset(below[request]))
        found[request] = numbers.setdefault(tail, len(numbers))
        for need in request.after:
            below[need].add(found[request])
    return {request: (depth[request], found[request]) for request in requests}


def _in_order(requests: Sequence[Request]) -> list[Request]:
    """Every request after those that it waits for."""
    found: dict[Request, None] = {}

    def add(request: Request) -> None:
        if request not in found:
            for need in request.after:
                add(need)
            found[request] = None

    for request in requests:
        add(request)
    return list(found)


def _mates(
    requests: Sequence[Request], likeness: Mapping[Request, Hashable]
) -> list[list[Request]]:
    """The requests that are alike, if any are."""
    alike: dict[Hashable, list[Request]] = {}
    for request in requests:
        if request.kind is not None:
            alike.setdefault((request.kind, likeness[request]), []).append(request)
    return [found for found in alike.values() if len(found) > 1]


def _joined(requests: Sequence[Request], mates: Sequence[Sequence[Request]]) -> list[Request]:
    """The requests with mates as one.

    That makes no circle: mates have equally many requests before them, or equally many after.
    """
    into: dict[Request, Request] = {}
    for each in mates:
        one = Request([draft for mate in each for draft in mate.drafts])
        one.after = {need: None for mate in each for need in mate.after}
        into.update(dict.fromkeys(each, one))
    found = list(dict.fromkeys(into.get(request, request) for request in requests))
    for request in found:
        request.after = {into.get(need, need): None for need in request.after}
    return found
