"""Program and a primary stream → a Response per event: the rest of the plan runs anew for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

from gateway.federation.execution.executor import execute
from gateway.federation.execution.program import Program
from gateway.federation.execution.response import Response
from gateway.federation.execution.transport import Call, Source, Transport


def primary(program: Program, variables: Mapping[str, Any]) -> Call:
    """What the subgraph that has the subscription's field is asked, once."""
    fetch = program.fetches[0]
    given = {name: variables[name] for name in fetch.variables if name in variables}
    return Call(fetch, given)


async def subscribe(
    program: Program,
    variables: Mapping[str, Any],
    source: Source,
    transport: Transport,
    *,
    mask_errors: bool = True,
) -> AsyncIterator[Response]:
    """A response per event, in order; the stream is closed when nobody asks for the next.

    Where the subscription's field is closed, no subgraph is asked, and that is the one response.
    Who must decide anew for each event (I-11) takes the events from `source` and runs `execute` for
    each with a door of its own.
    """
    if not program.fetches:
        yield await execute(program, variables, transport, mask_errors=mask_errors)
        return
    async with aclosing(source.events(primary(program, variables))) as events:
        async for event in events:
            yield await execute(program, variables, transport, mask_errors=mask_errors, event=event)
