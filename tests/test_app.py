"""What the gateway looks like over HTTP, whatever stands behind it."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.app import application
from gateway.errors import AuditUnavailable, Refused
from gateway.protocol import Answer, Asked

QUERY = {"query": "{ a }"}


def client(answering, missing: str | None = None) -> httpx.AsyncClient:
    app = application(answering, lambda: missing)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")


async def echo(asked: Asked) -> Answer:
    seen = [asked.request.document, asked.declared_purpose, asked.authorization, asked.accept]
    return Answer(json.dumps(seen).encode())


async def refuse(_: Asked) -> Answer:
    raise Refused("declare a purpose", code="PURPOSE_REQUIRED")


async def unaudited(_: Asked) -> Answer:
    raise AuditUnavailable("nothing is released")


async def broken(_: Asked) -> Answer:
    raise RuntimeError("9434765919 is quoted here")


async def test_a_post_is_answered_with_its_headers_seen_and_never_cached() -> None:
    async with client(echo) as http:
        answer = await http.post("/graphql", json=QUERY, headers={"declared-purpose": "P"})

    assert answer.json()[:3] == ["{ a }", ["P"], []]
    assert answer.headers["cache-control"] == "no-store"


async def test_two_purposes_are_both_seen_so_that_neither_can_hide() -> None:
    async with client(echo) as http:
        answer = await http.post(
            "/graphql", json=QUERY, headers=[("declared-purpose", "P"), ("declared-purpose", "Q")]
        )

    assert answer.json()[1] == ["P", "Q"]


@pytest.mark.parametrize(
    ("answering", "status", "code"),
    [
        (refuse, 403, "PURPOSE_REQUIRED"),
        (unaudited, 503, "AUDIT_UNAVAILABLE"),
        (broken, 500, "INTERNAL"),
    ],
)
async def test_what_stops_a_request_has_a_status_and_a_code(answering, status, code) -> None:
    async with client(answering) as http:
        answer = await http.post("/graphql", json=QUERY)

    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == code
    assert "data" not in answer.json()


async def test_a_bug_says_nothing_of_what_was_asked_outside_or_in_the_log(caplog) -> None:
    async with client(broken) as http:
        answer = await http.post("/graphql", json=QUERY)

    assert "9434765919" not in answer.text + caplog.text
    assert "RuntimeError" in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/graphql?query={a}", 405),
        ("PUT", "/graphql", 405),
        ("GET", "/", 404),
        ("GET", "/graphiql", 404),
        ("GET", "/docs", 404),
    ],
)
async def test_there_is_no_other_way_in(method, path, status) -> None:
    async with client(echo) as http:
        assert (await http.request(method, path)).status_code == status


async def test_a_body_that_is_too_large_or_encoded_is_refused() -> None:
    async with client(echo) as http:
        large = await http.post("/graphql", json={"query": " " * 1_100_000})
        encoded = await http.post("/graphql", json=QUERY, headers={"content-encoding": "gzip"})

    assert (large.status_code, encoded.status_code) == (413, 400)


async def test_a_stream_goes_out_part_by_part() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    async def streaming(_: Asked) -> Answer:
        return Answer(parts(), media_type="text/event-stream")

    async with client(streaming) as http:
        answer = await http.post("/graphql", json=QUERY)

    assert (answer.text, answer.headers["content-type"].split(";")[0]) == (
        "one two",
        "text/event-stream",
    )


async def test_health_tells_what_is_missing() -> None:
    async with client(echo) as http:
        assert (await http.get("/health")).json() == {"status": "ok"}
    async with client(echo, "the ledger") as http:
        answer = await http.get("/health")

    assert (answer.status_code, answer.json()["missing"]) == (503, "the ledger")
