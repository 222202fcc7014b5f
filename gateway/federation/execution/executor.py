"""Program and variables → Response, through one door. The only place in the engine that waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.federation.execution.columnar import Columnar
from gateway.federation.execution.faults import Error
from gateway.federation.execution.flow import Exchange, Flow
from gateway.federation.execution.general import General
from gateway.federation.execution.layout import Inexpressible
from gateway.federation.execution.program import Program
from gateway.federation.execution.response import Response
from gateway.federation.execution.transport import Reply, Transport


async def execute(
    program: Program,
    variables: Mapping[str, Any],
    transport: Transport,
    *,
    mask_errors: bool = True,
    known: Mapping[str, Any] | None = None,
    errors: Sequence[Error] = (),
    event: Reply | None = None,
) -> Response:
    """Run a query, a mutation, or one event of a subscription.

    Whatever the subgraphs do, there is an answer; only doors may raise.

    `known` are values of the root that nobody needs to be asked for, by their key in the tree.
    `errors` are known before and come first: a null at the path of one of them needs no other reason.
    `event` is what the primary stream brought.
    """
    exchange = Exchange(transport, program.limits.seconds)
    try:
        if program.columns is not None and not known:
            run = Columnar(program, program.columns, variables)
            try:
                response = await _run(program, exchange, run, event)
                response.errors += errors
                return response
            except Inexpressible:
                pass  # the general executor goes on with the replies that are there
        general = General(program, variables, mask=mask_errors, errors=errors)
        general.tree.update(known or {})
        return await _run(program, exchange, general, event)
    finally:
        exchange.close()


async def _run(
    program: Program, exchange: Exchange, run: Columnar | General, event: Reply | None
) -> Response:
    flow = Flow(program, exchange, run)
    flow.start(event)
    await flow.until(range(len(program.fetches)))
    return run.respond()
