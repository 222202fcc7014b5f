"""Text → Operation and Operation → Plan, remembered: each worked out once, off the event loop, within bounds.

What is equal for two requests is equal here: the text, the operation's name, the values of its conditions,
what is closed, and which overrides are on. No caller, purpose or variable value is in a key. Whoever
asks for what is being worked out waits for it; what cannot be planned is remembered as well, so that
asking again costs nothing.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from graphql import GraphQLSchema

from gateway.federation.errors import FederationError
from gateway.federation.planning.cost import Cost, cost
from gateway.federation.planning.labels import touched
from gateway.federation.planning.limits import Limits
from gateway.federation.planning.operation import Document, Operation, document
from gateway.federation.planning.planner import plan
from gateway.federation.planning.steps import Plan
from gateway.federation.planning.weights import Weights
from gateway.federation.supergraph import Supergraph

Made = TypeVar("Made")
Value = TypeVar("Value")

VARIANTS = 64
PER_CHARACTER = 40
"""Bytes that a parsed document takes for each of its characters; measured on the audit's operations."""


@dataclass(slots=True)
class _Kept(Generic[Value]):
    """A value or an error, and how many bytes it is taken to be."""

    value: Value | None
    error: FederationError | None
    size: int

    def result(self) -> Value:
        if self.error is not None:
            raise self.error.with_traceback(None)
        assert self.value is not None
        return self.value


@dataclass(slots=True)
class Remembered(Generic[Value]):
    """A bounded memory, the least recently used forgotten first. One worker per key at a time."""

    room: int
    pool: ThreadPoolExecutor
    kept: OrderedDict[Hashable, _Kept[Value]] = field(default_factory=OrderedDict)
    flying: dict[Hashable, asyncio.Future[_Kept[Value]]] = field(default_factory=dict)
    used: int = 0

    def known(self, key: Hashable) -> _Kept[Value] | None:
        """What is remembered under the key."""
        found = self.kept.get(key)
        if found is not None:
            self.kept.move_to_end(key)
        return found

    async def get(
        self, key: Hashable, work: Callable[[], Value], size: Callable[[Value], int]
    ) -> Value:
        """What is remembered, or what the work gives; the work is done in a thread."""
        found = self.known(key)
        if found is None:
            if key not in self.flying:
                self.flying[key] = asyncio.ensure_future(self._fly(key, work, size))
            # Shielded: who stops waiting must not stop the others.
            found = await asyncio.shield(self.flying[key])
        return found.result()

    async def _fly(
        self, key: Hashable, work: Callable[[], Value], size: Callable[[Value], int]
    ) -> _Kept[Value]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self.pool, _outcome, work, size)
        finally:
            del self.flying[key]
        self.keep(key, found)
        return found

    def keep(self, key: Hashable, found: _Kept[Value]) -> None:
        """Remember, and forget what there is no room for."""
        self.kept[key] = found
        self.used += found.size
        while self.used > self.room and self.kept:
            _, gone = self.kept.popitem(last=False)
            self.used -= gone.size


def _outcome(work: Callable[[], Value], size: Callable[[Value], int]) -> _Kept[Value]:
    try:
        value = work()
    except FederationError as error:
        return _Kept(None, error, 1000 + len(str(error)))
    return _Kept(value, None, size(value))


class Plans(Generic[Made]):
    """The operations and plans of one supergraph. `make` turns a plan into what is kept of it."""

    def __init__(
        self,
        supergraph: Supergraph,
        schema: GraphQLSchema,
        make: Callable[[Plan], Made],
        *,
        limits: Limits | None = None,
        room: int = 128 << 20,
        at_once: int = 2,
    ) -> None:
        self.supergraph = supergraph
        self.schema = schema
        self.make = make
        self.limits = limits or Limits()
        self._weights = None if self.limits.cost is None else Weights(supergraph)
        pool = ThreadPoolExecutor(at_once, thread_name_prefix="planning")
        self._pool = pool
        self._documents: Remembered[Document] = Remembered(room // 4, pool)
        self._operations: Remembered[tuple[Operation, Cost]] = Remembered(room // 4, pool)
        self._plans: Remembered[tuple[Made, int]] = Remembered(room // 2, pool)
        self._variants: Counter[Hashable] = Counter()

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def operation(
        self, text: str, name: str | None, variables: Mapping[str, Any]
    ) -> Operation:
        """The operation with these variables' conditions; the same object for the same conditions.

        Raises InvalidOperation for a bad document or bad variables, and TooCostly. What it may cost is
        looked at for each request, because variables decide.
        """
        found = await self._documents.get(
            text,
            lambda: document(text, self.schema, self.limits),
            lambda _: PER_CHARACTER * len(text),
        )
        values = found.coerced(name, variables)
        conditions = tuple(bool(values.get(one)) for one in found.conditions(name))
        operation, price = await self._operations.get(
            (text, name, conditions),
            lambda: self._priced(found.operation(name, variables)),
            lambda _: PER_CHARACTER * len(text),
        )
        price.check(values, self.limits)
        return operation

    def _priced(self, operation: Operation) -> tuple[Operation, Cost]:
        return operation, cost(operation, self._weights) if self._weights else Cost()

    async def plan(self, operation: Operation, labels: frozenset[str] = frozenset()) -> Made:
        """The plan of an operation, made. Raises Unplannable or TooCostly."""
        active = labels & touched(operation, self.supergraph)
        key = (operation.identity, operation.closed, active)
        if self._plans.known(key) is None:
            whole = operation.identity[:2]
            self._variants[whole] += 1
            if self._variants[whole] > VARIANTS:
                # An operation with very many variants must not fill the memory.
                loop = asyncio.get_running_loop()
                return (await loop.run_in_executor(self._pool, self._made, operation, active))[0]
        made, _ = await self._plans.get(
            key, lambda: self._made(operation, active), lambda made: made[1]
        )
        return made

    def _made(self, operation: Operation, labels: frozenset[str]) -> tuple[Made, int]:
        """What is made of the plan, and its bytes: a plan is about as large as what it prints."""
        found = plan(operation, self.supergraph, labels)
        return self.make(found), PER_CHARACTER * len(repr(found)) // 10
