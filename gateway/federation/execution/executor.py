"""Program and variables → Response, through one door. The only place in the engine that waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.federation.execution.flow import Exchange, Flow
from gateway.federation.execution.general import General
from gateway.federation.execution.program import Program
from gateway.federation.execution.response import Response
from gateway.federation.execution.transport import Transport


async def execute(
    program: Program,
    variables: Mapping[str, Any],
    transport: Transport,
    *,
    mask_errors: bool = True,
) -> Response:
    """Run a query or mutation. Whatever the subgraphs do, there is an answer; only doors may raise."""
    exchange = Exchange(transport)
    try:
        run = General(program, variables, mask=mask_errors)
        flow = Flow(program, exchange, run)
        flow.start()
        await flow.until(range(len(program.fetches)))
        return run.respond()
    finally:
        exchange.close()
