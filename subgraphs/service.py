"""Graph + loaders + tables → one ASGI app: `/graphql` for the gateway, `/health` for whoever runs it.

Documents are parsed and validated once per text; entities are loaded once per type and request; loaders live
for one request, so nothing read for one caller serves another. Outside, an error is a code and a place:
its message might quote what was asked.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from inspect import isawaitable
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import orjson
import strawberry
from graphql import (
    REMOVE,
    DocumentNode,
    ExecutionResult,
    FieldDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    Node,
    OperationDefinitionNode,
    OperationType,
    TypeDefinitionNode,
    ValueNode,
    VariableDefinitionNode,
    Visitor,
    VisitorAction,
    execute,
    parse,
    print_ast,
    subscribe,
    validate,
    visit,
)
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp
from strawberry.federation.schema import FederationAny
from strawberry.federation.schema_directives import Key
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from gateway.assertion import Assertion
from gateway.register import Register
from subgraphs.confined import (
    NOBODY,
    RULES,
    SETTINGS,
    Asked,
    Confined,
    Keys,
    Rows,
    as_role,
    named,
    reader,
)
from subgraphs.guard import SCOPE, guarded
from subgraphs.postgres import pool
from subgraphs.scalars import identifier_scalars
from subgraphs.streaming import MEDIA_TYPE as EVENT_STREAM
from subgraphs.streaming import server_sent

logger = logging.getLogger(__name__)

_DOCUMENTS_KEPT = 1_000  # a gateway sends a small fixed set of texts
WHOSE = "whose"
"""Where in an answer's `extensions` a root says whose rows it read."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service keeps things: its database, and a folder for what must not be in one.

    `rows` is where an island reads for one request; by `connections` it sees no row.
    """

    connections: asyncpg.Pool
    folder: Path
    register: Register
    rows: Rows


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a service believes: the gateway's public keys by name, and its own copy of the register.

    `also` are the registers before or after it, while a change is carried through.
    """

    keys: Mapping[str, OKPKey]
    register: Register
    also: tuple[Register, ...] = ()
    open_sdl: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """What a service adds to the graph."""

    query: type
    types: Sequence[type] = ()
    mutation: type | None = None
    subscription: type | None = None
    scalars: Mapping[object, ScalarDefinition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Service:
    """One subgraph. `loaders` takes the place and gives what makes the loaders of each request."""

    name: str
    graph: Graph
    loaders: Callable[[Place], Callable[[], Any]]
    folder: Path

    @property
    def tables(self) -> str:
        return (self.folder / "tables.sql").read_text()

    @property
    def policies(self) -> str | None:
        """Which rows a request may touch; None where the service itself decides for each child."""
        file = self.folder / "policies.sql"
        return file.read_text() if file.exists() else None


@dataclass(frozen=True, slots=True)
class Context:
    """What a resolver finds as `info.context`: this request's loaders, and the assertion it came under."""

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


Loading = Callable[[Assertion | None, Mapping[str, Any]], Any]
"""Whom a request comes from, and its variables → its loaders."""


class Entity(Protocol):
    """An entity type: many keys → as many objects or None, in order, in one read."""

    @classmethod
    async def resolve_references(
        cls, context: Context, keys: list[dict[str, Any]]
    ) -> Sequence[object | None]: ...


class EntitySchema(strawberry.federation.Schema):
    """A federation schema that loads the representations of a request type by type."""

    async def entities_resolver(  # type: ignore[override]
        self, info: strawberry.Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        found: list[Any] = [None] * len(representations)
        for name, places in _by_typename(representations).items():
            definition: Any = self.schema_converter.type_map[name].definition
            entity: type[Entity] = definition.origin
            keys: list[Any] = [representations[place] for place in places]
            loaded = await entity.resolve_references(info.context, keys)
            for place, entity_or_none in zip(places, loaded, strict=True):
                found[place] = entity_or_none
        return found

    def keys(self) -> Keys:
        """The fields of each entity's keys, by its name."""
        found: dict[str, tuple[str, ...]] = {}
        for name, one in self.schema_converter.type_map.items():
            for directive in getattr(one.definition, "directives", None) or ():
                if isinstance(directive, Key):
                    found[name] = tuple(str(directive.fields).split())
        return found


def _by_typename(representations: Sequence[Any]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, representation in enumerate(representations):
        places.setdefault(representation["__typename"], []).append(place)
    return places


def schema(graph: Graph, *, synthetic: bool = False) -> EntitySchema:
    """The executable schema. `synthetic`: admit the National Insurance numbers of invented people."""
    return EntitySchema(
        query=graph.query,
        mutation=graph.mutation,
        subscription=graph.subscription,
        types=graph.types,
        config=StrawberryConfig(
            scalar_map=identifier_scalars(synthetic=synthetic) | dict(graph.scalars),
            disable_field_suggestions=True,
        ),
    )


def sdl(service: Service) -> str:
    """What `schema/<name>.graphql` holds: all that the service adds, without federation's own machinery."""
    document = parse(schema(service.graph).as_str())
    return print_ast(visit(document, _WithoutMachinery())) + "\n"


class _WithoutMachinery(Visitor):
    """Leaves out what every subgraph has and no graph is composed of."""

    def enter(self, node: Node, *_: object) -> VisitorAction:
        if isinstance(node, (TypeDefinitionNode, FieldDefinitionNode)):
            return REMOVE if node.name.value in _MACHINERY else None
        return None


_MACHINERY = frozenset({"_Any", "_Entity", "_Service", "_entities", "_service"})


@asynccontextmanager
async def opened(
    service: Service, where: tuple[str, Path], trust: Trust, *, synthetic: bool = False
) -> AsyncIterator[ASGIApp]:
    """The guarded ASGI app, for as long as the block lasts. `where`: the database's URL, and a folder."""
    url, folder = where
    async with _reading(service, url) as connections:
        graph = schema(service.graph, synthetic=synthetic)
        place = Place(connections, folder, trust.register, connections)
        endpoint = Endpoint(graph, _loaders(service, place, graph.keys()))
        yield guarded(
            Starlette(
                routes=[
                    Route("/graphql", endpoint.answer, methods=["POST"]),
                    Route("/health", health, methods=["GET"]),
                ]
            ),
            sdl=sdl(service),
            audience=service.name,
            keys=trust.keys,
            register=trust.register,
            also=trust.also,
            open_sdl=trust.open_sdl,
        )


@asynccontextmanager
async def _reading(service: Service, url: str) -> AsyncIterator[asyncpg.Pool]:
    """Connections over the service's tables: an island's as the role that its policies are for."""
    if service.policies is None:
        async with pool(url, [service.tables]) as connections:
            yield connections
        return
    async with pool(url, [service.tables, RULES, service.policies]):
        pass  # the owner's: they make the tables, and answer nothing
    async with pool(as_role(url, reader(service.name)), [], settings=SETTINGS) as connections:
        yield connections


def _loaders(service: Service, place: Place, keys: Keys) -> Loading:
    """What makes a request's loaders: in an island, over the rows that the request may touch."""
    if service.policies is None:
        made = service.loaders(place)
        return lambda *_: made()
    purposes = place.register.purposes

    def loaders(assertion: Assertion | None, variables: Mapping[str, Any]) -> Any:
        asked = NOBODY
        if assertion is not None and assertion.purpose in purposes:
            family = purposes[assertion.purpose].family
            asked = Asked.by(assertion, family, named(variables, keys))
        rows = Confined(place.connections, asked)
        return service.loaders(replace(place, rows=rows))()

    return loaders


async def health(_: Request) -> Response:
    return Response(b'{"status":"ok"}', media_type="application/json")


class Endpoint:
    """One operation's bytes → its answer's bytes."""

    def __init__(self, graph: EntitySchema, loaders: Loading) -> None:
        self.graph = graph
        self.loaders = loaders
        self._documents: dict[str, DocumentNode | list[GraphQLError]] = {}

    async def answer(self, request: Request) -> Response:
        asked = _asked(await request.body())
        if asked is None:
            return _json({"errors": [{"message": "BAD_REQUEST"}]}, status=400)
        document = self._document(asked["query"])
        if isinstance(document, list):
            return _json({"errors": [_outward(error) for error in document]}, status=400)
        assertion: Assertion | None = request.scope.get(SCOPE)
        context = Context(self.loaders(assertion, asked.get("variables") or {}), assertion)
        if _subscribes(document):
            events = self._events(document, asked, context)
            return StreamingResponse(server_sent(events), media_type=EVENT_STREAM)
        body = _body(await self._execute(document, asked, context))
        return _json(body | ({"extensions": context.told} if context.told else {}))

    async def _execute(
        self, document: DocumentNode, asked: Mapping[str, Any], context: Context
    ) -> ExecutionResult:
        result: ExecutionResult | Awaitable[ExecutionResult] = execute(
            self.graph._schema,
            document,
            context_value=context,
            variable_values=asked.get("variables"),
            operation_name=asked.get("operationName"),
            executor_class=self.graph.execution_context_class,
        )
        return await result if isawaitable(result) else result

    async def _events(
        self, document: DocumentNode, asked: Mapping[str, Any], context: Context
    ) -> AsyncGenerator[bytes]:
        """An answer per event, with what is told of that event alone."""
        source = subscribe(
            self.graph._schema,
            document,
            context_value=context,
            variable_values=asked.get("variables"),
            operation_name=asked.get("operationName"),
            executor_class=self.graph.execution_context_class,
        )
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
                yield orjson.dumps({"data": None, "errors": [_outward(error)]})

    def _document(self, text: str) -> DocumentNode | list[GraphQLError]:
        known = self._documents.get(text)
        if known is None:
            known = self._read(text)
            if len(self._documents) >= _DOCUMENTS_KEPT:
                self._documents.pop(next(iter(self._documents)))
            self._documents[text] = known
        return known

    def _read(self, text: str) -> DocumentNode | list[GraphQLError]:
        try:
            document = parse(text)
        except GraphQLSyntaxError as error:
            return [error]
        return validate(self.graph._schema, document) or document


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
        body["errors"] = [_outward(error) for error in result.errors]
    return body


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status_code=status, media_type="application/json")


class Withheld(Exception):
    """A resolver's own refusal: a code that says nothing about a person."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _outward(error: GraphQLError) -> dict[str, Any]:
    """An error as it may leave: what the asker wrote wrongly in words, what happened here as a code."""
    code, message = _code(error)
    outward: dict[str, Any] = {"message": message, "extensions": {"code": code}}
    if error.path:
        outward["path"] = error.path
    return outward


def _code(error: GraphQLError) -> tuple[str, str]:
    cause = error.original_error
    if isinstance(cause, Withheld):
        return cause.code, cause.code
    if code := (error.extensions or {}).get("code"):
        return str(code), str(code)
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED", f"syntax error at {error.positions}"
    if error.path is None:
        quotes = any(
            isinstance(node, (ValueNode, VariableDefinitionNode)) for node in error.nodes or ()
        )
        return "GRAPHQL_VALIDATION_FAILED", "a value does not fit" if quotes else error.message
    logger.error("failed at %s: %s", error.path, type(cause).__name__)
    return "INTERNAL", "INTERNAL"
