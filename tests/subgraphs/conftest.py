"""A service opened over the suite's Postgres, and a gateway's voice to ask it with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from gateway.assertion import HEADER, Assertion, Signer, new_key, public_keys
from gateway.register import Register, load
from subgraphs import roster
from subgraphs.population import Child, population
from subgraphs.service import Trust, opened

TODAY = date(2026, 11, 22)
REGISTER = Path(__file__).parents[2] / "schema" / "register.toml"

Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture(scope="session")
def register() -> Register:
    return load(
        REGISTER, uses=("proportionate", "universal", "universal_plus", "rights", "assurance")
    )


@pytest.fixture(scope="session")
def children() -> tuple[Child, ...]:
    """The demonstration's children, as of a day that does not move."""
    return population(60, today=TODAY)


@pytest.fixture(scope="session")
async def ask(
    database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    register: Register,
    children: tuple[Child, ...],
) -> AsyncIterator[Ask]:
    """`await ask("schools", query, variables, purpose=…, role=…, organisation=("SCHOOL", "990001"))`: the body of the answer.

    Every category that the purpose opens to the role is asserted. A service is opened, and filled with the
    children, when it is first asked.
    """
    key = new_key("test")
    trust = Trust(public_keys([key]), register)
    signer = Signer(key)
    folder = tmp_path_factory.mktemp("services")
    clients: dict[str, httpx.AsyncClient] = {}

    async with AsyncExitStack() as stack:

        async def client(name: str) -> httpx.AsyncClient:
            if name not in clients:
                service = roster.service(name)
                app = await stack.enter_async_context(
                    opened(service, (database_url, folder), trust, synthetic=True)
                )
                await _fill(name, database_url, folder, children)
                transport = httpx.ASGITransport(app=app)
                clients[name] = await stack.enter_async_context(
                    httpx.AsyncClient(transport=transport, base_url="http://subgraph")
                )
            return clients[name]

        async def asked(
            name: str,
            query: str,
            variables: dict[str, Any] | None = None,
            *,
            purpose: str = "EHC_NEEDS_ASSESSMENT",
            role: str = "ehc_coordinator",
            organisation: tuple[str, str] = ("LA", "838"),
            actor: str = "tester",
        ) -> dict[str, Any]:
            to = await client(name)
            body = orjson.dumps({"query": query, "variables": variables or {}})
            opening = register.opening(purpose, role, organisation[0])
            assertion = Assertion(
                purpose=purpose,
                role=role,
                organisation=organisation[1],
                organisation_kind=organisation[0],
                actor=actor,
                register=register.digest,
                request="request",
                categories=register.scale.written(opening.open),
            )
            headers = {
                HEADER: signer.sign(assertion, name, body),
                "content-type": "application/json",
            }
            answer: dict[str, Any] = (
                await to.post("/graphql", content=body, headers=headers)
            ).json()
            return answer

        yield asked


async def _fill(name: str, url: str, folder: Path, children: tuple[Child, ...]) -> None:
    module = __import__(f"subgraphs.{name}", fromlist=["load_population"])
    connection = await asyncpg.connect(url)
    try:
        if name == "link":
            await module.load_population(connection, children, folder)
        else:
            await module.load_population(connection, children)
    finally:
        await connection.close()
