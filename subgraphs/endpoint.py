"""One operation's bytes → its answer's bytes, or a stream of answers.

Documents are parsed and validated once per text; loaders live for one request, so nothing read for one caller
serves another.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    execute,
    parse,
    subscribe,
    validate,
)
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.assertion import Assertion
from subgraphs.context import Context
from subgraphs.guard import SCOPE
from subgraphs.outward import Withheld, outward
from subgraphs.schema import EntitySchema
from subgraphs.streaming import MEDIA_TYPE as EVENT_STREAM
from subgraphs.streaming import server_sent

_DOCUMENTS_KEPT = 1_000  # a gateway sends a small fixed set of texts

Loading = Callable[[Assertion | None, Mapping[str, Any]], Any]
"""Whom a request comes from, and its variables → its loaders."""


@dataclass(frozen=True, slots=True)
class _Document:
    """A text as it was read: what to execute, or all that is wrong with it."""

    node: DocumentNode | None
    wrong: tuple[GraphQLError, ...] = ()
    subscribes: bool = False


class Endpoint:
    """One operation's bytes → its answer's bytes."""

    def __init__(self, graph: EntitySchema, loaders: Loading) -> None:
        self.graph = graph
        self.loaders = loaders
        self._documents: dict[str, _Document] = {}

    async def answer(self, request: Request) -> Response:
        asked = _asked(await request.body())
        if asked is None:
            return _json({"errors": [{"message": "BAD_REQUEST"}]}, status=400)
        document = self._document(asked["query"])
        if document.node is None:
            return _json({"errors": [outward(error) for error in document.wrong]}, status=400)
        assertion: Assertion | None = request.scope.get(SCOPE)
        context = Context(self.loaders(assertion, asked.get("variables") or {}), assertion)
        if document.subscribes:
            events = self._events(document.node, asked, context)
            return StreamingResponse(server_sent(events), media_type=EVENT_STREAM)
        body = _body(await self._execute(document.node, asked, context))
        return _json(body | ({"extensions": context.told} if context.told else {}))

    async def _execute(
        self, document: DocumentNode, asked: Mapping[str, Any], context: Context
    ) -> ExecutionResult:
        result: ExecutionResult | Awaitable[ExecutionResult] = execute(
            self.graph._schema, document, **self._given(asked, context)
        )
        return await result if isawaitable(result) else result

    async def _events(
        self, document: DocumentNode, asked: Mapping[str, Any], context: Context
    ) -> AsyncGenerator[bytes]:
        """An answer per event, with what is told of that event alone."""
        source = subscribe(self.graph._schema, document, **self._given(asked, context))
        found = await source if isawaitable(source) else source
        if isinstance(found, ExecutionResult):
            yield orjson.dumps(_body(found))
            return
        async with aclosing(found) as results:  # type: ignore[type-var]
            try:
                async for result in results:
                    told = {"extensions": dict(context.told)} if context.told else {}
                    yield orjson.dumps(_body(result) | told)
                    context.told.clear()
            except Withheld as refusal:  # by the source itself: the stream is not for this asker
                error = GraphQLError(refusal.code, original_error=refusal)
                yield orjson.dumps({"data": None, "errors": [outward(error)]})

    def _given(self, asked: Mapping[str, Any], context: Context) -> dict[str, Any]:
        return {
            "context_value": context,
            "variable_values": asked.get("variables"),
            "operation_name": asked.get("operationName"),
            "executor_class": self.graph.execution_context_class,
        }

    def _document(self, text: str) -> _Document:
        known = self._documents.get(text)
        if known is None:
            known = self._read(text)
            if len(self._documents) >= _DOCUMENTS_KEPT:
                self._documents.pop(next(iter(self._documents)))
            self._documents[text] = known
        return known

    def _read(self, text: str) -> _Document:
        try:
            node = parse(text)
        except GraphQLSyntaxError as error:
            return _Document(None, (error,))
        if wrong := validate(self.graph._schema, node):
            return _Document(None, tuple(wrong))
        return _Document(node, subscribes=_subscribes(node))


def _subscribes(document: DocumentNode) -> bool:
    """The guard has seen to it that there is one operation."""
    return any(
        isinstance(one, OperationDefinitionNode) and one.operation is OperationType.SUBSCRIPTION
        for one in document.definitions
    )


def _asked(body: bytes) -> dict[str, Any] | None:
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
        return None
    return asked if isinstance(asked.get("variables") or {}, dict) else None


def _body(result: ExecutionResult) -> dict[str, Any]:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [outward(error) for error in result.errors]
    return body


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status_code=status, media_type="application/json")
