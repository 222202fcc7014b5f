"""A request's loaders and the assertion it came under → what a resolver finds as `info.context`.

A context lives for one request: what it loads, and what it tells the gateway beside the answer, serve no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.assertion import Assertion

WHOSE = "whose"
"""Where in an answer's `extensions` a root says whose rows it read."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a resolver may read by, and who asks."""

    load: Any
    assertion: Assertion | None
    told: dict[str, Any] = field(default_factory=dict)
    """What goes to the gateway beside the answer, as its `extensions`."""

    def tell_whose(self, *keys: Mapping[str, Any]) -> None:
        """Whose rows a root read for the island's own staff: keys of its entity, for the record alone.

        None at all says that nothing was found.
        """
        self.told.setdefault(WHOSE, []).extend(keys)

    def is_custodian(self, kind: str, code: str | None) -> bool:
        """Whether the caller's organisation is the one of this kind and code (`SCHOOL`, a URN) that keeps the rows."""
        who = self.assertion
        if who is None or code is None or who.organisation_kind != kind:
            return False
        return who.organisation in (code, f"{kind}:{code}")
