"""Replies → the one tree → Response: the executor that is always right, whatever the subgraphs say.

Tree and answers are plain dicts and lists in the client's shape, with hidden keys beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.federation.execution import faults
from gateway.federation.execution.collect import Spot, collect
from gateway.federation.execution.merge import Merger
from gateway.federation.execution.program import Program
from gateway.federation.execution.project import Projector, unreported
from gateway.federation.execution.represent import Waiting
from gateway.federation.execution.response import Response
from gateway.federation.execution.transport import Call, Fetch, Reply
from gateway.federation.planning.steps import Kind, Shape


class General:
    """One run of a program over a tree of its own."""

    def __init__(
        self, program: Program, variables: Mapping[str, Any], *, mask: bool = True
    ) -> None:
        self._program = program
        self._variables = variables
        self._waiting: dict[int, list[list[Spot]]] = {}
        self._merger = Merger(program.object_types)
        self._entities = 0
        self.tree: dict[str, Any] = {}
        self.reporter = faults.Reporter(program.plan.shape, self.tree, mask)

    def calls(self, place: int) -> list[Call]:
        """What fetch `place` asks now, in calls of at most as many entities as the limits allow."""
        fetch = self._program.fetches[place]
        given = {n: self._variables[n] for n in fetch.variables if n in self._variables}
        if fetch.step.kind is Kind.ROOT:
            spots = collect(self.tree, fetch.step.path)
            self._waiting[place] = [spots]
            return [Call(fetch, given)] if spots else []
        representations, sizes = self._represent(place, fetch)
        if not self._affordable(len(representations), fetch):
            return []
        call = Call(fetch, given, representations, sizes=sizes)
        return _chunks(call, self._program.limits.entities_per_call)

    def _represent(self, place: int, fetch: Fetch) -> tuple[list[dict[str, Any]], list[int]]:
        groups = []
        for group in fetch.groups:
            waiting = Waiting()
            for step in group:
                waiting.add(collect(self.tree, step.path), step.inputs)
            groups.append(waiting)
        self._waiting[place] = [spots for waiting in groups for spots in waiting.spots]
        representations = [one for waiting in groups for one in waiting.representations]
        return representations, [len(waiting.spots) for waiting in groups]

    def _affordable(self, entities: int, fetch: Fetch) -> bool:
        self._entities += entities
        most = self._program.limits.entities
        if self._entities > most:
            message = f"the answer needs more than {most} entities; {fetch.subgraph} was not asked"
            self.reporter.own([], faults.TOO_MANY, message)
        return self._entities <= most

    def absorb(self, place: int, reply: Reply) -> None:
        """Merge what the reply brought, and report what it did not."""
        answer = faults.read(reply)
        waiting = self._waiting[place]
        if answer.root is not None:
            self._merger.into_all(waiting[0], answer.root)
        positions = iter(reply.call.positions)
        for entities, size in zip(answer.entities, reply.call.sizes, strict=False):
            for index in range(size):
                spots = waiting[next(positions)]
                entity = entities[index] if entities is not None else None
                if isinstance(entity, dict):
                    self._merger.into_all(spots, entity)
        self.reporter.reply(reply, answer, waiting)
        if self._merger.uneven:
            self._merger.uneven = 0
            message = f"{reply.call.subgraph} gave a list of another length than another subgraph"
            self.reporter.own([], faults.INVALID, message)

    def respond(self, shape: Shape | None = None) -> Response:
        """What the client gets of the tree as it is now."""
        projector = Projector()
        data = projector.answer(self.tree, shape or self._program.plan.shape)
        for path, message in unreported(projector.wrong, self.reporter.errors):
            self.reporter.own(path, faults.INVALID, message)
        return Response(data, self.reporter.errors)


def _chunks(call: Call, size: int) -> list[Call]:
    asked = len(call.representations)
    if asked <= size:
        return [call] if asked else []
    return [call.only(range(start, min(start + size, asked))) for start in range(0, asked, size)]
