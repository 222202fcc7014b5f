"""Bytes in, a Request or one clear refusal out."""

import json

import pytest

from gateway.errors import BadRequest
from gateway.protocol import GRAPHQL_JSON, JSON, WrongMediaType, answer_type, read_request


def test_a_json_body_becomes_a_request() -> None:
    body = {"query": "{ a }", "operationName": "Q", "variables": {"x": 1}, "extensions": {"e": 2}}

    request = read_request("application/json; charset=utf-8", json.dumps(body).encode())

    assert (request.document, request.operation_name) == ("{ a }", "Q")
    assert (request.variables, request.extensions) == ({"x": 1}, {"e": 2})


def test_absent_parts_are_empty() -> None:
    request = read_request(JSON, b'{"query": "{ a }", "variables": null}')

    assert (request.operation_name, request.variables, request.extensions) == (None, {}, {})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b'[{"query": "{ a }"}]',
        b'{"variables": {}}',
        b'{"query": 1}',
        b'{"query": "{ a }", "query": "{ b }"}',
        b'{"query": "{ a }", "variables": {"x": 1, "x": 2}}',
        b'{"query": "{ a }", "variables": {"x": NaN}}',
        b'{"query": "{ a }", "variables": []}',
        b'{"query": "\\ud800"}',
        '{"query": "{ a }"}'.encode("utf-16"),
        b'{"query": ' + b"[" * 100_000,
    ],
)
def test_anything_else_is_refused_as_unreadable(body: bytes) -> None:
    with pytest.raises(BadRequest):
        read_request(JSON, body)


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=utf-16",
    ],
)
def test_only_json_in_utf_8_is_read(kind: str) -> None:
    with pytest.raises(WrongMediaType):
        read_request(kind, b'{"query": "{ a }"}')


def test_the_client_may_ask_for_graphqls_own_media_type() -> None:
    assert answer_type(f"{GRAPHQL_JSON}, {JSON};q=0.9") == GRAPHQL_JSON
    assert answer_type("*/*") == JSON
