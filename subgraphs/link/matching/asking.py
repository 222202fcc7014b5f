"""Children of the link node → what the graph says of each, asked through the gateway like by any other caller.

So every child is decided about, every answer is recorded, and no island needs a second door. An island that does not
answer ends the run: a record that was not read would look like one that is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener
from uuid import UUID

import orjson

from subgraphs.link.keys import KeyRing, Keys
from subgraphs.link.matching.records import QUESTION
from subgraphs.link.matching.run import PURPOSE

FAMILY = "identity"
SECONDS = 60.0
NOT_FOR_THIS_CHILD = "NOT_AVAILABLE"
_THIS_MACHINE = ("http://127.0.0.1:", "http://localhost:")


class Unanswered(Exception):
    """The gateway's own code, or UNREACHABLE or UNREADABLE. Never what was asked."""


def safe(url: str) -> bool:
    """Whether what is said there is not said in clear to others."""
    return url.startswith(("https://", *_THIS_MACHINE))


class _Stay(HTTPRedirectHandler):
    """Follows nothing: a token is for the place that it was given for."""

    def redirect_request(self, *_args: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Gateway:
    """The gateway at one address, asked as one authority's batch job."""

    url: str
    token: str = field(repr=False)
    keys: KeyRing | Keys = field(repr=False)
    authority: str
    _opener: OpenerDirector = field(default_factory=lambda: build_opener(_Stay))

    async def ask(self, children: Sequence[UUID]) -> Sequence[Mapping[str, Any] | None]:
        """Raises Unanswered."""
        keys = self.keys.now()
        ids = [keys.outward(child, self.authority, FAMILY) for child in children]
        body = orjson.dumps(
            {
                "query": QUESTION,
                "variables": {"identifiers": [{"id": one} for one in ids]},
            }
        )
        answer = await asyncio.to_thread(self._send, body)
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        if failed := codes - {NOT_FOR_THIS_CHILD}:
            raise Unanswered(", ".join(sorted(failed)))
        found = (answer.get("data") or {}).get("children")
        if not isinstance(found, list) or len(found) != len(children):
            raise Unanswered("UNREADABLE")
        return found

    def _send(self, body: bytes) -> dict[str, Any]:
        headers = {
            "content-type": "application/json",
            "authorization": f"Bearer {self.token}",
            "declared-purpose": PURPOSE,
        }
        request = Request(f"{self.url.rstrip('/')}/graphql", body, headers)
        try:
            with self._opener.open(request, timeout=SECONDS) as reply:
                return _read(reply.read())
        except HTTPError as refused:
            return _read(refused.read())
        except (OSError, HTTPException) as why:
            raise Unanswered("UNREACHABLE") from why


def _read(body: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as why:
        raise Unanswered("UNREADABLE") from why
    if not isinstance(answer, dict):
        raise Unanswered("UNREADABLE")
    return answer
