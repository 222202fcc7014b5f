"""Program with deferred parts → payloads: the answer first, then each part when its steps have ended.

Payloads have the form that clients know as `deferSpec=20220824`. A null in a deferred part bubbles to
the part and no further; a part of an object that the client never got is not sent.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any

import msgspec

from gateway.federation.execution.collect import Spot, collect, steps_to
from gateway.federation.execution.faults import INVALID, ClientPath
from gateway.federation.execution.flow import Exchange, Flow
from gateway.federation.execution.general import General
from gateway.federation.execution.program import Program
from gateway.federation.execution.project import Projector, unreported
from gateway.federation.execution.transport import Transport
from gateway.federation.planning.steps import Deferred, Path

MEDIA_TYPE = 'multipart/mixed; boundary="-"; deferSpec=20220824'

Payload = dict[str, Any]


async def multipart(payloads: AsyncIterator[Payload]) -> AsyncGenerator[bytes]:
    """The payloads as the parts of one `multipart/mixed` body, each as soon as it is there."""
    async for payload in payloads:
        part = b"\r\n---\r\ncontent-type: application/json; charset=utf-8\r\n\r\n%b"
        end = b"" if payload["hasNext"] else b"\r\n-----\r\n"
        yield part % msgspec.json.encode(payload) + end


async def execute_incrementally(
    program: Program,
    variables: Mapping[str, Any],
    transport: Transport,
    *,
    mask_errors: bool = True,
) -> AsyncGenerator[Payload]:
    """The payloads of one query; `hasNext` is false in the last."""
    exchange = Exchange(transport, program.limits.seconds)
    try:
        run = _Incremental(program, variables, mask=mask_errors)
        flow = Flow(program, exchange, run.general)
        flow.start()
        await flow.until(run.first)
        yield run.answer()
        while run.waiting:
            while not (ready := run.ready(flow.done)):
                await flow.advance()
            payload = run.payload(ready)
            if len(payload) > 1 or not payload["hasNext"]:
                yield payload
    finally:
        exchange.close()


class _Incremental:
    """What has been sent of one answer, and what is still to come."""

    def __init__(self, program: Program, variables: Mapping[str, Any], *, mask: bool) -> None:
        plan = program.plan
        place = {
            step.id: number
            for number, fetch in enumerate(program.fetches)
            for group in fetch.groups
            for step in group
        }
        self._places = {id(one): {place[s] for s in one.steps} for one in plan.deferred}
        later = set().union(*self._places.values())
        self.first = [number for number in range(len(program.fetches)) if number not in later]
        self.waiting = list(plan.deferred)
        self.general = General(program, variables, mask=mask)
        self._shape = plan.shape
        self._sent: Any = None
        self._told = 0

    def answer(self) -> Payload:
        """The first payload."""
        response = self.general.respond(self._shape)
        self._sent = response.data
        payload: Payload = {"data": response.data}
        return {**payload, **self._errors(), "hasNext": bool(self.waiting)}

    def ready(self, done: set[int]) -> list[Deferred]:
        """The parts whose steps have ended, and around which no other part is still to come."""
        around = [path for one in self.waiting for path in one.paths]
        return [
            one
            for one in self.waiting
            if self._places[id(one)] <= done
            and not any(_is_inside(path, outer) for path in one.paths for outer in around)
        ]

    def payload(self, ready: list[Deferred]) -> Payload:
        """The payload of these parts."""
        self.waiting = [one for one in self.waiting if one not in ready]
        parts = [
            part
            for one in ready
            for path in one.paths
            for spot in collect(self.general.tree, path)
            if (part := self._part(one, spot)) is not None
        ]
        payload: Payload = {"incremental": parts} if parts else {}
        if errors := self._errors():
            target = parts[-1] if parts else payload
            target.update(errors)
        return {**payload, "hasNext": bool(self.waiting)}

    def _part(self, one: Deferred, spot: Spot) -> Payload | None:
        reporter = self.general.reporter
        path = reporter.client_path(steps_to(spot.place))
        known = _at(self._sent, path)
        if not isinstance(known, dict):
            return None
        projector = Projector(path)
        found = projector.answer(spot.object, one.shape)
        for wrong, message in unreported(projector.wrong, reporter.errors[self._told :]):
            reporter.own(wrong, INVALID, message)
        _add(known, found or {})
        label = {} if one.label is None else {"label": one.label}
        return {"data": found, "path": path, **label}

    def _errors(self) -> Payload:
        errors = self.general.reporter.errors[self._told :]
        self._told += len(errors)
        return {"errors": errors} if errors else {}


def _is_inside(path: Path, outer: Path) -> bool:
    return len(outer) < len(path) and path[: len(outer)] == outer


def _add(sent: Any, more: Any) -> None:
    """What has been sent grows by a part; other parts may have put something below the same keys."""
    if isinstance(sent, dict) and isinstance(more, dict):
        for key, value in more.items():
            _add(sent.setdefault(key, value), value)
    elif isinstance(sent, list) and isinstance(more, list):
        for known, value in zip(sent, more, strict=False):
            _add(known, value)


def _at(sent: Any, path: ClientPath) -> Any:
    for key in path:
        if isinstance(key, int):
            sent = sent[key] if isinstance(sent, list) and key < len(sent) else None
        else:
            sent = sent.get(key) if isinstance(sent, dict) else None
    return sent
