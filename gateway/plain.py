"""A request → its answer from a supergraph that has no purposes, for whoever may reach it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.federation.engine import Engine
from gateway.federation.errors import InvalidOperation, TooCostly, Unplannable
from gateway.federation.execution import incremental
from gateway.federation.execution.program import Program
from gateway.federation.execution.sse import MEDIA_TYPE as EVENT_STREAM
from gateway.federation.execution.subscription import subscribe
from gateway.federation.execution.transport import Source, Transport
from gateway.protocol import Answer, Asked, NotAcceptable, answer_type
from gateway.streaming import server_sent
from gateway.unanswered import unanswered

MULTIPART = "multipart/mixed"


@dataclass(frozen=True, slots=True)
class Plain:
    """Serves a supergraph without purposes, for whoever may reach it. `labels` draws a request's overrides."""

    engine: Engine
    door: Transport
    source: Source
    labels: Callable[[], frozenset[str]] = frozenset
    mask_errors: bool = False

    async def answer(self, asked: Asked) -> Answer:
        """Asked → Answer; raises NotAcceptable for a subscription by a client that takes no stream."""
        request = asked.request
        try:
            program = await self.engine.program(
                await self.engine.read(request.document, request.operation_name, request.variables),
                self.labels(),
            )
        except (InvalidOperation, TooCostly, Unplannable) as unusable:
            return unanswered(unusable, asked.accept)
        if program.plan.operation == "subscription":
            return self._stream(asked, program)
        if program.plan.deferred and MULTIPART in asked.accept:
            parts = self.engine.parts(
                program, request.variables, self.door, mask_errors=self.mask_errors
            )
            return Answer(parts, media_type=incremental.MEDIA_TYPE)
        response = await self.engine.run(
            program, request.variables, self.door, mask_errors=self.mask_errors
        )
        return Answer(response.body(), media_type=answer_type(asked.accept))

    def _stream(self, asked: Asked, program: Program) -> Answer:
        if EVENT_STREAM not in asked.accept:
            raise NotAcceptable(f"a subscription is answered as {EVENT_STREAM}: accept it")
        responses = subscribe(
            program,
            asked.request.variables,
            self.source,
            self.door,
            mask_errors=self.mask_errors,
        )
        return Answer(server_sent(responses), media_type=EVENT_STREAM)
