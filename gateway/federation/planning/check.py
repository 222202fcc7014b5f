"""Is this plan right? Asked of every plan in every test: a Plan → the sentences that say what is wrong.

Nothing here trusts the planner: each request is validated on its subgraph's schema, what is sent is
compared with the keys and requirements that the target declares, and the answers are put together
symbolically to see whether everything that is read has been supplied by someone who came before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from gateway.federation.planning.checks.asked import Asked
from gateway.federation.planning.checks.sent import Representations
from gateway.federation.planning.checks.shown import Shown
from gateway.federation.planning.operation import Operation
from gateway.federation.planning.steps import Plan, Step
from gateway.federation.planning.supplies import Supplies
from gateway.federation.supergraph import Supergraph


def check(plan: Plan, operation: Operation, supergraph: Supergraph) -> list[str]:
    """Everything that is wrong with the plan; nothing, when it is right."""
    return list(_Check(plan, operation, supergraph).problems())


class _Check:
    def __init__(self, plan: Plan, operation: Operation, supergraph: Supergraph) -> None:
        self.plan = plan
        self.operation = operation
        self.before = _closure(plan.steps)
        self.supplies = Supplies(supergraph)
        self.asked = Asked(supergraph)
        self.sent = Representations(self.supplies, self.before)
        self.shown = Shown(self.supplies)

    def problems(self) -> Iterator[str]:
        if self.plan.operation != self.operation.kind:
            yield f"a {self.operation.kind} is planned as a {self.plan.operation}"
        if len(self.plan.deferred) != len(self.operation.labels):
            yield f"{len(self.plan.deferred)} of {len(self.operation.labels)} deferred parts are planned"
        yield from self.order()
        for step in self.plan.steps:
            yield from self.asked.document(step)
            self.supplies.supply(step)
        for step in self.plan.steps:
            yield from self.sent.inputs(step)
        yield from self.shown.shape(self.plan.shape, [self.supplies.root], [], ())
        for part in self.plan.deferred:
            yield from self.shown.part(part)
        if self.plan.whole is not None:
            yield from self.shown.shape(self.plan.whole, [self.supplies.root], [], ())
        steps = {step.id: step for step in self.plan.steps}
        for batch in self.plan.batches:
            yield from self.asked.batch(batch, steps)

    def order(self) -> Iterator[str]:
        done: set[int] = set()
        for step in self.plan.steps:
            if not set(step.needs) <= done:
                yield f"step {step.id} comes before a step that it needs"
            done.add(step.id)
        if self.plan.operation == "mutation":
            yield from self.one_after_the_other()

    def one_after_the_other(self) -> Iterator[str]:
        roots = [step for step in self.plan.steps if step.operation == "mutation"]
        for earlier, later in pairwise(roots):
            between = {step.id for step in self.plan.steps if earlier.id in self.before[step.id]}
            between = {one for one in between if later.id not in self.before[one]} - {later.id}
            if not (between | {earlier.id}) <= self.before[later.id]:
                yield f"step {later.id} does not wait for all of the mutation before it"


def _closure(steps: Sequence[Step]) -> dict[int, set[int]]:
    """For every step, all that are done before it starts."""
    before: dict[int, set[int]] = {}
    for step in steps:
        found = set(step.needs)
        for need in step.needs:
            found |= before.get(need, set())
        before[step.id] = found
    return before
