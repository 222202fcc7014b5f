"""Call → Reply: the engine's only way out, and the shapes that doors see.

A call keeps its parts apart (the fetch, the variables, the representations), so that a door can look
at each representation, send only some of them, add headers, or answer by itself. The engine trusts a
reply about nothing: its body is bytes until the engine has read it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, SupportsBytes

import msgspec

from gateway.federation.execution.echo import SILENT, Echo
from gateway.federation.planning.steps import Step

Headers = tuple[tuple[bytes, SupportsBytes], ...]
"""Names in lower case; a value is written out when the call leaves."""

UNREACHABLE = "SUBREQUEST_HTTP_ERROR"
TIMED_OUT = "SUBREQUEST_TIMEOUT"
TOO_LARGE = "SUBREQUEST_TOO_LARGE"

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request of a plan, compiled: the steps it serves and the bytes it starts with.

    `groups` has one group of one step unless steps were batched; `names` are the representation
    variables and `answers` the response keys, one per group (none for a ROOT step). `after` are the
    places of the fetches that come first. `echo` is what its entities say again beside what the steps select.
    """

    subgraph: str
    operation: str
    groups: tuple[tuple[Step, ...], ...]
    names: tuple[str, ...]
    answers: tuple[str, ...]
    variables: tuple[str, ...]
    document: str
    after: tuple[int, ...]
    prefix: bytes = field(repr=False)
    echo: Echo = SILENT

    @property
    def step(self) -> Step:
        """The first step: of an unbatched fetch, the only one."""
        return self.groups[0][0]


class Call:
    """One request to one subgraph, ready to be sent.

    `representations` are those of all groups, one after the other; `sizes` says how many each group
    has. `positions` says which of the engine's representations they are.
    """

    __slots__ = ("_body", "fetch", "headers", "positions", "representations", "sizes", "variables")

    def __init__(
        self,
        fetch: Fetch,
        variables: Mapping[str, Any],
        representations: Sequence[Mapping[str, Any]] = (),
        *,
        sizes: Sequence[int] | None = None,
        positions: Sequence[int] | None = None,
        headers: Headers = (),
    ) -> None:
        self.fetch = fetch
        self.variables = variables
        self.representations = representations
        self.sizes = (len(representations),) if sizes is None else sizes
        self.positions = range(len(representations)) if positions is None else positions
        self.headers = headers
        self._body: bytes | None = None

    @property
    def subgraph(self) -> str:
        """Who is asked, by its name in the supergraph."""
        return self.fetch.subgraph

    @property
    def step(self) -> Step:
        """The step of an unbatched fetch, the first step of a batch."""
        return self.fetch.step

    def only(self, indexes: Sequence[int]) -> Call:
        """The same call for some of its representations; the others stay unresolved, without error."""
        kept = sorted(set(indexes))
        bounds = [sum(self.sizes[: i + 1]) for i in range(len(self.sizes))]
        groups = [next(g for g, bound in enumerate(bounds) if i < bound) for i in kept]
        return Call(
            self.fetch,
            self.variables,
            [self.representations[i] for i in kept],
            sizes=[groups.count(g) for g in range(len(self.sizes))],
            positions=[self.positions[i] for i in kept],
            headers=self.headers,
        )

    def bearing(self, *headers: tuple[bytes, SupportsBytes]) -> Call:
        """The same call with these headers as well; names in lower case."""
        call = Call(
            self.fetch,
            self.variables,
            self.representations,
            sizes=self.sizes,
            positions=self.positions,
            headers=(*self.headers, *headers),
        )
        call._body = self._body
        return call

    def split(self) -> list[Sequence[Mapping[str, Any]]]:
        """The representations group by group."""
        if len(self.sizes) == 1:
            return [self.representations]
        starts = [sum(self.sizes[:i]) for i in range(len(self.sizes))]
        return [self.representations[s : s + n] for s, n in zip(starts, self.sizes, strict=True)]

    def arguments(self) -> dict[str, Any]:
        """All variables of the request, representations included."""
        found = dict(self.variables)
        if self.fetch.names:
            found.update(zip(self.fetch.names, self.split(), strict=True))
        return found

    def body(self) -> bytes:
        """The request as JSON bytes; made once."""
        if self._body is None:
            self._body = self.fetch.prefix + _encode(self.arguments()) + b"}"
        return self._body


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer: a code clients may act on, and a sentence that names no person."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """An error that a door adds to a reply.

    `position` is a place among the engine's representations, None for the whole fetch; `path` goes
    on from the object, in the subgraph's response keys.
    """

    code: str
    message: str
    position: int | None = None
    path: tuple[str | int, ...] = ()
    extensions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for a call: bytes, or a failure, or neither when a door sent nothing."""

    call: Call
    body: bytes | None = None
    status: int = 200
    failure: Failure | None = None
    problems: tuple[Problem, ...] = ()

    def adding(self, *problems: Problem) -> Reply:
        """The same reply with these problems as well."""
        return Reply(self.call, self.body, self.status, self.failure, (*self.problems, *problems))


class Transport(Protocol):
    """A way to the subgraphs. A door is a transport around a transport.

    `send` answers with a failed reply when the subgraph cannot be reached; it raises only what must
    stop the whole request. It may return a future that is already under way.
    """

    def send(self, call: Call) -> Awaitable[Reply]:
        """Ask, and wait for what comes back."""
        ...


class Source(Protocol):
    """A way to a subgraph's streams."""

    def events(self, call: Call) -> AsyncGenerator[Reply]:
        """A reply per event of a subscription; a failed one is the last. Closing it hangs up."""
        ...


def prefix(document: str) -> bytes:
    """How a request with this document starts, up to its variables."""
    return b'{"query":' + _encode(document) + b',"variables":'
