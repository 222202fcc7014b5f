"""A transport that answers from a table or a function, and remembers what it was asked: for tests and examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gateway.federation.execution.transport import UNREACHABLE, Call, Failure, Reply

Canning = Mapping[str, Any] | list[Any] | Callable[[Call], Any]


class Canned:
    """Answers by subgraph name: with an object as JSON, bytes as they are, a Failure as a failed reply.

    A list is answered one after the other. A function is given the call and returns any of these; it
    may stand for all subgraphs. `calls` are the calls so far.
    """

    def __init__(self, answers: Mapping[str, Any] | Callable[[Call], Any]) -> None:
        self._answers = answers
        self.calls: list[Call] = []

    async def send(self, call: Call) -> Reply:
        """The answer that was put by for this call."""
        earlier = sum(known.subgraph == call.subgraph for known in self.calls)
        self.calls.append(call)
        answer: Any = self._answers
        if not callable(answer):
            answer = answer.get(call.subgraph, Failure(UNREACHABLE, "no answer was put by"))
        if isinstance(answer, list):
            answer = answer[earlier]
        return _reply(call, answer(call) if callable(answer) else answer)


def _reply(call: Call, answer: Any) -> Reply:
    if isinstance(answer, Reply):
        return answer
    if isinstance(answer, Failure):
        return Reply(call, failure=answer)
    return Reply(call, answer if isinstance(answer, bytes) else msgspec.json.encode(answer))
