"""Replies → the one tree → Response: the executor that is always right, whatever the subgraphs say.

Tree and answers are plain dicts and lists in the client's shape, with hidden keys beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.federation.execution import faults
from gateway.federation.execution.asking import Waiters, asked
from gateway.federation.execution.merge import Merger
from gateway.federation.execution.program import Program
from gateway.federation.execution.project import Projector, unreported
from gateway.federation.execution.response import Response
from gateway.federation.execution.transport import Call, Fetch, Reply
from gateway.federation.planning.steps import Shape


class General:
    """One run of a program over a tree of its own."""

    def __init__(
        self,
        program: Program,
        variables: Mapping[str, Any],
        *,
        mask: bool = True,
        errors: Sequence[faults.Error] = (),
    ) -> None:
        self._program = program
        self._variables = variables
        self._waiting: dict[int, Waiters] = {}
        self._merger = Merger(program.object_types)
        self._entities = 0
        self.tree: dict[str, Any] = {}
        self.reporter = faults.Reporter(program.shape, self.tree, mask, list(errors))

    def calls(self, place: int) -> list[Call]:
        """What fetch `place` asks now, in calls of at most as many entities as the limits allow."""
        fetch = self._program.fetches[place]
        calls, self._waiting[place] = asked(self.tree, fetch, self._variables)
        if not self._affordable(sum(len(call.representations) for call in calls), fetch):
            return []
        most = self._program.limits.entities_per_call
        return [part for call in calls for part in _parts(call, most)]

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
        wanted = self._program.wanted[place]
        if answer.root is not None:
            self._merger.into_all(waiting[0], answer.root, wanted[0])
        positions = iter(reply.call.positions)
        for entities, size, inside in zip(answer.entities, reply.call.sizes, wanted, strict=False):
            for entity, position in zip(entities or [None] * size, positions, strict=False):
                if isinstance(entity, dict):
                    self._merger.into_all(waiting[position], entity, inside)
        self.reporter.reply(reply, answer, waiting)
        if self._merger.uneven:
            self._merger.uneven = 0
            message = f"{reply.call.subgraph} gave a list of another length than another subgraph"
            self.reporter.own([], faults.INVALID, message)

    def respond(self, shape: Shape | None = None) -> Response:
        """What the client gets of the tree as it is now: all of it, or what `shape` holds."""
        projector = Projector()
        data = projector.answer(self.tree, shape or self._program.shape)
        for path, message in unreported(projector.wrong, self.reporter.errors):
            self.reporter.own(path, faults.INVALID, message)
        return Response(data, self.reporter.errors)


def _parts(call: Call, most: int) -> list[Call]:
    count = len(call.representations)
    if count <= most:
        return [call]
    return [call.only(range(start, min(start + most, count))) for start in range(0, count, most)]
