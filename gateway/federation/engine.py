"""A supergraph, ready to answer: text → Operation → Program → Response, the first two kept for who asks next."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Container, Mapping
from typing import Any

from graphql import GraphQLSchema, execute_sync, parse

from gateway.federation.execution.executor import execute
from gateway.federation.execution.incremental import execute_incrementally, multipart
from gateway.federation.execution.program import Program, compile_program
from gateway.federation.execution.response import Response
from gateway.federation.execution.transport import Transport
from gateway.federation.planning.cache import Plans
from gateway.federation.planning.limits import Limits
from gateway.federation.planning.operation import Operation
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import Supergraph


class Engine:
    """Answers operations over one supergraph, through whatever transport a request brings."""

    def __init__(
        self,
        supergraph: Supergraph,
        limits: Limits | None = None,
        schema: GraphQLSchema | None = None,
        *,
        echoed: Container[str] = (),
    ) -> None:
        """`schema` is what clients see, when that is not the supergraph's own API schema.

        `echoed` are types whose entities are held to their keys: each says again by which it was asked, and none
        of a reply is believed in which one is another than that.
        """
        self.supergraph = supergraph
        self.schema = schema or api_schema(supergraph)
        self._plans: Plans[Program] = Plans(
            supergraph,
            self.schema,
            lambda plan: compile_program(plan, supergraph, echoed=echoed),
            limits=limits,
        )

    async def read(
        self, text: str, name: str | None = None, variables: Mapping[str, Any] | None = None
    ) -> Operation:
        """The operation of a request; raises TooCostly, or InvalidOperation with GraphQL's errors."""
        return await self._plans.operation(text, name, variables or {})

    async def program(self, operation: Operation, labels: frozenset[str] = frozenset()) -> Program:
        """The program of an operation under these override labels; raises Unplannable or TooCostly."""
        return await self._plans.plan(operation, labels)

    async def run(
        self,
        program: Program,
        variables: Mapping[str, Any],
        transport: Transport,
        *,
        mask_errors: bool = True,
    ) -> Response:
        """Runs a query's or mutation's program. Whatever the subgraphs do, there is an answer."""
        asked = program.plan.introspection
        known = self._introspected(asked, variables) if asked else None
        return await execute(program, variables, transport, mask_errors=mask_errors, known=known)

    def parts(
        self,
        program: Program,
        variables: Mapping[str, Any],
        transport: Transport,
        *,
        mask_errors: bool = True,
    ) -> AsyncGenerator[bytes]:
        """Runs a query with deferred parts: the bytes of a multipart answer (`incremental.MEDIA_TYPE`)."""
        return multipart(
            execute_incrementally(program, variables, transport, mask_errors=mask_errors)
        )

    async def answer(
        self, text: str, transport: Transport, variables: Mapping[str, Any] | None = None
    ) -> Response:
        """The whole way: one document with one operation, answered."""
        program = await self.program(await self.read(text, None, variables))
        return await self.run(program, variables or {}, transport)

    def close(self) -> None:
        """Lets the planning threads go."""
        self._plans.close()

    def _introspected(self, asked: str, variables: Mapping[str, Any]) -> Mapping[str, Any] | None:
        found = execute_sync(self.schema, parse(asked), variable_values=dict(variables))
        return found.data
