"""Signed: every call bears an assertion of who asks, for what, and with which categories, over its bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping

from gateway.assertion import HEADER, Assertion, Signer, stated
from gateway.federation.execution.transport import Call, Reply, Transport

_HEADER = HEADER.encode()


class Signed:
    """The door of one request. `categories` are what the operation may use, by subgraph.

    What the request's notes have in common is written once; audience, categories, times, number and body are
    each call's own, and so is the signature over all of it.
    """

    def __init__(
        self,
        door: Transport,
        signer: Signer,
        assertion: Assertion,
        categories: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._door = door
        self._signer = signer
        self._said = stated(assertion)
        self._categories = categories

    def send(self, call: Call) -> Awaitable[Reply]:
        """The next door's reply to the call with its assertion."""
        return self._door.send(self.bearing(call))

    def bearing(self, call: Call) -> Call:
        """The call with its assertion, for a way that is no door: a stream."""
        categories = self._categories.get(call.subgraph, ())
        note = self._signer.note(self._said, call.subgraph, categories, call.body())
        return call.bearing((_HEADER, note))
