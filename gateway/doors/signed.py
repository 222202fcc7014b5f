"""Signed: every call bears an assertion of who asks, for what, and with which categories, over its bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import replace

from gateway.assertion import HEADER, Assertion, Signer
from gateway.federation.execution.transport import Call, Reply, Transport

_HEADER = HEADER.encode()


class Signed:
    """The door of one request. `categories` are what the operation may use, by subgraph."""

    def __init__(
        self,
        door: Transport,
        signer: Signer,
        assertion: Assertion,
        categories: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._door = door
        self._signer = signer
        self._assertion = assertion
        self._categories = categories

    def send(self, call: Call) -> Awaitable[Reply]:
        """The next door's reply to the call with its assertion."""
        return self._door.send(self.bearing(call))

    def bearing(self, call: Call) -> Call:
        """The call with its assertion, for a way that is no door: a stream."""
        mine = replace(self._assertion, categories=self._categories.get(call.subgraph, ()))
        token = self._signer.sign(mine, call.subgraph, call.body())
        return call.bearing((_HEADER, token.encode()))
