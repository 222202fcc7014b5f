"""Attacks 60 to 68: between the gateway and a subgraph. A subgraph hears the gateway alone, and believes a note, once, for these bytes.

61 to 63 in detail are tests/test_assertion.py and tests/subgraphs/test_guard.py. Row-level security (69)
and what a subgraph may do to the gateway (70, 71) are tested beside the islands and the doors.
"""

from __future__ import annotations

import json
import logging
import ssl
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.assertion import HEADER, Assertion, Signer, new_key, public_keys
from gateway.listening import listening
from gateway.register import InvalidRegister, Register, read
from gateway.tls import GATEWAY, Clients, Identity, serving
from subgraphs.guard import guarded
from tests.certificates import HERE, Authority

SDL = """
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])
  @link(url: "https://causeway.example/specs/category/v1.0", import: ["@category"])
type Query { pupil(upn: ID!): Pupil @category(is: ["STRUCTURE"]) }
type Pupil @key(fields: "upn") {
  upn: ID! @category(is: ["SC.ID"])
  sen: String @category(is: ["SC.SEN"])
  meals: Boolean @category(is: ["SC.FSM"])
}
"""
OTHER = Path("schema/register.toml").read_bytes() + b"\n# another day\n"


def edition(number: int) -> bytes:
    return OTHER.replace(b"edition = 1\n", b"edition = %d\n" % number)


BODY = json.dumps(
    {"query": "query ($u: ID!) { pupil(upn: $u) { sen } }", "variables": {"u": "1"}}
).encode()
KEY: OKPKey = new_key("gw-1")


@pytest.fixture
def reached() -> list[bytes]:
    return []


@pytest.fixture
def subgraph(register: Register, reached: list[bytes]) -> httpx.AsyncClient:
    return subgraph_of(register, reached)


def subgraph_of(
    register: Register,
    reached: list[bytes],
    audience: str = "schools",
    also: Sequence[Register] = (),
) -> httpx.AsyncClient:
    fort = fort_of(register, reached, audience, also)
    return httpx.AsyncClient(transport=httpx.ASGITransport(fort), base_url="http://schools")


def fort_of(
    register: Register,
    reached: list[bytes],
    audience: str = "schools",
    also: Sequence[Register] = (),
) -> ASGIApp:
    async def answer(request: Request) -> Response:
        reached.append(await request.body())
        return PlainTextResponse("answered")

    app = Starlette(routes=[Route("/graphql", answer, methods=["GET", "POST", "PUT"])])
    keys = public_keys([KEY])
    return guarded(app, sdl=SDL, audience=audience, keys=keys, register=register, also=also)


def note(register: Register, *categories: str) -> Assertion:
    return Assertion(
        purpose="EHC_NEEDS_ASSESSMENT",
        role="ehc_coordinator",
        organisation="301",
        organisation_kind="LA",
        actor="a",
        register=register.digest,
        request="r",
        categories=categories or ("SC.SEN",),
    )


async def send(
    client: httpx.AsyncClient, token: str | None, body: bytes = BODY, method: str = "POST"
) -> httpx.Response:
    headers = [(HEADER, token)] if token is not None else []
    return await client.request(method, "/graphql", content=body, headers=headers)


def signed(
    assertion: Assertion, body: bytes = BODY, audience: str = "schools", late: float = 0
) -> str:
    return Signer(KEY, lambda: time.time() + late).sign(assertion, audience, body)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_60_only_the_gateway_s_certificate_reaches_a_subgraph(
    register: Register, reached: list[bytes], tmp_path: Path, version: ssl.TLSVersion
) -> None:
    ours, theirs = Authority(tmp_path), Authority(tmp_path, "theirs")
    gateway = ours.issue(GATEWAY)
    intruders = {
        "nobody": None,
        "another service": ours.issue("learners"),
        "another authority's gateway": theirs.issue(GATEWAY),
        "a gateway of years ago": ours.issue(GATEWAY, expired=True),
    }
    fort = fort_of(register, reached)

    async with listening(fort, tls=serving(ours.issue(HERE), Clients(ours.file))) as url:
        for who, own in intruders.items():
            with pytest.raises(httpx.TransportError):
                await knock(url, trusting(ours, own, version), signed(note(register)))
                pytest.fail(who)
        with pytest.raises(httpx.TransportError):
            await knock(url.replace("https", "http"), None, signed(note(register)))
        assert reached == []

        let_in = trusting(ours, gateway, version)
        assert (await knock(url, let_in, signed(note(register)))).status_code == 200
        assert (await knock(url, let_in, None)).status_code == 403


def trusting(ours: Authority, own: Identity | None, version: ssl.TLSVersion) -> ssl.SSLContext:
    """A client that is not the gateway's own."""
    tls = ssl.create_default_context(cafile=ours.file)
    tls.minimum_version = tls.maximum_version = version
    if own is not None:
        tls.load_cert_chain(own.certificate, own.key)
    return tls


async def knock(url: str, tls: ssl.SSLContext | None, token: str | None) -> httpx.Response:
    async with httpx.AsyncClient(base_url=url, verify=tls or False) as client:
        return await send(client, token)


async def test_60_and_61_without_a_note_for_it_a_subgraph_says_nothing(
    register: Register, subgraph: httpx.AsyncClient, reached: list[bytes]
) -> None:
    good = note(register)
    attempts = [
        await send(subgraph, None),
        await send(subgraph, ""),
        await send(subgraph, "a.b.c"),
        await send(subgraph, signed(good, audience="learners")),
        await send(subgraph, signed(good, late=-36)),
        await send(subgraph, signed(good, late=8)),
        await send(subgraph, signed(good), method="GET"),
        await send(subgraph, signed(good), method="PUT"),
        await subgraph.post(
            "/graphql", content=BODY, headers=[(HEADER, signed(good)), (HEADER, signed(good))]
        ),
    ]

    assert {(one.status_code, one.content) for one in attempts} == {
        (403, b'{"errors":[{"message":"REFUSED","extensions":{"code":"REFUSED"}}]}')
    }
    assert reached == []
    assert (await send(subgraph, signed(good))).status_code == 200


async def test_62_a_note_is_good_once_and_not_over_a_restart(
    register: Register, subgraph: httpx.AsyncClient, reached: list[bytes]
) -> None:
    token = signed(note(register))

    assert (await send(subgraph, token)).status_code == 200
    assert (await send(subgraph, token)).status_code == 403
    old = signed(note(register), late=-2)
    assert (await send(subgraph_of(register, reached), old)).status_code == 403
    assert len(reached) == 1


@pytest.mark.parametrize(
    "other",
    [
        BODY.replace(b'"1"', b'"2"'),
        BODY.replace(b" sen ", b" meals "),
        BODY.replace(b": ", b":"),
        BODY + b" ",
        BODY.replace(b"}}", b'}, "operationName": "x"}'),
        b"",
    ],
)
async def test_63_and_64_a_note_is_for_these_bytes(
    register: Register, subgraph: httpx.AsyncClient, reached: list[bytes], other: bytes
) -> None:
    assert other != BODY

    assert (await send(subgraph, signed(note(register)), other)).status_code == 403
    assert reached == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"query":"{ pupil(upn: 1) { sen } }","query":"{ pupil(upn: 1) { meals } }"}',
        b'{"query":"query ($u: ID!) { pupil(upn: $u) { sen } }","variables":{"u":"1","u":"2"}}',
        b'[{"query":"{ pupil(upn: 1) { sen } }"}]',
        b'{"query":["{ pupil(upn: 1) { sen } }"]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
async def test_64_a_body_that_two_readers_could_read_differently_is_not_read(
    register: Register, subgraph: httpx.AsyncClient, reached: list[bytes], body: bytes
) -> None:
    assert (await send(subgraph, signed(note(register), body), body)).status_code == 403
    assert reached == []


async def test_65_a_wrong_plan_cannot_widen_a_purpose(
    register: Register, subgraph: httpx.AsyncClient, reached: list[bytes]
) -> None:
    body = b'{"query":"{ pupil(upn: 1) { sen meals } }"}'

    assert (await send(subgraph, signed(note(register), body), body)).status_code == 403
    assert reached == []


async def test_66_nor_can_a_stolen_signing_key(
    register: Register, subgraph: httpx.AsyncClient, reached: list[bytes]
) -> None:
    body = b'{"query":"{ pupil(upn: 1) { sen meals } }"}'
    wide = note(register, "SC.SEN", "SC.FSM")
    for forged in (
        wide,
        replace(wide, purpose="EVERYTHING"),
        replace(wide, role="benefits_officer"),
        replace(wide, purpose="FSM_EYPP_CHECK", role="benefits_officer"),
        replace(wide, categories=("SC.SEN", "SC.FSM", "SC.NEW")),
        replace(wide, categories=("*",)),
    ):
        assert (await send(subgraph, signed(forged, body), body)).status_code == 403

    assert reached == []


async def test_67_both_sides_decide_by_the_same_register(
    register: Register, subgraph: httpx.AsyncClient, reached: list[bytes]
) -> None:
    other = read(OTHER)

    assert other.digest != register.digest
    assert (await send(subgraph, signed(note(other)))).status_code == 403
    assert reached == []


async def test_67_while_a_change_is_carried_through_both_registers_decide(
    register: Register, reached: list[bytes]
) -> None:
    narrow = read(edition(2).replace(b'"SC.SEN" = "C"', b'"SC.SEN" = "E"'))
    subgraph = subgraph_of(register, reached, also=[narrow])

    assert (await send(subgraph, signed(note(register)))).status_code == 200
    assert (await send(subgraph, signed(note(narrow)))).status_code == 403
    assert (await send(subgraph, signed(note(read(OTHER))))).status_code == 403
    assert len(reached) == 1


@pytest.mark.parametrize(("mine", "others"), [(1, 3), (3, 1), (2, 2), (5, 1)])
def test_67_no_other_register_is_taken_than_the_next_and_the_last(mine: int, others: int) -> None:
    with pytest.raises(InvalidRegister, match="neither the next nor the last"):
        subgraph_of(read(edition(mine)), [], also=[read(edition(others) + b"# another")])


async def test_a_refusal_is_logged_with_its_reason_and_without_the_token(
    register: Register, subgraph: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    token = signed(note(register), audience="learners")

    with caplog.at_level(logging.WARNING):
        await send(subgraph, token)

    assert "aud" in caplog.text
    assert token not in caplog.text


async def test_a_use_that_is_off_is_refused_by_the_link_node_itself(
    register: Register, reached: list[bytes]
) -> None:
    link = subgraph_of(register, reached, audience="link")
    transfer = replace(
        note(register, "SC.SEN"),
        purpose="SCHOOL_TRANSFER",
        role="school_admin",
        organisation_kind="SCHOOL",
    )

    assert (await send(link, signed(transfer, audience="link"))).status_code == 403
    assert (await send(subgraph_of(register, reached), signed(transfer))).status_code == 200
