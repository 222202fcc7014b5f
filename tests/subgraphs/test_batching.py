"""A hundred entities, and everything asked of them, cost one query per kind of row; the graph explains itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from graphql import EnumTypeDefinitionNode, ObjectTypeDefinitionNode, parse
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.register import Register
from subgraphs import roster
from subgraphs.endpoint import Endpoint
from subgraphs.population import Child, population
from subgraphs.postgres import apply
from subgraphs.schema import schema
from subgraphs.service import Place, sdl

Counted = Callable[[str, str, list[dict[str, str]]], Awaitable[tuple[list[Any], int]]]
ISLANDS = ("local_authority", "learners", "benefits")


@pytest.fixture(scope="module")
def many() -> tuple[Child, ...]:
    return population(700)


@pytest.fixture(scope="module")
async def database(database_url: str) -> str:
    """The name of a database apart: the suite's other tests count on fewer children."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("DROP DATABASE IF EXISTS batching")
    await connection.execute("CREATE DATABASE batching")
    await connection.close()
    return "batching"


@pytest.fixture
async def counted(
    database_url: str, database: str, tmp_path: Path, many: tuple[Child, ...], register: Register
) -> Any:
    """`await counted("learners", query, keys)`: the entities, and how many queries they took."""
    async with AsyncExitStack() as stack:

        async def asked(name: str, query: str, keys: list[dict[str, str]]) -> tuple[list[Any], int]:
            queries: list[str] = []

            async def listen(connection: asyncpg.Connection) -> None:
                connection.add_query_logger(lambda record: queries.append(record.query))

            pool = await stack.enter_async_context(
                asyncpg.create_pool(
                    database_url, database=database, min_size=1, init=listen, reset=_keep
                )
            )
            service = roster.service(name)
            await apply(pool, service.tables)
            async with pool.acquire() as connection:
                await _fill(name, connection, many)
            loaders = service.loaders(Place(pool, tmp_path, register, pool))
            endpoint = Endpoint(schema(service.graph, synthetic=True), lambda *_: loaders())
            app = Starlette(routes=[Route("/graphql", endpoint.answer, methods=["POST"])])
            client = await stack.enter_async_context(
                httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")
            )
            queries.clear()
            body = (
                await client.post("/graphql", json={"query": query, "variables": {"keys": keys}})
            ).json()
            assert "errors" not in body, body["errors"]
            return body["data"]["_entities"], len(queries)

        yield asked


async def _fill(name: str, connection: asyncpg.Connection, children: tuple[Child, ...]) -> None:
    module = __import__(f"subgraphs.{name}", fromlist=["load_population"])
    await module.load_population(connection, children)


async def _keep(_connection: asyncpg.Connection) -> None:
    """No reset on release, as in service."""


CHILD = """query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on LocalAuthorityChild {
  surname
  referrals { cinReferralDate }
  episodes { decom }
  status { lookedAfter { current } openReferral { current } }
  ehcCases { caseRef clock { next { due } } existingAdvice { adviceKind } child { surname } }
} } }"""
CASE = """query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on EhcCase {
  receivedDate sections { b { value } } needs { senTypeRank } nextReviewDue
} } }"""
LEARNER = """query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Learner {
  familyName
  enrolments { provider { name } } learningDeliveries { learnAimRef provider { name } }
  learnerFam { learnFamCode } hasEhcPlan participates
} } }"""
RECORD = """query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on BenefitsRecord {
  childBenefitNumber entitlements { answer } claimant { lastName } childSurname claimChildren
} } }"""


async def test_a_hundred_children_cost_one_query_per_table(
    counted: Counted, many: tuple[Child, ...]
) -> None:
    known = [child.numbers.local_authority[0] for child in many if child.numbers.local_authority]
    keys = [
        {
            "__typename": "LocalAuthorityChild",
            "laCode": str(each.la_code),
            "localChildId": str(each.local_child_id),
        }
        for each in known[:100]
    ]

    entities, queries = await counted("local_authority", CHILD, keys)

    assert len(entities) == 100
    assert all(entities)
    # child, cin_details, episode, ehc_case, ehc_review, ehc_advice, and the cases' children again
    assert queries == 7


async def test_cases_cost_one_query_per_table(counted: Counted, many: tuple[Child, ...]) -> None:
    keys = [
        {"__typename": "EhcCase", "caseRef": f"EHC-{child.authority}-{child.number:05}"}
        for child in many
    ][:100]

    entities, queries = await counted("local_authority", CASE, keys)

    assert any(entities)
    assert queries == 4  # ehc_case, ehc_section, ehc_need, ehc_review


async def test_a_hundred_learners_cost_one_query_per_table(
    counted: Counted, many: tuple[Child, ...]
) -> None:
    ulns = [str(child.numbers.uln) for child in many if child.numbers.uln and child.provider]
    keys = [{"__typename": "Learner", "uln": uln} for uln in ulns[:100]]

    entities, queries = await counted("learners", LEARNER, keys)

    assert len(entities) == 100
    assert all(entities)
    # learner, provider, learning_delivery, learner_fam, participation; providers of aims are known by then
    assert queries <= 6


async def test_a_hundred_records_cost_one_query_per_table(
    counted: Counted, many: tuple[Child, ...]
) -> None:
    keys = [
        {"__typename": "BenefitsRecord", "childBenefitNumber": str(child.numbers.child_benefit)}
        for child in many[:100]
    ]

    entities, queries = await counted("benefits", RECORD, keys)

    assert all(entities)
    assert queries == 4  # claim, check, claimant, children


@pytest.mark.parametrize("name", ISLANDS)
def test_every_opinion_says_whose_when_and_on_what(name: str) -> None:
    document = parse(sdl(roster.service(name)))
    opinions = [
        definition
        for definition in document.definitions
        if isinstance(definition, ObjectTypeDefinitionNode)
        and definition.name.value.endswith("Opinion")
    ]

    assert opinions or name == "benefits"
    for opinion in opinions:
        assert {field.name.value for field in opinion.fields} == {
            "value",
            "authorRole",
            "recordedOn",
            "basis",
        }


@pytest.mark.parametrize("name", ISLANDS)
def test_every_code_set_and_field_is_described(name: str) -> None:
    document = parse(sdl(roster.service(name)))

    for definition in document.definitions:
        if isinstance(definition, EnumTypeDefinitionNode):
            assert definition.description, definition.name.value
        if isinstance(definition, ObjectTypeDefinitionNode):
            for field in definition.fields:
                assert field.description, f"{definition.name.value}.{field.name.value}"
