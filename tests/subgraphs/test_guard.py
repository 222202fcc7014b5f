from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.assertion import COMPOSITION, HEADER, Assertion, Signer, new_key, public_keys
from gateway.register import Register, load
from subgraphs.guard import SCOPE, guarded
from subgraphs.reach import Unlabelled

SDL = """
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])
  @link(url: "https://causeway.example/specs/category/v1.0", import: ["@category"])
type Query {
  pupil(upn: ID!): Pupil @category(is: ["STRUCTURE"])
  counted: Int @category(is: ["SC.SEN", "COUNTS"])
  _service: _Service!
  _entities(representations: [_Any!]!): [_Entity]!
}
type Mutation { rename(upn: ID!, name: String): Pupil @category(is: ["SC.CORE"]) }
type Pupil implements Named @key(fields: "upn") {
  upn: ID! @category(is: ["SC.ID"])
  name: String @category(is: ["SC.CORE"])
  attendance(year: Int, above: Int @category(is: ["SC.ATTAIN"])): Int @category(is: ["SC.ATT"])
  meals: Boolean @category(is: ["SC.FSM"])
  file: Boolean @category(is: ["SC.SAFEG"], existence: true)
  record: Record @category(is: ["STRUCTURE"])
}
interface Named { name: String @category(is: ["PUBLIC"]) }
union Record = Exclusion | Placement
type Exclusion { reason: String @category(is: ["SC.EXCL"]) }
type Placement { reason: String @category(is: ["SC.AP"]) }
"""

Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture(scope="module")
def register() -> Register:
    return load(Path("schema/register.toml"))


@pytest.fixture(scope="module")
def key() -> OKPKey:
    return new_key("gw-1")


@pytest.fixture
def client(register: Register, key: OKPKey) -> httpx.AsyncClient:
    return client_of(register, key)


def client_of(register: Register, key: OKPKey, **more: Any) -> httpx.AsyncClient:
    async def answer(request: Request) -> Response:
        body = await request.json()
        assertion = request.scope.get(SCOPE)
        return JSONResponse({"data": body["query"], "org": assertion and assertion.organisation})

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    app = Starlette(routes=[Route("/graphql", answer, methods=["POST"]), Route("/health", health)])
    fort = guarded(
        app, sdl=SDL, audience="schools", keys=public_keys([key]), register=register, **more
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(fort), base_url="http://schools")


def assertion(register: Register, *categories: str) -> Assertion:
    return Assertion(
        purpose="EHC_NEEDS_ASSESSMENT",
        role="ehc_coordinator",
        organisation="301",
        organisation_kind="LA",
        actor="a",
        register=register.digest,
        request="r",
        categories=categories,
    )


def body_of(query: str) -> bytes:
    return json.dumps({"query": query, "variables": {}}).encode()


async def ask(
    client: httpx.AsyncClient, note: Assertion, key: OKPKey, query: str, audience: str = "schools"
) -> httpx.Response:
    body = body_of(query)
    token = Signer(key).sign(note, audience, body)
    return await client.post("/graphql", content=body, headers={HEADER: token})


async def test_an_operation_within_its_assertion_is_answered(
    client: httpx.AsyncClient, register: Register, key: OKPKey
) -> None:
    note = assertion(register, "SC.CORE", "SC.ATT")

    reply = await ask(client, note, key, "{ pupil(upn: 1) { upn name attendance } }")

    assert reply.status_code == 200
    assert reply.json()["org"] == "301"


@pytest.mark.parametrize(
    "query",
    [
        "{ pupil(upn: 1) { attendance } }",
        "{ pupil(upn: 1) { x: attendance } }",
        "{ pupil(upn: 1) { ... on Pupil { ... { attendance } } } }",
        "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Pupil { attendance } } }",
        "{ pupil(upn: 1) { ...f } } fragment f on Pupil { attendance }",
        "{ pupil(upn: 1) { name @skip(if: true) attendance @skip(if: true) } }",
        "mutation { rename(upn: 1) { attendance } }",
    ],
)
async def test_a_field_beyond_the_assertion_is_refused_however_it_is_asked_for(
    client: httpx.AsyncClient, register: Register, key: OKPKey, query: str
) -> None:
    within = await ask(client, assertion(register, "SC.CORE", "SC.ATT"), key, query)
    beyond = await ask(client, assertion(register, "SC.CORE"), key, query)

    assert (within.status_code, beyond.status_code) == (200, 403)


@pytest.mark.parametrize(
    "query",
    [
        "{ pupil(upn: 1) { nickname } }",
        "{ pupil(upn: 1) { record { reason } } }",
        "{ __schema { types { name } } }",
        '{ __type(name: "Pupil") { name } }',
        "{ _service { sdl } }",
        "{ _service { sdl } pupil(upn: 1) { name } }",
        "subscription { pupil { name } }",
        "query A { pupil(upn: 1) { name } } query B { pupil(upn: 1) { name } }",
        "{ pupil(upn: 1) { ...f } } fragment f on Pupil { ...f }",
        "{ pupil(upn: 1) { attendance(above: 3) } }",
        "{ pupil(upn: 1) ",
        "",
    ],
)
async def test_what_the_guard_cannot_account_for_is_refused(
    client: httpx.AsyncClient, register: Register, key: OKPKey, query: str
) -> None:
    reply = await ask(client, assertion(register, "SC.CORE", "SC.ATT"), key, query)

    assert reply.status_code == 403


async def test_a_union_needs_what_every_member_needs(
    client: httpx.AsyncClient, register: Register, key: OKPKey
) -> None:
    query = (
        "{ pupil(upn: 1) { record { ... on Exclusion { reason } ... on Placement { reason } } } }"
    )

    both = await ask(client, assertion(register, "SC.EXCL", "SC.AP"), key, query)
    one = await ask(client, assertion(register, "SC.EXCL"), key, query)

    assert (both.status_code, one.status_code) == (200, 403)


async def test_an_interface_needs_what_its_implementations_need(
    client: httpx.AsyncClient, register: Register, key: OKPKey
) -> None:
    query = "{ pupil(upn: 1) { ... on Named { name } } }"

    with_it = await ask(client, assertion(register, "SC.CORE"), key, query)
    without = await ask(client, assertion(register, "SC.ATT"), key, query)

    assert (with_it.status_code, without.status_code) == (200, 403)


async def test_existence_does_not_give_content_and_content_gives_existence_only_when_asserted(
    client: httpx.AsyncClient, register: Register, key: OKPKey
) -> None:
    note = replace(
        assertion(register, "SC.SAFEG:E"), purpose="CIN_S17_ASSESSMENT", role="social_worker"
    )

    exists = await ask(client, note, key, "{ pupil(upn: 1) { file } }")
    says = await ask(
        client, replace(note, categories=("SC.SAFEG",)), key, "{ pupil(upn: 1) { file } }"
    )

    assert (exists.status_code, says.status_code) == (200, 403)


async def test_all_refusals_look_the_same(
    client: httpx.AsyncClient, register: Register, key: OKPKey
) -> None:
    query = "{ pupil(upn: 1) { name } }"
    good = assertion(register, "SC.CORE")
    refused = [
        await client.post("/graphql", content=body_of(query)),
        await client.post("/graphql", content=body_of(query), headers={HEADER: "x.y.z"}),
        await client.get("/graphql"),
        await ask(client, good, new_key("gw-1"), query),
        await ask(client, good, key, query, audience="learners"),
        await ask(client, replace(good, register="0" * 64), key, query),
        await ask(client, replace(good, categories=()), key, query),
        await ask(client, replace(good, role="analyst"), key, query),
    ]

    assert {one.status_code for one in refused} == {403}
    assert len({(one.content, tuple(sorted(one.headers.items()))) for one in refused}) == 1


async def test_health_needs_no_assertion(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health")).json() == {"status": "ok"}


async def test_the_sdl_is_read_for_composition_and_composition_reads_nothing_else(
    client: httpx.AsyncClient, register: Register, key: OKPKey
) -> None:
    note = replace(assertion(register, "SC.CORE"), purpose=COMPOSITION)

    sdl = await ask(client, note, key, "{ _service { sdl } }")
    more = await ask(client, note, key, "{ pupil(upn: 1) { name } }")

    assert (sdl.status_code, more.status_code) == (200, 403)


async def test_a_developers_switch_opens_the_sdl_and_nothing_else(
    register: Register, key: OKPKey
) -> None:
    client = client_of(register, key, open_sdl=True)

    sdl = await client.post("/graphql", content=body_of("{ _service { sdl } }"))
    more = await client.post("/graphql", content=body_of("{ pupil(upn: 1) { name } }"))

    assert (sdl.status_code, more.status_code) == (200, 403)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ('@category(is: ["SC.ATT"])', "no @category"),
        ('["SC.ATT"]', "SC.OTHER is no category"),
    ],
)
def test_a_subgraph_with_a_field_that_has_no_usable_label_does_not_start(
    register: Register, key: OKPKey, broken: str, says: str
) -> None:
    text = SDL.replace(broken, "" if broken[0] == "@" else '["SC.OTHER"]')

    with pytest.raises(Unlabelled, match=says) as raised:
        guarded(
            Starlette(), sdl=text, audience="schools", keys=public_keys([key]), register=register
        )

    assert "Pupil.attendance" in raised.value.problems[0]


async def test_what_another_subgraph_resolves_needs_no_label_here_and_is_not_answered_here(
    register: Register, key: OKPKey
) -> None:
    text = SDL.replace('import: ["@key"]', 'import: ["@key", "@external"]').replace(
        'meals: Boolean @category(is: ["SC.FSM"])', "meals: Boolean @external"
    )
    app = guarded(
        Starlette(), sdl=text, audience="schools", keys=public_keys([key]), register=register
    )
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://schools")

    reply = await ask(client, assertion(register, "SC.CORE"), key, "{ pupil(upn: 1) { meals } }")

    assert reply.status_code == 403


def test_a_label_is_known_by_its_specification_not_by_its_name(
    register: Register, key: OKPKey
) -> None:
    renamed = SDL.replace('["@category"]', '[{name: "@category", as: "@about"}]')
    strange = SDL.replace("causeway.example", "elsewhere.example")

    with pytest.raises(Unlabelled):
        guarded(Starlette(), sdl=strange, audience="schools", keys={}, register=register)
    guarded(
        Starlette(),
        sdl=renamed.replace("@category(", "@about("),
        audience="schools",
        keys={},
        register=register,
    )


def counting(register: Register, *categories: str) -> Assertion:
    return replace(
        assertion(register, *categories), purpose="LOCAL_SERVICE_PLANNING", role="analyst"
    )


async def test_an_island_counts_for_planning_only_where_its_own_register_has_it_switched_on(
    register: Register, key: OKPKey
) -> None:
    on = load(Path("schema/register.toml"), uses=["universal_plus"])
    asked = (counting(register, "SC.SEN:A"), key, "{ counted }")

    assert (await ask(client_of(on, key), *asked)).status_code == 200
    assert (await ask(client_of(register, key), *asked)).status_code == 403


@pytest.mark.parametrize("beyond", ["SC.SEN", "SC.SEN:E", "SC.ID", "SC.CORE", "SC.ID:A"])
async def test_nobody_plans_with_more_than_counts_whatever_the_gateway_signs(
    register: Register, key: OKPKey, beyond: str
) -> None:
    on = client_of(load(Path("schema/register.toml"), uses=["universal_plus"]), key)

    reply = await ask(on, counting(register, "SC.SEN:A", beyond), key, "{ counted }")

    assert reply.status_code == 403
